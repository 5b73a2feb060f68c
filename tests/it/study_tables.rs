//! `pathscope table` through the command.

use crate::cmd::{self, Run, assert_says};
use std::fs;

const STUDY: &str = "fixtures/results/study.csv";

fn run(arguments: &[&str]) -> Run {
    cmd::run(&[&["table"], arguments].concat())
}

#[track_caller]
fn stdout(arguments: &[&str]) -> String {
    run(arguments).succeeded().stdout
}

/// The numbers are those of `fixtures/README.md`.
#[test]
fn tables_as_text() {
    insta::assert_snapshot!("table-1", stdout(&["1", "--results", STUDY]));
    insta::assert_snapshot!("table-3", stdout(&["3", "--results", STUDY]));
    let split = ["3", "--results", STUDY, "--split-seed", "1", "--metric", "cc-raw2", "--bootstrap", "0"];
    insta::assert_snapshot!("table-3-second-split", stdout(&split));
    let correlations = ["correlations", "--results", STUDY, "--bootstrap", "1000", "--dataset", "imagenet8k"];
    insta::assert_snapshot!("correlations", stdout(&correlations));
}

#[test]
fn tables_as_csv() {
    let gain = stdout(&["1", "--results", STUDY, "--format", "csv", "--bootstrap", "1000"]);
    let head = gain.lines().next().unwrap();
    assert!(head.starts_with("dataset,split_seed,metric,train_fraction,train_images,"), "{head}");
    assert_eq!(gain.lines().count(), 4);
    assert!(gain.contains("\nns2250,0,cc-norm2,0.5,700,4,0.4,0.385,0.415,late-avg,7,4,0.45,"), "{gain}");
    let few = ["correlations", "--results", STUDY, "--format", "csv", "--bootstrap", "0"];
    let correlations = stdout(&few);
    // Thirty subsets with six correlations each.
    assert_eq!(correlations.lines().count(), 1 + 30 * 6);
    assert!(correlations.contains(",partial,diversity_nats,average_path_length,"), "{correlations}");
}

#[test]
fn json_records_sources_and_settings() {
    let arguments =
        ["correlations", "--results", STUDY, "--format", "json", "--bootstrap", "100", "--seed", "7"];
    let text = stdout(&arguments);
    assert_eq!(text, stdout(&arguments), "the same seed gives the same bytes");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["schema"], "pathscope/correlations/1");
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
    let sha256 = pathscope_core::files::checkpoint::sha256(STUDY.as_ref()).unwrap();
    assert_eq!((&json["results"][0]["path"], &json["results"][0]["sha256"]), (&STUDY.into(), &sha256.into()));
    assert_eq!(json["bootstrap"], serde_json::json!({"resamples": 100, "confidence": 0.95, "seed": 7}));
    assert_eq!(json["subsets"].as_array().unwrap().len(), 30);
    assert_eq!(json["subsets"][0]["resampled"], "configurations");
    assert_eq!(json["notes"][0], "3 models that are not finished left out");
}

#[test]
fn a_file_instead_of_stdout() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("table.txt");
    let arguments = ["1", "--results", STUDY, "--bootstrap", "100"];
    let output = run(&[&arguments[..], &["--out", place.to_str().unwrap()]].concat());
    assert_eq!((output.code, output.stdout.as_str()), (Some(0), ""), "{}", output.stderr);
    assert_says(&output.stderr, &["warning: 3 models that are not finished left out\n"]);
    assert_eq!(fs::read_to_string(&place).unwrap(), stdout(&arguments));
    // A failure leaves the existing file unchanged.
    run(&["1", "--results", "nowhere.csv", "--out", place.to_str().unwrap()])
        .refused(1, &["nowhere.csv: cannot be read"]);
    assert_eq!(fs::read_to_string(&place).unwrap(), stdout(&arguments));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn wrong_usage_and_wrong_results() {
    run(&["2", "--results", STUDY]).refused(2, &["1, 3, correlations"]);
    run(&["1", "--results", STUDY, "--confidence", "95"]).refused(2, &["between 0 and 1, such as 0.95"]);
    run(&["1", "--results", STUDY, "--train-fraction", "0.5"]).refused(2, &["is for `table correlations`"]);
    run(&["1", "--results", STUDY, "--measure", "strength"]).refused(2, &["is for `table correlations`"]);
    let by_contribution = ["correlations", "--results", STUDY, "--measure", "contribution"];
    run(&by_contribution).refused(1, &["set `contributions = true` in the study", "or leave --measure out"]);
    run(&["1", "--results", STUDY, "--dataset", "ns225"]).refused(1, &["did you mean ns2250?"]);
    run(&["1", "--results", STUDY, STUDY, "--split-seed", "9"])
        .refused(1, &["no model of ns2250 has the split seed 9"]);
    run(&["1", "--results", STUDY, "--out", "src"]).refused(1, &["there is a folder of that name"]);
}
