//! Exported programs, compared with the numbers of the reference.

use pathscope_core::analysis::report::component_rows;
use pathscope_core::analysis::{Analysis, AnalysisOptions};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

fn folders() -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/programs");
    let entries = fixtures.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|folder| folder.join("expected.json").is_file()).collect();
    folders.sort();
    assert_eq!(folders.len(), 9);
    folders
}

fn close(found: Option<f64>, expected: &Value, of: &str) {
    let (found, expected) = (found.unwrap(), expected.as_f64().unwrap());
    assert!((found - expected).abs() <= 1e-6 * expected.abs(), "{of}: {found}, expected {expected}");
}

#[test]
fn programs_have_the_paths_and_strengths_of_the_reference() {
    for folder in folders() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&text).unwrap();
        let analysis = Analysis::of_file(&folder.join("model.pt2"), &AnalysisOptions::default()).unwrap();
        let [ensemble] = analysis.ensembles.as_slice() else { panic!("{name}: one ensemble") };
        assert_eq!(ensemble.paths.to_u64(), expected["paths"].as_u64(), "{name}");
        let average = ensemble.moments.map(|moments| moments.average_path_length);
        close(average, &expected["average_path_length"], &name);
        let lengths = expected["lengths"].as_array().unwrap();
        assert_eq!(ensemble.lengths.len(), lengths.len(), "{name}");
        for (found, expected) in ensemble.lengths.iter().zip(lengths) {
            assert_eq!(Some(found.length as u64), expected["length"].as_u64(), "{name}");
            assert_eq!(found.paths.to_u64(), expected["paths"].as_u64(), "{name}");
            close(found.strength.to_f64(), &expected["strength"], &name);
            close(found.probability, &expected["probability"], &name);
        }
        let rows = component_rows(&analysis);
        for component in expected["components"].as_array().unwrap() {
            let called = component["name"].as_str().unwrap();
            let row =
                rows.iter().find(|row| row.name == called).unwrap_or_else(|| panic!("{name}: {called}"));
            assert_eq!(row.kind, component["kind"].as_str().unwrap(), "{name}: {called}");
            assert_eq!(row.uses as u64, component["uses"].as_u64().unwrap(), "{name}: {called}");
            close(row.strength, &component["strength"], &format!("{name}: {called}"));
        }
    }
}

/// Copies a program with a 1 × 1 convolution, and replaces its operations by a number of residual blocks.
fn write_residual_blocks(blocks: usize, path: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/programs/calls.pt2");
    let mut source = ZipArchive::new(File::open(source).unwrap()).unwrap();
    let mut copy = ZipWriter::new(File::create(path).unwrap());
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for index in 0..source.len() {
        let mut entry = source.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if name.ends_with("models/model.json") {
            let mut document: Value = serde_json::from_slice(&bytes).unwrap();
            let module = &mut document["graph_module"];
            module["graph"]["nodes"] = residual_blocks(blocks);
            let end = json!({"as_tensor": {"name": format!("add_{}", blocks - 1)}});
            module["signature"]["output_specs"] = json!([{"user_output": {"arg": end}}]);
            bytes = serde_json::to_vec(&document).unwrap();
        }
        copy.start_file(name, stored).unwrap();
        copy.write_all(&bytes).unwrap();
    }
    copy.finish().unwrap();
}

fn residual_blocks(blocks: usize) -> Value {
    let tensor = |name: &str| json!({"as_tensor": {"name": name}});
    let operation = |target: &str, inputs: [(&str, &str); 2], name: &str| {
        let inputs = inputs.map(|(argument, value)| json!({"name": argument, "arg": tensor(value)}));
        json!({"target": target, "inputs": inputs, "outputs": [tensor(name)], "metadata": {}, "name": name})
    };
    let mut nodes = Vec::new();
    let mut before = "x".to_owned();
    for block in 0..blocks {
        let (convolution, sum) = (format!("conv2d_{block}"), format!("add_{block}"));
        let inputs = [("input", before.as_str()), ("weight", "p_block_0_weight")];
        nodes.push(operation("torch.ops.aten.conv2d.default", inputs, &convolution));
        nodes.push(operation(
            "torch.ops.aten.add.Tensor",
            [("self", &before), ("other", &convolution)],
            &sum,
        ));
        before = sum;
    }
    Value::Array(nodes)
}

#[test]
fn paths_that_cannot_be_counted_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep.pt2");
    write_residual_blocks(200, &path);
    let analysis = Analysis::of_file(&path, &AnalysisOptions::default()).unwrap();
    let count = analysis.ensembles[0].paths.to_string();
    assert_eq!((count.len(), &count[..10]), (61, "1606938044"), "2^200 paths");
    write_residual_blocks(6000, &path);
    let error = Analysis::of_file(&path, &AnalysisOptions::default()).unwrap_err();
    assert!(error.to_string().ends_with("choose a part of the model with --from MODULE and --to MODULE"));
}
