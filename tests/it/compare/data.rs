//! `pathscope compare --data`, which evaluates models without an evaluation on the data.

use super::support::add_run;
use crate::alone::Alone;
use crate::cmd::{Run, assert_says};
use crate::common::fixture;
use ndarray::{Array3, Array4};
use pathscope_core::data::evaluation::Evaluation;
use pathscope_core::data::scores::Score;
use pathscope_core::data::synth::{Settings, synthesize};
use pathscope_core::files::arrays::npy_bytes;
use std::fs;
use std::path::Path;

/// Makes two runs, `a` and `b`, and simulated recordings of the first.
fn study() -> Alone {
    let alone = Alone::new();
    let settings = Settings { images: 100, size: 16, neurons: 4, channels: 4, ..Settings::default() };
    for (run, data, seed) in [("a", "data", 0), ("b", "other-data", 1)] {
        synthesize(&Settings { seed, ..settings.clone() }, &alone.path(data), &|| ()).unwrap();
        fs::create_dir(alone.path(run)).unwrap();
        let network = alone.path(data).join("truth.safetensors");
        fs::copy(network, alone.path(run).join("model.safetensors")).unwrap();
    }
    alone
}

/// Returns what `evaluate` prints of a model.
fn evaluated(alone: &Alone, model: &str, more: &[&str]) -> Evaluation {
    let arguments = ["evaluate", model, "--data", "data", "--format", "json"];
    let stdout = alone.run(&[&arguments[..], more].concat()).succeeded().stdout;
    Evaluation::from_json(stdout.as_bytes(), Path::new("said")).unwrap()
}

/// Returns the models of a comparison.
fn compared(stdout: &str) -> Vec<serde_json::Value> {
    let json: serde_json::Value = serde_json::from_str(stdout).unwrap();
    json["models"].as_array().unwrap().clone()
}

#[test]
fn models_are_compared_by_any_score() {
    let alone = study();
    let arguments = ["compare", "a", "b", "--data", "data", "--score", "r2-er"];
    let text = alone.run(&arguments).succeeded().stdout;
    assert!(text.contains("r²_ER") && !text.contains("CC_norm²"), "{text}");
    assert_says(&text, &["scores: means over the neurons that have them, of 4 neurons, 20 images of"]);
    let json = alone.run(&[&arguments[..], &["--format", "json"]].concat()).succeeded().stdout;
    for (model, run) in compared(&json).iter().zip(["a", "b"]) {
        let expected = evaluated(&alone, run, &[]).mean(Score::R2Er);
        assert!(expected.is_some());
        assert_eq!(model["scores"]["r2-er"]["mean"].as_f64(), expected);
    }
}

#[track_caller]
fn assert_same(model: &serde_json::Value, evaluation: &Evaluation) {
    let scores = &evaluation.scores;
    assert_eq!(model["cc_norm2"].as_f64(), scores.mean_cc_norm2);
    assert_eq!(model["cc_norm2_median"].as_f64(), scores.median_cc_norm2);
    assert_eq!(model["measured"]["cc_raw2"].as_f64(), Some(scores.mean_cc_raw2));
    let settings = serde_json::to_value(&evaluation.settings).unwrap();
    assert_eq!(model["measured"]["settings"], settings);
}

#[test]
fn scores_are_those_of_evaluate() {
    let alone = study();
    for more in [&[][..], &["--trials", "4"]] {
        let arguments = ["compare", "a", "b", "--data", "data", "--format", "json"];
        let Run { stdout, stderr, .. } = alone.run(&[&arguments[..], more].concat()).succeeded();
        let models = compared(&stdout);
        for (model, run) in models.iter().zip(["a", "b"]) {
            let evaluation = evaluated(&alone, run, more);
            assert!(evaluation.scores.mean_cc_norm2.is_some());
            assert_same(model, &evaluation);
            for warning in evaluation.warnings() {
                assert_says(&stderr, &[&format!("warning: {run}: {warning}\n")]);
            }
        }
        assert_ne!(models[0]["cc_norm2"], models[1]["cc_norm2"]);
    }
}

#[test]
fn programs_are_evaluated_too() {
    let alone = Alone::new();
    let model = fixture("programs/conv-gru/model.pt2");
    for name in ["a.pt2", "b.pt2"] {
        fs::copy(&model, alone.path(name)).unwrap();
    }
    let images =
        pathscope_core::files::arrays::read_npy(&model.with_file_name("images.npy")).unwrap().0.to_f64();
    let shape = images.shape();
    let size = [20, shape[1], shape[2], shape[3]];
    let pixel = |index: usize| ((index * 7919) % 1009) as f32 / 1009.0;
    let pixels = Array4::from_shape_vec(size, (0..size.iter().product()).map(pixel).collect()).unwrap();
    let responses = Array3::from_shape_fn((20, 3, 5), |(image, trial, unit)| {
        1.0 + pixel(image * 5 + unit) + 0.1 * pixel(image + 31 * trial)
    });
    fs::create_dir(alone.path("data")).unwrap();
    fs::write(alone.path("data/images.npy"), npy_bytes(&pixels)).unwrap();
    fs::write(alone.path("data/responses.npy"), npy_bytes(&responses)).unwrap();
    fs::write(alone.path("data/dataset.toml"), "name = \"noise\"\n").unwrap();
    let arguments = ["compare", "a.pt2", "b.pt2", "--data", "data", "--format", "json"];
    let stdout = alone.run(&arguments).succeeded().stdout;
    assert_same(&compared(&stdout)[1], &evaluated(&alone, "b.pt2", &[]));
}

#[test]
fn runs_evaluated_on_other_data_or_trials_are_evaluated_again() {
    let alone = study();
    let mut evaluation = super::support::evaluation(&alone.path("a/model.safetensors"), 3, 0.25);
    evaluation.dataset = evaluated(&alone, "a", &[]).dataset;
    fs::write(alone.path("a/evaluation.json"), serde_json::to_string(&evaluation).unwrap()).unwrap();
    let compare = |data: &str, more: &[&str]| {
        let arguments = ["compare", "a", "b", "--data", data, "--format", "json"];
        let stdout = alone.run(&[&arguments[..], more].concat()).succeeded().stdout;
        compared(&stdout)[0]["cc_norm2"].as_f64().unwrap()
    };
    assert_eq!(compare("data", &[]), 0.25);
    assert_ne!(compare("data", &["--trials", "4"]), 0.25);
    assert_ne!(compare("other-data", &[]), 0.25);
}

#[test]
fn runs_that_cannot_be_evaluated_are_reported() {
    let alone = study();
    // It has no readout.
    let model = add_run(alone.folder(), "c", "top-down");
    let evaluation = super::support::evaluation(&model, 2, 0.5);
    fs::write(alone.path("c/evaluation.json"), serde_json::to_string(&evaluation).unwrap()).unwrap();
    let Run { code, stdout, stderr } =
        alone.run(&["compare", "a", "b", "c", "--data", "data", "--format", "csv"]);
    assert_eq!((code, stdout.lines().count()), (Some(1), 1 + 3), "{stderr}");
    assert_says(&stderr, &["error: c/model.safetensors: cannot be executed or exported"]);
    // A score for other data would pass for one of these.
    assert!(!stdout.lines().last().unwrap().contains("demo"), "{stdout}");
    let settings = Settings { images: 60, size: 16, neurons: 3, ..Settings::default() };
    synthesize(&settings, &alone.path("three"), &|| ()).unwrap();
    let Run { code, stderr, .. } = alone.run(&["compare", "a", "b", "--data", "three"]);
    assert_eq!(code, Some(1));
    for run in ["a", "b"] {
        let error = format!(
            "error: {run}: cannot be evaluated: the network predicts 4 neurons, but the data set has 3\n"
        );
        assert_says(&stderr, &[&error]);
    }
}
