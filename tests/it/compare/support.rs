//! Runs of the command, and folders of runs to compare.

use crate::cmd::{Run, command};
use pathscope_core::data::evaluation::{
    EvaluatedData, EvaluatedModel, EvaluatedPart, Evaluation, EvaluationSettings, NeuronScore, SCHEMA, Scores,
};
use pathscope_core::data::{FormulaUse, TrialUse};
use pathscope_core::files::checkpoint::sha256;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Runs the command in a folder, so that outputs do not depend on the machine.
pub fn run_in(folder: &Path, arguments: &[&str]) -> Run {
    Run::of(command(&["compare"]).args(arguments).current_dir(folder))
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Returns stdout and stderr of the command, which must succeed.
#[track_caller]
pub fn success(folder: &Path, arguments: &[&str]) -> (String, String) {
    let Run { stdout, stderr, .. } = run_in(folder, arguments).succeeded();
    (stdout, stderr)
}

pub const NEURONS: usize = 5;

/// Returns an evaluation of a checkpoint at T = `iterations`, in which all neurons have this CC_norm², except
/// the last one, which has no ceiling.
pub fn evaluation(model: &Path, iterations: usize, cc_norm2: f64) -> Evaluation {
    let score = |neuron: usize| NeuronScore {
        neuron,
        cc_raw: 0.5,
        cc_max: (neuron + 1 < NEURONS).then_some(0.5 / cc_norm2.sqrt()),
        cc_norm2: (neuron + 1 < NEURONS).then_some(cc_norm2),
    };
    Evaluation {
        schema: SCHEMA.to_owned(),
        generator: "a test".to_owned(),
        model: EvaluatedModel { path: model.display().to_string(), sha256: sha256(model).unwrap() },
        dataset: EvaluatedData { name: "demo".to_owned(), sha256: BTreeMap::new() },
        settings: EvaluationSettings {
            iterations: Some(iterations),
            split: EvaluatedPart::Test,
            split_seed: 0,
            images: 60,
            crop: 0,
            downsample: 1,
        },
        trials: Some(TrialUse {
            first: None,
            formula: FormulaUse::EqualTrials,
            fewest: 8,
            most: 8,
            ceiling_images: 300,
            scored_images: 60,
            neurons_with_few_images: 0,
            noise_ratio: Some(1.0),
        }),
        pixels: None,
        choice: None,
        all_scores: None,
        scores: Scores {
            neurons: NEURONS,
            without_ceiling: 1,
            mean_cc_raw: 0.5,
            mean_cc_raw2: 0.25,
            mean_cc_max: Some(0.5 / cc_norm2.sqrt()),
            mean_cc_norm2: Some(cc_norm2),
            median_cc_norm2: Some(cc_norm2),
            by_neuron: (0..NEURONS).map(score).collect(),
        },
    }
}

/// Adds a run of this name whose network is one of the nets.
pub fn add_run(folder: &Path, name: &str, net: &str) -> PathBuf {
    let run = folder.join(name);
    fs::create_dir_all(&run).unwrap();
    let model = run.join("model.safetensors");
    fs::copy(root().join("fixtures/nets").join(net).with_extension("safetensors"), &model).unwrap();
    model
}

fn add_evaluated(folder: &Path, name: &str, net: &str, iterations: usize, cc_norm2: f64) {
    let model = add_run(folder, name, net);
    let evaluation = evaluation(&model, iterations, cc_norm2);
    let json = serde_json::to_string_pretty(&evaluation).unwrap();
    fs::write(model.with_file_name("evaluation.json"), json).unwrap();
}

/// Makes three recurrent runs, one without an evaluation, and three others to pair with them.
pub fn study() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for (name, net, iterations, cc_norm2) in [
        ("recurrent/a", "fig5", 3, 0.5),
        ("recurrent/b", "two-blocks", 2, 0.375),
        ("recurrent/c", "top-down", 2, 0.25),
        ("multi/a", "multi-path", 2, 0.5),
        ("multi/b", "ablated", 3, 0.5),
        ("multi/c", "skip", 2, 0.125),
    ] {
        add_evaluated(path, name, net, iterations, cc_norm2);
    }
    folder
}
