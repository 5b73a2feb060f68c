//! Checks of the shapes of tensors.

use super::Architecture;
use crate::error::NetworkError;
use crate::weights::Weights;
use pathscope_core::circuit::{Circuit, INPUT_BLOCK, LayerName, Operation, TensorName, TensorPart};
use pathscope_core::graph::unroll::{Component, UnrolledCircuit};
use pathscope_core::model::network::Step;
use pathscope_core::network::NetworkError as WholeNetworkError;

/// Checks that the weights of an architecture are complete, and that their shapes fit together.
pub(super) fn check(architecture: &Architecture, weights: &Weights) -> Result<(), NetworkError> {
    let Architecture { circuit, surroundings, .. } = architecture;
    let first = shape(weights, &TensorName::FIRST_WEIGHT)?;
    if first.len() != 4 || first.contains(&0) || first[2] != first[3] {
        return Err(wrong(&TensorName::FIRST_WEIGHT, &first, "[channels, image channels, kernel, kernel]"));
    }
    if surroundings.input_normalization {
        batch_norm(weights, LayerName::InputNormalization, first[1])?;
    }
    if weights.find(TensorName::FIRST_BIAS).is_some() {
        exactly(weights, &TensorName::FIRST_BIAS, &[first[0]])?;
    }
    if surroundings.first_block.contains(&Step::Normalization) {
        batch_norm(weights, LayerName::FIRST_NORMALIZATION, first[0])?;
    }
    match circuit.multi_path {
        None => check_recurrent(circuit, weights)?,
        Some(_) => check_multi_path(circuit, weights)?,
    }
    let channels = channels_of(circuit, weights, circuit.read_from)?;
    let spatial = shape(weights, &TensorName::READOUT_SPATIAL)?;
    if spatial.len() != 3 || spatial.contains(&0) {
        return Err(wrong(&TensorName::READOUT_SPATIAL, &spatial, "[neurons, height, width]"));
    }
    exactly(weights, &TensorName::READOUT_FEATURE, &[spatial[0], channels])?;
    exactly(weights, &TensorName::READOUT_BIAS, &[spatial[0]])
}

fn check_recurrent(circuit: &Circuit, weights: &Weights) -> Result<(), NetworkError> {
    for connection in 0..circuit.connections.len() {
        let kernels = kernel_names(circuit, connection);
        check_connection(circuit, connection, &kernels, weights)?;
    }
    for block in circuit.block_numbers() {
        let channels = channels_of(circuit, weights, block)?;
        for layer in normalizations_of(circuit, block) {
            batch_norm(weights, layer, channels)?;
        }
    }
    Ok(())
}

/// Checks the weights that the paths of a multi-path model use. An ablated model has no others.
fn check_multi_path(circuit: &Circuit, weights: &Weights) -> Result<(), NetworkError> {
    for component in UnrolledCircuit::new(circuit)?.components() {
        let name = component.name(circuit);
        match *component {
            Component::Convolution { connection, .. } => {
                check_connection(circuit, connection, &[name.tensor(TensorPart::Weight)], weights)?;
            }
            Component::Identity { connection } => check_connection(circuit, connection, &[], weights)?,
            Component::Normalization { block, .. } => {
                batch_norm(weights, name, channels_of(circuit, weights, block)?)?;
            }
            // Refused earlier, by `Circuit::beyond_computation`.
            Component::ConnectionNormalization { .. } => {}
        }
    }
    Ok(())
}

/// Checks that images \[batch, channels, height, width\] lead to maps of the size that the readout expects.
pub(super) fn check_images(
    architecture: &Architecture,
    weights: &Weights,
    found: &[i64],
) -> Result<(), NetworkError> {
    let first = shape(weights, &TensorName::FIRST_WEIGHT)?;
    let spatial = shape(weights, &TensorName::READOUT_SPATIAL)?;
    let pooling = architecture.surroundings.pooling;
    let pooled = |size: i64| pooling.output_size((size - first[2] + 1).max(0) as usize) as i64;
    let fits = matches!(*found, [_, channels, height, width]
        if channels == first[1] && pooled(height) == spatial[1] && pooled(width) == spatial[2]);
    if fits {
        return Ok(());
    }
    let sizes = |pooled: i64| {
        let mut sizes = pooling.input_sizes(pooled as usize).map(|size| size as i64 + first[2] - 1);
        let smallest = sizes.next().unwrap_or(0);
        match sizes.last() {
            Some(largest) => format!("{smallest} to {largest}"),
            None => smallest.to_string(),
        }
    };
    let found = found.iter().map(|&size| size as usize).collect();
    let expected = format!("{}, {}, {}", first[1], sizes(spatial[1]), sizes(spatial[2]));
    Err(WholeNetworkError::Images { found, expected }.into())
}

/// Returns the number of channels in the output of a block.
pub(super) fn channels_of(circuit: &Circuit, weights: &Weights, block: usize) -> Result<i64, NetworkError> {
    let mut block = block;
    // Identities keep the channels of their source. More identities than blocks would be a cycle.
    for _ in 0..=circuit.blocks.len() {
        if block == INPUT_BLOCK {
            break;
        }
        let mut inputs = circuit.connections.iter().enumerate().filter(|(_, each)| each.to == block);
        let convolved = inputs.clone().filter(|(_, each)| each.operation != Operation::Identity);
        let kernels: Vec<TensorName> =
            convolved.flat_map(|(index, _)| kernel_names(circuit, index)).collect();
        // An ablated model may lack some or all of the kernels.
        if let Some(kernel) = kernels.iter().find(|name| weights.find(name).is_some()) {
            return Ok(shape(weights, kernel)?[0]);
        }
        match (inputs.find(|(_, each)| each.operation == Operation::Identity), kernels.first()) {
            (Some((_, connection)), _) => block = connection.from,
            (None, Some(missing)) => return Ok(shape(weights, missing)?[0]),
            (None, None) => break,
        }
    }
    Ok(shape(weights, &TensorName::FIRST_WEIGHT)?[0])
}

/// Returns the kernels of a connection: a single one, or one for each iteration.
fn kernel_names(circuit: &Circuit, index: usize) -> Vec<TensorName> {
    let (name, connection) = (circuit.connection_name(index), &circuit.connections[index]);
    let iterations = match connection.operation {
        Operation::ConvolutionPerIteration => connection.delay + 1..=circuit.block(connection.to).iterations,
        Operation::Convolution | Operation::Identity => 1..=1,
    };
    let layers = iterations.filter_map(|iteration| name.convolution(connection.operation, iteration));
    layers.map(|layer| layer.tensor(TensorPart::Weight)).collect()
}

/// Returns the normalizations of a block: none, a single one, or one for each iteration.
pub(super) fn normalizations_of(circuit: &Circuit, block: usize) -> Vec<LayerName> {
    let iterations = 1..=circuit.block(block).iterations;
    let layers = iterations.filter_map(|iteration| circuit.normalization_name(block, iteration));
    let mut layers: Vec<LayerName> = layers.collect();
    layers.dedup();
    layers
}

fn check_connection(
    circuit: &Circuit,
    index: usize,
    kernels: &[TensorName],
    weights: &Weights,
) -> Result<(), NetworkError> {
    let connection = &circuit.connections[index];
    let input = channels_of(circuit, weights, connection.from)?;
    let output = channels_of(circuit, weights, connection.to)?;
    if connection.operation == Operation::Identity && input != output {
        return Err(NetworkError::Shape {
            name: circuit.connection_name(index).to_string(),
            found: vec![input],
            expected: format!("[{output}], the channels of the block it is added to"),
        });
    }
    for name in kernels {
        let found = shape(weights, name)?;
        let fits = matches!(*found, [out, inp, height, width]
            if out == output && inp == input && height == width && height % 2 == 1);
        if !fits {
            return Err(wrong(
                name,
                &found,
                &format!("[{output}, {input}, kernel, kernel] with an odd kernel"),
            ));
        }
    }
    Ok(())
}

fn batch_norm(weights: &Weights, layer: LayerName, channels: i64) -> Result<(), NetworkError> {
    layer.tensors().iter().try_for_each(|name| exactly(weights, name, &[channels]))
}

fn exactly(weights: &Weights, name: &TensorName, expected: &[i64]) -> Result<(), NetworkError> {
    let found = shape(weights, name)?;
    if found == expected { Ok(()) } else { Err(wrong(name, &found, &format!("{expected:?}"))) }
}

fn shape(weights: &Weights, name: &TensorName) -> Result<Vec<i64>, NetworkError> {
    weights.get(name).map(tch::Tensor::size)
}

fn wrong(name: &TensorName, found: &[i64], expected: &str) -> NetworkError {
    NetworkError::Shape { name: name.to_string(), found: found.to_vec(), expected: expected.to_owned() }
}
