//! The network as a TorchScript archive, which `torch.jit.load` reads.
//!
//! The zip archive contains the values of each tensor (`data/`), code in a subset of Python, and a pickle
//! that gives each object its class and its tensors. The computation is straight-line code, one block after
//! the other.

mod code;
mod forward;
mod pickle;

use super::ExportError;
use code::Classes;
use pathscope_core::network::WholeNetwork;
use serde_json::Value;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The folder that all records are in.
const ROOT: &str = "network";

/// The module of the classes.
const MODULE: &str = "__torch__.pathscope";

/// The alignment in bytes at which readers expect the values of a tensor to begin.
const ALIGNMENT: u16 = 64;

/// The version of the format, which PyTorch has written since 1.6.
const VERSION: &[u8] = b"3\n";

/// Returns a TorchScript archive that `torch.jit.load` reads, weights included. The same network gives the
/// same bytes.
///
/// # Errors
///
/// [`ExportError::Archive`], which does not happen for a network that was opened.
pub fn torchscript(network: &WholeNetwork) -> Result<Vec<u8>, ExportError> {
    let classes = Classes::of(network);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let options = options.with_alignment(ALIGNMENT);
    let mut write = |name: &str, bytes: &[u8]| -> Result<(), ExportError> {
        writer.start_file(format!("{ROOT}/{name}"), options)?;
        Ok(writer.write_all(bytes).map_err(zip::result::ZipError::from)?)
    };
    // First, so that programs that look at the first bytes of a file recognize it.
    write("data.pkl", &pickle::object(&classes.network(network), MODULE))?;
    write("code/__torch__/pathscope.py", classes.code(network).as_bytes())?;
    write("constants.pkl", &pickle::empty_tuple())?;
    write("version", VERSION)?;
    write("byteorder", b"little")?;
    write("extra/pathscope.json", about(network).as_bytes())?;
    for (record, tensor) in network.tensors.values().enumerate() {
        write(&format!("data/{record}"), &tensor.bytes())?;
    }
    Ok(writer.finish()?.into_inner())
}

/// Returns the origin of the network as JSON, for `torch.jit.load(…, _extra_files={"pathscope.json": ""})`.
fn about(network: &WholeNetwork) -> String {
    // The metadata of pathscope's own checkpoints are JSON inside strings.
    let description = |text: &String| serde_json::from_str::<Value>(text).unwrap_or_default();
    let metadata = network.metadata();
    let about = serde_json::json!({
        "version": env!("CARGO_PKG_VERSION"),
        "source": { "name": network.source.name, "sha256": network.source.sha256 },
        "checkpoint": metadata.values().map(description).next().unwrap_or_default(),
    });
    format!("{about:#}\n")
}
