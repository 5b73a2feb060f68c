//! `pathscope compare` through the command.

mod data;
mod measures;
mod support;

use crate::cmd::Run;
use std::fs;
use support::*;

#[test]
fn checkpoints_side_by_side() {
    let nets = ["fixtures/nets/fig5.safetensors", "fixtures/nets/readouts.safetensors"];
    let (stdout, stderr) = success(&root(), &nets);
    insta::assert_snapshot!("compare-nets-text", stdout);
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("5 of 5 models have no CC_norm²: `--data DIR` measures it here"), "{stderr}");
    insta::assert_snapshot!(
        "compare-nets-csv",
        success(&root(), &[&nets[..], &["--format", "csv"]].concat()).0
    );
    let given = success(
        &root(),
        &[&nets[..], &["--readout", "no-avg", "--bn-strength", "gamma", "--format", "json"]].concat(),
    );
    let json: serde_json::Value = serde_json::from_str(&given.0).unwrap();
    let of = |index: usize| &json["models"][index];
    assert_eq!((of(0)["readout"].as_str(), of(1)["readout"].as_str()), (Some("no-avg"), Some("no-avg")));
    assert_eq!(of(0)["conventions"]["bn_strength"], "gamma");
    assert_eq!(of(1)["name"], "readouts.safetensors");
    assert!(of(2).is_null() && of(0)["cc_norm2"].is_null());
}

#[test]
fn published_models_have_the_published_average_path_length() {
    let names = ["recurrent-1block-t3-no-avg", "multipath-1block-t5-late-avg-removed-1-2"];
    let files = names.map(|name| format!("fixtures/reference/{name}/best.pth"));
    let (stdout, _) = success(&root(), &[&files[0], &files[1], "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    for (index, name) in names.into_iter().enumerate() {
        let model = &json["models"][index];
        let expected = fs::read(root().join("fixtures/reference").join(name).join("expected.json")).unwrap();
        let expected: serde_json::Value = serde_json::from_slice(&expected).unwrap();
        let average = model["average_path_length"].as_f64().unwrap();
        assert!((average - expected["average_path_length"].as_f64().unwrap()).abs() < 1e-5, "{name}");
        assert_eq!(model["name"], format!("{name}/best.pth"));
        assert_eq!(model["inputs"][0]["role"], "config");
    }
    assert_eq!(json["models"][1]["circuit"]["lengths_removed"], serde_json::json!([1, 2]));
}

#[test]
fn runs_with_their_evaluations() {
    let folder = study();
    // A folder of runs stands for its runs. A run is a single model, whatever else its folder has.
    fs::copy(
        root().join("fixtures/nets/skip.safetensors"),
        folder.path().join("recurrent/a/other.safetensors"),
    )
    .unwrap();
    let (stdout, stderr) = success(folder.path(), &["recurrent", "multi/b/", "--out", "results"]);
    assert_eq!(stderr, "results are in results\n");
    insta::assert_snapshot!("compare-runs-text", stdout);
    let read = |name: &str| fs::read_to_string(folder.path().join("results").join(name)).unwrap();
    insta::assert_snapshot!("compare-runs-json", read("comparison.json"));
    insta::assert_snapshot!("compare-runs-csv", read("comparison.csv"));
    insta::assert_snapshot!("compare-distributions-csv", read("distributions.csv"));
    assert!(read("distributions.svg").contains("\naverage 2.40\n"));
    let mut written: Vec<_> = fs::read_dir(folder.path().join("results"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    written.sort();
    assert_eq!(written, ["comparison.csv", "comparison.json", "distributions.csv", "distributions.svg"]);
    // A pattern gives the same models.
    let again = success(folder.path(), &["recurrent/*", "multi/b", "--quiet"]);
    assert_eq!(again, (stdout, String::new()));
}

#[test]
fn pairs_of_runs() {
    let folder = study();
    let arguments = ["recurrent", "--with", "multi"];
    let (stdout, stderr) = success(folder.path(), &[&arguments[..], &["--out", "results"]].concat());
    assert_eq!(stderr, "results are in results\n");
    insta::assert_snapshot!("compare-pairs-text", stdout);
    let read = |name: &str| fs::read_to_string(folder.path().join("results").join(name)).unwrap();
    insta::assert_snapshot!("compare-pairs-csv", read("comparison.csv"));
    let json: serde_json::Value = serde_json::from_str(&read("comparison.json")).unwrap();
    assert_eq!(json["pairs"]["pairs"], 3);
    // (0.5 - 0.5) + (0.5 - 0.375) + (0.125 - 0.25) = 0
    assert_eq!(json["pairs"]["cc_norm2"]["mean_difference"], 0.0);
    assert!(read("average-path-length.svg").contains("average path length, n = 3, r = "));
    assert!(read("cc-norm2.svg").contains("CC_norm², n = 3, r = 0.866"));
    // Equal input gives equal bytes.
    success(folder.path(), &[&arguments[..], &["--out", "again"]].concat());
    for name in ["comparison.json", "average-path-length.svg", "cc-norm2.svg", "distributions.svg"] {
        assert_eq!(fs::read_to_string(folder.path().join("again").join(name)).unwrap(), read(name), "{name}");
    }
}

#[test]
fn pairs_are_compared_by_the_chosen_scores() {
    let folder = study();
    let arguments =
        ["recurrent", "--with", "multi", "--score", "cc-raw2", "--score", "r2-er", "--out", "results"];
    let (stdout, stderr) = success(folder.path(), &arguments);
    assert!(stdout.contains("CC_raw²: 3 pairs, no Pearson's r of equal numbers"), "{stdout}");
    assert!(stdout.contains("r²_ER: 0 of 3 pairs") && !stdout.contains("CC_norm²:"), "{stdout}");
    assert!(stderr.contains("warning: 6 of 6 evaluated models have no r²_ER"), "{stderr}");
    let read = |name: &str| fs::read_to_string(folder.path().join("results").join(name)).unwrap();
    assert!(read("cc-raw2.svg").contains("CC_raw², n = 3"));
    assert!(read("comparison.csv").lines().next().unwrap().ends_with(",r2_er"));
    let json: serde_json::Value = serde_json::from_str(&read("comparison.json")).unwrap();
    assert_eq!(json["pairs"]["scores"]["cc-raw2"]["mean_difference"], 0.0);
    assert_eq!(json["chosen"], serde_json::json!(["cc-raw2", "r2-er"]));
    for name in ["r2-er.svg", "cc-norm2.svg"] {
        assert!(!folder.path().join("results").join(name).exists(), "{name}");
    }
}

#[test]
fn a_figure_of_scores_needs_all_of_them() {
    let folder = study();
    fs::remove_file(folder.path().join("multi/b/evaluation.json")).unwrap();
    let arguments = ["recurrent", "--with", "multi", "--out", "results"];
    let (stdout, stderr) = success(folder.path(), &arguments);
    assert!(stdout.contains("CC_norm²: 2 of 3 pairs, too few pairs for Pearson's r"), "{stdout}");
    assert!(
        stderr.contains("1 of 6 models have no CC_norm²") && stderr.contains("cc-norm2.svg is left out"),
        "{stderr}"
    );
    assert!(!folder.path().join("results/cc-norm2.svg").exists());
    assert!(folder.path().join("results/average-path-length.svg").is_file());
}

#[test]
fn stale_evaluations_cause_a_warning_and_are_not_used() {
    let folder = study();
    add_run(folder.path(), "recurrent/a", "held-block");
    let (stdout, stderr) = success(folder.path(), &["recurrent", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert!(json["models"][0]["cc_norm2"].is_null());
    assert_eq!(json["models"][1]["cc_norm2"], 0.375);
    assert!(stderr.contains("warning: recurrent/a/evaluation.json: is of another model"), "{stderr}");
    assert!(stderr.contains("`pathscope evaluate recurrent/a --data DIR --out recurrent/a`"), "{stderr}");
}

#[test]
fn invalid_comparisons() {
    let folder = study();
    let one = run_in(folder.path(), &["recurrent/a"]).refused(2, &[]);
    assert!(one.contains("a comparison needs at least two models"), "{one}");
    let unpaired = run_in(folder.path(), &["recurrent", "--with", "multi/a"]).refused(2, &[]);
    assert!(unpaired.contains("3 models before --with and 1 model after it cannot be paired"), "{unpaired}");
    add_run(folder.path(), "all-modes", "readouts");
    let modes = run_in(folder.path(), &["recurrent/a", "--with", "all-modes"]).refused(1, &[]);
    assert!(
        modes.contains("all-modes/model.safetensors: names no readout mode") && modes.contains("--readout")
    );
    let no_data = run_in(folder.path(), &["recurrent", "--data", "multi"]).refused(1, &[]);
    assert!(no_data.contains("multi: not the folder of a data set"), "{no_data}");
    let layout =
        run_in(folder.path(), &["recurrent", "--data", "multi", "--layout", "a.toml"]).refused(2, &[]);
    assert!(layout.contains("cannot be used with"), "{layout}");
}

#[test]
fn a_bad_model_does_not_stop_the_rest_unless_they_are_pairs() {
    let folder = study();
    fs::write(folder.path().join("recurrent/b/model.safetensors"), "no network").unwrap();
    let Run { code, stdout, stderr } = run_in(folder.path(), &["recurrent", "--format", "csv"]);
    assert_eq!((code, stdout.lines().count()), (Some(1), 1 + 2));
    assert!(
        stderr.contains("error: recurrent/b/model.safetensors: ") && stderr.contains("1 of 3 models"),
        "{stderr}"
    );
    let pairs = run_in(folder.path(), &["recurrent", "--with", "multi"]).refused(1, &[]);
    assert!(pairs.starts_with("error: recurrent/b/model.safetensors: "), "{pairs}");
    fs::write(folder.path().join("bad.pth"), "no network").unwrap();
    let all = run_in(folder.path(), &["bad.pth", "recurrent/b"]).refused(1, &[]);
    assert!(all.contains("2 of 2 models could not be analyzed"), "{all}");
}
