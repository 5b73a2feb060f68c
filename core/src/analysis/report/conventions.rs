//! The conventions that the numbers of a report depend on.

use crate::analysis::Analysis;
use crate::paths::strength::BatchNormStrength;
use serde::Serialize;

/// The conventions that the numbers depend on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Conventions {
    /// The strength of convolutions. `kernel-norm` is the mean over output channels of the 2-norm of the
    /// flattened kernel; `operator-norm` is the largest singular value on periodic maps.
    pub conv_strength: &'static str,
    /// The number of points along each side of those maps, for `operator-norm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_size: Option<usize>,
    /// The strength of batch normalizations. `effective` is mean |γ / √(running variance + ε)|; `gamma` is
    /// mean |γ|.
    pub bn_strength: BatchNormStrength,
    /// The normalizations without running variance, whose strength is mean |γ| even with `effective`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gamma_strength: Vec<String>,
    /// The ε of batch normalizations; null in a program, where each has its own.
    pub bn_eps: Option<f64>,
}

impl Conventions {
    /// Returns the conventions of an analysis.
    pub fn of(analysis: &Analysis) -> Self {
        let model = analysis.checkpoint().map(|checkpoint| &checkpoint.model);
        Self {
            conv_strength: analysis.convolution_strength.as_str(),
            map_size: analysis.convolution_strength.map_size(),
            bn_strength: analysis.batch_norm_strength,
            gamma_strength: match analysis.batch_norm_strength {
                BatchNormStrength::Gamma => Vec::new(),
                BatchNormStrength::Effective => model
                    .iter()
                    .flat_map(|model| model.without_running_variance())
                    .map(str::to_owned)
                    .collect(),
            },
            bn_eps: model.map(|model| model.epsilon),
        }
    }
}
