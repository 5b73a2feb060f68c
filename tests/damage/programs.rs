//! Thousands of damaged programs. Each must be read or refused, without a panic and without more memory than
//! its size explains.

use crate::damage::{Random, archive_of, entries_of, mutated, packed, peak_of};
use pathscope_core::analysis::{Analysis, AnalysisOptions};
use pathscope_core::program::tracing::{self, Settings};
use pathscope_core::program::{ExportedProgram, Origin, ProgramError, ValueId, is_exported_program};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use zip::CompressionMethod;

/// The number of mutations of each program in each test.
const MUTATIONS: u64 = 1000;
/// The peak memory that reading any file may allocate, in bytes: a chunk of a weight, as large as a view that
/// repeats its values may be, and the bytes of the chunk.
const SLACK: usize = 10 << 20;
/// The peak memory that reading may allocate, as a multiple of the file's size, if that is more.
const FACTOR: usize = 24;

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/programs");
    fs::read(folder.join(format!("{name}.pt2"))).unwrap()
}

/// Reads a whole program.
fn read(path: &Path) -> Result<(), ProgramError> {
    is_exported_program(path)?;
    let exported = ExportedProgram::open(path)?;
    let program = &exported.program;
    let read = program.operations.iter().flat_map(|operation| operation.reads());
    let given = program.operations.iter().flat_map(|operation| operation.outputs.iter().flatten().copied());
    let ids = read.chain(given).chain(program.outputs.iter().flatten().copied());
    assert!(ids.into_iter().all(|id| id.index() < program.values.len()));
    for (index, value) in program.values.iter().enumerate() {
        if !matches!(value.origin, Origin::Operation(_) | Origin::Input(_)) {
            let mut count = 0;
            exported.for_each_chunk(ValueId::new(index), &mut |chunk| count += chunk.len())?;
            assert_eq!(count, exported.tensor(ValueId::new(index))?.len());
        }
    }
    Ok(())
}

/// Analyzes the paths of a program that can be opened, and lists its modules.
fn analyze(path: &Path) {
    let exported = ExportedProgram::open(path).unwrap();
    let traced = tracing::trace(&exported.program, &exported, &Settings::default());
    let modules = tracing::modules(&exported.program, traced.as_ref().ok());
    let uses: usize = modules.iter().filter(|module| module.kind.is_some()).map(|module| module.uses).sum();
    assert!(uses <= 2 * exported.program.operations.len());
    if let Err(error) = Analysis::of_file(path, &AnalysisOptions::default()) {
        let message = error.to_string();
        assert!(message.contains("damaged.pt2") && !message.contains('\n'), "{message}");
    }
}

fn check(name: &str, damage: impl Fn(&mut Random) -> Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("damaged.pt2");
    let (mut sound, mut refused) = (0, 0);
    for seed in 0..MUTATIONS {
        let bytes = damage(&mut Random(seed));
        fs::write(&file, &bytes).unwrap();
        let (result, peak) =
            catch_unwind(AssertUnwindSafe(|| peak_of(|| read(&file).inspect(|()| analyze(&file)))))
                .unwrap_or_else(|_| panic!("{name}: the mutation of seed {seed} makes the reading panic"));
        let allowed = SLACK.max(FACTOR * bytes.len());
        assert!(peak <= allowed, "{name}: seed {seed}, {} bytes, takes {peak} bytes", bytes.len());
        match result {
            Ok(()) => sound += 1,
            Err(error) => {
                refused += 1;
                let message = error.to_string();
                assert!(message.contains("damaged.pt2"), "{name}: seed {seed}: {message}");
            }
        }
    }
    assert!(sound > 0 && refused > 0, "{name}: {sound} read, {refused} refused");
}

/// A weight of 16 MiB takes the memory of one chunk.
#[test]
fn large_weights_are_read_in_pieces() {
    const ELEMENTS: usize = 1 << 22;
    let sizes = || serde_json::json!([{"as_int": ELEMENTS}, {"as_int": 1}, {"as_int": 1}, {"as_int": 1}]);
    let mut entries = entries_of(&fixture("calls"));
    for (name, contents) in &mut entries {
        let alter = |contents: &mut Vec<u8>, pointer: &str| {
            let mut document: serde_json::Value = serde_json::from_slice(contents).unwrap();
            *document.pointer_mut(pointer).unwrap() = sizes();
            *contents = serde_json::to_vec(&document).unwrap();
        };
        if name.ends_with("model.json") {
            alter(contents, "/graph_module/graph/tensor_values/p_odd_a_b_c_weight/sizes");
        } else if name.ends_with("model_weights_config.json") {
            alter(contents, "/config/odd.a,b;c.weight/tensor_meta/sizes");
        } else if name.ends_with("weights/weight_2") {
            *contents = 0.5f32.to_le_bytes().repeat(ELEMENTS);
        }
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), archive_of(&entries, CompressionMethod::Stored)).unwrap();
    let (sum, peak) = peak_of(|| {
        let exported = ExportedProgram::open(file.path()).unwrap();
        let values = &exported.program.values;
        let weight = values.iter().position(|value| value.name == "p_odd_a_b_c_weight").unwrap();
        let mut sum = 0.0;
        exported.for_each_chunk(ValueId::new(weight), &mut |chunk| sum += chunk.iter().sum::<f64>()).unwrap();
        sum
    });
    assert_eq!(sum, 0.5 * ELEMENTS as f64);
    assert!(peak < 2 << 20, "{peak} bytes");
}

#[test]
fn whole_archives() {
    for name in ["views", "wrapped"] {
        check(name, mutated(&fixture(name)));
    }
}

/// Mutates entries before they are packed. Mutations of the whole archive would only fail at the checksums.
#[test]
fn documents_in_archives() {
    for name in ["views", "arguments", "wrapped", "loop", "gated-top-down/model"] {
        let entries = entries_of(&fixture(name));
        let documents = entries.iter().enumerate().filter(|(_, (name, _))| name.ends_with(".json"));
        let documents: Vec<usize> = documents.map(|(index, _)| index).collect();
        check(name, |random| packed(&entries, documents[random.below(documents.len())], random));
    }
}
