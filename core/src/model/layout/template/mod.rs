//! Templates of layout files, made from a checkpoint's own names and shapes.
//!
//! Names do not say how a model is wired, so this is a guess, with everything it was guessed from written
//! beside it: a kernel that sees an image is that of the first CPB, which is not part of the recurrent
//! stage; each other kernel starts a block of its own, in the order of the file, unless its name or its
//! channels say otherwise; and a normalization goes to the kernel that it is named after or follows. What is
//! written is tried at once, and where it cannot be analysed the reason stands above it.

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

/// The most unused tensors that are listed.
const LISTED: usize = 20;

/// Writes a layout file for a checkpoint, commented, to be corrected by its user.
///
/// # Arguments
///
/// * `checkpoint` - any checkpoint; of use is one with kernels of three dimensions or more
///
/// # Returns
///
/// The text of the file. Where the checkpoint has no kernel it holds only comments and an example.
///
/// # Complexity
///
/// O(tensors · log tensors + kernels · normalizations); no numbers are read.
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
        let _ = writeln!(text, "# It cannot be analysed as it is:");
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
            "# {} other {tensors} {are} no kernel and no normalization: `pathscope inspect` lists all.\n#",
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
            "# It needs none: it is recognized as {}, and without --layout that is used.\n#",
            model.layout
        );
    }
    for (name, how, _) in checkpoint.effective_kernels().take(LISTED) {
        let _ = writeln!(text, "# {} is computed: {}.", name.escape_debug(), how.as_str());
    }
    text
}

/// Returns a text with nothing that ends a line or is not seen; quotation marks stay.
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
# It cannot be analysed: the kernels look as Keras and TensorFlow keep them, [height, width, input channels,
# output channels]. Save them in PyTorch's order, in Python numpy.transpose(kernel, (3, 2, 0, 1)) each.
#
";

/// Returns whether the kernels are [height, width, input channels, output channels]: they look so, and either other
/// tensors have their last axis and none their first, or they would not be square otherwise.
fn has_order_of_keras(sorted: &Sorted, checkpoint: &Checkpoint) -> bool {
    let shapes = || sorted.kernels.iter().map(|kernel| kernel.shape.as_slice());
    if !keras_order(shapes()) {
        return false;
    }
    let vector = |length: usize| checkpoint.tensors().values().any(|info| info.shape == [length]);
    shapes().all(|shape| vector(shape[3]) && !vector(shape[0])) || shapes().any(|shape| shape[2] != shape[3])
}
