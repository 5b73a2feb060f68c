//! The parts of a network before and after its recurrent stage.

use crate::circuit::{Activation, Circuit, LayerName, TensorName};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A step after the convolution of the first CPB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Batch normalization.
    Normalization,
    /// The activation of the blocks.
    Activation,
}

/// The parts of a network outside its recurrent stage.
///
/// # Examples
///
/// The paper's order (Eq. 1d) is batch normalization before the activation:
///
/// ```
/// use pathscope_core::circuit::Activation;
/// use pathscope_core::model::network::{Network, Step};
///
/// let network = Network::default();
/// assert_eq!(network.first_block, [Step::Normalization, Step::Activation]);
/// assert_eq!(network.output_activation, Activation::Relu);
/// assert_eq!(network.pooling.output_size(42), 14);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Whether the image goes through a batch normalization first (Eq. 1c).
    pub input_normalization: bool,
    /// The steps after the convolution of the first CPB, in order.
    pub first_block: Vec<Step>,
    /// The average pooling before the readout.
    pub pooling: Pooling,
    /// The activation after the readout (Eq. 1a).
    pub output_activation: Activation,
    /// The momentum: how much a batch moves the running statistics of the batch normalizations.
    pub momentum: f64,
}

/// Average pooling in ceil mode. Windows at the border average only the pixels that they cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pooling {
    /// Width and height of a window, in pixels of the map.
    pub kernel: usize,
    /// The stride of the windows.
    pub stride: usize,
}

impl Pooling {
    /// Returns the width of the pooled map, for a map of width `size`.
    pub fn output_size(self, size: usize) -> usize {
        if size <= self.kernel {
            return usize::from(size > 0);
        }
        let windows = (size - self.kernel).div_ceil(self.stride) + 1;
        // A window must begin inside the map.
        if (windows - 1) * self.stride >= size { windows - 1 } else { windows }
    }

    /// Returns the widths of maps whose pooled map has width `pooled`.
    pub fn input_sizes(self, pooled: usize) -> impl Iterator<Item = usize> {
        let largest = pooled.saturating_mul(self.stride).saturating_add(self.kernel);
        let smallest = pooled.saturating_sub(1).saturating_mul(self.stride);
        (smallest.max(1)..=largest).filter(move |&size| self.output_size(size) == pooled)
    }
}

/// The reason why the parts of a network outside its recurrent stage are unknown.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UnknownNetwork {
    /// The checkpoint is pathscope's own, but without these parts.
    #[error("its metadata describes only the recurrent stage")]
    Metadata,
    /// A layout file describes the checkpoint.
    #[error("a layout file describes only the recurrent stage")]
    LayoutFile,
    /// A published checkpoint lacks its configuration.
    #[error("no {0} describes the layers around its recurrent stage")]
    NoConfiguration(&'static str),
    /// The configuration does not say in which order the modules run.
    #[error("its configuration has no list of operations with conv0 and bl_stack")]
    Operations,
    /// The configuration runs modules that are not supported.
    #[error("its configuration runs the modules {}, which this version cannot", .0.join(", "))]
    Modules(Vec<String>),
    /// The pooling is not an average in ceil mode.
    #[error("its pooling is not an average in ceil mode")]
    Pooling,
    /// The pooling has no extent.
    #[error("its pooling has a kernel or a stride of 0")]
    PoolingSize,
    /// The output activation is not supported.
    #[error("its output activation is {}", .0.as_deref().unwrap_or("not given"))]
    OutputActivation(Option<String>),
}

impl Default for Network {
    fn default() -> Self {
        Self {
            input_normalization: true,
            first_block: vec![Step::Normalization, Step::Activation],
            pooling: Pooling { kernel: 3, stride: 3 },
            output_activation: Activation::Relu,
            momentum: 0.1,
        }
    }
}

impl Network {
    /// Returns the role names of the tensors outside the recurrent stage. The optional `conv[1].bias` is not
    /// among them.
    pub fn tensor_names(&self) -> Vec<TensorName> {
        let has = |layer: &LayerName| match *layer {
            LayerName::InputNormalization => self.input_normalization,
            LayerName::FIRST_NORMALIZATION => self.first_block.contains(&Step::Normalization),
            _ => true,
        };
        LayerName::OUTSIDE.into_iter().filter(has).flat_map(LayerName::tensors).collect()
    }

    /// Returns a property that a checkpoint of this network must state but its circuit leaves open, by the name of
    /// the option that gives it.
    pub fn unknown_in(circuit: &Circuit) -> Option<&'static str> {
        if circuit.readout.is_none() {
            Some("readout")
        } else if circuit.activation.is_none() {
            Some("activation")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pooling;

    #[test]
    fn pooled_sizes_are_those_of_ceil_mode() {
        let pooling = Pooling { kernel: 3, stride: 3 };
        let sizes: Vec<usize> = (1..=10).map(|size| pooling.output_size(size)).collect();
        assert_eq!(sizes, [1, 1, 1, 2, 2, 2, 3, 3, 3, 4]);
        let apart = Pooling { kernel: 2, stride: 3 };
        // On 6 pixels, windows begin at 0 and 3; one at 6 would begin outside.
        assert_eq!((3..=8).map(|size| apart.output_size(size)).collect::<Vec<_>>(), [1, 2, 2, 2, 3, 3]);
    }

    #[test]
    fn input_sizes_invert_output_sizes() {
        let pooling = Pooling { kernel: 3, stride: 3 };
        assert_eq!(pooling.input_sizes(14).collect::<Vec<_>>(), [40, 41, 42]);
        assert_eq!(pooling.input_sizes(1).collect::<Vec<_>>(), [1, 2, 3]);
    }
}
