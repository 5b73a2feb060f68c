//! Folders of ablations by `pathscope ablate`, and `pathscope-torch retrain`.

use crate::cmd;
use crate::runs::{data_set, start, train, wait_for};
use pathscope_core::analysis::Analysis;
use pathscope_core::model::ablation::{
    AblationRecord, Init, Original, PathNormalization, RECORD, RECORD_SCHEMA,
};
use pathscope_core::model::layout::Given;
use pathscope_torch::checkpoint;
use pathscope_torch::network::Network;
use pathscope_torch::retraining::estimate_statistics;
use pathscope_torch::training::Recordings;
use std::fs;
use std::path::{Path, PathBuf};
use tch::{Device, Kind, Tensor};
use tempfile::TempDir;

/// Trains a recurrent network with paths of lengths 1, 2 and 3.
fn original(folder: &Path, name: &str, seed: &str) -> PathBuf {
    let data = folder.join("data");
    let data = if data.exists() { data } else { data_set(folder) };
    let run = folder.join(name);
    let mut arguments = train(&data, &run, &["--seed", seed, "--max-steps", "30"]);
    arguments.retain(|argument| *argument != "150");
    let place = arguments.iter().position(|argument| *argument == "--max-steps").unwrap();
    arguments.remove(place);
    let place = arguments.iter().position(|argument| *argument == "--iterations").unwrap();
    arguments[place + 1] = "3";
    cmd::run(&arguments).succeeded();
    run
}

fn record(runs: &[&Path], ablations: &[&str]) -> AblationRecord {
    let original = |run: &&Path| {
        let path = run.join("model.safetensors");
        let sha256 = pathscope_core::files::checkpoint::sha256(&path).unwrap();
        Original { name: run.file_name().unwrap().to_string_lossy().into_owned(), path, sha256 }
    };
    AblationRecord {
        schema: RECORD_SCHEMA.to_owned(),
        version: "0.1.0".to_owned(),
        normalization: PathNormalization::PerPath,
        init: Init::Scratch,
        retrain: true,
        originals: runs.iter().map(original).collect(),
        ablations: ablations.iter().map(|removed| removed.parse().unwrap()).collect(),
        data: None,
        settings: None,
    }
}

fn prepared(folder: &Path, name: &str, record: &AblationRecord) -> PathBuf {
    let place = folder.join(name);
    fs::create_dir(&place).unwrap();
    fs::write(place.join(RECORD), record.to_json()).unwrap();
    place
}

fn retrain(place: &Path) -> [&str; 4] {
    ["retrain", place.to_str().unwrap(), "--threads", "1"]
}

fn report(place: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(place.join("report.json")).unwrap()).unwrap()
}

#[test]
fn networks_are_retrained_and_compared_with_the_original() {
    let folder = TempDir::new().unwrap();
    let runs = [original(folder.path(), "a", "0"), original(folder.path(), "b", "1")];
    let record = record(&[&runs[0], &runs[1]], &["none", "1", "2-3"]);
    let place = prepared(folder.path(), "ablated", &record);
    let words = ["original", "full", "without-1", "without-2-3", "average path length", "CC_norm²"];
    cmd::assert_says(&cmd::stdout(&retrain(&place)), &words);
    let report = report(&place);
    let rows = report["rows"].as_array().unwrap();
    let of = |network: &str, field: &str| -> Vec<f64> {
        let rows = rows.iter().filter(|row| row["network"] == network);
        rows.map(|row| row[field].as_f64().unwrap()).collect()
    };
    assert_eq!(rows.len(), 8);
    // Only paths of length 1 are left.
    assert_eq!(of("without-2-3", "average_path_length"), [1.0, 1.0]);
    assert!(of("without-1", "average_path_length").iter().all(|&average| average > 2.0));
    assert!(of("full", "cc_norm2").iter().all(|&score| score > 0.05), "{rows:?}");
    // Each network begins with the initial weights of its own original.
    let settings = fs::read_to_string(place.join("b/without-1/settings.toml")).unwrap();
    assert!(settings.contains("seed = 1\n") && settings.contains("lengths-removed = \"1\"\n"), "{settings}");
    for name in ["report.csv", "ablation.svg", "distributions.svg", "a/full/evaluation.json"] {
        assert!(place.join(name).is_file(), "{name}");
    }
    let analysis =
        Analysis::of_file(&place.join("a/without-1/model.safetensors"), &Default::default()).unwrap();
    assert_eq!(analysis.ensembles[0].paths.to_u64(), Some(3));
}

#[test]
fn a_killed_retraining_ends_as_without_interruption() {
    let folder = TempDir::new().unwrap();
    let run = original(folder.path(), "run", "0");
    let record = record(&[&run], &["none", "1", "3"]);
    let whole = prepared(folder.path(), "whole", &record);
    cmd::run(&retrain(&whole)).succeeded();

    let killed = prepared(folder.path(), "killed", &record);
    // It is killed in each training, before and after its first validation.
    for file in
        ["full/settings.toml", "full/training.state", "without-1/training.state", "without-3/run.json"]
    {
        let mut child = start(&retrain(&killed));
        wait_for(&killed.join(file), &mut child);
        let _ = child.kill();
        child.wait().unwrap();
    }
    cmd::run(&retrain(&killed)).succeeded();
    for name in ["full", "without-1", "without-3"] {
        let model = |place: &Path| fs::read(place.join(name).join("model.safetensors")).unwrap();
        assert!(model(&whole) == model(&killed), "{name}");
    }
    assert_eq!(report(&whole)["rows"], report(&killed)["rows"]);
    assert_eq!(fs::read(whole.join("ablation.svg")).unwrap(), fs::read(killed.join("ablation.svg")).unwrap());
}

#[test]
fn a_failed_network_does_not_stop_the_others() {
    let folder = TempDir::new().unwrap();
    let run = original(folder.path(), "run", "0");
    let place = prepared(folder.path(), "ablated", &record(&[&run], &["none", "1", "2"]));
    // A file has the name of the folder.
    fs::write(place.join("without-1"), "").unwrap();
    let failed = cmd::run(&retrain(&place));
    assert_eq!(failed.code, Some(1));
    let words = ["without-1", "continuing with the other networks", "1 of the networks failed"];
    cmd::assert_says(&failed.stderr, &words);
    let networks = |place: &Path| -> Vec<String> {
        let report = report(place);
        let rows = report["rows"].as_array().unwrap().iter();
        rows.map(|row| row["network"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(networks(&place), ["original", "full", "without-2"]);
    fs::remove_file(place.join("without-1")).unwrap();
    cmd::run(&retrain(&place)).succeeded();
    assert_eq!(networks(&place), ["original", "full", "without-1", "without-2"]);
}

#[test]
fn folders_that_are_in_use_or_have_no_ablations_are_refused() {
    let folder = TempDir::new().unwrap();
    let run = original(folder.path(), "run", "0");
    let place = prepared(folder.path(), "ablated", &record(&[&run], &["none", "1", "2"]));
    let lock = fs::File::create(place.join(".lock")).unwrap();
    lock.try_lock().unwrap();
    cmd::refusal(&retrain(&place), 1, &["another pathscope process works in this folder"]);
    assert!(!place.join("full").exists());

    cmd::refusal(&retrain(folder.path()), 1, &["ablation.json", "pathscope ablate"]);
}

/// The memory of one network does not count against the next.
#[test]
fn a_memory_limit_holds_for_every_network_of_a_series() {
    let folder = TempDir::new().unwrap();
    let run = original(folder.path(), "run", "0");
    let place = prepared(folder.path(), "ablated", &record(&[&run], &["none", "1", "2"]));
    let said = cmd::run(&[&retrain(&place)[..], &["--memory-limit", "2GB"]].concat()).succeeded().stderr;
    assert_eq!(said.matches("all activations kept").count(), 3, "{said}");
    let few = prepared(folder.path(), "few", &record(&[&run], &["none"]));
    let small = cmd::run(&[&retrain(&few)[..], &["--memory-limit", "1MB"]].concat());
    assert_eq!(small.code, Some(1));
    cmd::assert_says(&small.stderr, &["a training step needs at least"]);
}

#[test]
fn other_data_and_other_settings_are_refused() {
    let folder = TempDir::new().unwrap();
    let run = original(folder.path(), "run", "0");
    let place = prepared(folder.path(), "ablated", &record(&[&run], &["1"]));
    cmd::run(&retrain(&place)).succeeded();
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let other = data_set(&elsewhere);
    let arguments = ["--data", other.to_str().unwrap()];
    // The same data in another folder.
    cmd::run(&[&retrain(&place)[..], &arguments].concat()).succeeded();
    fs::write(other.join("dataset.toml"), "name = \"other\"\n").unwrap();
    let refused = cmd::run(&[&retrain(&place)[..], &arguments].concat());
    assert_eq!(refused.code, Some(1));
    cmd::assert_says(&refused.stderr, &["was begun with other data or other settings"]);

    let mut record = record(&[&run], &["1"]);
    let settings = fs::read_to_string(run.join("settings.toml")).unwrap();
    let changed = folder.path().join("changed.toml");
    fs::write(&changed, settings.replace("pooling = 3", "pooling = 2")).unwrap();
    record.settings = Some(changed);
    let place = prepared(folder.path(), "changed", &record);
    cmd::refusal(&retrain(&place), 1, &["these settings do not belong to"]);
}

#[test]
fn an_original_that_has_changed_is_refused() {
    let folder = TempDir::new().unwrap();
    let (run, other) = (original(folder.path(), "run", "0"), original(folder.path(), "other", "1"));
    let place = prepared(folder.path(), "ablated", &record(&[&run], &["1"]));
    fs::copy(other.join("model.safetensors"), run.join("model.safetensors")).unwrap();
    cmd::refusal(&retrain(&place), 1, &["has changed since it was ablated"]);
}

#[test]
fn copied_weights_are_evaluated_without_training() {
    let folder = TempDir::new().unwrap();
    let run = original(folder.path(), "run", "0");
    let mut record = record(&[&run], &["none", "3"]);
    (record.init, record.retrain) = (Init::Inherit, false);
    let place = prepared(folder.path(), "ablated", &record);
    cmd::run(&retrain(&place)).succeeded();
    let open = |path: &Path| checkpoint::open(path, None, &Given::default()).unwrap().network;
    let (copied, recurrent) =
        (open(&place.join("full/model.safetensors")), open(&run.join("model.safetensors")));
    let numbers = |network: &Network, name: &str| {
        Vec::<f32>::try_from(network.weights().get(name).unwrap().reshape([-1])).unwrap()
    };
    for (of_path, of_recurrent) in [
        ("conv[2].lateral.weight", "conv[2].lateral.weight"),
        ("bn[2,3,2].weight", "bn[2,3].weight"),
        ("readout.bias", "readout.bias"),
    ] {
        assert_eq!(numbers(&copied, of_path), numbers(&recurrent, of_recurrent));
    }
    // At iteration 3, the recurrent network normalizes a sum over paths. This path is one of its terms.
    assert_ne!(numbers(&copied, "bn[2,3,2].running_var"), numbers(&recurrent, "bn[2,3].running_var"));
    // The input of the first convolution is the same.
    let (found, expected) =
        (numbers(&copied, "bn[1].running_mean"), numbers(&recurrent, "bn[1].running_mean"));
    let differences = found.iter().zip(&expected).map(|(found, expected)| (found - expected).abs());
    assert!(differences.fold(0.0, f32::max) < 0.1, "{found:?} {expected:?}");
    assert!(!place.join("full/log.jsonl").exists());

    record.retrain = true;
    let trained = prepared(folder.path(), "trained", &record);
    cmd::run(&retrain(&trained)).succeeded();
    let trained = open(&trained.join("full/model.safetensors"));
    assert_ne!(numbers(&trained, "readout.bias"), numbers(&recurrent, "readout.bias"));
}

#[test]
fn estimated_statistics_are_averages_over_batches() {
    let folder = TempDir::new().unwrap();
    let run = original(folder.path(), "run", "0");
    let network = checkpoint::open(&run.join("model.safetensors"), None, &Given::default()).unwrap().network;
    let images = Tensor::randn([7, 1, 12, 12], (Kind::Float, Device::Cpu));
    let recordings = Recordings { images: images.shallow_clone(), responses: Tensor::zeros_like(&images) };
    let network = estimate_statistics(network, &recordings, 3, Device::Cpu).unwrap();
    // Two batches of three. The seventh image does not fill a batch.
    let variance = |start: i64| images.narrow(0, start, 3).var(true).double_value(&[]);
    let found = network.weights().get("bn[input].running_var").unwrap().double_value(&[0]);
    assert!((found - (variance(0) + variance(3)) / 2.0).abs() < 1e-5);
}
