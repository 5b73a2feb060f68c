//! A start of a layout file from a checkpoint's own names and shapes.
//!
//! Names do not say how a model is wired, so this is a guess that compiles, with everything it
//! was guessed from written beside it: a kernel that sees an image is that of the first CPB, which
//! is not part of the recurrent stage; each other kernel starts a block of its own unless its name
//! says that it is lateral; and a normalization goes to the block whose channels it has.

use super::{Given, recognize};
use crate::checkpoint::{Checkpoint, TensorInfo};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Parts of names that usually mean a connection from a block to itself.
const LATERAL_NAMES: [&str; 7] = ["lateral", "l_conv", "recurrent", "rec", "horizontal", "hidden", "lat"];

struct Kernel<'a> {
    name: &'a str,
    shape: &'a [usize],
}

/// Normalizations alike but for a number in their names.
struct NormalizationGroup {
    /// The layers' common name, with `{t}` for the number where there are several.
    name: String,
    channels: usize,
    /// The numbers, in order; empty for a single layer without one.
    numbers: Vec<usize>,
}

struct GuessedBlock<'a> {
    name: String,
    kernel: &'a Kernel<'a>,
    laterals: Vec<&'a Kernel<'a>>,
    normalization: Option<NormalizationGroup>,
}

/// Writes a layout file for a checkpoint, commented, to be corrected by its user.
///
/// # Arguments
///
/// * `checkpoint` - any checkpoint with at least one kernel of three dimensions or more
///
/// # Returns
///
/// The text of the file. Where the checkpoint has no kernel it holds only comments and an example.
pub fn template(checkpoint: &Checkpoint) -> String {
    let mut names: Vec<(&String, &TensorInfo)> = checkpoint.tensors().iter().collect();
    names.sort_by(|a, b| natural(a.0).cmp(&natural(b.0)));
    let kernels: Vec<Kernel<'_>> = names
        .iter()
        .filter(|(name, info)| info.shape.len() >= 3 && name.ends_with("weight"))
        .map(|(name, info)| Kernel { name, shape: &info.shape })
        .collect();
    let (first_stage, kernels) = without_first_stage(kernels);
    let mut groups = normalization_groups(&names);
    if let Some(kernel) = &first_stage {
        let layer = kernel.name.trim_end_matches(".weight").replace("conv", "bn");
        groups.retain(|group| group.name != layer);
    }
    let blocks = guess_blocks(&kernels, groups);
    let iterations = blocks
        .iter()
        .filter_map(|block| block.normalization.as_ref())
        .map(|group| group.numbers.len())
        .max()
        .unwrap_or(0);

    let mut text = String::new();
    let file = checkpoint.path().file_name().unwrap_or_default().to_string_lossy();
    let _ =
        writeln!(text, "# A layout for {file}, guessed from its names and shapes. Correct what is wrong,");
    let _ = writeln!(text, "# then: pathscope analyze {file} --layout THIS_FILE\n#");
    if let Ok(model) = recognize(checkpoint, &Given::default()) {
        let _ = writeln!(
            text,
            "# It needs none: it is recognized as {}, and without --layout that is used.\n#",
            model.layout
        );
    }
    let _ = writeln!(text, "# The checkpoint holds:");
    for (name, info) in &names {
        let _ = writeln!(text, "#   {name} {:?} {}", info.shape, info.element_type.as_str());
    }
    let _ = writeln!(text, "\nname = \"my-model\"");
    if iterations > 1 {
        text.push_str(&format!(
            "iterations = {iterations}       # T: so many normalizations are numbered alike\n"
        ));
        let normalized = blocks.iter().filter(|block| block.normalization.is_some()).count();
        if normalized < blocks.len() {
            text.push_str(SHARED_NUMBERING);
        }
    } else {
        let _ = writeln!(text, "iterations = 1       # T: how often the recurrent blocks are evaluated");
    }
    text.push_str(HEAD);
    let first = blocks.iter().filter_map(|block| block.normalization.as_ref()?.numbers.first()).min();
    let _ = writeln!(
        text,
        "first_iteration = {}  # what {{t}} in a name is at the first iteration",
        first.unwrap_or(&0)
    );

    if let Some(kernel) = first_stage {
        let _ = writeln!(
            text,
            "\n# {} {:?} sees an image: taken for the first CPB, whose",
            kernel.name, kernel.shape
        );
        let _ = writeln!(
            text,
            "# output is the input of the recurrent stage. If it is recurrent itself, give it a block too."
        );
    }
    let mut below = "input".to_owned();
    for block in &blocks {
        let _ = writeln!(text, "\n[[block]]\nname = {}", quoted(&block.name));
        let _ = writeln!(text, "# iterations = 1      # fewer than T: the output is held afterwards");
        match &block.normalization {
            Some(group) => {
                let _ =
                    writeln!(text, "normalization = {}  # {} channels", quoted(&group.name), group.channels);
            }
            None => {
                let _ = writeln!(
                    text,
                    "# normalization = \"layer.{{t}}\"  # with {{t}} one for each iteration; without, a shared one"
                );
            }
        }
        connection(&mut text, &below, &block.name, 0, block.kernel);
        for lateral in &block.laterals {
            connection(&mut text, &block.name, &block.name, 1, lateral);
        }
        below.clone_from(&block.name);
    }
    if blocks.is_empty() {
        text.push_str("\n# No kernel was found in it. A block and a connection look like this:\n# [[block]]\n# name = \"block1\"\n# [[connection]]\n# from = \"input\"\n# to = \"block1\"\n# weight = \"conv1.weight\"\n");
    }
    text
}

const SHARED_NUMBERING: &str =
    "# Some blocks have none of their own. If all share one numbering, T is smaller, and
# {t} cannot name them: save them under names that count iterations only.
";

const HEAD: &str = "activation = \"relu\"  # or softplus
# readout = \"no-avg\" # or early-avg, late-avg, 2-avg; without it all four are reported
# read_from = \"…\"    # the block that the readout sees; the last one by default
epsilon = 1e-5       # of the batch normalizations; PyTorch's default
";

fn connection(text: &mut String, from: &str, to: &str, delay: usize, kernel: &Kernel<'_>) {
    let _ = writeln!(text, "\n[[connection]]\nfrom = {}\nto = {}\ndelay = {delay}", quoted(from), quoted(to));
    let _ = writeln!(
        text,
        "weight = {}  # {:?}; leave it out for an identity",
        quoted(kernel.name),
        kernel.shape
    );
}

/// Takes out the kernel that sees an image (of one to three channels), where another sees its output.
fn without_first_stage(mut kernels: Vec<Kernel<'_>>) -> (Option<Kernel<'_>>, Vec<Kernel<'_>>) {
    let sees_image = |kernel: &Kernel<'_>| (1..=3).contains(&kernel.shape[1]);
    let position = kernels.iter().position(|kernel| {
        let output = kernel.shape[0];
        sees_image(kernel) && kernels.iter().any(|other| other.shape[1] == output && !sees_image(other))
    });
    (position.map(|position| kernels.remove(position)), kernels)
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Kernels that feed a block make one each, in their order; lateral ones go to the last block
/// before them that has their channels, or to the first such block at all.
fn guess_blocks<'a>(kernels: &'a [Kernel<'a>], groups: Vec<NormalizationGroup>) -> Vec<GuessedBlock<'a>> {
    let is_lateral = |kernel: &Kernel<'_>| {
        let name = kernel.name.to_lowercase();
        kernel.shape[0] == kernel.shape[1] && LATERAL_NAMES.iter().any(|part| name.contains(part))
    };
    let only_laterals = kernels.iter().all(is_lateral);
    let mut blocks: Vec<(usize, GuessedBlock<'a>)> = Vec::new();
    for (position, kernel) in kernels.iter().enumerate() {
        if only_laterals || !is_lateral(kernel) {
            let name = format!("block{}", blocks.len() + 1);
            blocks.push((position, GuessedBlock { name, kernel, laterals: Vec::new(), normalization: None }));
        }
    }
    for (position, kernel) in
        kernels.iter().enumerate().filter(|(_, kernel)| !only_laterals && is_lateral(kernel))
    {
        let fits = |block: &GuessedBlock<'_>| block.kernel.shape[0] == kernel.shape[0];
        let before = blocks.iter().rposition(|(own, block)| *own < position && fits(block));
        if let Some(index) = before.or_else(|| blocks.iter().position(|(_, block)| fits(block))) {
            blocks[index].1.laterals.push(kernel);
        }
    }
    let mut blocks: Vec<GuessedBlock<'a>> = blocks.into_iter().map(|(_, block)| block).collect();
    for group in groups {
        let fits = |block: &&mut GuessedBlock<'_>| {
            block.normalization.is_none() && block.kernel.shape[0] == group.channels
        };
        if let Some(block) = blocks.iter_mut().find(fits) {
            block.normalization = Some(group);
        }
    }
    blocks
}

/// Layers with a running variance, those alike but for their last number together.
fn normalization_groups(names: &[(&String, &TensorInfo)]) -> Vec<NormalizationGroup> {
    let mut groups: Vec<NormalizationGroup> = Vec::new();
    let mut known: BTreeMap<(String, usize), usize> = BTreeMap::new();
    for (name, info) in names {
        let Some(layer) = name.strip_suffix(".running_var") else { continue };
        let channels = info.len();
        let segments: Vec<&str> = layer.split('.').collect();
        let numbered = segments.iter().rposition(|segment| segment.parse::<usize>().is_ok());
        let Some(position) = numbered else {
            groups.push(NormalizationGroup { name: layer.to_owned(), channels, numbers: Vec::new() });
            continue;
        };
        let pattern: Vec<&str> = segments
            .iter()
            .enumerate()
            .map(|(index, segment)| if index == position { "{t}" } else { segment })
            .collect();
        let pattern = pattern.join(".");
        let number = segments[position].parse().unwrap_or_default();
        let group = *known.entry((pattern.clone(), channels)).or_insert_with(|| {
            groups.push(NormalizationGroup { name: pattern, channels, numbers: Vec::new() });
            groups.len() - 1
        });
        groups[group].numbers.push(number);
    }
    for group in &mut groups {
        if let [number] = group.numbers[..] {
            group.name = group.name.replace("{t}", &number.to_string());
            group.numbers.clear();
        }
    }
    groups
}

/// Orders numbers in names by value: `layer.10` after `layer.9`.
fn natural(name: &str) -> Vec<(Option<u64>, &str)> {
    name.split('.').map(|segment| (segment.parse().ok(), segment)).collect()
}
