//! Names of tensors.

use super::{LayerName, ParseNameError};
use std::fmt;
use std::str::FromStr;
use strum::{AsRefStr, Display, EnumString};

/// The part that a tensor plays in its layer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, AsRefStr, Display, EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum TensorPart {
    /// The kernel of a convolution, or γ of a normalization.
    Weight,
    /// What a layer adds: β of a normalization.
    Bias,
    /// The running mean of a normalization.
    RunningMean,
    /// The running variance of a normalization.
    #[strum(serialize = "running_var")]
    RunningVariance,
    /// The number of batches that a normalization has seen.
    #[strum(serialize = "num_batches_tracked")]
    BatchesTracked,
    /// The spatial weights of the readout.
    Spatial,
    /// The feature weights of the readout.
    Feature,
    /// A tensor that pathscope does not use, by its name in its layer.
    #[strum(default, transparent)]
    Other(String),
}

impl TensorPart {
    /// The four tensors of a batch normalization.
    pub const NORMALIZATION: [Self; 4] = [Self::Weight, Self::Bias, Self::RunningMean, Self::RunningVariance];

    /// Returns the part's name in files.
    pub fn as_str(&self) -> &str {
        self.as_ref()
    }

    /// Returns whether the part is a statistic of the data, which no gradient changes.
    pub fn is_running_statistic(&self) -> bool {
        matches!(self, Self::RunningMean | Self::RunningVariance)
    }
}

/// The name of a tensor in pathscope's own checkpoints: its role in the network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TensorName {
    /// The layer that it belongs to.
    pub layer: LayerName,
    /// Its part in the layer.
    pub part: TensorPart,
}

impl TensorName {
    /// The kernels of the first CPB.
    pub const FIRST_WEIGHT: Self = Self { layer: LayerName::FirstConvolution, part: TensorPart::Weight };
    /// The bias of the first CPB, which not every network has.
    pub const FIRST_BIAS: Self = Self { layer: LayerName::FirstConvolution, part: TensorPart::Bias };
    /// The spatial weights of the readout, [neurons, height, width].
    pub const READOUT_SPATIAL: Self = Self { layer: LayerName::Readout, part: TensorPart::Spatial };
    /// The feature weights of the readout, [neurons, channels].
    pub const READOUT_FEATURE: Self = Self { layer: LayerName::Readout, part: TensorPart::Feature };
    /// The bias of the readout: one number for each neuron.
    pub const READOUT_BIAS: Self = Self { layer: LayerName::Readout, part: TensorPart::Bias };

    /// Returns whether the tensor is the kernel of a convolution at all iterations, or at any one.
    pub fn is_kernel_of(&self, convolution: LayerName) -> bool {
        let at_all = match self.layer {
            LayerName::Connection { connection, .. } => connection.into(),
            layer => layer,
        };
        at_all == convolution && self.part == TensorPart::Weight
    }

    /// Returns the name in words, such as `bn[2,1] running variance`.
    pub fn in_words(&self) -> String {
        let part = match &self.part {
            TensorPart::RunningVariance => "running variance".to_owned(),
            part => part.as_str().replace('_', " "),
        };
        format!("{} {part}", self.layer)
    }
}

impl fmt::Display for TensorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.layer, self.part)
    }
}

impl FromStr for TensorName {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, ParseNameError> {
        let wrong = || ParseNameError::new(text, "tensor", "bn[2,1].running_var");
        let (layer, part) = text.rsplit_once('.').filter(|(_, part)| !part.is_empty()).ok_or_else(wrong)?;
        Ok(Self { layer: layer.parse().map_err(|_| wrong())?, part: part.into() })
    }
}
