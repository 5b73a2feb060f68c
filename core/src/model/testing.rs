//! Whole networks for tests, with weights that follow from the names of their tensors.

use crate::circuit::{Circuit, LayerName, TensorName, TensorPart};
use crate::graph::unroll::UnrolledCircuit;
use crate::model::layout::own;
use crate::model::network::Network;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::BTreeMap;

/// The ε of the batch normalizations.
pub const EPSILON: f64 = 1e-3;

const CHANNELS: usize = 3;
const NEURONS: usize = 4;

/// A whole network, which can be written as pathscope's own checkpoint.
#[derive(Clone, Debug)]
pub struct TestNet {
    /// The recurrent stage, with 3 channels in every block.
    pub circuit: Circuit,
    /// The layers around it, read out by 4 neurons.
    pub network: Network,
    /// The channels, height and width of the images.
    pub image: [usize; 3],
    /// The size of the first convolution's kernels.
    pub first_kernel: usize,
    /// The size of the other kernels.
    pub kernel: usize,
    /// Whether the first convolution has a bias.
    pub first_bias: bool,
}

impl TestNet {
    /// Returns the network as a checkpoint.
    ///
    /// # Panics
    ///
    /// If the circuit cannot be unrolled.
    pub fn to_bytes(&self) -> Vec<u8> {
        let tensors = self.tensors();
        let bytes: BTreeMap<&String, Vec<u8>> = tensors
            .iter()
            .map(|(name, (_, values))| (name, values.iter().flat_map(|value| value.to_le_bytes()).collect()))
            .collect();
        let views = tensors.iter().map(|(name, (shape, _))| {
            let view = TensorView::new(Dtype::F32, shape.clone(), &bytes[name]);
            (name, view.expect("as many bytes as the shape takes"))
        });
        let metadata = own::metadata_of_network(&self.circuit, EPSILON, &self.network).into_iter().collect();
        safetensors::serialize(views, Some(metadata)).expect("tensors of valid shapes")
    }

    /// Returns the shapes and numbers of the tensors, by name.
    ///
    /// # Panics
    ///
    /// If the circuit cannot be unrolled.
    pub fn tensors(&self) -> BTreeMap<String, (Vec<usize>, Vec<f32>)> {
        let mut tensors = BTreeMap::new();
        let mut add = |name: TensorName, shape: &[usize]| {
            let values = numbers(&name, shape.iter().product());
            tensors.insert(name.to_string(), (shape.to_vec(), values));
        };
        let [channels, height, width] = self.image;
        let pooled =
            [height, width].map(|size| self.network.pooling.output_size(size + 1 - self.first_kernel));
        for name in self.network.tensor_names() {
            let shape = match name {
                TensorName::FIRST_WEIGHT => vec![CHANNELS, channels, self.first_kernel, self.first_kernel],
                TensorName::READOUT_SPATIAL => vec![NEURONS, pooled[0], pooled[1]],
                TensorName::READOUT_FEATURE => vec![NEURONS, CHANNELS],
                TensorName::READOUT_BIAS => vec![NEURONS],
                TensorName { layer: LayerName::InputNormalization, .. } => vec![channels],
                _ => vec![CHANNELS],
            };
            add(name, &shape);
        }
        if self.first_bias {
            add(TensorName::FIRST_BIAS, &[CHANNELS]);
        }
        let unrolled = UnrolledCircuit::new(&self.circuit).expect("a valid circuit");
        for component in unrolled.components() {
            let kernel = [CHANNELS, CHANNELS, self.kernel, self.kernel];
            let shape = if component.is_normalization() { &kernel[..1] } else { &kernel };
            component.name(&self.circuit).tensors().into_iter().for_each(|name| add(name, shape));
        }
        tensors
    }
}

/// Returns numbers that follow from a name, of a size that keeps activities near 1.
fn numbers(name: &TensorName, count: usize) -> Vec<f32> {
    // FNV-1a, then a linear congruential generator: nothing here depends on the quality of either.
    let mut state = name.to_string().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u32 << 24) as f32
    };
    let (middle, width) = match name.part {
        TensorPart::RunningVariance => (1.0, 0.8),
        TensorPart::Weight if name.layer.is_normalization() => (1.0, 0.8),
        TensorPart::Weight => (0.0, 0.6),
        TensorPart::Spatial | TensorPart::Feature => (0.1, 0.8),
        _ => (0.1, 0.6),
    };
    (0..count).map(|_| middle + width * (uniform() - 0.5)).collect()
}
