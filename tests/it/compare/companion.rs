//! `pathscope compare --data` with a companion that writes down how it is called, and evaluates a run
//! by printing what is prepared in it.

use super::support::*;
use pathscope_core::files::checkpoint::sha256;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const COMPANION: &str = "#!/bin/sh
echo \"$@\" >> calls
for model; do :; done
test -e \"$model/prepared.json\" || { echo 'error: out of memory' >&2; exit 1; }
echo 'warning: one neuron has no CC_max' >&2
cat \"$model/prepared.json\"
";

/// Runs of which the second is not evaluated, a data set, and the command beside a companion.
fn study_with_data() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path();
    fs::create_dir(path.join("data")).unwrap();
    fs::write(path.join("data/dataset.toml"), "name = \"demo\"\n").unwrap();
    let hashes: BTreeMap<String, String> =
        [("dataset.toml".to_owned(), sha256(&path.join("data/dataset.toml")).unwrap())].into();
    for (name, net, file, hashes) in [
        ("a", "fig5", "evaluation.json", hashes.clone()),
        ("b", "held-block", "prepared.json", hashes),
        // Evaluated, but on other data.
        ("c", "top-down", "evaluation.json", BTreeMap::new()),
    ] {
        let model = add_run(path, name, net);
        let mut evaluation = evaluation(&model, if name == "c" { 2 } else { 3 }, 0.5);
        evaluation.dataset.sha256 = hashes;
        fs::write(model.with_file_name(file), serde_json::to_string(&evaluation).unwrap()).unwrap();
    }
    // A file that another test's new process still has open for writing could not be run: here another process writes
    // it, and the command only gets another name.
    let script = path.join("script");
    fs::write(&script, COMPANION).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let companion = path.join("pathscope-torch");
    assert!(Command::new("cp").args([&script, &companion]).status().unwrap().success());
    let command = path.join("pathscope");
    fs::hard_link(env!("CARGO_BIN_EXE_pathscope"), &command).unwrap();
    (folder, command)
}

fn compare(command: &Path, arguments: &[&str]) -> Output {
    let folder = command.parent().unwrap();
    Command::new(command).arg("compare").args(arguments).current_dir(folder).output().unwrap()
}

#[test]
fn what_is_not_measured_on_the_data_is() {
    let (folder, command) = study_with_data();
    let output = compare(&command, &["a", "b", "--data", "data", "--activation", "relu", "--format", "json"]);
    let (stdout, stderr) = text(&output);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["models"][1]["cc_norm2"], 0.5);
    assert_eq!(json["models"][1]["measured"]["neurons"], NEURONS);
    assert_eq!(stderr, "warning: b: one neuron has no CC_max\n");
    let calls = fs::read_to_string(folder.path().join("calls")).unwrap();
    assert_eq!(calls, "evaluate --format json --data data --activation relu -- b\n");
}

#[test]
fn what_was_measured_with_other_trials_is_measured_again() {
    let (folder, command) = study_with_data();
    fs::copy(folder.path().join("a/evaluation.json"), folder.path().join("a/prepared.json")).unwrap();
    let output = compare(&command, &["a", "b", "--data", "data", "--trials", "4", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let calls = fs::read_to_string(folder.path().join("calls")).unwrap();
    let call = |run: &str| format!("evaluate --format json --data data --trials 4 -- {run}\n");
    assert_eq!(calls, call("a") + &call("b"));
}

#[test]
fn what_cannot_be_measured_is_said() {
    let (folder, command) = study_with_data();
    let output = compare(&command, &["a", "b", "c", "--data", "data", "--format", "csv"]);
    let (stdout, stderr) = text(&output);
    assert_eq!((output.status.code(), stdout.lines().count()), (Some(1), 1 + 3), "{stderr}");
    assert!(stderr.contains("error: c: cannot be evaluated: out of memory\n"), "{stderr}");
    // Its number of other data would pass for one of these.
    assert!(!stdout.lines().last().unwrap().contains("demo"), "{stdout}");
    fs::write(folder.path().join("b/prepared.json"), "no evaluation").unwrap();
    let output = compare(&command, &["a", "b", "--data", "data"]);
    let (_, stderr) = text(&output);
    assert!(stderr.contains("pathscope: not an evaluation: expected"), "{stderr}");
    add_run(folder.path(), "b", "skip");
    let prepared = fs::read(folder.path().join("a/evaluation.json")).unwrap();
    fs::write(folder.path().join("b/prepared.json"), prepared).unwrap();
    let (_, stderr) = text(&compare(&command, &["a", "b", "--data", "data"]));
    assert!(stderr.contains("error: b: the model changed during its evaluation"), "{stderr}");
}

#[test]
fn without_the_companion() {
    let (folder, command) = study_with_data();
    fs::remove_file(folder.path().join("pathscope-torch")).unwrap();
    let run = |models: &[&str]| {
        Command::new(&command)
            .arg("compare")
            .args(models)
            .args(["--data", "data"])
            .current_dir(folder.path())
            .env("PATH", folder.path())
            .output()
            .unwrap()
    };
    // The engine for programs takes its place; these networks have no readout.
    let output = run(&["a", "b"]);
    let (stdout, stderr) = text(&output);
    assert_eq!((output.status.code(), stdout.lines().count() > 0), (Some(1), true), "{stderr}");
    assert!(stderr.contains("b/model.safetensors: cannot be executed or exported"), "{stderr}");
}
