//! Settings that are an enum or a list.

use pathscope_core::circuit::{UnknownName, Word};
use pathscope_core::model::ablation::PathNormalization;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// The activation after the readout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum OutputActivation {
    /// The activation of the blocks.
    Same,
    /// max(0, x)
    Relu,
    /// ln(1 + eˣ)
    Softplus,
}

impl Word for OutputActivation {
    const WHAT: &'static str = "activation";
}

/// What follows the convolution in the first CPB, and in which order (paper, Eqs. 1c and 1d, and Table 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum FirstBlock {
    /// Normalization before the activation.
    BnBeforeActivation,
    /// Activation before the normalization; the convolution then has a bias.
    BnAfterActivation,
    /// The convolution alone. The published implementation makes a normalization and an activation for this
    /// block, but does not run them.
    Linear,
}

impl Word for FirstBlock {
    const WHAT: &'static str = "order";
}

/// The rule by which validations are placed and the learning rate falls (paper, C.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum ScheduleRule {
    /// The rate falls with every phase. Validations follow every so many steps.
    EachPhase,
    /// The rate of the best state is restored with it and then falls, so that a phase without a new best does
    /// not lower it further. Validations follow the first step of a phase and every so many steps after that.
    Published,
}

impl Word for ScheduleRule {
    const WHAT: &'static str = "schedule";
}

/// The loss between predicted and recorded responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum Loss {
    /// (ŷ - y)²
    Mse,
    /// ŷ - y ln(ŷ + 1e-5)
    Poisson,
}

impl Word for Loss {
    const WHAT: &'static str = "loss";
}

/// Whether a network is the multi-path one of a recurrent one (paper, 4.2 and appendix E).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum PathModel {
    /// The recurrent network itself.
    None,
    /// A multi-path network in which every path has its own normalizations.
    PerPath,
    /// A multi-path network whose paths share the normalizations of the recurrent network.
    Shared,
}

impl Word for PathModel {
    const WHAT: &'static str = "multi-path network";
}

impl PathModel {
    /// Returns the normalization of the paths of a multi-path network, or `None` for the recurrent network
    /// itself.
    pub fn normalization(self) -> Option<PathNormalization> {
        match self {
            Self::None => None,
            Self::PerPath => Some(PathNormalization::PerPath),
            Self::Shared => Some(PathNormalization::Shared),
        }
    }
}

impl From<PathNormalization> for PathModel {
    fn from(normalization: PathNormalization) -> Self {
        match normalization {
            PathNormalization::PerPath => Self::PerPath,
            PathNormalization::Shared => Self::Shared,
        }
    }
}

/// The number of iterations of each recurrent block; empty if all have T.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlockIterations(pub Vec<usize>);

impl FromStr for BlockIterations {
    type Err = String;

    fn from_str(list: &str) -> Result<Self, String> {
        let parse =
            |text: &str| text.trim().parse().map_err(|_| "expected whole numbers, as in 3,5".to_owned());
        list.split(',').map(parse).collect::<Result<_, _>>().map(Self)
    }
}
