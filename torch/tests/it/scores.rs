//! Scores of a network that is known to be the true one.

use crate::cmd::{refusal, run};
use ndarray::{Ix3, s};
use pathscope_core::data::evaluation::Evaluation;
use pathscope_core::data::synth::{Settings, synthesize};
use pathscope_core::files::arrays::{npy_bytes, read_npy};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Returns a data set with a given number of trials for each image, at most twelve, and the network that
/// simulated it.
fn data_set(folder: &Path, count: impl Fn(usize) -> usize) -> (PathBuf, PathBuf) {
    let folder = folder.join("data");
    let settings = Settings {
        images: 400,
        size: 16,
        neurons: 6,
        channels: 4,
        trials: 12,
        mean_count: 1.5,
        ..Settings::default()
    };
    synthesize(&settings, &folder, &|| ()).unwrap();
    let path = folder.join("responses.npy");
    let mut responses = read_npy(&path).unwrap().0.to_f32().into_dimensionality::<Ix3>().unwrap();
    for (image, mut trials) in responses.outer_iter_mut().enumerate() {
        trials.slice_mut(s![count(image).., ..]).fill(f32::NAN);
    }
    fs::write(path, npy_bytes(&responses)).unwrap();
    let truth = folder.join("truth.safetensors");
    (folder, truth)
}

/// Returns the evaluation of a network and the warnings.
fn evaluate(model: &Path, data: &Path, more: &[&str]) -> (Evaluation, String) {
    let paths = ["evaluate", model.to_str().unwrap(), "--data", data.to_str().unwrap(), "--format", "json"];
    let run = run(&[&paths[..], more].concat()).succeeded();
    (Evaluation::from_json(run.stdout.as_bytes(), model).unwrap(), run.stderr)
}

#[test]
fn the_true_network_explains_all_explainable_variance() {
    for (name, count) in [
        ("unequal", (|image| 2 + image % 11) as fn(usize) -> usize),
        ("one or twelve", |image| if image % 3 == 0 { 12 } else { 1 }),
    ] {
        let folder = TempDir::new().unwrap();
        let (data, truth) = data_set(folder.path(), count);
        let (evaluation, warnings) = evaluate(&truth, &data, &["--split", "all"]);
        let mean = evaluation.scores.mean_cc_norm2.unwrap();
        assert!((mean - 1.0).abs() < 0.06, "{name}: {mean}");
        let trials = evaluation.trials.unwrap();
        assert_eq!(trials.formula, pathscope_core::data::FormulaUse::UnequalTrials, "{name}");
        let left_out = "266 of the 400 images have a single trial and are left out";
        assert_eq!(warnings.contains(left_out), name == "one or twelve", "{warnings}");

        let (first, warnings) = evaluate(&truth, &data, &["--split", "all", "--trials", "4"]);
        let mean = first.scores.mean_cc_norm2.unwrap();
        assert!((mean - 1.0).abs() < 0.08, "{name}: {mean}");
        assert_eq!(first.trials.unwrap().first, Some(4));
        assert!(warnings.contains("have fewer than 4 trials and are left out"), "{warnings}");
    }
}

#[test]
fn averages_without_trials_are_reported_as_such() {
    let folder = TempDir::new().unwrap();
    let (data, truth) = data_set(folder.path(), |_| 1);
    let (evaluation, warnings) = evaluate(&truth, &data, &[]);
    assert_eq!(evaluation.scores.without_ceiling, 6);
    assert!(
        warnings.contains("6 of 6 neurons have no CC_max: there is one response to each image"),
        "{warnings}"
    );
    let paths = ["evaluate", truth.to_str().unwrap(), "--data", data.to_str().unwrap()];
    let words = "--trials 3, but no image has more than 1 trial";
    refusal(&[&paths[..], &["--trials", "3"]].concat(), 1, &[words]);
}
