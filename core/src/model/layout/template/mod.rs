//! Templates of layout files, made from the names and shapes in a checkpoint.
//!
//! Names do not determine how a model is wired, so a template is a guess, with the reasons written beside it.
//! A kernel that sees an image belongs to the first CPB, which is not part of the recurrent stage. Each other
//! kernel starts its own block, in file order, unless its name or its channels suggest otherwise. A
//! normalization belongs to the kernel that it is named after or follows. The template is tried at once; if
//! it cannot be analyzed, the reason is written at its top.

mod averaged;
mod guess;
mod numbering;
mod tensors;
mod text;

use super::causes::keras_order;
use super::file::model_of;
use super::{Given, recognize};
use crate::files::checkpoint::Checkpoint;
use guess::Network;
use std::fmt::Write;
use std::path::Path;
use tensors::{Kernel, Sorted};

/// The largest number of unused tensors that are listed.
const LISTED: usize = 20;

/// Returns a commented layout file for a checkpoint, which the user is to correct.
///
/// # Arguments
///
/// * `checkpoint` - any checkpoint; only kernels of three dimensions or more are used
///
/// # Returns
///
/// The text of the file. If the checkpoint has no kernel, it holds only comments and an example.
///
/// # Complexity
///
/// O(tensors · log tensors + kernels · normalizations); no elements are read.
pub fn template(checkpoint: &Checkpoint) -> String {
    let sorted = Sorted::new(checkpoint);
    let order = has_order_of_keras(&sorted, checkpoint);
    let mut unused = sorted.unused;
    let network = if order {
        let reason = |kernel: &Kernel| format!("{:?}, in the order of Keras", kernel.shape);
        unused.extend(sorted.kernels.iter().map(|kernel| (kernel.name.clone(), reason(kernel))));
        Network::default()
    } else {
        Network::guess(&sorted.kernels, numbering::groups(sorted.layers, &sorted.kernels))
    };
    unused.extend(network.unused.iter().cloned());

    let body = text::body(&network);
    let mut text = head(checkpoint);
    let given = Given::default();
    if order {
        text.push_str(KERAS);
    } else if let Err(error) = model_of(&body, Path::new("THIS_FILE"), checkpoint, &given, Vec::new()) {
        let _ = writeln!(text, "# It cannot be analyzed as it is:");
        for line in error.to_string().lines() {
            let _ = writeln!(text, "#   {}", in_a_comment(line.trim()));
        }
        text.push_str("#\n");
    }
    if !unused.is_empty() {
        let _ = writeln!(text, "# Not used:");
        for (name, reason) in unused.iter().take(LISTED) {
            let _ = writeln!(text, "#   {}: {}", name.escape_debug(), in_a_comment(reason));
        }
        if unused.len() > LISTED {
            let _ = writeln!(text, "#   and {} more", unused.len() - LISTED);
        }
        text.push_str("#\n");
    }
    if sorted.others > 0 {
        let (tensors, are) = if sorted.others == 1 { ("tensor", "is") } else { ("tensors", "are") };
        let _ = writeln!(
            text,
            "# {} other {tensors} {are} neither a kernel nor a normalization: `pathscope inspect` lists all.\n#",
            sorted.others
        );
    }
    text + "\n" + &body
}

fn head(checkpoint: &Checkpoint) -> String {
    let mut text = String::new();
    let file = checkpoint.path().file_name().unwrap_or_default().to_string_lossy();
    let file = file.escape_debug();
    let _ =
        writeln!(text, "# A layout for {file}, guessed from names, shapes and their order. Correct what is");
    let _ = writeln!(text, "# wrong, then: pathscope analyze {file} --layout THIS_FILE\n#");
    text.push_str(
        "# Connections without a remark follow the order of the file. Identities, such as those of a ResNet, leave no\n# trace in a checkpoint: add them.\n#\n",
    );
    if let Ok(model) = recognize(checkpoint, &Given::default()) {
        let _ = writeln!(
            text,
            "# It needs no layout file: it is recognized as {}, which is used without --layout.\n#",
            model.layout
        );
    }
    for (name, how, _) in checkpoint.effective_kernels().take(LISTED) {
        let _ = writeln!(text, "# {} is computed: {}.", name.escape_debug(), how.as_str());
    }
    text
}

/// Returns a text without line ends and invisible characters; quotation marks are kept.
fn in_a_comment(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\'' | '"' | '\\' => shown.push(character),
            _ => shown.extend(character.escape_debug()),
        }
    }
    shown
}

const KERAS: &str = "\
# It cannot be analyzed: the kernels look as Keras and TensorFlow keep them, [height, width, input channels,
# output channels]. Save them in PyTorch's order, in Python numpy.transpose(kernel, (3, 2, 0, 1)) each.
#
";

/// Returns whether the kernels are [height, width, input channels, output channels].
///
/// They must look so. In addition, either other tensors have the length of their last axis and none that of
/// their first, or they would not be square otherwise.
fn has_order_of_keras(sorted: &Sorted, checkpoint: &Checkpoint) -> bool {
    let shapes = || sorted.kernels.iter().map(|kernel| kernel.shape.as_slice());
    if !keras_order(shapes()) {
        return false;
    }
    let vector = |length: usize| checkpoint.tensors().values().any(|info| info.shape == [length]);
    shapes().all(|shape| vector(shape[3]) && !vector(shape[0])) || shapes().any(|shape| shape[2] != shape[3])
}
