//! Whether tensors fit together.

use super::Architecture;
use crate::error::NetworkError;
use crate::weights::Weights;
use pathscope_core::circuit::{Circuit, INPUT_BLOCK, Normalization, Operation};
use pathscope_core::graph::unroll::{Component, UnrolledCircuit};
use pathscope_core::model::network::{BATCH_NORM_PARTS, Step};

/// Checks that there are all weights of an architecture, and that their shapes fit together.
pub(super) fn check(architecture: &Architecture, weights: &Weights) -> Result<(), NetworkError> {
    let Architecture { circuit, surroundings, .. } = architecture;
    let first = shape(weights, "conv[1].weight")?;
    if first.len() != 4 || first.contains(&0) || first[2] != first[3] {
        return Err(wrong("conv[1].weight", &first, "[channels, image channels, kernel, kernel]"));
    }
    if surroundings.input_normalization {
        batch_norm(weights, "bn[input]", first[1])?;
    }
    if weights.find("conv[1].bias").is_some() {
        exactly(weights, "conv[1].bias", &[first[0]])?;
    }
    if surroundings.first_block.contains(&Step::Normalization) {
        batch_norm(weights, "bn[1]", first[0])?;
    }
    match circuit.multi_path {
        None => check_recurrent(circuit, weights)?,
        Some(_) => check_multi_path(circuit, weights)?,
    }
    let channels = channels_of(circuit, weights, circuit.read_from)?;
    let spatial = shape(weights, "readout.spatial")?;
    if spatial.len() != 3 || spatial.contains(&0) {
        return Err(wrong("readout.spatial", &spatial, "[neurons, height, width]"));
    }
    exactly(weights, "readout.feature", &[spatial[0], channels])?;
    exactly(weights, "readout.bias", &[spatial[0]])
}

fn check_recurrent(circuit: &Circuit, weights: &Weights) -> Result<(), NetworkError> {
    for connection in 0..circuit.connections.len() {
        let kernels = kernel_names(circuit, connection);
        check_connection(circuit, connection, &kernels, weights)?;
    }
    for block in circuit.block_numbers() {
        let channels = channels_of(circuit, weights, block)?;
        let iterations = circuit.block(block).iterations;
        match circuit.block(block).normalization {
            Normalization::None => {}
            Normalization::Shared => batch_norm(weights, &format!("bn[{block}]"), channels)?,
            Normalization::PerIteration | Normalization::PerPath => {
                for iteration in 1..=iterations {
                    batch_norm(weights, &format!("bn[{block},{iteration}]"), channels)?;
                }
            }
        }
    }
    Ok(())
}

/// An ablated model has only what its paths use.
fn check_multi_path(circuit: &Circuit, weights: &Weights) -> Result<(), NetworkError> {
    for component in UnrolledCircuit::new(circuit)?.components() {
        let name = component.name(circuit);
        match *component {
            Component::Convolution { connection, .. } => {
                check_connection(circuit, connection, &[format!("{name}.weight")], weights)?;
            }
            Component::Identity { connection } => check_connection(circuit, connection, &[], weights)?,
            Component::Normalization { block, .. } => {
                batch_norm(weights, &name, channels_of(circuit, weights, block)?)?;
            }
            // Refused before: see `Circuit::beyond_computation`.
            Component::ConnectionNormalization { .. } => {}
        }
    }
    Ok(())
}

/// Checks that images [batch, channels, height, width] lead to the maps that the readout expects.
pub(super) fn check_images(
    architecture: &Architecture,
    weights: &Weights,
    found: &[i64],
) -> Result<(), NetworkError> {
    let first = shape(weights, "conv[1].weight")?;
    let spatial = shape(weights, "readout.spatial")?;
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
    Err(NetworkError::Images {
        found: found.to_vec(),
        expected: format!("{}, {}, {}", first[1], sizes(spatial[1]), sizes(spatial[2])),
    })
}

/// The channels that a block passes on.
pub(super) fn channels_of(circuit: &Circuit, weights: &Weights, block: usize) -> Result<i64, NetworkError> {
    let mut block = block;
    // Identities hand on the channels of their source; more of them than blocks would be a cycle.
    for _ in 0..=circuit.blocks.len() {
        if block == INPUT_BLOCK {
            break;
        }
        let mut inputs = circuit.connections.iter().enumerate().filter(|(_, each)| each.to == block);
        let convolved = inputs.clone().filter(|(_, each)| each.operation != Operation::Identity);
        let kernels: Vec<String> = convolved.flat_map(|(index, _)| kernel_names(circuit, index)).collect();
        // An ablated model may lack some of them, or all.
        if let Some(kernel) = kernels.iter().find(|name| weights.find(name).is_some()) {
            return Ok(shape(weights, kernel)?[0]);
        }
        match (inputs.find(|(_, each)| each.operation == Operation::Identity), kernels.first()) {
            (Some((_, connection)), _) => block = connection.from,
            (None, Some(missing)) => return Ok(shape(weights, missing)?[0]),
            (None, None) => break,
        }
    }
    Ok(shape(weights, "conv[1].weight")?[0])
}

/// The kernels of a connection: one, or one for each iteration.
fn kernel_names(circuit: &Circuit, connection: usize) -> Vec<String> {
    let name = circuit.connection_name(connection);
    let target = circuit.connections[connection].to;
    let delay = circuit.connections[connection].delay;
    match circuit.connections[connection].operation {
        Operation::Identity => Vec::new(),
        Operation::Convolution => vec![format!("{name}.weight")],
        Operation::ConvolutionPerIteration => {
            let iterations = delay + 1..=circuit.block(target).iterations;
            iterations.map(|iteration| format!("{name}{{{iteration}}}.weight")).collect()
        }
    }
}

fn check_connection(
    circuit: &Circuit,
    index: usize,
    kernels: &[String],
    weights: &Weights,
) -> Result<(), NetworkError> {
    let connection = &circuit.connections[index];
    let input = channels_of(circuit, weights, connection.from)?;
    let output = channels_of(circuit, weights, connection.to)?;
    if connection.operation == Operation::Identity && input != output {
        return Err(NetworkError::Shape {
            name: circuit.connection_name(index),
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

fn batch_norm(weights: &Weights, name: &str, channels: i64) -> Result<(), NetworkError> {
    BATCH_NORM_PARTS.iter().try_for_each(|part| exactly(weights, &format!("{name}.{part}"), &[channels]))
}

fn exactly(weights: &Weights, name: &str, expected: &[i64]) -> Result<(), NetworkError> {
    let found = shape(weights, name)?;
    if found == expected { Ok(()) } else { Err(wrong(name, &found, &format!("{expected:?}"))) }
}

fn shape(weights: &Weights, name: &str) -> Result<Vec<i64>, NetworkError> {
    weights.get(name).map(tch::Tensor::size)
}

fn wrong(name: &str, found: &[i64], expected: &str) -> NetworkError {
    NetworkError::Shape { name: name.to_owned(), found: found.to_vec(), expected: expected.to_owned() }
}
