//! The errors of measuring strengths.

use crate::model::operator_norm::OperatorNormError;
use crate::program::constants::ConstantError;
use std::error::Error as StdError;
use thiserror::Error;

/// The reasons why a component has no strength.
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
        /// The reason.
        problem: Box<ConstantError>,
    },
    /// A weight is not finite, or a variance is negative.
    #[error(
        "component {component}: its {what} holds {found}, expected {expected}: save the model again with valid weights"
    )]
    Number {
        /// The component.
        component: String,
        /// The tensor, such as `weight`.
        what: &'static str,
        /// The invalid number.
        found: f64,
        /// The numbers that are allowed.
        expected: &'static str,
    },
    /// A tensor has an invalid shape for its component.
    #[error(
        "component {component}: its {what} has shape {found:?}, expected {expected}: export the model again"
    )]
    Shape {
        /// The component.
        component: String,
        /// The tensor.
        what: &'static str,
        /// The shape of the tensor.
        found: Vec<usize>,
        /// The expected shape.
        expected: &'static str,
    },
    /// The channels of a convolution are not divisible into its groups.
    #[error(
        "component {component}: its {channels} channels are not divided into {groups} groups: export the model again"
    )]
    Groups {
        /// The component.
        component: String,
        /// The first extent of the kernel.
        channels: usize,
        /// The number of groups; 0 for a number below 1.
        groups: usize,
    },
    /// A strength exceeds the range of doubles.
    #[error(
        "component {component} has strength {found}, expected a finite number: its weights or factors are too large, or one that divides is 0"
    )]
    NotFinite {
        /// The component.
        component: String,
        /// The strength.
        found: f64,
    },
    /// An operator norm cannot be computed.
    #[error("the operator norm of component {component} cannot be computed: {problem}")]
    OperatorNorm {
        /// The component.
        component: String,
        /// The reason.
        problem: OperatorNormError,
    },
}
