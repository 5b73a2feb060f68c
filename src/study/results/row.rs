//! The row of a model in a table of results.

use crate::study::run::settings::{FirstBlock, Loss, PathModel};
use pathscope_core::circuit::{Activation, Readout};
use pathscope_core::model::ablation::Ablation;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use strum::{Display, VariantArray};

/// The kind of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Kind {
    /// A feed-forward model, which has one iteration (paper, 3.1).
    FeedForward,
    /// A recurrent model, with recurrent blocks of several iterations (paper, 3.2).
    Recurrent,
    /// A multi-path model, in which each path of a recurrent model is a separate chain (paper, 4.2 and
    /// appendix E).
    MultiPath,
    /// A multi-path model without the paths of some lengths (paper, 4.3.1 and appendix G).
    Ablated,
}

impl Kind {
    /// All kinds, in the order of a study.
    pub const ALL: [Self; 4] = *Self::VARIANTS.as_array().unwrap();
}

/// The progress of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Status {
    /// Trained, evaluated and analyzed.
    Finished,
    /// Begun, but neither finished nor failed.
    Partial,
    /// Ended with an error in training, evaluation or analysis.
    Failed,
    /// Damaged: its folder has unreadable files, or files of something else.
    Broken,
    /// Not begun.
    Missing,
}

/// A model: its settings, its predictive performance and its ensemble of paths.
///
/// A model that is not [`Status::Finished`] has only its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResultRow {
    /// Name of the study.
    pub study: String,
    /// Identity of the model: `m-` and 16 hexadecimal digits of a hash of the resolved settings.
    pub id: String,
    /// Progress of the model.
    pub status: Status,
    /// The reason why it is not finished.
    pub problem: Option<String>,
    /// Kind of the model.
    pub kind: Kind,
    /// Identity of the configuration: `c-` and a hash of the settings without the seed. Models with the
    /// same configuration are averaged.
    pub configuration: String,
    /// The `configuration` of the feed-forward models of the same size and settings, which are the paper's
    /// pairs. A feed-forward model has its own configuration here; multi-path and ablated models have that
    /// of their original.
    pub matched: String,
    /// The `id` of the recurrent model with the same settings, for multi-path and ablated models.
    pub original: Option<String>,

    /// Name of the data set.
    pub dataset: String,
    /// Seed of the split into training, validation and test images.
    pub split_seed: u64,
    /// Fraction of the training images that was used, from 0 to 1.
    pub train_fraction: f64,
    /// Number of training images used.
    pub train_images: Option<usize>,
    /// Number of recurrent blocks of the recurrent models of this size. For a feed-forward model, it is
    /// half the number of blocks after the first one (paper, C.2).
    pub recurrent_blocks: usize,
    /// Number of iterations T, which is 1 for a feed-forward model.
    pub iterations: usize,
    /// Readout mode; `None` for a feed-forward model, for which all modes are the same.
    pub readout: Option<Readout>,
    /// Number of channels in every block.
    pub channels: usize,
    /// Activation.
    pub activation: Activation,
    /// Order of normalization and activation in the first block.
    pub first_block: FirstBlock,
    /// Loss.
    pub loss: Loss,
    /// Seed of the initial weights.
    pub seed: u64,
    /// Normalization of the paths: separate or shared.
    pub multi_path: PathModel,
    /// The removed path lengths.
    #[serde(deserialize_with = "removed")]
    pub lengths_removed: Ablation,
    /// The other settings that differ from their defaults, by name, such as `downsample=2 kernel=5`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_settings: Option<String>,

    /// Number of trainable parameters.
    pub parameters: Option<usize>,
    /// Number of neurons.
    pub neurons: Option<usize>,
    /// Number of neurons without a noise ceiling, which CC_norm² leaves out.
    pub neurons_without_ceiling: Option<usize>,
    /// Mean over neurons of CC_raw (Eq. 3b).
    pub cc_raw: Option<f64>,
    /// Median over neurons of CC_raw.
    pub cc_raw_median: Option<f64>,
    /// Standard deviation over neurons of CC_raw.
    pub cc_raw_std: Option<f64>,
    /// Mean over neurons of CC_raw².
    pub cc_raw2: Option<f64>,
    /// Mean over neurons of CC_max (Eq. 3c).
    pub cc_max: Option<f64>,
    /// Mean over neurons with a noise ceiling of CC_norm² (Eq. 3a), the paper's measure of performance.
    pub cc_norm2: Option<f64>,
    /// Median over neurons of CC_norm².
    pub cc_norm2_median: Option<f64>,
    /// Standard deviation over neurons of CC_norm².
    pub cc_norm2_std: Option<f64>,

    /// Average path length (paper, 4.3).
    pub average_path_length: Option<f64>,
    /// Standard deviation of the path length.
    pub length_std: Option<f64>,
    /// Entropy of the path length distribution in nats, the path diversity.
    pub diversity_nats: Option<f64>,
    /// Effective number of paths: exp of the entropy over single paths.
    pub effective_paths: Option<f64>,
    /// The path length distribution: the probability of each length that has paths.
    pub distribution: BTreeMap<usize, f64>,

    /// Mean over the neurons that have it of r²_ER.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r2_er: Option<f64>,
    /// Mean of FEVE, the fraction of the explainable variance of single trials that is explained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feve: Option<f64>,
    /// Mean of the correlation with single trials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub single_trial_correlation: Option<f64>,
    /// Mean of r² ceiled by the split-half reliability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiled_r2: Option<f64>,
    /// Mean of FEV, the explainable fraction of the variance of single trials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fev: Option<f64>,
    /// Mean of the plain SNR.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snr: Option<f64>,
    /// Mean of the corrected SNR.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snr_corrected: Option<f64>,
    /// Mean of the jackknife oracle correlation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oracle_jackknife: Option<f64>,
    /// Mean of the conservative oracle correlation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oracle_conservative: Option<f64>,
    /// Mean of the split-half correlation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_half: Option<f64>,
    /// Mean of the split-half reliability after Spearman and Brown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spearman_brown: Option<f64>,

    /// Average path length by contribution to the responses to the test images, if the study asks for
    /// contributions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contribution_average_path_length: Option<f64>,
    /// Share of each length in the mean |C|, pooled over all neurons.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub contribution_distribution: BTreeMap<usize, f64>,
    /// Mean |B| of the biases, as a share of that of all lengths and the biases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contribution_bias_share: Option<f64>,
    /// Spearman's ρ over lengths between their probabilities by strength and their shares of the mean |C|.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contribution_spearman: Option<f64>,
    /// Share of each length in the covariance with the recorded responses. The biases have the rest of 1.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub contribution_explained: BTreeMap<usize, f64>,

    /// Number of training steps.
    pub steps: Option<usize>,
    /// Best validation loss, without penalties.
    pub best_validation_loss: Option<f64>,
    /// Wall-clock time of training.
    pub seconds: Option<f64>,
    /// Training device: `cpu` or `cuda:N`.
    pub device: Option<String>,
    /// Version of pathscope that trained the model.
    pub version: Option<String>,
    /// SHA-256 of the trained network.
    pub model_sha256: Option<String>,
    /// SHA-256 over the names and hashes of the data set's files.
    pub dataset_sha256: Option<String>,
}

impl ResultRow {
    /// Returns whether the row holds any contributions.
    pub fn has_contributions(&self) -> bool {
        self.contribution_average_path_length.is_some()
            || self.contribution_bias_share.is_some()
            || self.contribution_spearman.is_some()
            || !self.contribution_distribution.is_empty()
            || !self.contribution_explained.is_empty()
    }
}

/// Parses the removed lengths. An empty ablation is `none` or missing.
fn removed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Ablation, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty());
    let parsed = text.map_or(Ok(Ablation::full()), |text| text.parse());
    parsed.map_err(|_| D::Error::custom("expected path lengths such as 1-3,5, or none"))
}
