//! The data of a network as Python.

use pathscope_core::circuit::{Activation, LayerName, TensorName};
use pathscope_core::files::text::{counted, list};
use pathscope_core::model::network::Step;
use pathscope_core::network::{Chain, ChainStep, Structure, WholeNetwork};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

/// The width above which an expression is split over several lines.
const WIDTH: usize = 120;

/// Returns comments that say what the network is and where it comes from.
pub(super) fn about(network: &WholeNetwork) -> String {
    // A file may have any name, and a comment must not end in the middle of it.
    let kept = |c: char| if c.is_alphanumeric() || "._- +".contains(c) { c } else { '?' };
    let name: String = network.source.name.chars().map(kept).collect();
    format!(
        "# {}\n# Written by pathscope {} from {name}, SHA-256\n# {}.\n",
        title(network),
        env!("CARGO_PKG_VERSION"),
        network.source.sha256,
    )
}

fn title(network: &WholeNetwork) -> String {
    let circuit = &network.circuit;
    let readout = network.readout;
    match &network.plan.structure {
        Structure::MultiPath(paths) => {
            let removed = list(circuit.lengths_removed().iter().map(ToString::to_string));
            let without =
                if removed.is_empty() { removed } else { format!(" without paths of length {removed}") };
            format!("A multi-path network{without}: {}, readout {readout}.", counted(paths.len(), "path"))
        }
        Structure::Recurrent(_) if circuit.iterations == 1 => {
            format!("A feed-forward network: {} after the first.", counted(circuit.blocks.len(), "block"))
        }
        Structure::Recurrent(_) => format!(
            "A recurrent network: {} after the first, {}, readout {readout}.",
            counted(circuit.blocks.len(), "recurrent block"),
            counted(circuit.iterations, "iteration"),
        ),
    }
}

/// Returns the constants that describe the network.
pub(super) fn network(network: &WholeNetwork) -> String {
    let (image_channels, [height, width]) = network.image();
    let surroundings = &network.surroundings;
    let spatial = network.shape(&TensorName::READOUT_SPATIAL);
    format!(
        r#"# Images are [N, {image_channels}, height {height}, width {width}].
IMAGE_CHANNELS = {image_channels}
NEURONS = {neurons}
# Output channels of each block; block 1 is the first.
{channels}
FIRST_BLOCK = [{first_block}]  # the first block's layers and activation, in order
FIRST_KERNEL, FIRST_BIAS = {first_kernel}, {first_bias}
EPSILON, MOMENTUM = {epsilon:?}, {momentum:?}  # for every batch normalization
ACTIVATION, OUTPUT_ACTIVATION = {activation}, {output_activation}
POOLING_KERNEL, POOLING_STRIDE = {pooling_kernel}, {pooling_stride}
READ_BLOCK, READ_SIZE = {read_block}, ({rows}, {columns})  # the block that is read out, its pooled size
READ_ITERATIONS: Sequence[int] = {read_iterations}  # the iterations that are read out
READOUT = "{readout}"  # no-avg, early-avg, late-avg or 2-avg

{stage}"#,
        height = between(height),
        width = between(width),
        neurons = spatial[0],
        channels = dictionary("CHANNELS", &network.channels()),
        first_block = first_block(network),
        first_kernel = network.kernel_size(LayerName::FirstConvolution),
        first_bias = if network.has_first_bias() { "True" } else { "False" },
        epsilon = network.epsilon,
        momentum = surroundings.momentum,
        activation = function(network.activation),
        output_activation = function(surroundings.output_activation),
        pooling_kernel = surroundings.pooling.kernel,
        pooling_stride = surroundings.pooling.stride,
        read_block = network.circuit.read_from,
        rows = spatial[1],
        columns = spatial[2],
        read_iterations = numbers(network.plan.iterations.iter().copied()),
        readout = network.readout,
        stage = match &network.plan.structure {
            Structure::Recurrent(computed) => blocks(network, computed),
            Structure::MultiPath(chains) => paths(network, chains),
        },
    )
}

/// Returns the names of the first block's layers and of its activation, in the order in which they are
/// applied.
fn first_block(network: &WholeNetwork) -> String {
    let normalized = network.surroundings.input_normalization.then_some(LayerName::InputNormalization);
    let layers = normalized.into_iter().chain([LayerName::FirstConvolution]);
    let steps = network.surroundings.first_block.iter().map(|step| match step {
        Step::Normalization => quoted(LayerName::FIRST_NORMALIZATION),
        Step::Activation => quoted("activation"),
    });
    list(layers.map(quoted).chain(steps))
}

/// Returns the constants of a recurrent network's blocks, each with the iterations at which it is computed.
fn blocks(network: &WholeNetwork, computed: &[(usize, BTreeSet<usize>)]) -> String {
    let block = |(block, iterations): &(usize, BTreeSet<usize>)| {
        format!(
            "    Block(
        {block},
        iterations={},
        normalization={},
        connections=[
{}        ],
    ),
",
            numbers(iterations.iter().copied()),
            optional(network.circuit.normalization_name(*block, 1).map(LayerName::pattern)),
            connections(network, *block, iterations),
        )
    };
    format!(
        "ITERATIONS = {}  # T
# The blocks in the order in which they are computed.
BLOCKS = [
{}]
",
        network.circuit.iterations,
        computed.iter().map(block).collect::<String>(),
    )
}

/// Returns the connections that arrive at a block in the iterations at which it is computed.
fn connections(network: &WholeNetwork, block: usize, iterations: &BTreeSet<usize>) -> String {
    let circuit = &network.circuit;
    let last = iterations.last().copied().unwrap_or(0);
    let connections = circuit.connections.iter().zip(circuit.connection_names());
    connections
        .filter(|(connection, _)| connection.to == block && last > connection.delay)
        .map(|(connection, name)| {
            let (name, kernel) = match name.convolution(connection.operation, last) {
                None => (name.to_string(), "None".to_owned()),
                Some(layer) => (layer.pattern(), network.kernel_size(layer).to_string()),
            };
            format!(
                "            Connection({}, source={}, delay={}, kernel={kernel}),\n",
                quoted(name),
                connection.from,
                connection.delay
            )
        })
        .collect()
}

/// Returns the constants of a multi-path network's paths, with the kernel sizes of their convolutions.
fn paths(network: &WholeNetwork, chains: &[Chain]) -> String {
    let steps = chains.iter().flat_map(|chain| &chain.steps);
    let convolutions = steps.filter_map(|step| step.convolution);
    let kernels: BTreeMap<String, usize> =
        convolutions.map(|layer| (quoted(layer), network.kernel_size(layer))).collect();
    format!(
        "# Kernel sizes of the convolutions, which all paths share.
{}
# The paths: the iterations at which each is read out, and its blocks from the bottom up.
PATHS = [
{}]
",
        dictionary("KERNELS", &kernels),
        chains.iter().map(path).collect::<String>(),
    )
}

/// Writes a path on one line if it fits, and otherwise with one line for each step.
fn path(Chain { iterations, steps }: &Chain) -> String {
    let step = |&ChainStep { block, convolution, normalization }: &ChainStep| {
        format!("Step({block}, {}, {})", optional(convolution), optional(normalization))
    };
    let line = format!("    ({iterations:?}, [{}]),", list(steps.iter().map(step)));
    if line.len() <= WIDTH {
        return line + "\n";
    }
    let steps: String = steps.iter().map(|each| format!("            {},\n", step(each))).collect();
    format!("    (\n        {iterations:?},\n        [\n{steps}        ],\n    ),\n")
}

/// Returns PyTorch's name for an activation.
fn function(activation: Activation) -> &'static str {
    match activation {
        Activation::Relu => "F.relu",
        Activation::Softplus => "F.softplus",
    }
}

/// Writes a range of sizes in words, such as `17 to 19`.
fn between((smallest, largest): (usize, usize)) -> String {
    if smallest == largest { smallest.to_string() } else { format!("{smallest} to {largest}") }
}

fn quoted(name: impl Display) -> String {
    format!("\"{name}\"")
}

fn optional(name: Option<impl Display>) -> String {
    name.map_or("None".to_owned(), quoted)
}

/// Writes a dictionary on one line if it fits, and otherwise with one line for each entry.
fn dictionary<K: Display>(name: &str, entries: &BTreeMap<K, usize>) -> String {
    let entry = |(key, value): (&K, &usize)| format!("{key}: {value}");
    let line = format!("{name} = {{{}}}", list(entries.iter().map(entry)));
    if line.len() <= WIDTH {
        return line;
    }
    let lines: String = entries.iter().map(|each| format!("    {},\n", entry(each))).collect();
    format!("{name} = {{\n{lines}}}")
}

/// Writes ascending integers as a Python expression: a range if they are consecutive, else a list.
fn numbers(numbers: impl Iterator<Item = usize>) -> String {
    let numbers: Vec<usize> = numbers.collect();
    match numbers[..] {
        [first, .., last] if last - first + 1 == numbers.len() => format!("range({first}, {})", last + 1),
        _ => format!("{numbers:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_follow_each_other_are_a_range() {
        assert_eq!(numbers([2, 3, 4].into_iter()), "range(2, 5)");
        assert_eq!(numbers([2, 4].into_iter()), "[2, 4]");
        assert_eq!(numbers([3].into_iter()), "[3]");
    }
}
