//! Identification of file formats by their first bytes.

use super::CheckpointError;
use crate::files::archive::exported::is_program;
use crate::files::documents::open_regular;
use crate::files::output::protect_read;
use std::fs;
use std::io::Read;
use std::path::Path;

/// The supported file formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Pytorch,
    Safetensors,
}

const HEAD: u64 = 512;
const SAVE_STATE_DICT: &str = "save the weights with torch.save(model.state_dict(), 'model.pt')";

/// Files that are often mistaken for checkpoints: their first bytes, their description, and what to do.
const OTHERS: [(&[u8], &str, &str); 8] = [
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras, MATLAB v7.3)", CONVERT),
    (b"\x93NUMPY", "a NumPy array", "give the checkpoint of the model"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself", "fetch it with git lfs pull"),
    (b"\x1f\x8b", "a gzip-compressed file", "unpack it first"),
    (b"BZh", "a bzip2-compressed file", "unpack it first"),
    (b"\xfd7zXZ\0", "an xz-compressed file", "unpack it first"),
    (b"GGUF", "a GGUF file", "convert the weights to safetensors"),
    (b"MATLAB 5.0", "a MATLAB file", CONVERT),
];

/// Refuses folders, devices and anything else that is not a file, before it is opened.
pub(super) fn regular_file(path: &Path) -> Result<(), CheckpointError> {
    let metadata =
        fs::metadata(path).map_err(|source| CheckpointError::Open { path: path.to_owned(), source })?;
    let other = |found: &str, remedy: &str| CheckpointError::OtherKind {
        path: path.to_owned(),
        found: found.to_owned(),
        remedy: remedy.to_owned(),
    };
    if metadata.is_dir() {
        return Err(match path.join(".metadata").is_file() {
            true => other("the folder of a distributed checkpoint", DISTRIBUTED),
            false => other("a folder", "give a file in it"),
        });
    }
    if metadata.is_file() { Ok(()) } else { Err(other("not a regular file", "save it as a file first")) }
}

/// Advice about the checkpoints of `torch.distributed`.
pub(super) const DISTRIBUTED: &str = "join it with `python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER model.pt` and give model.pt";

/// A table of file formats: the ending of the name, a description, and what to do.
type ByName = [(&'static str, &'static str, &'static str)];

/// Files of checkpoints that are themselves archives.
const PARTS: &ByName = &[
    (".distcp", "a part of a distributed checkpoint", DISTRIBUTED),
    ("/.metadata", "the description of a distributed checkpoint", DISTRIBUTED),
];

/// Files that can be identified only by name.
const OTHERS_BY_NAME: &ByName = &[
    (".onnx", "an ONNX model", "give the checkpoint that it was exported from"),
    (".index", "the index of a TensorFlow checkpoint", CONVERT),
    (".data-00000-of-00001", "the numbers of a TensorFlow checkpoint", CONVERT),
];

const CONVERT: &str = "convert the weights to PyTorch or safetensors";

pub(super) fn identify(path: &Path) -> Result<Kind, CheckpointError> {
    let unreadable = |source| CheckpointError::Open { path: path.to_owned(), source };
    let other = |found: &str, remedy: &str| CheckpointError::OtherKind {
        path: path.to_owned(),
        found: found.to_owned(),
        remedy: remedy.to_owned(),
    };
    // Checked before opening, because opening a pipe can block.
    regular_file(path)?;
    protect_read(path);
    let mut head = Vec::new();
    open_regular(path)?.take(HEAD).read_to_end(&mut head).map_err(unreadable)?;

    if head.is_empty() {
        return Err(other("an empty file", "save or copy it again"));
    }
    let name = format!("/{}", path.file_name().unwrap_or_default().to_string_lossy());
    let named = |names: &ByName| names.iter().find(|(ending, ..)| name.ends_with(ending)).copied();
    if let Some((_, found, remedy)) = named(PARTS) {
        return Err(other(found, remedy));
    }
    for (start, found, remedy) in OTHERS {
        if head.starts_with(start) {
            return Err(other(found, remedy));
        }
    }
    let text = is_text(&head);
    // A safetensors header is its length as u64, then JSON. An impossible length is reported by its reader.
    if !text && head.get(8) == Some(&b'{') && head.get(9).is_some_and(|byte| b"\"} \n\t\r".contains(byte)) {
        return Ok(Kind::Safetensors);
    }
    let pickled = matches!(head[0], 0x80 | b'(' | b'}' | b']' | b'c');
    let zip = head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06");
    if zip || is_tar(&head) || (pickled && !text) {
        Ok(Kind::Pytorch)
    } else if let Some((_, found, remedy)) = named(OTHERS_BY_NAME) {
        Err(other(found, remedy))
    } else if text {
        Err(other("a text file", "give the checkpoint itself"))
    } else {
        Err(other("a file of unknown kind", SAVE_STATE_DICT))
    }
}

/// Returns whether a file that begins with these bytes is UTF-8 text.
fn is_text(head: &[u8]) -> bool {
    // The last character may be cut off.
    let encoded = std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    encoded && !head.iter().any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace())
}

pub(super) fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

/// Returns a description of a zip archive without a PyTorch pickle, and what to do with it.
pub(super) fn identify_zip<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Option<(String, String)> {
    const PROGRAM: &str = "this command needs a checkpoint, which torch.save(model.state_dict(), 'model.pt') writes; `pathscope analyze` reads the program";
    let owned = |found: &str, remedy: &str| Some((found.to_owned(), remedy.to_owned()));
    let has =
        |suffix: &str| names.clone().any(|name| name == suffix || name.ends_with(&format!("/{suffix}")));
    if has("constants.pkl") || names.clone().any(|name| name.contains("/code/")) {
        return owned(
            "a TorchScript archive (torch.jit.save)",
            "save its weights with torch.save(torch.jit.load('model.pt').state_dict(), 'weights.pt')",
        );
    }
    if has("data.pkl") {
        return None;
    }
    if is_program(names.clone()) {
        return owned("an exported program (torch.export)", PROGRAM);
    }
    let checkpoint = |name: &&str| {
        [".pt", ".pth", ".ckpt", ".safetensors", ".bin"].iter().any(|ending| name.ends_with(ending))
    };
    let inside = names.clone().find(checkpoint);
    let unpack = |otherwise: &str| {
        inside
            .map_or_else(|| otherwise.to_owned(), |name| format!("unpack it and give {name}, which is in it"))
    };
    if names.clone().any(|name| name.starts_with("MAR-INF/")) {
        return Some(("a model archive of TorchServe".to_owned(), unpack("unpack it")));
    }
    if names.clone().any(|name| name.ends_with(".npy")) {
        return owned("a NumPy archive (npz)", "give the checkpoint of the model");
    }
    if has("model.weights.h5") {
        return owned("a Keras model", CONVERT);
    }
    let found = if inside.is_some() {
        "a zip archive that holds a checkpoint"
    } else {
        "a zip archive that torch.save did not write"
    };
    Some((found.to_owned(), unpack(SAVE_STATE_DICT)))
}
