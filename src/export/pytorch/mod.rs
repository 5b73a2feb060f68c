//! The network as a Python module for reading.
//!
//! Its layers have pathscope's names: the layer `lateral` of the group `conv[2]` has the weights
//! `conv[2].lateral.weight`, so that PyTorch's state dict and pathscope's checkpoint name the same tensors.

mod blocks;
mod paths;

use crate::circuit::{Activation, Readout};
use crate::network::{FIRST_WEIGHT, Network, Step, Structure, WholeNetwork};
use crate::output::text::counted;
use std::collections::BTreeSet;

/// Between parts of the module.
const GAP: &str = "\n\n";

/// What is the same in every module.
const LAYERS: &str = include_str!("layers.py");
const NAMES: &str = include_str!("names.py");
const FILES: &str = include_str!("files.py");

/// Python text, line by line.
#[derive(Default)]
pub(super) struct Code(String);

impl Code {
    /// Adds a line, indented by `depth` times four spaces.
    pub(super) fn line(&mut self, depth: usize, text: impl AsRef<str>) {
        let text = text.as_ref();
        if !text.is_empty() {
            self.0.extend(std::iter::repeat_n("    ", depth));
            self.0.push_str(text);
        }
        self.0.push('\n');
    }
}

/// Writes a Python module that computes the network in PyTorch, from the weights in a file
/// [`WEIGHTS`](super::WEIGHTS) beside it.
///
/// # Examples
///
/// ```
/// use pathscope::export::python_module;
/// use pathscope::network::WholeNetwork;
///
/// let file = "fixtures/reference/multipath-1block-t5-late-avg-removed-1-2/best.pth";
/// let network = WholeNetwork::open(std::path::Path::new(file), None, &Default::default())?;
/// // Paths of length 3 at iterations 3, 4 and 5, of length 4 at 4 and 5, of length 5 at 5.
/// assert!(python_module(&network).contains("6 paths"));
/// # Ok::<(), pathscope::network::NetworkError>(())
/// ```
pub fn python_module(network: &WholeNetwork) -> String {
    let mut text = documentation(network);
    text.push_str(
        "\nimport json\nimport sys\nfrom pathlib import Path\n\nimport torch\nfrom torch import nn\n",
    );
    text.push_str("from torch.nn import functional as F\n\n");
    text.push_str(&settings(network));
    text.push_str(GAP);
    text.push_str(LAYERS);
    text.push_str(GAP);
    text.push_str(&class(network));
    text.push_str(GAP);
    text.push_str(FILES);
    text
}

/// What it is, in words.
fn title(network: &WholeNetwork) -> String {
    let circuit = &network.circuit;
    let readout = network.readout;
    match &network.plan.structure {
        Structure::MultiPath(paths) => {
            let removed: Vec<String> = circuit.lengths_removed().iter().map(ToString::to_string).collect();
            let kind = if removed.is_empty() {
                "A multi-path network".to_owned()
            } else {
                format!("A multi-path network without paths of length {}", removed.join(", "))
            };
            format!("{kind}: {}, readout {readout}.", counted(paths.len(), "path"))
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

fn documentation(network: &WholeNetwork) -> String {
    let (channels, [height, width]) = network.image();
    let range = |(smallest, largest): (usize, usize)| {
        if smallest == largest { smallest.to_string() } else { format!("{smallest} to {largest}") }
    };
    let neurons = network.shape("readout.spatial")[0];
    let convolutions = network.tensors.keys().filter(|name| name.starts_with("conv["));
    let example =
        convolutions.filter_map(|name| name.strip_suffix(".weight")).next_back().unwrap_or_default();
    // A file may have any name, and a docstring must not end in the middle of it.
    let name: String = network
        .source
        .name
        .chars()
        .map(|c| if c.is_alphanumeric() || "._- +".contains(c) { c } else { '?' })
        .collect();
    format!(
        r#""""{title}

    from model import load

    network = load()                          # in evaluation mode, with the weights in model.safetensors
    with torch.no_grad():
        predictions = network(images)         # float32

    images        [N, {channels}, height {height}, width {width}]
    predictions   [N, {neurons} neurons]

or `python model.py images.npy predictions.npy`. This needs PyTorch alone, and NumPy to read and write files.
In training mode (`network.train()`) it can be trained further; `save(network, path)` writes what pathscope reads.

Layers have pathscope's names: `network.layer("{example}").weight` is `{example}.weight` in model.safetensors.
Equations are those of Zhang et al., "Recurrent circuits as multi-path ensembles for modeling responses of early
visual cortical neurons", appendix B; y is the output of a block.

Written by pathscope {version} from {name}, SHA-256
{sha256}.
"""
"#,
        title = title(network),
        height = range(height),
        width = range(width),
        example = example,
        version = env!("CARGO_PKG_VERSION"),
        sha256 = network.source.sha256,
    )
}

/// The constants at the top.
fn settings(network: &WholeNetwork) -> String {
    let mut code = Code::default();
    code.line(
        0,
        format!(
            "EPSILON, MOMENTUM = {:?}, {:?}  # of all batch normalizations",
            network.epsilon, network.surroundings.momentum
        ),
    );
    let channels = network.channels();
    let channels: Vec<String> =
        channels.iter().map(|(block, channels)| format!("{block}: {channels}")).collect();
    code.line(0, format!("CHANNELS = {{{}}}  # of the blocks", channels.join(", ")));
    match &network.plan.structure {
        Structure::Recurrent(computed) => blocks::settings(network, computed, &mut code),
        Structure::MultiPath(chains) => paths::settings(network, chains, &mut code),
    }
    code.0
}

fn class(network: &WholeNetwork) -> String {
    let mut code = Code::default();
    code.line(0, "class Network(nn.Module):");
    code.line(1, "def __init__(self):");
    code.line(2, "super().__init__()");
    let surroundings = &network.surroundings;
    let first = network.shape(FIRST_WEIGHT);
    if surroundings.input_normalization {
        code.line(2, format!("self.add(\"bn[input]\", batch_normalization({}))", first[1]));
    }
    let bias = if network.has_first_bias() { "True" } else { "False" };
    code.line(
        2,
        format!("self.add(\"conv[1]\", nn.Conv2d({}, CHANNELS[1], {}, bias={bias}))", first[1], first[2]),
    );
    if surroundings.first_block.contains(&Step::Normalization) {
        code.line(2, "self.add(\"bn[1]\", batch_normalization(CHANNELS[1]))");
    }
    match &network.plan.structure {
        Structure::Recurrent(_) => blocks::layers(network, &mut code),
        Structure::MultiPath(_) => paths::layers(&mut code),
    }
    let spatial = network.shape("readout.spatial");
    code.line(
        2,
        format!(
            "self.readout = Readout({}, CHANNELS[{}], {}, {})",
            spatial[0], network.circuit.read_from, spatial[1], spatial[2]
        ),
    );
    code.line(0, "");
    code.0.push_str(NAMES);
    code.line(0, "");
    code.line(1, "def forward(self, images):");
    code.line(2, r#""""Predicted responses [N, neurons] to images [N, channels, height, width].""""#);
    code.line(2, "return self.read_out(self.outputs(self.first_block(images)))");
    code.line(0, "");
    first_block(network, &mut code);
    match &network.plan.structure {
        Structure::Recurrent(_) => blocks::outputs(network, &mut code),
        Structure::MultiPath(_) => paths::outputs(network, &mut code),
    }
    read_out(network, &mut code);
    code.0
}

/// Eqs. 1c and 1d, as far as the network goes by them.
fn first_block(network: &WholeNetwork, code: &mut Code) {
    let Network { input_normalization, first_block, .. } = &network.surroundings;
    let input = if *input_normalization { "self.layer(\"bn[input]\")(images)" } else { "images" };
    code.line(1, "def first_block(self, images):");
    if first_block.is_empty() {
        code.line(2, "# Eq. 1c; of Eq. 1d this network has the convolution alone");
        code.line(2, format!("return self.layer(\"conv[1]\")({input})"));
    } else {
        code.line(2, "# Eqs. 1c and 1d");
        code.line(2, format!("y = self.layer(\"conv[1]\")({input})"));
        for step in first_block {
            let applied = match step {
                Step::Normalization => "self.layer(\"bn[1]\")",
                Step::Activation => function(network.activation),
            };
            code.line(2, format!("y = {applied}(y)"));
        }
        code.line(2, "return y");
    }
    code.line(0, "");
}

/// Eqs. 1a and 2a-2e.
fn read_out(network: &WholeNetwork, code: &mut Code) {
    code.line(1, "def read_out(self, outputs):");
    match network.readout {
        Readout::NoAvg => {
            if network.circuit.iterations > 1 {
                code.line(2, "# No averaging: Eq. 2a");
            }
            code.line(2, "return self.respond(outputs[-1])");
        }
        Readout::EarlyAvg => {
            code.line(2, "# Early averaging: Eq. 2b");
            code.line(2, "return self.respond(torch.stack(outputs).mean(0))");
        }
        Readout::LateAvg => {
            code.line(2, "# Late averaging: Eq. 2c");
            code.line(2, "return torch.stack([self.respond(y) for y in outputs]).mean(0)");
        }
        Readout::TwoAvg => {
            code.line(2, "# Both early and late averaging: Eqs. 2d and 2e");
            code.line(2, "averages = [torch.stack(outputs[:t]).mean(0) for t in range(1, len(outputs) + 1)]");
            code.line(2, "return torch.stack([self.respond(y) for y in averages]).mean(0)");
        }
    }
    let pooling = network.surroundings.pooling;
    code.line(0, "");
    code.line(1, "def respond(self, y):");
    code.line(2, "# Eq. 1a; windows at the border average what they cover");
    code.line(2, format!("pooled = F.avg_pool2d(y, {}, {}, ceil_mode=True)", pooling.kernel, pooling.stride));
    let activation = function(network.surroundings.output_activation);
    code.line(2, format!("return {activation}(self.readout(pooled))"));
}

/// PyTorch's name of an activation.
pub(super) fn function(activation: Activation) -> &'static str {
    match activation {
        Activation::Relu => "F.relu",
        Activation::Softplus => "F.softplus",
    }
}

/// A name as a Python string, or None.
pub(super) fn quoted(name: Option<&str>) -> String {
    name.map_or("None".to_owned(), |name| format!("\"{name}\""))
}

/// Whole numbers as a Python expression.
pub(super) fn numbers(numbers: &BTreeSet<usize>) -> String {
    let (first, last) = (numbers.first().copied().unwrap_or(0), numbers.last().copied().unwrap_or(0));
    if last - first + 1 == numbers.len() {
        format!("range({first}, {})", last + 1)
    } else {
        format!("{:?}", numbers.iter().collect::<Vec<_>>())
    }
}
