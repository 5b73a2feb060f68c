//! The components that make up the paths of a circuit.

use crate::circuit::{Circuit, ConnectionName, LayerName};

/// A component of a circuit: a convolution, an identity or a normalization.
///
/// Iterations count from 1; `None` means all iterations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// The convolution of a connection, given by its index.
    Convolution {
        /// Index into [`Circuit::connections`].
        connection: usize,
        /// The iteration whose weights it uses.
        iteration: Option<usize>,
    },
    /// A connection without a convolution. Its strength is its factor (1 if it has none), and its length is
    /// 0.
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
        /// The number of the path use, from 0, in a multi-path model with one normalization layer for each
        /// path; otherwise 0.
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
    /// Returns the name of the component.
    pub fn name(&self, circuit: &Circuit) -> LayerName {
        self.name_among(|connection| circuit.connection_name(connection))
    }

    /// Returns the name of the component, given the names of the connections.
    pub(crate) fn name_among(&self, connection_name: impl Fn(usize) -> ConnectionName) -> LayerName {
        match *self {
            Self::Convolution { connection, iteration } => {
                LayerName::Connection { connection: connection_name(connection), iteration }
            }
            Self::Identity { connection } => {
                LayerName::Connection { connection: connection_name(connection), iteration: None }
            }
            Self::Normalization { block, iteration, path_use } => {
                LayerName::Normalization { block, iteration, path_use }
            }
            Self::ConnectionNormalization { connection, iteration } => {
                LayerName::ConnectionNormalization { connection: connection_name(connection), iteration }
            }
        }
    }

    /// Returns the connection that the component belongs to; `None` for the normalization of a block.
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

    /// Returns how much the component adds to the length of a path: 1 for a convolution, else 0.
    pub fn length(&self) -> usize {
        usize::from(matches!(self, Self::Convolution { .. }))
    }
}
