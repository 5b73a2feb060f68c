//! Exported programs, held against the numbers of the reference.

use pathscope::analysis::{Analysis, AnalysisOptions};
use pathscope::report::component_rows;
use serde_json::Value;
use std::path::{Path, PathBuf};

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
