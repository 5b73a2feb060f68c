//! One model of a study.

use crate::study::run::settings::{FirstBlock, Loss, PathModel};
use pathscope_core::circuit::{Activation, Readout};
use pathscope_core::model::ablation::Ablation;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What kind of model it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// One iteration of everything (paper, 3.1).
    FeedForward,
    /// Some recurrent blocks of several iterations (paper, 3.2).
    Recurrent,
    /// All paths of a recurrent model, each a chain of its own (paper, 4.2 and appendix E).
    MultiPath,
    /// A multi-path model without the paths of some lengths (paper, 4.3.1 and appendix G).
    Ablated,
}

impl Kind {
    /// In the order in which a study makes them.
    pub const ALL: [Self; 4] = [Self::FeedForward, Self::Recurrent, Self::MultiPath, Self::Ablated];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::FeedForward => "feed-forward",
            Self::Recurrent => "recurrent",
            Self::MultiPath => "multi-path",
            Self::Ablated => "ablated",
        })
    }
}

/// How far a model is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Trained, measured and taken apart.
    Finished,
    /// Begun, and neither finished nor failed.
    Partial,
    /// Its training or what comes after it ended with an error.
    Failed,
    /// What is in its folder cannot be read or belongs to something else.
    Broken,
    /// Not begun.
    Missing,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Finished => "finished",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Broken => "broken",
            Self::Missing => "missing",
        })
    }
}

/// One model: what it was told, how well it predicts and what its ensemble of paths is like.
///
/// Of a model that is not [`Status::Finished`] only the settings are there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResultRow {
    /// Name of the study.
    pub study: String,
    /// Its identity: `m-` and a hash of the resolved settings, 16 hexadecimal digits.
    pub id: String,
    /// How far it is.
    pub status: Status,
    /// Why it is not finished.
    pub problem: Option<String>,
    /// What kind of model it is.
    pub kind: Kind,
    /// The identity of its configuration, `c-` and a hash of the settings without the seed: models that are averaged have
    /// the same.
    pub configuration: String,
    /// The `configuration` of the feed-forward models of the same size and settings, in the paper's pairs; of a
    /// feed-forward model its own. Multi-path and ablated models have that of their original.
    pub matched: String,
    /// The `id` of the recurrent model of the same settings, of multi-path and ablated models.
    pub original: Option<String>,

    /// Name of the data set.
    pub dataset: String,
    /// Seed of the split into training, validation and test images.
    pub split_seed: u64,
    /// Part of the training images that was used, from 0 to 1.
    pub train_fraction: f64,
    /// How many images that is.
    pub train_images: Option<usize>,
    /// Recurrent blocks of the recurrent models of this size: half of a feed-forward model's blocks after the
    /// first one (paper, C.2).
    pub recurrent_blocks: usize,
    /// T; 1 of a feed-forward model.
    pub iterations: usize,
    /// Readout mode; `None` of a feed-forward model, where all are the same.
    pub readout: Option<Readout>,
    /// Channels of every block.
    pub channels: usize,
    /// Activation.
    pub activation: Activation,
    /// Order of normalization and activation in the first block.
    pub first_block: FirstBlock,
    /// Loss.
    pub loss: Loss,
    /// Seed of the initial weights.
    pub seed: u64,
    /// Whether paths have normalizations of their own.
    pub multi_path: PathModel,
    /// The lengths whose paths are removed.
    #[serde(deserialize_with = "removed")]
    pub lengths_removed: Ablation,

    /// Numbers that training changed.
    pub parameters: Option<usize>,
    /// Neurons.
    pub neurons: Option<usize>,
    /// Neurons without a ceiling, which CC_norm² does not count.
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
    /// Mean over neurons with a ceiling of CC_norm² (Eq. 3a): the paper's measure of performance.
    pub cc_norm2: Option<f64>,
    /// Median over neurons of CC_norm².
    pub cc_norm2_median: Option<f64>,
    /// Standard deviation over neurons of CC_norm².
    pub cc_norm2_std: Option<f64>,

    /// Average path length (paper, 4.3).
    pub average_path_length: Option<f64>,
    /// Standard deviation of the path length.
    pub length_std: Option<f64>,
    /// Entropy of the path length distribution in nats: path diversity.
    pub diversity_nats: Option<f64>,
    /// exp of the entropy over single paths.
    pub effective_paths: Option<f64>,
    /// The path length distribution: the probability of each length that has paths.
    pub distribution: BTreeMap<usize, f64>,

    /// Average path length by contribution to the responses to the test images, where the study asks for contributions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contribution_average_path_length: Option<f64>,
    /// The share of mean |C| of each length, of all neurons together.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub contribution_distribution: BTreeMap<usize, f64>,
    /// The biases' mean |B|, as a share of that of all lengths and the biases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contribution_bias_share: Option<f64>,
    /// Spearman's ρ over lengths between their probabilities by strength and their shares of mean |C|.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contribution_spearman: Option<f64>,
    /// The share of each length in the covariance with the recorded responses; what is left of 1 is the biases'.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub contribution_explained: BTreeMap<usize, f64>,

    /// Steps of training.
    pub steps: Option<usize>,
    /// Best validation loss, without penalties.
    pub best_validation_loss: Option<f64>,
    /// Wall-clock time of training.
    pub seconds: Option<f64>,
    /// Where it was trained: `cpu` or `cuda:N`.
    pub device: Option<String>,
    /// Version of pathscope that trained it.
    pub version: Option<String>,
    /// SHA-256 of the trained network.
    pub model_sha256: Option<String>,
    /// SHA-256 over the names and hashes of the data set's files.
    pub dataset_sha256: Option<String>,
}

impl ResultRow {
    /// Returns whether it says anything about contributions.
    pub fn has_contributions(&self) -> bool {
        self.contribution_average_path_length.is_some()
            || self.contribution_bias_share.is_some()
            || self.contribution_spearman.is_some()
            || !self.contribution_distribution.is_empty()
            || !self.contribution_explained.is_empty()
    }
}

/// Reads the lengths that are removed, none of which is `none` or missing.
fn removed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Ablation, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty());
    let parsed = text.map_or(Ok(Ablation::full()), |text| text.parse());
    parsed.map_err(|_| D::Error::custom("expected path lengths such as 1-3,5, or none"))
}

/// What is said about so many models that were left out because they are not finished; nothing of none.
pub(crate) fn unfinished_left_out(models: usize) -> Option<String> {
    let plural = if models == 1 { " that is" } else { "s that are" };
    (models > 0).then(|| format!("{models} model{plural} not finished left out"))
}
