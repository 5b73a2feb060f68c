//! Thousands of damaged checkpoints of every container. Each must be analyzed or refused, without a panic and
//! without more memory than its size explains.

use crate::common::{containers_layout, fixture};
use crate::damage::{Random, entries_of, mutate, mutated, packed, peak_of};
use pathscope::frames::is_decoding;
use pathscope::study::results::{read_results, results_frame};
use pathscope_core::analysis::{Analysis, AnalysisOptions};
use pathscope_core::circuit::{Circuit, Readout};
use pathscope_core::files::checkpoint::Checkpoint;
use pathscope_core::model::layout::template::template;
use pathscope_core::model::layout::{Given, own};
use polars::prelude::{ParquetCompression, ParquetWriter};
use safetensors::tensor::{Dtype, TensorView};
use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The number of mutations in each test.
const MUTATIONS: u64 = 2000;
/// The peak memory that any analysis may allocate, in bytes.
const SLACK: usize = 1 << 20;
/// The peak memory that an analysis may allocate, as a multiple of the file's size, if that is more.
const FACTOR: usize = 8;

/// Analyzes `original` after `damage`, with one seed after the other.
fn check(layout: Option<PathBuf>, original: &[u8], damage: impl Fn(&mut Random) -> Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("damaged.pth");
    let options =
        AnalysisOptions { given: Given { layout, ..Given::default() }, ..AnalysisOptions::default() };
    let analyze = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        peak_of(|| {
            if let Ok(checkpoint) = Checkpoint::open(&file, None) {
                template(&checkpoint);
            }
            Analysis::of_file(&file, &options)
        })
    };
    let (sound, _) = analyze(original);
    assert_eq!(sound.unwrap().ensembles[0].moments.unwrap().average_path_length, 1.75);

    let (mut read, mut refused) = (0, 0);
    for seed in 0..MUTATIONS {
        let bytes = damage(&mut Random(seed));
        let (result, peak) = catch_unwind(AssertUnwindSafe(|| analyze(&bytes)))
            .unwrap_or_else(|_| panic!("the mutation of seed {seed} makes the analysis panic"));
        let allowed = SLACK.max(FACTOR * bytes.len());
        assert!(peak <= allowed, "the mutation of seed {seed}, {} bytes, takes {peak} bytes", bytes.len());
        match result {
            Ok(_) => read += 1,
            Err(error) => {
                refused += 1;
                let message = error.to_string();
                assert!(
                    message.contains("damaged.pth") || message.contains("layout.toml"),
                    "seed {seed}: {message}"
                );
            }
        }
    }
    // Otherwise the mutations are too tame, or so wild that no file passes the first check.
    assert!(read > 0 && refused > 0, "{read} read, {refused} refused");
}

fn container(name: &str) -> Vec<u8> {
    fs::read(fixture("containers").join(name)).unwrap()
}

#[test]
fn zip() {
    let original = container("zip-model.pth");
    check(Some(containers_layout()), &original, mutated(&original));
}

#[test]
fn entries_of_whole_modules() {
    check_entries(&container("zip-whole-module.pth"));
}

#[test]
fn entries_of_other_objects() {
    check_entries(&container("zip-junk.pth"));
}

#[test]
fn entries_of_other_types() {
    check_entries(&container("zip-odd-tensors.pth"));
}

#[test]
fn entries_of_effective_kernels() {
    check_entries(&container("zip-spectral-norm.pth"));
}

/// Mutates entries before they are packed. Mutations of the whole archive would only fail at the checksums.
fn check_entries(original: &[u8]) {
    let entries = entries_of(original);
    check(Some(containers_layout()), original, |random| {
        // Mostly the first entry, data.pkl.
        let damaged = [0, 0, 0, random.below(entries.len())][random.below(4)];
        packed(&entries, damaged, random)
    });
}

#[test]
fn legacy() {
    for name in ["legacy-model.pth", "legacy-junk.pth", "legacy-whole-module.pth"] {
        let original = container(name);
        check(Some(containers_layout()), &original, mutated(&original));
    }
}

#[test]
fn tar() {
    const BLOCK: usize = 512;
    let original = container("tar.pth");
    let headers: Vec<usize> =
        (0..original.len()).step_by(BLOCK).filter(|&at| &original[at + 257..at + 262] == b"ustar").collect();
    assert_eq!(headers.len(), 4);
    check(Some(containers_layout()), &original, |random| {
        let mut bytes = original.clone();
        mutate(&mut bytes, random);
        // In half of the cases, the headers' checksums are corrected. Otherwise no change to a header would
        // pass the first check.
        if random.below(2) == 0 {
            for &at in &headers {
                let Some(header) = bytes.get_mut(at..at + BLOCK) else { continue };
                header[148..156].fill(b' ');
                let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
                header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            }
        }
        bytes
    });
}

#[test]
fn safetensors() {
    let mut circuit = Circuit::of_recurrent_blocks(1, 3);
    circuit.readout = Some(Readout::NoAvg);
    let bytes = |numbers: &[f32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    let mut tensors = vec![
        ("conv[2].bottom_up.weight".to_owned(), vec![2, 2, 1, 1], bytes(&[1.5, 2.0, 0.0, 1.5])),
        ("conv[2].lateral.weight".to_owned(), vec![2, 2, 1, 1], bytes(&[0.375, 0.5, 0.0, -0.375])),
    ];
    for (iteration, gain) in [(1, 2.0), (2, 1.0), (3, 0.5)] {
        tensors.push((format!("bn[2,{iteration}].weight"), vec![2], bytes(&[3.0 * gain, -gain / 2.0])));
        tensors.push((format!("bn[2,{iteration}].running_var"), vec![2], bytes(&[3.75, 0.75])));
    }
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
    });
    let metadata: HashMap<String, String> = own::metadata(&circuit, 0.25).into_iter().collect();
    let original = safetensors::serialize(views, Some(metadata)).unwrap();
    check(None, &original, mutated(&original));

    // Only the header, with the correct length.
    let length = u64::from_le_bytes(*original.first_chunk().unwrap()) as usize;
    let (header, data) = original[8..].split_at(length);
    check(None, &original, |random| {
        let mut header = header.to_vec();
        mutate(&mut header, random);
        [&(header.len() as u64).to_le_bytes(), header.as_slice(), data].concat()
    });
}

/// The index of a checkpoint names its files, and no other file is opened.
#[test]
fn indices() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.safetensors.index.json");
    fs::write(folder.path().join("one.pth"), container("zip-float32.pth")).unwrap();
    let whole = Checkpoint::open(&fixture("containers/zip-float32.pth"), None).unwrap();
    let names: Vec<String> = whole.tensors().keys().map(|name| format!("{name:?}: \"one.pth\"")).collect();
    let original = format!("{{\"metadata\": {{}}, \"weight_map\": {{{}}}}}", names.join(", "));
    let options = AnalysisOptions {
        given: Given { layout: Some(containers_layout()), ..Given::default() },
        ..AnalysisOptions::default()
    };
    let (mut read, mut refused) = (0, 0);
    for seed in 0..MUTATIONS {
        fs::write(&file, mutated(original.as_bytes())(&mut Random(seed))).unwrap();
        let analyze = || peak_of(|| Analysis::of_file(&file, &options));
        let (result, peak) = catch_unwind(AssertUnwindSafe(analyze))
            .unwrap_or_else(|_| panic!("the mutation of seed {seed} makes the analysis panic"));
        assert!(peak <= SLACK, "the mutation of seed {seed} takes {peak} bytes");
        if result.is_ok() { read += 1 } else { refused += 1 }
    }
    assert!(read > 0 && refused > 0, "{read} read, {refused} refused");
}

/// Layout files are no more trusted than checkpoints.
#[test]
fn layout_files() {
    let folder = tempfile::tempdir().unwrap();
    let layout = folder.path().join("layout.toml");
    let options = AnalysisOptions {
        given: Given { layout: Some(layout.clone()), ..Given::default() },
        ..AnalysisOptions::default()
    };
    let checkpoint = fixture("containers/zip-float32.pth");
    let original = fs::read(containers_layout()).unwrap();
    for seed in 0..MUTATIONS {
        let bytes = mutated(&original)(&mut Random(seed));
        fs::write(&layout, &bytes).unwrap();
        let analyze = || peak_of(|| Analysis::of_file(&checkpoint, &options));
        let (_, peak) = catch_unwind(AssertUnwindSafe(analyze))
            .unwrap_or_else(|_| panic!("the mutation of seed {seed} makes the analysis panic"));
        assert!(peak <= SLACK, "the mutation of seed {seed} takes {peak} bytes");
    }
}

/// Reads tables of results after `damage` with these seeds. None may take more than `slack` bytes.
fn check_results(name: &str, seeds: Range<u64>, slack: usize, damage: impl Fn(&mut Random) -> Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    let (mut read, mut refused, mut asserted) = (0, 0, false);
    for seed in seeds {
        let bytes = damage(&mut Random(seed));
        fs::write(&file, &bytes).unwrap();
        let (result, peak) =
            catch_unwind(AssertUnwindSafe(|| peak_of(|| read_results(std::slice::from_ref(&file)))))
                .unwrap_or_else(|_| panic!("the mutation of seed {seed} makes the reading panic"));
        assert!(peak <= slack, "the mutation of seed {seed}, {} bytes, takes {peak} bytes", bytes.len());
        match result {
            Ok(_) => read += 1,
            Err(error) => {
                refused += 1;
                let message = error.to_string();
                assert!(message.contains(name), "seed {seed}: {message}");
                if message.ends_with("its parts contradict each other") && !asserted {
                    asserted = true;
                    command_reports_an_error(&file);
                }
            }
        }
    }
    assert!(read > 0 && refused > 0, "{read} read, {refused} refused");
}

/// A file that makes a decoder panic gives a single error message.
fn command_reports_an_error(file: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pathscope"));
    let output = command.args(["table", "1", "--results"]).arg(file).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(!stderr.contains("panicked") && stderr.contains("contradict each other"), "{stderr}");
}

#[test]
fn tables_of_results() {
    let study = fs::read_to_string(fixture("results/study.csv")).unwrap();
    let csv: String = study.split_inclusive('\n').take(20).collect();
    check_results("damaged.csv", 0..MUTATIONS, SLACK, mutated(csv.as_bytes()));
    let folder = tempfile::tempdir().unwrap();
    let csv_file = folder.path().join("results.csv");
    fs::write(&csv_file, csv).unwrap();
    let rows = read_results(&[csv_file]).unwrap().rows;
    let mut frame = results_frame(&rows).unwrap();
    // As in the command: the backtrace of a panic takes memory too.
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !is_decoding() {
            report(panic);
        }
    }));
    let compressions = [
        ParquetCompression::Uncompressed,
        ParquetCompression::Snappy,
        ParquetCompression::Gzip(None),
        ParquetCompression::Lz4Raw,
        ParquetCompression::Zstd(None),
    ];
    let each = MUTATIONS / compressions.len() as u64;
    for (first, compression) in (0..).step_by(each as usize).zip(compressions) {
        let mut original = Vec::new();
        ParquetWriter::new(&mut original).with_compression(compression).finish(&mut frame).unwrap();
        // Memory for metadata with an entry for every byte.
        check_results("damaged.parquet", first..first + each, 8 * SLACK, mutated(&original));
    }
}

/// Reads damaged documents, each of which must give a value or an error.
fn check_documents<T, E>(original: &[u8], read: impl Fn(&std::path::Path) -> Result<T, E>) {
    let damage = mutated(original);
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut random = Random(1);
    for attempt in 0..MUTATIONS {
        let bytes = damage(&mut random);
        fs::write(file.path(), &bytes).unwrap();
        let (outcome, peak) = peak_of(|| catch_unwind(AssertUnwindSafe(|| drop(read(file.path())))));
        assert!(outcome.is_ok(), "attempt {attempt} panicked: {}", String::from_utf8_lossy(&bytes));
        assert!(peak <= SLACK + FACTOR * bytes.len(), "attempt {attempt} took {peak} bytes");
    }
}

#[test]
fn documents() {
    use pathscope::study::run::{read_record, read_settings};
    use pathscope_core::data::evaluation::Evaluation;
    use pathscope_core::files::documents::json_text;
    let settings = pathscope::study::run::Settings::default();
    check_documents(toml_text(&settings).as_bytes(), read_settings);
    let record = serde_json::json!({
        "schema": "pathscope/run/1", "version": "0.1.0", "dataset": "demo", "dataset_sha256": {"images.npy": "00"},
        "images": [6, 2, 2], "neurons": 3, "parameters": 1000, "device": "cpu", "threads": 1, "finished": true,
        "steps": 300, "best_step": 200, "best_validation_loss": 0.25, "seconds": 1.5
    });
    check_documents(json_text(&record).unwrap().as_bytes(), read_record);
    let evaluation = serde_json::json!({
        "schema": "pathscope/evaluation/1", "generator": "a test", "model": {"path": "m", "sha256": "00"},
        "dataset": {"name": "demo", "sha256": {}},
        "settings": {"iterations": 3, "split": "test", "split_seed": 0, "images": 60, "crop": 0, "downsample": 1},
        "scores": {"neurons": 1, "without_ceiling": 0, "mean_cc_raw": 0.5, "mean_cc_raw2": 0.25, "mean_cc_max": 0.5,
            "mean_cc_norm2": 1.0, "by_neuron": [{"neuron": 0, "cc_raw": 0.5, "cc_max": 0.5, "cc_norm2": 1.0}]}
    });
    check_documents(json_text(&evaluation).unwrap().as_bytes(), Evaluation::read);
    let study = "schema = \"pathscope/study/1\"\nname = \"pilot\"\n[dataset]\nname = \"demo\"\n[axes]\nseed = [0, 1]\n\
        [recurrent]\niterations = [2, 3]\n[[ablated]]\nadjacent = [1]\nnormalization = \"shared\"\n";
    check_documents(study.as_bytes(), pathscope::study::Study::read);
}

fn toml_text(settings: &pathscope::study::run::Settings) -> String {
    toml::to_string(settings).unwrap()
}
