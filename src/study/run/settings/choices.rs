//! Settings that are an enum or a list.

use pathscope_core::model::ablation::PathNormalization;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! names {
    ($type:ident, $what:literal, $doc:literal, $($(#[$doc_of:meta])+ $variant:ident = $name:literal),+) => {
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $type {
            $($(#[$doc_of])+ #[serde(rename = $name)] $variant,)+
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(name: &str) -> Result<Self, String> {
                match name {
                    $($name => Ok(Self::$variant),)+
                    _ => Err(format!(concat!("unknown ", $what, ": it can be {}"), [$($name),+].join(", "))),
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self {
                    $(Self::$variant => $name,)+
                })
            }
        }
    };
}

names!(
    OutputActivation, "activation", "The activation after the readout.",
    /// The activation of the blocks.
    Same = "same",
    /// max(0, x)
    Relu = "relu",
    /// ln(1 + eˣ)
    Softplus = "softplus"
);
names!(
    FirstBlock, "order", "The order of batch normalization and activation in the first CPB (paper, Table 2).",
    /// Normalization before the activation.
    BnBeforeActivation = "bn-before-activation",
    /// Activation before the normalization; the convolution then has a bias.
    BnAfterActivation = "bn-after-activation"
);
names!(
    Loss, "loss", "The loss between predicted and recorded responses.",
    /// (ŷ - y)²
    Mse = "mse",
    /// ŷ - y ln(ŷ + 1e-5)
    Poisson = "poisson"
);
names!(
    PathModel, "multi-path network", "Whether a network is the multi-path one of a recurrent one (paper, 4.2 and appendix E).",
    /// The recurrent network itself.
    None = "none",
    /// A multi-path network in which every path has its own normalizations.
    PerPath = "per-path",
    /// A multi-path network whose paths share the normalizations of the recurrent network.
    Shared = "shared"
);

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
