//! Names of layers and of their tensors, as pathscope's checkpoints, analyses and exports have them.
//!
//! | name | layer |
//! |---|---|
//! | `bn[input]`, `conv[1]`, `bn[1]` | the input normalization, and the layers of the first CPB |
//! | `conv[2].bottom_up`, `identity[3].skip[1]` | a connection, as [`ConnectionName`] spells it |
//! | `conv[2].lateral{3}` | a convolution with weights of its own for each iteration, at iteration 3 |
//! | `bn[2]`, `bn[2,1]`, `bn[2,1,3]` | a block's normalization: of all iterations, of one, of one and a path |
//! | `bn[conv[2].lateral]`, `bn[conv[2].lateral,3]` | a connection's normalization: of all iterations, of one |
//! | `readout` | the factorized readout |
//!
//! A tensor is called `LAYER.PART`, such as `bn[2,1].running_var`.

mod connection;
mod tensor;
#[cfg(test)]
mod tests;

use super::INPUT_BLOCK;
pub use connection::ConnectionName;
use std::fmt;
use std::str::FromStr;
pub use tensor::{TensorName, TensorPart};
use thiserror::Error;

/// The name of a layer.
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::{LayerName, TensorPart};
///
/// let layer: LayerName = "bn[2,1]".parse()?;
/// assert_eq!(layer, LayerName::Normalization { block: 2, iteration: Some(1), path_use: 0 });
/// assert_eq!(layer.tensor(TensorPart::RunningVariance).to_string(), "bn[2,1].running_var");
/// # Ok::<(), pathscope_core::circuit::ParseNameError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LayerName {
    /// The normalization of the images.
    InputNormalization,
    /// The convolution of the first CPB.
    FirstConvolution,
    /// The convolution or identity of a connection.
    Connection {
        /// The connection.
        connection: ConnectionName,
        /// The iteration that a convolution belongs to; `None` for all.
        iteration: Option<usize>,
    },
    /// The normalization of a block.
    Normalization {
        /// The number of the block.
        block: usize,
        /// The iteration that it belongs to; `None` for all.
        iteration: Option<usize>,
        /// 0, or which further layer of this block and iteration it is, in a multi-path model with one for each
        /// path. Only a layer of one iteration has a further one.
        path_use: usize,
    },
    /// The normalization of a connection, before the sum at its target.
    ConnectionNormalization {
        /// The connection.
        connection: ConnectionName,
        /// The iteration that it belongs to; `None` for all.
        iteration: Option<usize>,
    },
    /// The factorized readout.
    Readout,
}

impl LayerName {
    /// The normalization of the first CPB.
    pub const FIRST_NORMALIZATION: Self =
        Self::Normalization { block: INPUT_BLOCK, iteration: None, path_use: 0 };

    /// Every layer that there can be outside the recurrent stage.
    pub const OUTSIDE: [Self; 4] =
        [Self::InputNormalization, Self::FirstConvolution, Self::FIRST_NORMALIZATION, Self::Readout];

    /// How every name of a layer with tensors in the recurrent stage begins.
    pub(crate) const STAGE_PREFIXES: [&str; 2] = ["conv[", "bn["];

    /// Returns whether the layer is a normalization.
    pub fn is_normalization(self) -> bool {
        match self {
            Self::InputNormalization | Self::Normalization { .. } | Self::ConnectionNormalization { .. } => {
                true
            }
            Self::FirstConvolution | Self::Connection { .. } | Self::Readout => false,
        }
    }

    /// Returns the name as a format string, of Python as of Rust, with `{t}` in place of an iteration.
    pub fn pattern(self) -> String {
        match self {
            Self::Connection { connection, iteration: Some(_) } => format!("{connection}{{{{{{t}}}}}}"),
            Self::Normalization { block, iteration: Some(_), path_use: 0 } => format!("bn[{block},{{t}}]"),
            other => other.to_string(),
        }
    }

    /// Returns the name of one of the layer's tensors.
    pub fn tensor(self, part: TensorPart) -> TensorName {
        TensorName { layer: self, part }
    }

    /// Returns the tensors that every network with this layer has. The bias of the first convolution, which is
    /// optional, is not among them.
    pub fn tensors(self) -> Vec<TensorName> {
        let parts: &[TensorPart] = match self {
            Self::Readout => &[TensorPart::Spatial, TensorPart::Feature, TensorPart::Bias],
            Self::Connection { connection, .. } if connection.is_identity => &[],
            Self::FirstConvolution | Self::Connection { .. } => &[TensorPart::Weight],
            _ => &TensorPart::NORMALIZATION,
        };
        parts.iter().map(|part| self.tensor(part.clone())).collect()
    }
}

impl From<ConnectionName> for LayerName {
    fn from(connection: ConnectionName) -> Self {
        Self::Connection { connection, iteration: None }
    }
}

impl fmt::Display for LayerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::InputNormalization => f.write_str("bn[input]"),
            Self::FirstConvolution => write!(f, "conv[{INPUT_BLOCK}]"),
            Self::Connection { connection, iteration: None } => write!(f, "{connection}"),
            Self::Connection { connection, iteration: Some(t) } => write!(f, "{connection}{{{t}}}"),
            Self::Normalization { block, iteration: None, .. } => write!(f, "bn[{block}]"),
            Self::Normalization { block, iteration: Some(t), path_use: 0 } => write!(f, "bn[{block},{t}]"),
            Self::Normalization { block, iteration: Some(t), path_use } => {
                write!(f, "bn[{block},{t},{path_use}]")
            }
            Self::ConnectionNormalization { connection, iteration: None } => write!(f, "bn[{connection}]"),
            Self::ConnectionNormalization { connection, iteration: Some(t) } => {
                write!(f, "bn[{connection},{t}]")
            }
            Self::Readout => f.write_str("readout"),
        }
    }
}

impl FromStr for LayerName {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, ParseNameError> {
        parse_layer(text)
            .filter(|name| name.to_string() == text)
            .ok_or_else(|| ParseNameError::new(text, "layer", "bn[2,1]"))
    }
}

/// Parses the name of a layer, also in spellings that are not its own.
fn parse_layer(text: &str) -> Option<LayerName> {
    let outside = LayerName::OUTSIDE.into_iter().find(|layer| layer.to_string() == text);
    if outside.is_some() {
        return outside;
    }
    if let Some(inside) = text.strip_prefix("bn[").and_then(|rest| rest.strip_suffix(']')) {
        return parse_normalization(inside);
    }
    let (connection, iteration) = match text.strip_suffix('}').and_then(|text| text.split_once('{')) {
        Some((connection, iteration)) => (connection, Some(iteration.parse().ok()?)),
        None => (text, None),
    };
    Some(LayerName::Connection { connection: connection::parse_connection(connection)?, iteration })
}

/// Parses what stands between the brackets of a normalization in the recurrent stage.
fn parse_normalization(inside: &str) -> Option<LayerName> {
    let mut parts = inside.split(',');
    let first = parts.next()?;
    let numbers = parts.map(|number| number.parse().ok()).collect::<Option<Vec<usize>>>()?;
    let iteration = numbers.first().copied();
    Some(match connection::parse_connection(first) {
        Some(connection) => LayerName::ConnectionNormalization { connection, iteration },
        None => {
            let path_use = numbers.get(1).copied().unwrap_or(0);
            LayerName::Normalization { block: first.parse().ok()?, iteration, path_use }
        }
    })
}

/// A text that is not the name of what it should name.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("'{text}' is not the name of a {what}: expected one like {example}")]
pub struct ParseNameError {
    text: String,
    what: &'static str,
    example: &'static str,
}

impl ParseNameError {
    fn new(text: &str, what: &'static str, example: &'static str) -> Self {
        Self { text: text.chars().take(80).collect(), what, example }
    }
}
