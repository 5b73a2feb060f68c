mod content;
mod refusals;

use super::*;
use crate::program::Extent;
use serde_json::Value as Json;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/programs").join(name)
}

fn opened(name: &str) -> ExportedProgram {
    ExportedProgram::open(&fixture(name)).unwrap()
}

fn value(program: &ExportedProgram, name: &str) -> ValueId {
    let at = program.program.values.iter().position(|value| value.name == name);
    ValueId::new(at.unwrap_or_else(|| panic!("no value {name}")))
}

/// The entries of an archive, in order.
type Entries = Vec<(String, Vec<u8>)>;

fn entries(name: &str) -> Entries {
    let mut archive = ZipArchive::new(Cursor::new(std::fs::read(fixture(name)).unwrap())).unwrap();
    let count = archive.len();
    let read = |index| {
        let mut entry = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (entry.name().unwrap().into_owned(), bytes)
    };
    (0..count).map(read).collect()
}

fn archive_of(entries: &Entries, method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn open_bytes(bytes: &[u8]) -> Result<ExportedProgram, ProgramError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("altered.pt2");
    std::fs::write(&path, bytes).unwrap();
    ExportedProgram::open(&path)
}

/// Alters the JSON document whose name ends with the given text.
fn alter(entries: &mut Entries, ending: &str, change: impl FnOnce(&mut Json)) {
    let (_, bytes) = entries.iter_mut().find(|(name, _)| name.ends_with(ending)).unwrap();
    let mut document = serde_json::from_slice(bytes).unwrap();
    change(&mut document);
    *bytes = serde_json::to_vec(&document).unwrap();
}

#[test]
fn reference_programs_are_read() {
    for name in [
        "conv-gru",
        "delayed-areas-group-norm",
        "dense-concat-smooth",
        "gated-top-down",
        "gated-top-down-core",
        "recurrent-two-blocks-max-pool",
        "recurrent-two-blocks-max-pool-dynamic",
        "staged-skip-areas",
        "staged-skip-areas-core",
    ] {
        let program = opened(&format!("{name}/model.pt2"));
        assert!(program.torch_version().is_some_and(|version| version.starts_with('2')), "{name}");
        let (values, operations) = (&program.program.values, &program.program.operations);
        for (number, operation) in operations.iter().enumerate() {
            assert!(operation.reads().all(|id| id.index() < values.len()), "{name}");
            for id in operation.outputs.iter().flatten() {
                assert_eq!(program.program.value(*id).origin, Origin::Operation(number), "{name}");
            }
        }
        for (index, value) in values.iter().enumerate() {
            let tensor = value.tensor.as_ref().unwrap_or_else(|| panic!("{name}: {}", value.name));
            if let Ok(numbers) = program.tensor(ValueId::new(index)) {
                let shape: Vec<Extent> =
                    numbers.shape().iter().map(|&size| Extent::Known(size as i64)).collect();
                assert_eq!(shape, tensor.shape, "{name}: {}", value.name);
            }
        }
    }
}
