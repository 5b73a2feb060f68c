//! Connections between blocks, and their operations.

use super::{INPUT_BLOCK, Normalization};
use crate::circuit::spans::Span;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use strum::IntoStaticStr;
use thiserror::Error;

/// A connection from one block to another, with its delay and its operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// Number of its source block; [`INPUT_BLOCK`] for the input.
    pub from: usize,
    /// Number of its target block.
    pub to: usize,
    /// The number of iterations after which it arrives.
    pub delay: usize,
    /// The operation that it applies.
    pub operation: Operation,
    /// The iterations of the circuit at which it is active; at all others it carries nothing.
    #[serde(default, skip_serializing_if = "ActiveIterations::is_all")]
    pub iterations: ActiveIterations,
    /// The normalization of what it carries, before the sum at its target. Any value but
    /// [`Normalization::PerPath`].
    #[serde(default = "no_normalization", skip_serializing_if = "is_no_normalization")]
    pub normalization: Normalization,
    /// The factor that multiplies what it carries, such as a leak; 1 if there is none.
    #[serde(default = "no_factor", skip_serializing_if = "is_no_factor")]
    pub factor: f64,
    /// Whether its convolution is transposed. The kernels of a transposed convolution are [input channels,
    /// output channels of a group, …kernel].
    #[serde(default, skip_serializing_if = "is_false")]
    pub transposed: bool,
    /// The number of channel groups of its convolution, which are not mixed; 1 for an ordinary convolution.
    #[serde(default = "one_group", skip_serializing_if = "is_one_group")]
    pub groups: usize,
}

fn no_normalization() -> Normalization {
    Normalization::None
}

fn is_no_normalization(normalization: &Normalization) -> bool {
    *normalization == Normalization::None
}

fn no_factor() -> f64 {
    1.0
}

fn is_no_factor(factor: &f64) -> bool {
    *factor == 1.0
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn one_group() -> usize {
    1
}

fn is_one_group(groups: &usize) -> bool {
    *groups == 1
}

impl Connection {
    /// Returns a connection as in the paper: active at all iterations, without a normalization or factor of
    /// its own, its convolution neither transposed nor grouped.
    ///
    /// # Arguments
    ///
    /// * `from`, `to` - numbers of its source and target blocks; [`INPUT_BLOCK`] is the input
    /// * `delay` - the delay in iterations
    /// * `operation` - the operation that it applies
    pub fn new(from: usize, to: usize, delay: usize, operation: Operation) -> Self {
        Self {
            from,
            to,
            delay,
            operation,
            iterations: ActiveIterations::default(),
            normalization: Normalization::None,
            factor: 1.0,
            transposed: false,
            groups: 1,
        }
    }

    /// Returns whether the connection is active at an iteration, counted from 1.
    pub(crate) fn is_active(&self, iteration: usize) -> bool {
        iteration > self.delay && self.iterations.contains(iteration)
    }

    /// Returns the output and input channels of a kernel of its convolution.
    ///
    /// The result is `None` unless the shape is that of a kernel: at least [channels, channels, kernel], with
    /// no axis of size 0.
    ///
    /// # Arguments
    ///
    /// * `shape` - [output channels, input channels of a group, …kernel]; for a transposed convolution [input
    ///   channels, output channels of a group, …kernel]
    pub(crate) fn channels_of(&self, shape: &[usize]) -> Option<KernelChannels> {
        let &[whole, of_group, _, ..] = shape else { return None };
        if shape.contains(&0) {
            return None;
        }
        let all = of_group.checked_mul(self.groups)?;
        let (output, input) = if self.transposed { (all, whole) } else { (whole, all) };
        Some(KernelChannels { output, input })
    }

    /// Returns the property, in words, in which the connection differs from the paper's; `None` if it does
    /// not differ.
    pub(crate) fn peculiarity(&self) -> Option<String> {
        if !self.iterations.is_all() {
            return Some(format!("is active only at iterations {}", self.iterations));
        }
        if self.factor != 1.0 {
            return Some(format!("has a factor of {}", self.factor));
        }
        if self.normalization != Normalization::None {
            return Some("has a normalization of its own".to_owned());
        }
        if self.transposed {
            return Some("has a transposed convolution".to_owned());
        }
        (self.groups != 1).then(|| format!("has a convolution of {} groups", self.groups))
    }

    /// Returns notes for drawings: the iterations, factor and normalization where they differ from the
    /// default, each after a comma.
    pub fn notes(&self) -> String {
        let mut notes = String::new();
        if !self.iterations.is_all() {
            notes.push_str(&format!(", t = {}", self.iterations));
        }
        if self.factor != 1.0 {
            notes.push_str(&format!(", × {}", self.factor));
        }
        match self.normalization {
            Normalization::None => {}
            Normalization::Shared => notes.push_str(", one bn"),
            Normalization::PerIteration | Normalization::PerPath => notes.push_str(", bn per iteration"),
        }
        if self.transposed {
            notes.push_str(", transposed");
        }
        if self.groups != 1 {
            notes.push_str(&format!(", {} groups", self.groups));
        }
        notes
    }

    pub(crate) fn is_from_input(&self) -> bool {
        self.from == INPUT_BLOCK
    }
}

/// The numbers of input and output channels of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KernelChannels {
    pub output: usize,
    pub input: usize,
}

/// The iterations at which a connection is active, counted from 1.
///
/// They are all iterations or a list such as `1`, `2-`, `1-3` and `1,3`. Files spell them the same way.
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::ActiveIterations;
///
/// let later: ActiveIterations = "2-".parse()?;
/// assert!(!later.contains(1) && later.contains(2) && later.contains(64));
/// assert_eq!("3,1-2,5".parse::<ActiveIterations>()?.to_string(), "1-3,5");
/// assert!("0-2".parse::<ActiveIterations>().is_err());
/// # Ok::<(), pathscope_core::circuit::ParseIterationsError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ActiveIterations(Vec<(usize, usize)>);

/// The last iteration of a run without an end.
const NO_END: usize = usize::MAX;

impl Default for ActiveIterations {
    fn default() -> Self {
        Self(vec![(1, NO_END)])
    }
}

impl ActiveIterations {
    /// Returns whether these are all iterations.
    pub fn is_all(&self) -> bool {
        self.0 == [(1, NO_END)]
    }

    /// Returns whether an iteration, counted from 1, is among these.
    pub fn contains(&self, iteration: usize) -> bool {
        let after = self.0.partition_point(|&(first, _)| first <= iteration);
        after > 0 && iteration <= self.0[after - 1].1
    }

    /// Returns these iterations counted from iteration `start` instead of 1; all iterations become `start-`.
    pub(crate) fn counted_from(&self, start: usize) -> Self {
        let later = |iteration: usize| iteration.saturating_add(start.saturating_sub(1));
        Self(self.0.iter().map(|&(first, last)| (later(first), later(last))).collect())
    }

    /// Returns the last iteration at which anything changes. From then on the connection is always active or
    /// never.
    pub(crate) fn settled(&self) -> usize {
        let ends = |&(first, last): &(usize, usize)| if last == NO_END { first } else { last };
        self.0.last().map_or(0, ends)
    }

    /// Returns the runs in order, with adjoining and overlapping ones merged.
    fn joined(mut runs: Vec<(usize, usize)>) -> Self {
        runs.sort_unstable();
        let mut joined: Vec<(usize, usize)> = Vec::new();
        for (first, last) in runs {
            match joined.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
                _ => joined.push((first, last)),
            }
        }
        Self(joined)
    }
}

/// The error for a text that is not a list of iterations.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("'{0}' is not a list of iterations, which count from 1: write 1, 2-, 1-3 or 1,3")]
pub struct ParseIterationsError(String);

impl FromStr for ActiveIterations {
    type Err = ParseIterationsError;

    fn from_str(text: &str) -> Result<Self, ParseIterationsError> {
        let wrong = || ParseIterationsError(text.chars().take(40).collect());
        let spans = Span::parse_list(text).ok_or_else(wrong)?;
        let runs: Vec<(usize, usize)> =
            spans.into_iter().map(|span| span.within(1, NO_END).into_inner()).collect();
        if runs.iter().any(|&(first, last)| first == 0 || last < first) {
            return Err(wrong());
        }
        Ok(Self::joined(runs))
    }
}

impl fmt::Display for ActiveIterations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = |&(first, last): &(usize, usize)| {
            let last = (last != NO_END).then_some(last);
            Span { first: Some(first), last }.to_string()
        };
        f.write_str(&self.0.iter().map(span).collect::<Vec<_>>().join(","))
    }
}

impl TryFrom<String> for ActiveIterations {
    type Error = ParseIterationsError;

    fn try_from(text: String) -> Result<Self, ParseIterationsError> {
        text.parse()
    }
}

impl From<ActiveIterations> for String {
    fn from(iterations: ActiveIterations) -> Self {
        iterations.to_string()
    }
}

/// An operation that a connection applies to its source's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// A convolution with the same weights at all iterations.
    Convolution,
    /// A convolution with separate weights for each iteration.
    ConvolutionPerIteration,
    /// The output is added unchanged. It does not count towards the length of a path.
    Identity,
}

/// The role of a connection, seen from its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Role {
    /// A connection from the block just below.
    BottomUp,
    /// A connection from the block itself.
    Lateral,
    /// A connection from a block above.
    TopDown,
    /// A connection from a block further below.
    Skip,
}

impl Role {
    /// Returns the role of a connection between two blocks, by their numbers.
    pub fn between(from: usize, to: usize) -> Self {
        match from {
            from if from == to => Self::Lateral,
            from if from > to => Self::TopDown,
            from if from + 1 == to => Self::BottomUp,
            _ => Self::Skip,
        }
    }

    /// Returns the delay that connections of this role have in most circuits.
    pub fn usual_delay(self) -> usize {
        match self {
            Self::BottomUp | Self::Skip => 0,
            Self::Lateral | Self::TopDown => 1,
        }
    }

    /// Returns the name used in files: `bottom-up`, `lateral`, `top-down` or `skip`.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
