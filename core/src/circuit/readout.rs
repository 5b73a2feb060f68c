//! Readout modes of circuits, and nonlinearities of blocks.

use super::{UnknownName, Word};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// A way of combining the outputs of the iterations (paper, Fig. 2 and Eqs. 2a-2e).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum Readout {
    /// The output of the last iteration only (Eq. 2a).
    NoAvg,
    /// The average of the outputs, read out once (Eq. 2b).
    EarlyAvg,
    /// The average of the readouts of all outputs (Eq. 2c).
    LateAvg,
    /// The average of the readouts of the cumulative averages (Eq. 2d).
    #[serde(rename = "2-avg")]
    #[strum(serialize = "2-avg")]
    TwoAvg,
}

impl Readout {
    /// All four readout modes, in the paper's order.
    pub const ALL: [Self; 4] = *Self::VARIANTS.as_array().unwrap();

    /// Returns the name that the paper gives to the readout mode.
    pub fn as_str(self) -> &'static str {
        self.into()
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
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum Activation {
    /// max(0, x)
    Relu,
    /// ln(1 + eˣ)
    Softplus,
}

impl Activation {
    /// Returns the name used in files.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Word for Readout {
    const WHAT: &'static str = "readout mode";
}

impl Word for Activation {
    const WHAT: &'static str = "activation";
}
