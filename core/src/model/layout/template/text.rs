//! The text of a layout file, with comments on what was guessed.

use super::guess::{Connection, Network, Normalization};
use super::numbering::Group;
use super::tensors::{Layer, Names};
use std::fmt::Write;

const PLACEHOLDER: &str = "{t}";

/// The names of the scale and of the running variance at an iteration.
type Pair = (Option<String>, Option<String>);

/// Returns the file without its leading comments.
pub(super) fn body(network: &Network<'_>) -> String {
    let of_blocks = network.blocks.iter().filter_map(|block| block.normalization.as_ref());
    let of_connections =
        network.connections.iter().filter_map(|connection| connection.normalization.as_ref());
    let normalizations: Vec<&Normalization> = of_blocks.chain(of_connections).collect();
    let groups = || normalizations.iter().map(|normalization| &normalization.group);
    let iterations = groups().filter_map(Group::iterations).max();
    let first = groups().filter_map(|group| group.first).min().unwrap_or(0);

    let mut text = String::from("name = \"my-model\"\n");
    match iterations {
        Some(iterations) => {
            let _ = writeln!(
                text,
                "iterations = {iterations}       # T: the number of normalizations with numbered names"
            );
            let normalized = network.blocks.iter().filter(|block| block.normalization.is_some()).count();
            if normalized < network.blocks.len() {
                text.push_str(SHARED_NUMBERING);
            }
        }
        None => text.push_str("iterations = 1       # T: how often the recurrent blocks are evaluated\n"),
    }
    text.push_str(HEAD);
    match network.top.filter(|top| top + 1 < network.blocks.len()) {
        Some(top) => {
            let _ = writeln!(
                text,
                "read_from = {}  # the block that the readout sees",
                quoted(&network.blocks[top].name)
            );
        }
        None => {
            text.push_str(
                "# read_from = \"…\"    # the block that the readout sees; the last one by default\n",
            );
        }
    }
    let _ = writeln!(text, "first_iteration = {first}  # what {{t}} in a name is at the first iteration");
    first_stage(&mut text, network);
    for (index, block) in network.blocks.iter().enumerate() {
        let _ = writeln!(text, "\n[[block]]\nname = {}", quoted(&block.name));
        let own = block.normalization.as_ref().and_then(|normalization| normalization.group.iterations());
        match own.filter(|&own| Some(own) < iterations) {
            Some(own) => {
                let _ = writeln!(
                    text,
                    "iterations = {own}       # it has so many normalizations, and is held afterwards"
                );
            }
            None => text.push_str("# iterations = 1      # fewer than T: the output is held afterwards\n"),
        }
        match &block.normalization {
            Some(own) => normalization(&mut text, own, first),
            None => text.push_str(
                "# normalization = \"layer.{t}\"  # with {t} one for each iteration; without, a shared one\n",
            ),
        }
        for each in network.connections.iter().filter(|connection| connection.to == index) {
            connection(&mut text, network, each, first);
        }
    }
    if network.blocks.is_empty() {
        text.push_str(NO_BLOCK);
    }
    text
}

fn first_stage(text: &mut String, network: &Network<'_>) {
    let Some((kernel, normalization)) = &network.first_stage else { return };
    let name = kernel.name.escape_debug();
    let _ =
        writeln!(text, "\n# {name} {:?} sees an image: taken for the first CPB, whose output", kernel.shape);
    let _ = writeln!(
        text,
        "# is the input of the recurrent stage. If it is recurrent itself, give it a block too."
    );
    if let Some(group) = normalization {
        let _ = writeln!(text, "# {} is taken for its normalization.", group.name.escape_debug());
    }
}

fn connection(text: &mut String, network: &Network<'_>, connection: &Connection<'_>, first: usize) {
    let name = |block: usize| network.blocks[block].name.as_str();
    let from = connection.from.map_or("input", name);
    let _ = writeln!(text, "\n[[connection]]\nfrom = {}\nto = {}", quoted(from), quoted(name(connection.to)));
    let _ = writeln!(text, "delay = {}", connection.delay);
    let kernel = connection.kernel;
    let guess = connection.guess.as_ref().map_or_else(String::new, |guess| format!("; guessed: {guess}"));
    let _ = writeln!(text, "weight = {}  # {:?}{guess}", quoted(&kernel.name), kernel.shape);
    if connection.transposed {
        text.push_str("transposed = true\n");
    }
    if connection.groups > 1 {
        let _ = writeln!(text, "groups = {}", connection.groups);
    }
    if let Some(own) = &connection.normalization {
        normalization(text, own, first);
    }
}

fn normalization(text: &mut String, normalization: &Normalization, first: usize) {
    let written = normalization_value(&normalization.group, first);
    let _ = writeln!(text, "normalization = {written}  # {}", normalization.reason);
}

/// Returns the names with `{t}` if that gives the names of all iterations, otherwise a list of names.
fn normalization_value(group: &Group, first: usize) -> String {
    let all = pairs(group);
    let common = common_names(group);
    let filled = |iteration: usize| {
        let fill = |name: &Option<String>| {
            name.as_ref().map(|name| name.replace(PLACEHOLDER, &(first + iteration).to_string()))
        };
        (fill(&common.0), fill(&common.1))
    };
    if all.iter().enumerate().all(|(iteration, pair)| filled(iteration) == *pair) {
        return value(&common);
    }
    format!("[{}]", all.iter().map(value).collect::<Vec<_>>().join(", "))
}

/// Returns the names at every iteration; one pair for a shared layer.
fn pairs(group: &Group) -> Vec<Pair> {
    if group.layers.len() > 1 {
        return group.layers.iter().map(names_of).collect();
    }
    let layer = &group.layers[0];
    let at = |names: &Names, index: usize| match names {
        Names::None => None,
        Names::One(name) => Some(name.clone()),
        Names::Numbered(name, numbers) => {
            numbers.get(index).map(|number| name.replace(PLACEHOLDER, &number.to_string()))
        }
    };
    let count = group.iterations().unwrap_or(1);
    (0..count).map(|index| (at(&layer.scale, index), at(&layer.variance, index))).collect()
}

fn names_of(layer: &Layer) -> Pair {
    let name = |names: &Names| match names {
        Names::None => None,
        Names::One(name) | Names::Numbered(name, _) => Some(name.clone()),
    };
    (name(&layer.scale), name(&layer.variance))
}

fn common_names(group: &Group) -> Pair {
    let (scale, variance) = names_of(&group.layers[0]);
    let common = |name: Option<String>| {
        let name = name?;
        let part = name.strip_prefix(&group.layers[0].name);
        Some(match part {
            Some(part) if group.layers.len() > 1 => format!("{}{part}", group.name),
            _ => name,
        })
    };
    (common(scale), common(variance))
}

fn value((scale, variance): &Pair) -> String {
    let layer = |suffix: &str, name: &Option<String>| {
        name.as_ref().and_then(|name| name.strip_suffix(suffix)).map(str::to_owned)
    };
    match (layer(".weight", scale), layer(".running_var", variance)) {
        (Some(one), Some(other)) if one == other => quoted(&one),
        _ => {
            let part = |key: &str, name: &Option<String>| {
                name.as_ref().map(|name| format!("{key} = {}", quoted(name)))
            };
            let parts = [part("weight", scale), part("running_var", variance)];
            format!("{{ {} }}", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
        }
    }
}

/// Returns a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

const SHARED_NUMBERING: &str =
    "# Some blocks have none of their own. If all share one numbering, T is smaller, and
# {t} cannot name them: save them under names that count iterations only.
";

const HEAD: &str = "activation = \"relu\"  # or softplus
# readout = \"no-avg\" # or early-avg, late-avg, 2-avg; without it all four are reported
epsilon = 1e-5       # of the batch normalizations; PyTorch's default
";

const NO_BLOCK: &str = "\n# No block could be guessed. A block and a connection look like this:\n# [[block]]\n# name = \"block1\"\n# [[connection]]\n# from = \"input\"\n# to = \"block1\"\n# weight = \"conv1.weight\"\n";
