//! Readout modes of circuits, and nonlinearities of blocks.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A way of combining the outputs of the iterations (paper, Fig. 2 and Eqs. 2a-2e).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readout {
    /// The output of the last iteration only (Eq. 2a).
    NoAvg,
    /// The average of the outputs, read out once (Eq. 2b).
    EarlyAvg,
    /// The average of the readouts of all outputs (Eq. 2c).
    LateAvg,
    /// The average of the readouts of the cumulative averages (Eq. 2d).
    #[serde(rename = "2-avg")]
    TwoAvg,
}

impl Readout {
    /// All four readout modes, in the paper's order.
    pub const ALL: [Self; 4] = [Self::NoAvg, Self::EarlyAvg, Self::LateAvg, Self::TwoAvg];

    /// Returns the name that the paper gives to the readout mode.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoAvg => "no-avg",
            Self::EarlyAvg => "early-avg",
            Self::LateAvg => "late-avg",
            Self::TwoAvg => "2-avg",
        }
    }

    /// Returns the weight of each of `iterations` iterations in the readout.
    ///
    /// # Returns
    ///
    /// For T = `iterations` and t = 1..T: no-avg gives 1 at T and 0 before; early-avg and late-avg give 1/T;
    /// 2-avg gives (1/T) Σ_{t'=t..T} 1/t'. The weights sum to 1 unless T is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::circuit::Readout;
    ///
    /// assert_eq!(Readout::TwoAvg.weights(2), [0.75, 0.25]);
    /// assert_eq!(Readout::NoAvg.weights(2), [0.0, 1.0]);
    /// ```
    pub fn weights(self, iterations: usize) -> Vec<f64> {
        let total = iterations as f64;
        match self {
            Self::NoAvg => (1..=iterations).map(|t| f64::from(u8::from(t == iterations))).collect(),
            Self::EarlyAvg | Self::LateAvg => vec![1.0 / total; iterations],
            Self::TwoAvg => {
                let mut weights = vec![0.0; iterations];
                let mut tail = 0.0;
                for t in (1..=iterations).rev() {
                    tail += 1.0 / t as f64;
                    weights[t - 1] = tail / total;
                }
                weights
            }
        }
    }
}

/// The nonlinearity of the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// max(0, x)
    Relu,
    /// ln(1 + eˣ)
    Softplus,
}

impl Activation {
    /// Returns the name used in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Relu => "relu",
            Self::Softplus => "softplus",
        }
    }
}

macro_rules! named {
    ($type:ty, $what:literal, [$($variant:expr),+]) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = UnknownName;

            fn from_str(name: &str) -> Result<Self, UnknownName> {
                [$($variant),+].into_iter().find(|variant| variant.as_str() == name).ok_or_else(|| {
                    UnknownName::new($what, name, [$($variant.as_str()),+])
                })
            }
        }
    };
}
named!(Readout, "readout mode", [Self::NoAvg, Self::EarlyAvg, Self::LateAvg, Self::TwoAvg]);
named!(Activation, "activation", [Self::Relu, Self::Softplus]);

/// The error for an unknown name.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("unknown {what} '{found}': it can be {known}")]
pub struct UnknownName {
    what: &'static str,
    found: String,
    known: String,
}

impl UnknownName {
    pub(crate) fn new(
        what: &'static str,
        found: &str,
        known: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        Self { what, found: found.to_owned(), known }
    }
}
