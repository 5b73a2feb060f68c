//! What can be wrong with the strength of a component.

use crate::model::operator_norm::OperatorNormError;
use crate::program::constants::ConstantError;
use std::error::Error as StdError;
use thiserror::Error;

/// Why a component has no strength.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StrengthError {
    /// A stored tensor cannot be read.
    #[error(transparent)]
    Stored(Box<dyn StdError + Send + Sync>),
    /// A tensor cannot be computed.
    #[error("the strength of component {component} cannot be computed: {problem}")]
    Constant {
        /// The component.
        component: String,
        /// Why its tensor cannot be computed.
        problem: Box<ConstantError>,
    },
    /// A weight that is not finite, or a variance that is negative.
    #[error(
        "component {component}: its {what} holds {found}, expected {expected}: save the model again with sound weights"
    )]
    Number {
        /// The component.
        component: String,
        /// The tensor, such as `weight`.
        what: &'static str,
        /// The number in it.
        found: f64,
        /// What numbers it may hold.
        expected: &'static str,
    },
    /// A tensor of a shape that no such component has.
    #[error(
        "component {component}: its {what} has shape {found:?}, expected {expected}: export the model again"
    )]
    Shape {
        /// The component.
        component: String,
        /// The tensor.
        what: &'static str,
        /// Its shape.
        found: Vec<usize>,
        /// What shape it should have.
        expected: &'static str,
    },
    /// Groups that the channels of a convolution are not divided into.
    #[error(
        "component {component}: its {channels} channels are not divided into {groups} groups: export the model again"
    )]
    Groups {
        /// The component.
        component: String,
        /// The first axis of its kernel.
        channels: usize,
        /// The groups; 0 for a number below 1.
        groups: usize,
    },
    /// A strength beyond the range of doubles.
    #[error(
        "component {component} has strength {found}, expected a finite number: its weights or factors are too large, or one that divides is 0"
    )]
    NotFinite {
        /// The component.
        component: String,
        /// Its strength.
        found: f64,
    },
    /// An operator norm that cannot be computed.
    #[error("the operator norm of component {component} cannot be computed: {problem}")]
    OperatorNorm {
        /// The component.
        component: String,
        /// Why.
        problem: OperatorNormError,
    },
}
