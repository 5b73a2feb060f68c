//! The components that the paths of a circuit lead through.

use crate::circuit::Circuit;

/// A component of the circuit: what strengths are measured of.
///
/// Iterations count from 1; `None` stands for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// The convolution of a connection, given by its index.
    Convolution {
        /// Index into [`Circuit::connections`].
        connection: usize,
        /// The iteration whose weights these are.
        iteration: Option<usize>,
    },
    /// A connection without convolution. Its strength is that of its factor, 1 without, and its length 0.
    Identity {
        /// Index into [`Circuit::connections`].
        connection: usize,
    },
    /// A normalization layer.
    Normalization {
        /// Number of the block.
        block: usize,
        /// The iteration that it belongs to.
        iteration: Option<usize>,
        /// 0, or which further layer of this block and iteration it is, in a multi-path model
        /// with one for each path.
        path_use: usize,
    },
    /// The normalization layer of a connection, before the sum at its target.
    ConnectionNormalization {
        /// Index into [`Circuit::connections`].
        connection: usize,
        /// The iteration that it belongs to.
        iteration: Option<usize>,
    },
}

impl Component {
    /// Returns its name: that of the connection, or `bn[block]`, `bn[block,iteration]` or
    /// `bn[block,iteration,path_use]`; an iteration of a convolution as `conv[2].lateral{3}`; the
    /// normalization of a connection as `bn[conv[2].lateral]` or `bn[conv[2].lateral,3]`.
    pub fn name(&self, circuit: &Circuit) -> String {
        self.name_among(|connection| circuit.connection_name(connection))
    }

    /// Returns its name where connections have these names.
    pub(crate) fn name_among(&self, connection_name: impl Fn(usize) -> String) -> String {
        match *self {
            Self::Convolution { connection, iteration: None } | Self::Identity { connection } => {
                connection_name(connection)
            }
            Self::Convolution { connection, iteration: Some(t) } => {
                format!("{}{{{t}}}", connection_name(connection))
            }
            Self::Normalization { block, iteration: None, .. } => format!("bn[{block}]"),
            Self::Normalization { block, iteration: Some(t), path_use: 0 } => format!("bn[{block},{t}]"),
            Self::Normalization { block, iteration: Some(t), path_use } => {
                format!("bn[{block},{t},{path_use}]")
            }
            Self::ConnectionNormalization { connection, iteration: None } => {
                format!("bn[{}]", connection_name(connection))
            }
            Self::ConnectionNormalization { connection, iteration: Some(t) } => {
                format!("bn[{},{t}]", connection_name(connection))
            }
        }
    }

    /// Returns the connection that it belongs to, which the normalization of a block does not.
    pub fn connection(&self) -> Option<usize> {
        match *self {
            Self::Convolution { connection, .. }
            | Self::Identity { connection }
            | Self::ConnectionNormalization { connection, .. } => Some(connection),
            Self::Normalization { .. } => None,
        }
    }

    /// Returns whether the component is a normalization, of a block or of a connection.
    pub fn is_normalization(&self) -> bool {
        matches!(self, Self::Normalization { .. } | Self::ConnectionNormalization { .. })
    }

    /// Returns how much it adds to the length of a path through it: 1 for a convolution, else 0.
    pub fn length(&self) -> usize {
        usize::from(matches!(self, Self::Convolution { .. }))
    }
}
