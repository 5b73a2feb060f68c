//! The layers that all networks consist of.

use crate::error::NetworkError;
use crate::weights::Weights;
use pathscope_core::circuit::{Activation, LayerName, TensorName, TensorPart};
use pathscope_core::model::network::Pooling;
use tch::{TchError, Tensor};

/// The mode of the batch normalizations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Training: batch statistics are used, and they update the running ones.
    Training,
    /// Inference: running statistics are used.
    Evaluation,
}

/// The constants of all batch normalizations of a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct BatchNorm {
    /// ε
    pub epsilon: f64,
    /// Weight of a batch in the running statistics.
    pub momentum: f64,
}

/// The statistics that a batch normalization uses, and whether they update the running ones.
#[derive(Clone, Copy, Debug)]
pub(super) enum Statistics<'a> {
    /// The running statistics.
    Running,
    /// The statistics of the batch, which update the running ones.
    Batch,
    /// The statistics of the batch, without an update of the running ones.
    BatchAlone,
    /// The statistics of the batch, which are also written into these tensors \[channels\].
    BatchInto(&'a Moments),
}

/// The mean and the unbiased variance of each channel of a batch.
#[derive(Debug)]
pub(super) struct Moments {
    /// [channels]
    pub mean: Tensor,
    /// [channels]
    pub variance: Tensor,
}

impl From<Mode> for Statistics<'_> {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Training => Self::Batch,
            Mode::Evaluation => Self::Running,
        }
    }
}

impl BatchNorm {
    /// Normalizes the channels of `input` \[batch, channels, height, width\] with a layer.
    pub(super) fn apply(
        self,
        weights: &Weights,
        layer: LayerName,
        input: &Tensor,
        statistics: Statistics<'_>,
    ) -> Result<Tensor, NetworkError> {
        let part = |part: TensorPart| weights.get(layer.tensor(part));
        let running =
            || Ok::<_, NetworkError>((part(TensorPart::RunningMean)?, part(TensorPart::RunningVariance)?));
        let (moved, of_batch, momentum) = match statistics {
            Statistics::Running => (Some(running()?), false, self.momentum),
            Statistics::Batch => (Some(running()?), true, self.momentum),
            Statistics::BatchAlone => (None, true, self.momentum),
            Statistics::BatchInto(moments) => (Some((&moments.mean, &moments.variance)), true, 1.0),
        };
        Ok(input.f_batch_norm(
            Some(part(TensorPart::Weight)?),
            Some(part(TensorPart::Bias)?),
            moved.map(|(mean, _)| mean),
            moved.map(|(_, variance)| variance),
            of_batch,
            momentum,
            self.epsilon,
            true,
        )?)
    }
}

/// The layers of the recurrent stage of a network.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layers<'a> {
    /// The weights.
    pub weights: &'a Weights,
    /// The activation of the blocks.
    pub activation: Activation,
    /// The constants of the normalizations.
    pub batch_norm: BatchNorm,
    /// The pooling before the readout.
    pub pooling: Pooling,
}

impl Layers<'_> {
    /// Normalizes the input of a block, if it has a normalization, and applies the activation.
    pub(super) fn activated(
        &self,
        drive: &Tensor,
        normalization: Option<LayerName>,
        statistics: Statistics<'_>,
    ) -> Result<Tensor, NetworkError> {
        match normalization {
            Some(layer) => {
                let normalized = self.batch_norm.apply(self.weights, layer, drive, statistics)?;
                Ok(activate_in_place(self.activation, normalized)?)
            }
            None => Ok(activate(self.activation, drive)?),
        }
    }

    /// Convolves a map with the named kernel. The size of the map stays the same.
    pub(super) fn convolved(&self, source: &Tensor, kernel: &TensorName) -> Result<Tensor, NetworkError> {
        let kernel = self.weights.get(kernel)?;
        Ok(convolution(source, kernel, None, same_padding(kernel))?)
    }

    /// Pools a map for the readout.
    pub(super) fn pooled(&self, map: &Tensor) -> Result<Tensor, NetworkError> {
        Ok(average_pooling(self.pooling, map)?)
    }
}

/// A term of a sum.
#[derive(Debug)]
pub(super) struct Addend {
    /// The value.
    pub tensor: Tensor,
    /// Whether nothing else needs the value, so that it may be overwritten.
    pub own: bool,
}

impl Addend {
    /// Returns the sum, computed in place if one of the addends may be overwritten.
    pub(super) fn add(mut self, mut other: Self) -> Result<Self, TchError> {
        let tensor = if self.own {
            self.tensor.f_add_(&other.tensor)?
        } else if other.own {
            other.tensor.f_add_(&self.tensor)?
        } else {
            self.tensor.f_add(&other.tensor)?
        };
        Ok(Self { tensor, own: true })
    }
}

/// Convolves with stride 1. `padding` is the number of zeros on every side.
pub(super) fn convolution(
    input: &Tensor,
    kernel: &Tensor,
    bias: Option<&Tensor>,
    padding: i64,
) -> Result<Tensor, TchError> {
    input.f_conv2d(kernel, bias, [1, 1], [padding, padding], [1, 1], 1)
}

/// Returns the padding that keeps the size of a map.
pub(super) fn same_padding(kernel: &Tensor) -> i64 {
    kernel.size().last().copied().unwrap_or(1) / 2
}

/// Applies an activation. ReLU overwrites its input, so nothing else may need it. This holds for the output
/// of a batch normalization, whose gradient does not depend on it.
pub(super) fn activate_in_place(activation: Activation, mut input: Tensor) -> Result<Tensor, TchError> {
    match activation {
        Activation::Relu => input.f_relu_(),
        Activation::Softplus => input.f_softplus(),
    }
}

/// Applies an activation.
pub(super) fn activate(activation: Activation, input: &Tensor) -> Result<Tensor, TchError> {
    match activation {
        Activation::Relu => input.f_relu(),
        Activation::Softplus => input.f_softplus(),
    }
}

/// Pools by averages in ceil mode. Windows at the border average the pixels that they cover.
pub(super) fn average_pooling(pooling: Pooling, input: &Tensor) -> Result<Tensor, TchError> {
    let (kernel, stride) = (pooling.kernel as i64, pooling.stride as i64);
    input.f_avg_pool2d([kernel, kernel], [stride, stride], [0, 0], true, false, None)
}

/// Returns the kernel in channels-last layout, with the channels of a pixel adjacent in memory. Its
/// convolutions give maps of the same layout, which is fastest in oneDNN and which all later layers keep.
pub(super) fn channels_last(kernel: &Tensor) -> Result<Tensor, TchError> {
    let laid_out = kernel.f_permute([0, 2, 3, 1])?.f_contiguous()?;
    let size = kernel.size();
    let (channels, width) = (size[1], size[3]);
    // With a single channel, both layouts have the same numbers, and only the strides tell them apart.
    let strides = [size[1..].iter().product(), 1, width * channels, channels];
    laid_out.f_as_strided(size, strides, None)
}
