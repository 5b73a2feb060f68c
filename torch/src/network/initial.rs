//! Initial weights for training.

use super::Architecture;
use super::shapes::normalizations_of;
use crate::weights::Weights;
use pathscope_core::circuit::{Activation, Circuit, LayerName, TensorName, TensorPart};
use pathscope_core::graph::unroll::{Component, UnrolledCircuit};
use pathscope_core::model::network::Step;
use pathscope_core::statistics::generator;
use rand_distr::{Distribution, Normal};
use std::collections::BTreeMap;
use tch::Tensor;

/// The sizes that a circuit does not determine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Channels, height and width of the images.
    pub image: [usize; 3],
    /// Number of channels of every block.
    pub channels: usize,
    /// Kernel size of the first CPB.
    pub first_kernel: usize,
    /// Kernel size of the recurrent blocks; odd.
    pub kernel: usize,
}

/// Returns the initial weights: kernels and readout N(0, `deviation`²), γ 1, β 0, and each neuron's mean
/// response as its output bias.
///
/// If softplus is the output activation, its inverse is applied to the mean responses.
///
/// # Arguments
///
/// * `architecture` - a valid circuit of convolutions
/// * `sizes` - the other sizes; images must be at least as large as the first kernel
/// * `mean_responses` - the mean response of each neuron over the training images
/// * `deviation` - the standard deviation of kernels and readout
/// * `seed` - the seed; equal seeds give equal bytes
pub fn initial_weights(
    architecture: &Architecture,
    sizes: Sizes,
    mean_responses: &[f32],
    deviation: f32,
    seed: u64,
) -> Weights {
    let Architecture { circuit, surroundings, .. } = architecture;
    let Sizes { image: [image_channels, height, width], channels, first_kernel, kernel } = sizes;
    let pooled = |size: usize| surroundings.pooling.output_size((size + 1).saturating_sub(first_kernel));
    let neurons = mean_responses.len();
    // The order of the names decides which random numbers a tensor gets.
    let mut normals: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut drawn = |name: TensorName, shape: Vec<usize>| normals.insert(name.to_string(), shape);
    drawn(TensorName::FIRST_WEIGHT, vec![channels, image_channels, first_kernel, first_kernel]);
    for (index, connection) in circuit.connections.iter().enumerate() {
        let layer = LayerName::from(circuit.connection_name(index));
        debug_assert_eq!(connection.operation, pathscope_core::circuit::Operation::Convolution);
        drawn(layer.tensor(TensorPart::Weight), vec![channels, channels, kernel, kernel]);
    }
    drawn(TensorName::READOUT_SPATIAL, vec![neurons, pooled(height), pooled(width)]);
    drawn(TensorName::READOUT_FEATURE, vec![neurons, channels]);

    let mut weights = Weights::default();
    for (stream, (name, shape)) in normals.into_iter().enumerate() {
        weights.insert(name, normal(&shape, deviation, seed, stream as u64));
    }
    let constant = |weights: &mut Weights, name: TensorName, channels: usize, value: f32| {
        weights.insert(name, Tensor::from_slice(&vec![value; channels]));
    };
    let mut batch_norm = |layer: LayerName, channels: usize| {
        for name in layer.tensors() {
            let is_factor = matches!(name.part, TensorPart::Weight | TensorPart::RunningVariance);
            constant(&mut weights, name, channels, if is_factor { 1.0 } else { 0.0 });
        }
    };
    if surroundings.input_normalization {
        batch_norm(LayerName::InputNormalization, image_channels);
    }
    if surroundings.first_block.contains(&Step::Normalization) {
        batch_norm(LayerName::FIRST_NORMALIZATION, channels);
    }
    for layer in normalizations(circuit) {
        batch_norm(layer, channels);
    }
    // A normalization directly after the convolution would undo a bias.
    if surroundings.first_block.first() == Some(&Step::Activation) {
        constant(&mut weights, TensorName::FIRST_BIAS, channels, 0.0);
    }
    let bias: Vec<f32> = mean_responses
        .iter()
        .map(|&mean| match surroundings.output_activation {
            Activation::Relu => mean,
            Activation::Softplus => inverse_softplus(mean),
        })
        .collect();
    weights.insert(TensorName::READOUT_BIAS, Tensor::from_slice(&bias));
    drop_unused_kernels(circuit, &mut weights);
    weights
}

/// Returns the normalizations of the recurrent stage.
fn normalizations(circuit: &Circuit) -> Vec<LayerName> {
    if circuit.multi_path.is_some() {
        let components = paths(circuit);
        let normalizations = components.iter().filter(|component| component.connection().is_none());
        return normalizations.map(|component| component.name(circuit)).collect();
    }
    circuit.block_numbers().flat_map(|block| normalizations_of(circuit, block)).collect()
}

/// Drops the kernels that no path of a multi-path model uses. They are drawn first and dropped then, so that
/// an ablated model begins with the kernels of the full one.
fn drop_unused_kernels(circuit: &Circuit, weights: &mut Weights) {
    if circuit.multi_path.is_none() {
        return;
    }
    let used: Vec<LayerName> = paths(circuit).iter().map(|component| component.name(circuit)).collect();
    for name in circuit.connection_names() {
        let layer = LayerName::from(name);
        if !used.contains(&layer) {
            weights.remove(layer.tensor(TensorPart::Weight));
        }
    }
}

/// Returns the components on the paths of a valid circuit.
fn paths(circuit: &Circuit) -> Vec<Component> {
    let unrolled = UnrolledCircuit::new(circuit).expect("a circuit that can be unrolled");
    unrolled.components().to_vec()
}

/// Draws a tensor from a normal distribution. Each tensor has its own random stream, so that the size of one
/// does not change the others.
fn normal(shape: &[usize], deviation: f32, seed: u64, stream: u64) -> Tensor {
    let mut random = generator(seed);
    random.set_stream(stream);
    let normal = Normal::new(0.0f32, deviation).expect("a deviation that is finite");
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| normal.sample(&mut random)).collect();
    let shape: Vec<i64> = shape.iter().map(|&size| size as i64).collect();
    Tensor::from_slice(&values).reshape(shape)
}

/// Returns ln(eʸ - 1), where y is raised to at least 1e-6.
fn inverse_softplus(y: f32) -> f32 {
    let y = f64::from(y).max(1e-6);
    (y + (-(-y).exp()).ln_1p()) as f32
}

#[cfg(test)]
mod tests {
    use super::inverse_softplus;

    #[test]
    fn softplus_undoes_its_inverse() {
        for y in [0.01f32, 0.5, 1.0, 20.0] {
            let x = f64::from(inverse_softplus(y));
            assert!((x.exp().ln_1p() - f64::from(y)).abs() < 1e-6 * f64::from(y).max(1.0));
        }
        assert!(inverse_softplus(0.0).is_finite());
    }
}
