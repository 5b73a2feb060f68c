//! The network as a TorchScript archive: what `torch.jit.save` writes and `torch.jit.load` reads.
//!
//! It is a zip archive of the numbers of each tensor (`data/`), of code in a subset of Python, and of
//! a pickle that says which object has which tensors and which class. The computation is straight-line
//! code, one block after the other.

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

/// Readers want the numbers of tensors to begin at a multiple of this.
const ALIGNMENT: u16 = 64;

/// The version of the format, since PyTorch 1.6.
const VERSION: &[u8] = b"3\n";

/// Writes a TorchScript archive that `torch.jit.load` reads, weights included: the same network gives the
/// same bytes.
///
/// # Errors
///
/// [`ExportError::Archive`], which no network that was opened gives.
pub fn torchscript(network: &WholeNetwork) -> Result<Vec<u8>, ExportError> {
    let classes = Classes::of(network);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let options = options.with_alignment(ALIGNMENT);
    let mut write = |name: &str, bytes: &[u8]| -> Result<(), ExportError> {
        writer.start_file(format!("{ROOT}/{name}"), options)?;
        Ok(writer.write_all(bytes).map_err(zip::result::ZipError::from)?)
    };
    // First, so that whoever looks at the first bytes of the file sees what it is.
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

/// Where the network is from, for `torch.jit.load(…, _extra_files={"pathscope.json": ""})`.
fn about(network: &WholeNetwork) -> String {
    // As the metadata of our own checkpoint has it, in which everything is text.
    let description = |text: &String| serde_json::from_str::<Value>(text).unwrap_or_default();
    let metadata = network.metadata();
    let about = serde_json::json!({
        "version": env!("CARGO_PKG_VERSION"),
        "source": { "name": network.source.name, "sha256": network.source.sha256 },
        "checkpoint": metadata.values().map(description).next().unwrap_or_default(),
    });
    format!("{about:#}\n")
}
