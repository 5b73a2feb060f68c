//! Signals: the relation of a value to the paths of a program that is being traced.

use super::layout::{Layout, Way, Ways};
use crate::program::ValueId;
use petgraph::graph::NodeIndex;
use std::rc::Rc;

/// The relation of a value to paths.
#[derive(Clone, Debug)]
pub(super) enum Flow {
    /// The value depends on no input, so it can be computed.
    Constant,
    /// The value depends on an input.
    Image(Signal),
}

impl Flow {
    /// Returns the number of pieces that are tracked separately in the value.
    pub(super) fn pieces(&self) -> usize {
        match self {
            Self::Image(Signal { paths: Paths::Along(layout), .. }) => layout.cells.len(),
            _ => 0,
        }
    }
}

/// A value that depends on an input.
#[derive(Clone, Debug)]
pub(super) struct Signal {
    /// The places where paths arrive.
    pub(super) paths: Paths,
    /// Whether it is the factor that gates a product.
    pub(super) gate: Gate,
    /// The value of which it is an elementwise function, as an index into the tracer's origins.
    pub(super) origin: usize,
    /// Its progress towards a hard sigmoid that is written out in steps.
    pub(super) hard: Hard,
    /// The part of another value that it is, if only elementwise functions were applied since.
    pub(super) part: Option<PartOf>,
    /// The first obstacle on the paths that lead to it, as an index into the tracer's obstacles.
    pub(super) obstacle: Option<usize>,
}

/// A range of an axis of another value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PartOf {
    /// The other value.
    pub(super) whole: ValueId,
    /// The axis.
    pub(super) axis: usize,
    /// Where the range begins.
    pub(super) start: usize,
    /// The length of the range.
    pub(super) length: usize,
}

impl PartOf {
    /// Returns whether both are parts of one value and are disjoint.
    pub(super) fn is_apart(self, other: Self) -> bool {
        (self.whole, self.axis) == (other.whole, other.axis)
            && (self.start + self.length <= other.start || other.start + other.length <= self.start)
    }
}

/// The reason why a value gates what it is multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gate {
    /// The value does not gate.
    No,
    /// The last nonlinearity of the value gates.
    ByNonlinearity,
    /// The user names the value as a gate.
    ByName,
}

/// The steps of `clamp(x + 3, 0, 6) / 6`, as decompositions and older code write a hard sigmoid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hard {
    /// No step.
    No,
    /// The sum `x + 3`.
    PlusThree,
    /// The maximum `max(x + 3, 0)`.
    AboveZero,
    /// Six times a hard sigmoid, or six times a value that it gates.
    TimesSix,
}

/// The places where the paths that lead to a value arrive.
#[derive(Clone, Debug)]
pub(super) enum Paths {
    /// No path leads to it.
    None,
    /// All paths arrive at one node, which leads to the whole value.
    At(NodeIndex),
    /// Paths arrive at different nodes in different places, after a concatenation or a stack.
    Along(Rc<Layout>),
}

impl Paths {
    /// Returns whether any path leads to the value.
    pub(super) fn any(&self) -> bool {
        match self {
            Self::None => false,
            Self::At(_) => true,
            Self::Along(layout) => layout.cells.iter().any(|ways| !ways.is_empty()),
        }
    }

    /// Returns the ways by which paths arrive anywhere in the value.
    pub(super) fn ways(&self) -> Ways {
        match self {
            Self::None => Ways::new(),
            Self::At(node) => Ways::from([Way { node: *node, mark: 0 }]),
            Self::Along(layout) => layout.ways(),
        }
    }

    /// Returns the layout of a value with the given number of axes.
    pub(super) fn layout(&self, rank: usize) -> Layout {
        match self {
            Self::Along(layout) => layout.with_rank(rank),
            uniform => Layout::uniform(rank, uniform.ways()),
        }
    }
}
