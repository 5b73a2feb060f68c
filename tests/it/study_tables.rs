//! `pathscope table`, as its users call it.

use std::fs;
use std::process::{Command, Output};

const STUDY: &str = "fixtures/results/study.csv";

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pathscope"))
        .arg("table")
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

#[track_caller]
fn stdout(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What the command says when it fails; it must not panic or print a result.
#[track_caller]
fn refusal(arguments: &[&str], status: i32, parts: &[&str]) {
    let output = run(arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {message}");
    assert!(output.stdout.is_empty() && !message.contains("panicked"), "{message}");
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
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
fn json_says_from_what_and_how() {
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
    assert!(output.status.success() && output.stdout.is_empty());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("warning: 3 models that are not finished left out\n"), "{message}");
    assert_eq!(fs::read_to_string(&place).unwrap(), stdout(&arguments));
    // What goes wrong leaves what was there.
    refusal(
        &["1", "--results", "nowhere.csv", "--out", place.to_str().unwrap()],
        1,
        &["nowhere.csv: cannot be read"],
    );
    assert_eq!(fs::read_to_string(&place).unwrap(), stdout(&arguments));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn wrong_usage_and_wrong_results() {
    refusal(&["2", "--results", STUDY], 2, &["1, 3, correlations"]);
    refusal(&["1", "--results", STUDY, "--confidence", "95"], 2, &["between 0 and 1, such as 0.95"]);
    refusal(&["1", "--results", STUDY, "--train-fraction", "0.5"], 2, &["is for `table correlations`"]);
    refusal(&["1", "--results", STUDY, "--dataset", "ns225"], 1, &["did you mean ns2250?"]);
    refusal(
        &["1", "--results", STUDY, STUDY, "--split-seed", "9"],
        1,
        &["no model of ns2250 has the split seed 9"],
    );
    refusal(&["1", "--results", STUDY, "--out", "src"], 1, &["there is a folder of that name"]);
}
