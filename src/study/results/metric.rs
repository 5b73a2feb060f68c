//! Performance measures.

use super::ResultRow;
use pathscope_core::circuit::{UnknownName, Word};
use serde::Serialize;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// A measure of the performance of a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum Metric {
    /// Mean CC_norm² over the neurons with a noise ceiling (Eq. 3a), the paper's measure.
    #[default]
    CcNorm2,
    /// Mean CC_raw² over neurons, for recordings without repeated trials and thus without a noise ceiling.
    CcRaw2,
}

impl Metric {
    /// Returns the name of the measure on the command line.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns the label of the measure on the axis of a figure.
    pub fn label(self) -> &'static str {
        match self {
            Self::CcNorm2 => "CC_norm²",
            Self::CcRaw2 => "CC_raw²",
        }
    }

    /// Returns advice for the case that no model has the measure.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::CcNorm2 => {
                "without repeated trials there is no ceiling, and `--metric cc-raw2` compares by CC_raw²"
            }
            Self::CcRaw2 => "evaluate the models, or leave --metric out",
        }
    }

    /// Returns the measure of a model, or `None` if it was not measured or is not finite.
    pub fn of(self, row: &ResultRow) -> Option<f64> {
        let value = match self {
            Self::CcNorm2 => row.cc_norm2,
            Self::CcRaw2 => row.cc_raw2,
        };
        value.filter(|value| value.is_finite())
    }
}

impl Word for Metric {
    const WHAT: &'static str = "metric";
}
