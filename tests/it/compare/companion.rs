//! `pathscope compare --data` with a companion that records its calls, and evaluates a run by printing a
//! prepared file of the run.

use super::support::*;
use crate::alone::{Alone, write_script};
use crate::cmd::{Run, assert_says};
use pathscope_core::files::checkpoint::sha256;
use std::collections::BTreeMap;
use std::fs;

const COMPANION: &str = "#!/bin/sh
echo \"$@\" >> calls
for model; do :; done
test -e \"$model/prepared.json\" || { echo 'error: out of memory' >&2; exit 1; }
echo 'warning: one neuron has no CC_max' >&2
cat \"$model/prepared.json\"
";

/// Returns a folder of runs (the second is not evaluated), a data set, and the command beside a companion.
fn study_with_data() -> Alone {
    let alone = Alone::new();
    let path = alone.folder();
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
    write_script(&alone.path("pathscope-torch"), COMPANION);
    alone
}

fn compare(alone: &Alone, arguments: &[&str]) -> Run {
    Run::of(&mut alone.command(&[&["compare"], arguments].concat()))
}

#[test]
fn unevaluated_runs_are_evaluated() {
    let alone = study_with_data();
    let arguments = ["a", "b", "--data", "data", "--activation", "relu", "--format", "json"];
    let Run { stdout, stderr, .. } = compare(&alone, &arguments).succeeded();
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["models"][1]["cc_norm2"], 0.5);
    assert_eq!(json["models"][1]["measured"]["neurons"], NEURONS);
    assert_eq!(stderr, "warning: b: one neuron has no CC_max\n");
    let calls = fs::read_to_string(alone.path("calls")).unwrap();
    assert_eq!(calls, "evaluate --format json --data data --activation relu -- b\n");
}

#[test]
fn runs_evaluated_with_other_trials_are_evaluated_again() {
    let alone = study_with_data();
    fs::copy(alone.path("a/evaluation.json"), alone.path("a/prepared.json")).unwrap();
    compare(&alone, &["a", "b", "--data", "data", "--trials", "4", "--format", "json"]).succeeded();
    let calls = fs::read_to_string(alone.path("calls")).unwrap();
    let call = |run: &str| format!("evaluate --format json --data data --trials 4 -- {run}\n");
    assert_eq!(calls, call("a") + &call("b"));
}

#[test]
fn runs_that_cannot_be_evaluated_are_reported() {
    let alone = study_with_data();
    let Run { code, stdout, stderr } = compare(&alone, &["a", "b", "c", "--data", "data", "--format", "csv"]);
    assert_eq!((code, stdout.lines().count()), (Some(1), 1 + 3), "{stderr}");
    assert!(stderr.contains("error: c: cannot be evaluated: out of memory\n"), "{stderr}");
    // A score for other data would pass for one of these.
    assert!(!stdout.lines().last().unwrap().contains("demo"), "{stdout}");
    fs::write(alone.path("b/prepared.json"), "no evaluation").unwrap();
    let stderr = compare(&alone, &["a", "b", "--data", "data"]).stderr;
    assert_says(&stderr, &["pathscope: not an evaluation: expected"]);
    add_run(alone.folder(), "b", "skip");
    let prepared = fs::read(alone.path("a/evaluation.json")).unwrap();
    fs::write(alone.path("b/prepared.json"), prepared).unwrap();
    let stderr = compare(&alone, &["a", "b", "--data", "data"]).stderr;
    assert_says(&stderr, &["error: b: the model changed during its evaluation"]);
}

#[test]
fn without_the_companion() {
    let alone = study_with_data();
    fs::remove_file(alone.path("pathscope-torch")).unwrap();
    // The engine for programs takes its place, but these networks have no readout.
    let Run { code, stdout, stderr } = alone.run(&["compare", "a", "b", "--data", "data"]);
    assert_eq!((code, stdout.lines().count() > 0), (Some(1), true), "{stderr}");
    assert!(stderr.contains("b/model.safetensors: cannot be executed or exported"), "{stderr}");
}
