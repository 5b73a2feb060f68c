//! `pathscope notebook` through the command. `cargo xtask interop` executes the notebooks.

use crate::cmd::{Run, assert_says, command};
use crate::common::fixture;
use pathscope::study::results::{ResultRow, read_results, write_results};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Runs the command in a folder.
fn notebook(folder: &Path, arguments: &[&str]) -> Run {
    Run::of(command(&["notebook"]).args(arguments).current_dir(folder))
}

#[track_caller]
fn written(folder: &Path, arguments: &[&str], out: &str) -> Value {
    let Run { stdout, stderr, .. } = notebook(folder, arguments).succeeded();
    assert_eq!(stdout, "");
    assert_says(&stderr, &[&format!("the notebook is in {out}")]);
    serde_json::from_slice(&fs::read(folder.join(out)).unwrap()).unwrap()
}

/// Checks that a notebook is refused with this status and these words, and that no files are left.
#[track_caller]
fn refused(folder: &Path, arguments: &[&str], status: i32, words: &[&str]) {
    let before = names(folder);
    notebook(folder, arguments).refused(status, words);
    assert_eq!(names(folder), before, "{arguments:?}");
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    names
}

fn source(notebook: &Value, id: &str) -> String {
    let cells = notebook["cells"].as_array().unwrap();
    let cell = cells.iter().find(|cell| cell["id"] == id).unwrap();
    cell["source"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect()
}

/// Makes a folder with the table of results split into two files.
fn workplace() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("tables")).unwrap();
    fs::create_dir_all(folder.path().join("notebooks")).unwrap();
    let rows = read_results(&[fixture("results/study.csv")]).unwrap().rows;
    let (first, second): (Vec<ResultRow>, Vec<ResultRow>) =
        rows.into_iter().partition(|row| row.dataset == "ns2250");
    for (name, rows) in [("first.csv", first), ("second.csv", second)] {
        write_results(&folder.path().join("tables").join(name), &rows).unwrap();
    }
    folder
}

#[test]
fn a_study_in_several_tables() {
    let folder = workplace();
    let arguments = [
        "study",
        "tables/first.csv",
        "tables/second.csv",
        "--dataset",
        "imagenet8k",
        "--out",
        "notebooks/study.ipynb",
    ];
    let notebook = written(folder.path(), &arguments, "notebooks/study.ipynb");
    let settings = source(&notebook, "03-settings");
    assert!(
        settings.contains("RESULTS = [\"../tables/first.csv\", \"../tables/second.csv\"]\n"),
        "{settings}"
    );
    assert!(settings.contains("DATASET = \"imagenet8k\"\n") && settings.contains("METRIC = \"cc_norm2\"\n"));
    let first = fs::read(folder.path().join("notebooks/study.ipynb")).unwrap();
    written(folder.path(), &arguments, "notebooks/study.ipynb");
    assert_eq!(fs::read(folder.path().join("notebooks/study.ipynb")).unwrap(), first);
}

#[test]
fn a_model_with_given_properties() {
    let folder = tempfile::tempdir().unwrap();
    let model = fixture("nets/readouts.safetensors");
    let model = model.to_str().unwrap();
    let all = written(folder.path(), &["model", model, "--out", "model.ipynb"], "model.ipynb");
    assert_eq!(source(&all, "02-analysis").matches("\"average_path_length\"").count(), 4);
    let arguments = ["model", model, "--readout", "2-avg", "--bn-strength", "gamma", "--out", "model.ipynb"];
    let one = written(folder.path(), &arguments, "model.ipynb");
    let analysis = source(&one, "02-analysis");
    assert_eq!(analysis.matches("\"average_path_length\"").count(), 1);
    assert_eq!(one["metadata"]["pathscope"]["settings"]["conventions"]["bn_strength"], "gamma");
}

#[test]
fn the_folder_of_a_model_is_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let place = fixture("reference/recurrent-1block-t3-no-avg");
    let notebook =
        written(folder.path(), &["model", place.to_str().unwrap(), "--out", "model.ipynb"], "model.ipynb");
    let inputs = notebook["metadata"]["pathscope"]["inputs"].as_array().unwrap();
    let files: Vec<&str> =
        inputs.iter().map(|input| input["path"].as_str().unwrap().rsplit('/').next().unwrap()).collect();
    assert_eq!(files, ["best.pth", "config_extra.json"]);
}

#[test]
fn wrong_usage_and_bad_input_leave_no_files() {
    let folder = workplace();
    let at = folder.path();
    let model = fixture("nets/fig5.safetensors");
    let model = model.to_str().unwrap();
    refused(at, &["study", "tables/first.csv", "--out", "study.json"], 2, &["must end in .ipynb"]);
    refused(
        at,
        &["study", "tables/first.csv", "--iterations", "3", "--out", "a.ipynb"],
        2,
        &["--iterations"],
    );
    refused(at, &["model", model, "--metric", "cc-raw2", "--out", "a.ipynb"], 2, &["--metric"]);
    refused(at, &["model", model, model, "--out", "a.ipynb"], 2, &["unexpected argument"]);
    refused(at, &["study", "tables/first.csv", model, "--out", "a.ipynb"], 1, &["fig5.safetensors"]);
    refused(at, &["model", "tables/first.csv", "--out", "a.ipynb"], 1, &["pathscope notebook study"]);
    refused(
        at,
        &["study", "tables/first.csv", "--metric", "cc", "--out", "a.ipynb"],
        2,
        &["cc-norm2, r2-er"],
    );

    refused(at, &["study", "tables/none.csv", "--out", "a.ipynb"], 1, &["tables/none.csv", "cannot be read"]);
    refused(
        at,
        &["study", "tables/first.csv", "--dataset", "ns", "--out", "a.ipynb"],
        1,
        &["the results have ns2250"],
    );
    refused(at, &["study", "tables/first.csv", "--out", "nowhere/a.ipynb"], 1, &["nowhere/a.ipynb", "--out"]);
    refused(at, &["model", ".", "--out", "a.ipynb"], 1, &["not the folder of a run"]);

    let text = fs::read_to_string(at.join("tables/first.csv")).unwrap();
    fs::write(at.join("other.csv"), text.replacen("cc_norm2,", "cc,", 1)).unwrap();
    refused(at, &["study", "other.csv", "--out", "a.ipynb"], 1, &["columns are missing: cc_norm2"]);
    fs::write(at.join("a.pt"), "no model").unwrap();
    refused(at, &["model", "a.pt", "--out", "a.ipynb"], 1, &["a.pt"]);
}

#[test]
fn without_a_ceiling_the_other_measure_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = read_results(&[fixture("results/study.csv")]).unwrap().rows;
    rows.iter_mut().for_each(|row| row.cc_norm2 = None);
    write_results(&folder.path().join("results.csv"), &rows).unwrap();
    refused(
        folder.path(),
        &["study", "results.csv", "--out", "study.ipynb"],
        1,
        &["CC_norm²", "--score cc-raw2"],
    );
    let arguments = ["study", "results.csv", "--metric", "cc-raw2", "--out", "study.ipynb"];
    let notebook = written(folder.path(), &arguments, "study.ipynb");
    assert!(source(&notebook, "03-settings").contains("METRIC = \"cc_raw2\"\n"));
}

#[test]
fn contributions_beside_a_model_are_in_its_notebook() {
    let folder = tempfile::tempdir().unwrap();
    let reference = fixture("reference/recurrent-1block-t3-no-avg");
    for name in ["best.pth", "config_extra.json"] {
        fs::copy(reference.join(name), folder.path().join(name)).unwrap();
    }
    let arguments =
        ["contributions", "best.pth", "--resamples", "0", "--no-figures", "--out", ".", "--images"];
    let mut command = command(&arguments);
    Run::of(command.arg(reference.join("images.npy")).current_dir(folder.path())).succeeded();
    let notebook = written(folder.path(), &["model", "best.pth", "--out", "model.ipynb"], "model.ipynb");
    let cell = source(&notebook, "02-analysis");
    assert!(cell.contains("CONTRIBUTIONS = json.loads(r'''") && cell.contains("\"mean_absolute\""), "{cell}");
    // Contributions of another model are ignored, unless they are requested.
    let other = fixture("reference/recurrent-1block-t7-2-avg");
    for name in ["best.pth", "config_extra.json"] {
        fs::copy(other.join(name), folder.path().join(name)).unwrap();
    }
    let notebook = written(folder.path(), &["model", "best.pth", "--out", "other.ipynb"], "other.ipynb");
    assert!(source(&notebook, "02-analysis").ends_with("CONTRIBUTIONS = None"));
    let arguments = ["model", "best.pth", "--contributions", "contributions.json", "--out", "a.ipynb"];
    refused(folder.path(), &arguments, 1, &["contributions.json: its contributions are of another model"]);
}
