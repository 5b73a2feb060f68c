//! Models that fail, and the messages about them.

use super::support::*;
use crate::cmd::Run;
use std::fs;

#[test]
fn failures_are_recorded_and_tried_again_when_asked() {
    let place = Workplace::new(3);
    fs::write(place.path("fail"), "").unwrap();
    let Run { code, stderr, .. } = place.run(&[]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("0 models finished now, 0 before, 3 failed"), "{stderr}");
    assert!(stderr.contains("seed 1: the loss is NaN at step 3"), "{stderr}");
    assert!(stderr.contains("--retry-failed retries them"), "{stderr}");
    fs::remove_file(place.path("fail")).unwrap();
    // Skipped, and still not finished.
    let output = place.run(&[]);
    assert_eq!(output.code, Some(1));
    assert_eq!(place.lines("calls").len(), 3);

    let (stdout, _) = place.success(&["status", "sweep"]);
    insta::assert_snapshot!(stdout);
    let (stdout, _) = place.success(&["status", "sweep", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["schema"], "pathscope/sweep-status/1");
    assert_eq!(json["counts"][0]["failed"], 3);
    assert_eq!(json["models"][0]["error"], "the loss is NaN at step 3");
    assert_eq!(json["models"][0]["attempts"], 1);
    let (stdout, _) = place.success(&["collect", "sweep", "--format", "csv"]);
    assert_eq!(stdout.matches(",failed,the loss is NaN at step 3,").count(), 3, "{stdout}");

    let output = place.run(&["--retry-failed"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert_eq!(place.finished().len(), 3);
    let (stdout, _) = place.success(&["status", "sweep", "--format", "csv"]);
    assert_eq!(stdout.matches(",finished,false,,").count(), 3, "{stdout}");
}

#[test]
fn a_killed_training_is_a_failure_with_a_remedy() {
    let place = Workplace::new(1);
    fs::write(place.path("die"), "").unwrap();
    let Run { stderr, .. } = place.run(&[]);
    assert!(stderr.contains("ended by signal 9 (if it ran out of memory, give --memory-limit"), "{stderr}");
}

#[test]
fn broken_models_are_listed_and_never_counted() {
    let place = Workplace::new(5);
    place.run(&[]).succeeded();
    let models: Vec<String> = place.finished().into_keys().collect();
    let file = |model: usize, name: &str| place.path("sweep/models").join(&models[model]).join(name);
    fs::write(file(0, "evaluation.json"), "{").unwrap();
    // Not the network that was evaluated, in a document without a checksum.
    let analysis = fs::read_to_string(file(1, "analysis.json")).unwrap();
    let analysis = format!("{}\n}}\n", analysis.split_once(",\n  \"checksum\"").unwrap().0);
    let begins = analysis.find("\"sha256\": \"").unwrap() + 11;
    fs::write(file(1, "analysis.json"), format!("{}00{}", &analysis[..begins], &analysis[begins + 2..]))
        .unwrap();
    let settings = fs::read_to_string(file(2, "settings.toml")).unwrap();
    fs::write(file(2, "settings.toml"), settings.replace("iterations = 3", "iterations = 4")).unwrap();

    let analysis = fs::read_to_string(file(4, "analysis.json")).unwrap();
    fs::write(
        file(4, "analysis.json"),
        analysis.replace("\"average_path_length\": ", "\"average_path_length\": 1"),
    )
    .unwrap();

    let (stdout, _) = place.success(&["collect", "sweep", "--out", "results.parquet", "--format", "csv"]);
    let rows: Vec<&str> = stdout.lines().skip(1).collect();
    assert_eq!(rows.len(), 5);
    let row = |model: usize| *rows.iter().find(|row| row.contains(&models[model])).unwrap();
    assert!(row(0).contains(",broken,") && row(0).contains("not an evaluation"), "{}", row(0));
    assert!(row(1).contains("evaluation.json and analysis.json belong to different networks"), "{}", row(1));
    assert!(row(2).contains("belongs to the model"), "{}", row(2));
    assert!(row(3).contains(",finished,"), "{}", row(3));
    assert!(row(4).contains(",broken,") && row(4).contains("was altered"), "{}", row(4));
    let (stdout, stderr) = place.success(&["collect", "sweep"]);
    assert!(stdout.contains("without results\n"), "{stdout}");
    assert_eq!(stderr, "");
    let results = pathscope::study::results::read_results(&[place.path("results.parquet")]).unwrap();
    let scores: Vec<f64> = results.rows.iter().filter_map(|row| row.cc_norm2).collect();
    assert_eq!(scores, [0.5]);
}
