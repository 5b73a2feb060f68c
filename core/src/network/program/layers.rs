//! Layers, and the first block, which consists of them.

use super::FIRST_BLOCK;
use super::builder::{Builder, int, square};
use crate::circuit::{Activation, LayerName, TensorPart};
use crate::model::network::Step;
use crate::program::{Argument, Extent, ValueId};

const CONVOLUTION: &str = "torch.nn.modules.conv.Conv2d";
const NORMALIZATION: &str = "torch.nn.modules.batchnorm.BatchNorm2d";

impl Builder<'_> {
    /// Adds the layers before the recurrent stage (Eqs. 1c and 1d).
    pub(super) fn first_block(&mut self, images: ValueId) -> ValueId {
        self.inside(FIRST_BLOCK, "pathscope.FirstBlock", |builder| {
            let surroundings = &builder.network.surroundings;
            let mut map = images;
            if surroundings.input_normalization {
                map = builder.normalization(LayerName::InputNormalization, map);
            }
            map = builder.convolution(LayerName::FirstConvolution, map, 0);
            for step in &surroundings.first_block {
                map = match step {
                    Step::Normalization => builder.normalization(LayerName::FIRST_NORMALIZATION, map),
                    Step::Activation => builder.activation(builder.network.activation, map),
                };
            }
            map
        })
    }

    /// Adds a convolution with stride 1.
    pub(super) fn convolution(&mut self, layer: LayerName, input: ValueId, padding: usize) -> ValueId {
        let weight = self.stored(&layer.tensor(TensorPart::Weight));
        let has_bias = layer == LayerName::FirstConvolution && self.network.has_first_bias();
        let bias = match has_bias {
            true => Argument::Tensor(self.stored(&layer.tensor(TensorPart::Bias))),
            false => Argument::None,
        };
        let kernel = self.shape(weight);
        let mut shape = self.shape(input);
        shape[1] = kernel[0];
        for axis in [2, 3] {
            shape[axis] = convolved(shape[axis], kernel[axis], padding);
        }
        self.inside(&layer.to_string(), CONVOLUTION, |builder| {
            builder.operation(
                "conv2d",
                "default",
                [
                    ("input", Argument::Tensor(input)),
                    ("weight", Argument::Tensor(weight)),
                    ("bias", bias),
                    ("stride", square(1)),
                    ("padding", square(padding)),
                    ("dilation", square(1)),
                    ("groups", int(1)),
                ],
                shape,
            )
        })
    }

    /// Adds a batch normalization in evaluation mode.
    pub(super) fn normalization(&mut self, layer: LayerName, input: ValueId) -> ValueId {
        let [weight, bias, mean, variance] =
            TensorPart::NORMALIZATION.map(|part| Argument::Tensor(self.stored(&layer.tensor(part))));
        let shape = self.shape(input);
        let (momentum, epsilon) = (self.network.surroundings.momentum, self.network.epsilon);
        self.inside(&layer.to_string(), NORMALIZATION, |builder| {
            builder.operation(
                "batch_norm",
                "default",
                [
                    ("input", Argument::Tensor(input)),
                    ("weight", weight),
                    ("bias", bias),
                    ("running_mean", mean),
                    ("running_var", variance),
                    ("training", Argument::Bool(Some(false))),
                    ("momentum", Argument::Float(Some(momentum))),
                    ("eps", Argument::Float(Some(epsilon))),
                    ("cudnn_enabled", Argument::Bool(Some(true))),
                ],
                shape,
            )
        })
    }

    /// Adds an activation.
    pub(super) fn activation(&mut self, activation: Activation, input: ValueId) -> ValueId {
        let shape = self.shape(input);
        let kind = match activation {
            Activation::Relu => "relu",
            Activation::Softplus => "softplus",
        };
        self.operation(kind, "default", [("self", Argument::Tensor(input))], shape)
    }
}

/// Returns the extent of a map after a convolution with stride 1.
fn convolved(map: Extent, kernel: Extent, padding: usize) -> Extent {
    match (map, kernel) {
        (Extent::Known(map), Extent::Known(kernel)) => Extent::Known(map + 2 * padding as i64 - kernel + 1),
        _ => Extent::Symbolic,
    }
}
