//! The layers that every network here is made of.

use crate::error::NetworkError;
use crate::weights::Weights;
use pathscope::circuit::Activation;
use pathscope::network::Pooling;
use tch::{TchError, Tensor};

/// Whether batch statistics are used and running ones moved, as in training, or the running ones
/// used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As in training.
    Training,
    /// As at inference.
    Evaluation,
}

/// ε and momentum of all batch normalizations of a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm {
    /// ε
    pub epsilon: f64,
    /// By how much a batch moves the running statistics.
    pub momentum: f64,
}

impl BatchNorm {
    /// Normalizes the channels of `input` [batch, channels, height, width] with the layer `name`.
    pub fn apply(
        self,
        weights: &Weights,
        name: &str,
        input: &Tensor,
        mode: Mode,
    ) -> Result<Tensor, NetworkError> {
        let part = |part: &str| weights.get(&format!("{name}.{part}")).map(Some);
        Ok(input.f_batch_norm(
            part("weight")?,
            part("bias")?,
            part("running_mean")?,
            part("running_var")?,
            mode == Mode::Training,
            self.momentum,
            self.epsilon,
            true,
        )?)
    }
}

/// A convolution with stride 1. `padding` is the number of zeros on every side.
pub fn convolution(
    input: &Tensor,
    kernel: &Tensor,
    bias: Option<&Tensor>,
    padding: i64,
) -> Result<Tensor, TchError> {
    input.f_conv2d(kernel, bias, [1, 1], [padding, padding], [1, 1], 1)
}

/// The zeros on every side that keep the size of a map.
pub fn same_padding(kernel: &Tensor) -> i64 {
    kernel.size().last().copied().unwrap_or(1) / 2
}

/// Applies an activation. ReLU overwrites its input, which must be nobody else's: as the output of a
/// batch normalization, whose own gradient does not need it.
pub fn activate_in_place(activation: Activation, mut input: Tensor) -> Result<Tensor, TchError> {
    match activation {
        Activation::Relu => input.f_relu_(),
        Activation::Softplus => input.f_softplus(),
    }
}

/// Applies an activation.
pub fn activate(activation: Activation, input: &Tensor) -> Result<Tensor, TchError> {
    match activation {
        Activation::Relu => input.f_relu(),
        Activation::Softplus => input.f_softplus(),
    }
}

/// Average pooling in ceil mode, in which windows at the border average what they cover.
pub fn average_pooling(pooling: Pooling, input: &Tensor) -> Result<Tensor, TchError> {
    let (kernel, stride) = (pooling.kernel as i64, pooling.stride as i64);
    input.f_avg_pool2d([kernel, kernel], [stride, stride], [0, 0], true, false, None)
}

/// The same numbers with the channels of a pixel side by side in memory, which is how oneDNN's
/// convolutions want them.
pub fn channels_last(input: &Tensor) -> Result<Tensor, TchError> {
    input.f_permute([0, 2, 3, 1])?.f_contiguous()?.f_permute([0, 3, 1, 2])
}
