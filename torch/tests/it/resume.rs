//! Resumed runs. A state that has changed is refused.

use crate::cmd;
use crate::runs::{data_set, train, train_until_input_ends};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Makes a run that was stopped after its first validations, and an uninterrupted one with the same settings.
fn stopped(folder: &Path, more: &[&str]) -> [PathBuf; 2] {
    let data = data_set(folder);
    let [run, whole] = ["run", "whole"].map(|name| folder.join(name));
    cmd::run(&train(&data, &whole, more)).succeeded();
    train_until_input_ends(&data, &run, more);
    assert!(run.join("training.state").exists(), "it ended before it was stopped");
    [run, whole]
}

fn resume(run: &Path) -> [&str; 6] {
    ["train", "--resume", "--out", run.to_str().unwrap(), "--threads", "1"]
}

fn refusal(run: &Path, words: &[&str]) {
    cmd::refusal(&resume(run), 1, words);
}

#[test]
fn an_altered_state_is_refused_and_the_remedy_helps() {
    let folder = TempDir::new().unwrap();
    let [run, whole] = stopped(folder.path(), &[]);
    let state = run.join("training.state");
    let sound = fs::read(&state).unwrap();
    // Alterations of the header, the tensors and the checksum.
    for part in 1..8 {
        let mut altered = sound.clone();
        let at = (sound.len() - 1) * part / 7;
        altered[at] ^= 1;
        fs::write(&state, altered).unwrap();
        refusal(&run, &["the run cannot be resumed", "to train from the beginning"]);
    }
    fs::write(&state, &sound[..sound.len() - 30]).unwrap();
    refusal(&run, &["the run cannot be resumed"]);

    let [settings, record] = ["settings.toml", "run.json"].map(|name| run.join(name));
    fs::write(&state, &sound).unwrap();
    let text = fs::read_to_string(&settings).unwrap();
    let seed = text.lines().find(|line| line.starts_with("seed = ")).unwrap();
    fs::write(&settings, text.replace(&format!("\n{seed}\n"), "\nseed = 77\n")).unwrap();
    refusal(&run, &["settings.toml: was changed after this run was begun: undo the change to resume it"]);
    // The state knows its settings, too.
    let kept = fs::read(&record).unwrap();
    fs::remove_file(&record).unwrap();
    refusal(&run, &["its settings are not those in settings.toml", "or remove"]);
    fs::write(&settings, &text).unwrap();
    fs::write(&record, String::from_utf8(kept.clone()).unwrap().replace("\"neurons\": ", "\"neurons\": 1"))
        .unwrap();
    refusal(&run, &["run.json: was altered"]);
    fs::write(&record, kept).unwrap();

    // The remedy: without the state, the run begins again, and ends like any run with these settings.
    fs::remove_file(&state).unwrap();
    cmd::run(&resume(&run)).succeeded();
    for name in ["model.safetensors", "log.jsonl"] {
        assert!(fs::read(run.join(name)).unwrap() == fs::read(whole.join(name)).unwrap(), "{name}");
    }
    // A finished run keeps its settings.
    fs::write(&settings, text.replace(&format!("\n{seed}\n"), "\nseed = 77\n")).unwrap();
    let evaluate = [&resume(&run)[..], &["--evaluate"]].concat();
    cmd::refusal(&evaluate, 1, &["was changed after this run was begun"]);
}

#[test]
fn a_run_with_averaged_weights_resumes_as_without_interruption() {
    let folder = TempDir::new().unwrap();
    let [run, whole] = stopped(folder.path(), &["--average-weights", "0.9", "--smooth-validations", "2"]);
    cmd::run(&resume(&run)).succeeded();
    for name in ["model.safetensors", "log.jsonl"] {
        assert!(fs::read(run.join(name)).unwrap() == fs::read(whole.join(name)).unwrap(), "{name}");
    }
    let plain = folder.path().join("plain");
    cmd::run(&train(&folder.path().join("data"), &plain, &[])).succeeded();
    let first =
        |run: &Path| fs::read_to_string(run.join("log.jsonl")).unwrap().lines().next().unwrap().to_owned();
    // The same steps were taken, and other weights were validated.
    let [averaged, plain] = [&whole, &plain].map(|run| serde_json::from_str::<Value>(&first(run)).unwrap());
    assert_eq!(averaged["loss"], plain["loss"]);
    assert_ne!(averaged["validation_loss"], plain["validation_loss"]);
}

/// States of the first version have no checksum. Runs resume from them with a warning.
#[test]
fn a_state_without_a_checksum_is_used_with_a_warning() {
    let folder = TempDir::new().unwrap();
    let [run, whole] = stopped(folder.path(), &[]);
    let state = run.join("training.state");
    let mut bytes = fs::read(&state).unwrap();
    let end = bytes.windows(20).rposition(|bytes| bytes == b"\npathscope-checksum ").unwrap();
    bytes.truncate(end);
    fs::write(&state, &bytes).unwrap();
    refusal(&run, &["the checksum at its end is missing"]);
    let schema = b"pathscope/training-state/2";
    let at = bytes.windows(schema.len()).position(|bytes| bytes == schema).unwrap();
    bytes[at + schema.len() - 1] = b'1';
    fs::write(&state, &bytes).unwrap();
    let said = cmd::run(&resume(&run)).succeeded().stderr;
    assert!(said.contains("written by a version without checksums"), "{said}");
    let name = "model.safetensors";
    assert!(fs::read(run.join(name)).unwrap() == fs::read(whole.join(name)).unwrap());
}
