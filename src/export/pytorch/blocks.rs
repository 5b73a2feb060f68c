//! Feed-forward and recurrent networks: loops over iterations and blocks.

use super::{Code, function, numbers};
use crate::circuit::{Normalization, Operation, Readout};
use crate::network::{Structure, WholeNetwork};
use std::collections::BTreeSet;

/// The blocks in their order, and the iterations that each is computed at.
type Computed = [(usize, BTreeSet<usize>)];

/// What the usual network of RCPBs does not have, each of which takes more lines.
struct Unusual {
    /// Blocks that are not computed at every iteration.
    partial: bool,
    identity: bool,
    convolution_per_iteration: bool,
    /// A block that nothing has reached yet.
    silent: bool,
    /// Normalizations other than one for each block and iteration, and not the same in all blocks.
    mixed_normalization: bool,
}

/// What Python's `format` makes `{1}`, `{2}` and so on of.
const PER_ITERATION: &str = "{{{t}}}";

/// A connection that some step uses.
struct Used {
    /// With [`PER_ITERATION`] where there is a kernel for each iteration.
    name: String,
    from: usize,
    delay: usize,
    /// `None` of an identity.
    kernel: Option<usize>,
}

fn computed(network: &WholeNetwork) -> &Computed {
    match &network.plan.structure {
        Structure::Recurrent(computed) => computed,
        Structure::MultiPath(_) => &[],
    }
}

fn used(network: &WholeNetwork, block: usize, iterations: &BTreeSet<usize>) -> Vec<Used> {
    let circuit = &network.circuit;
    let names = circuit.connection_names();
    let last = iterations.last().copied().unwrap_or(0);
    let connections = circuit.connections.iter().zip(names);
    connections
        .filter(|(connection, _)| connection.to == block && last > connection.delay)
        .map(|(connection, name)| {
            let kernel = |name: &str| Some(network.shape(&format!("{name}.weight"))[2]);
            let (name, kernel) = match connection.operation {
                Operation::Identity => (name, None),
                Operation::Convolution => (name.clone(), kernel(&name)),
                Operation::ConvolutionPerIteration => {
                    (format!("{name}{PER_ITERATION}"), kernel(&format!("{name}{{{last}}}")))
                }
            };
            Used { name, from: connection.from, delay: connection.delay, kernel }
        })
        .collect()
}

impl Unusual {
    fn of(network: &WholeNetwork) -> Self {
        let circuit = &network.circuit;
        let computed = computed(network);
        let connections: Vec<Used> =
            computed.iter().flat_map(|(block, iterations)| used(network, *block, iterations)).collect();
        let kind = |block: usize| circuit.block(block).normalization;
        Self {
            partial: computed.iter().any(|(_, iterations)| iterations.len() < circuit.iterations),
            identity: connections.iter().any(|connection| connection.kernel.is_none()),
            convolution_per_iteration: connections
                .iter()
                .any(|connection| connection.name.ends_with(PER_ITERATION)),
            silent: network.plan.steps.iter().any(|step| step.terms.is_empty()),
            mixed_normalization: computed.iter().any(|(block, _)| kind(*block) != kind(computed[0].0)),
        }
    }

    /// Whether the network is one of plain CPBs.
    fn is_feed_forward(&self, network: &WholeNetwork) -> bool {
        network.circuit.iterations == 1 && !(self.partial || self.identity || self.silent)
    }
}

/// What a block's normalization is called, with `{block}` and `{t}`; `None` for none.
fn normalization(kind: Normalization) -> Option<&'static str> {
    match kind {
        Normalization::None => None,
        Normalization::Shared => Some("bn[{block}]"),
        Normalization::PerIteration | Normalization::PerPath => Some("bn[{block},{t}]"),
    }
}

pub(super) fn settings(network: &WholeNetwork, computed: &Computed, code: &mut Code) {
    let unusual = Unusual::of(network);
    code.line(0, format!("ITERATIONS = {}  # T", network.circuit.iterations));
    let blocks: Vec<String> = computed.iter().map(|(block, _)| block.to_string()).collect();
    code.line(0, format!("BLOCKS = [{}]  # in the order in which they are computed", blocks.join(", ")));
    if unusual.partial {
        code.line(0, "# The iterations that each is computed at.");
        let at: Vec<String> =
            computed.iter().map(|(block, at)| format!("{block}: {}", numbers(at))).collect();
        code.line(0, format!("COMPUTED = {{{}}}", at.join(", ")));
    }
    if unusual.mixed_normalization {
        code.line(0, "# What their batch normalizations are called.");
        let named = |block: usize| {
            let name = normalization(network.circuit.block(block).normalization);
            name.map_or("None".to_owned(), |name| {
                format!("\"{}\"", name.replace("{block}", &block.to_string()))
            })
        };
        let names: Vec<String> =
            computed.iter().map(|(block, _)| format!("{block}: {}", named(*block))).collect();
        code.line(0, format!("NORMALIZATIONS = {{{}}}", names.join(", ")));
    }
    code.line(
        0,
        "# The connections that end at each block: their name, the block they come from (1 is the first),",
    );
    code.line(0, "# how many iterations later they arrive, and the kernel.");
    code.line(0, "CONNECTIONS = {");
    for (block, iterations) in computed {
        code.line(1, format!("{block}: ["));
        for Used { name, from, delay, kernel } in used(network, *block, iterations) {
            let kernel = kernel.map_or("None".to_owned(), |kernel| kernel.to_string());
            code.line(2, format!("(\"{name}\", {from}, {delay}, {kernel}),"));
        }
        code.line(1, "],");
    }
    code.line(0, "}");
}

pub(super) fn layers(network: &WholeNetwork, code: &mut Code) {
    let unusual = Unusual::of(network);
    code.line(2, "for block in BLOCKS:");
    let delay = if unusual.convolution_per_iteration { "delay" } else { "_" };
    code.line(3, format!("for name, source, {delay}, kernel in CONNECTIONS[block]:"));
    let mut depth = 4;
    if unusual.identity {
        code.line(depth, "if kernel is not None:  # else an identity");
        depth += 1;
    }
    let iterations = if unusual.partial { "COMPUTED[block]" } else { "range(1, ITERATIONS + 1)" };
    let mut name = "name";
    if unusual.convolution_per_iteration {
        code.line(depth, "# One for each iteration, where {t} is in its name");
        code.line(
            depth,
            format!("for each in sorted({{name.format(t=t) for t in {iterations} if t > delay}}):"),
        );
        depth += 1;
        name = "each";
    }
    code.line(depth, format!("self.add({name}, convolution(CHANNELS[source], CHANNELS[block], kernel))"));
    if unusual.mixed_normalization {
        code.line(3, "if NORMALIZATIONS[block]:");
        code.line(
            4,
            format!("for name in sorted({{NORMALIZATIONS[block].format(t=t) for t in {iterations}}}):"),
        );
        code.line(5, "self.add(name, batch_normalization(CHANNELS[block]))");
        return;
    }
    match normalization(network.circuit.block(computed(network)[0].0).normalization) {
        None => {}
        Some(name) if name.contains("{t}") => {
            code.line(3, format!("for t in {iterations}:"));
            code.line(4, format!("self.add(f\"{name}\", batch_normalization(CHANNELS[block]))"));
        }
        Some(name) => code.line(3, format!("self.add(f\"{name}\", batch_normalization(CHANNELS[block]))")),
    }
}

pub(super) fn outputs(network: &WholeNetwork, code: &mut Code) {
    let unusual = Unusual::of(network);
    let top = network.circuit.read_from;
    code.line(1, "def outputs(self, first):");
    if unusual.is_feed_forward(network) {
        code.line(2, "y = {1: first}");
        code.line(2, "for block in BLOCKS:");
        code.line(3, "# Eqs. 1b and 1d");
        code.line(3, "drive = sum(self.layer(name)(y[source]) for name, source, _, _ in CONNECTIONS[block])");
        activate(network, &unusual, code, 3, "y[block]", "1");
        code.line(2, format!("return [y[{top}]]"));
    } else {
        iterate(network, &unusual, code);
        let read = if network.readout == Readout::NoAvg {
            format!("[y[{top}, ITERATIONS]]")
        } else {
            format!("[y[{top}, t] for t in range(1, ITERATIONS + 1)]")
        };
        code.line(2, format!("return {read}"));
    }
    code.line(0, "");
}

/// Eqs. 2f-2i.
fn iterate(network: &WholeNetwork, unusual: &Unusual, code: &mut Code) {
    code.line(2, "# y[m, t] is the output of block m at iteration t: Eqs. 2f and 2g");
    code.line(2, "y = {}");
    code.line(2, "for t in range(1, ITERATIONS + 1):");
    code.line(3, "y[1, t] = first");
    code.line(3, "for block in BLOCKS:");
    if unusual.partial {
        code.line(4, "if t not in COMPUTED[block]:");
        code.line(5, "# Held after its last iteration (appendix B.2), or not there before anything sees it");
        code.line(5, "y[block, t] = y.get((block, t - 1))");
        code.line(5, "continue");
    }
    code.line(4, "# Eq. 2i, where the outputs before the first iteration are 0: Eq. 2h");
    if unusual.silent {
        code.line(4, "drive = first.new_zeros(len(first), CHANNELS[block], *first.shape[2:])");
    } else {
        code.line(4, "drive = 0");
    }
    let kernel = if unusual.identity { "kernel" } else { "_" };
    code.line(4, format!("for name, source, delay, {kernel} in CONNECTIONS[block]:"));
    code.line(5, "if t > delay:");
    let name = if unusual.convolution_per_iteration { "name.format(t=t)" } else { "name" };
    if unusual.identity {
        code.line(6, "arriving = y[source, t - delay]");
        code.line(6, "if kernel is not None:  # else an identity");
        code.line(7, format!("arriving = self.layer({name})(arriving)"));
        code.line(6, "drive = drive + arriving");
    } else {
        code.line(6, format!("drive = drive + self.layer({name})(y[source, t - delay])"));
    }
    activate(network, unusual, code, 4, "y[block, t]", "t");
}

/// Normalization and activation of a drive.
///
/// # Arguments
///
/// * `output` - what it is called, and `iteration` at which it is, in Python
fn activate(
    network: &WholeNetwork,
    unusual: &Unusual,
    code: &mut Code,
    depth: usize,
    output: &str,
    iteration: &str,
) {
    let function = function(network.activation);
    if unusual.mixed_normalization {
        code.line(depth, "if NORMALIZATIONS[block]:");
        code.line(
            depth + 1,
            format!("drive = self.layer(NORMALIZATIONS[block].format(t={iteration}))(drive)"),
        );
        code.line(depth, format!("{output} = {function}(drive)"));
        return;
    }
    let name = normalization(network.circuit.block(computed(network)[0].0).normalization);
    let normalized = name.map_or("drive".to_owned(), |name| {
        let name = if iteration == "t" { name.to_owned() } else { name.replace("{t}", iteration) };
        format!("self.layer(f\"{name}\")(drive)")
    });
    code.line(depth, format!("{output} = {function}({normalized})"));
}
