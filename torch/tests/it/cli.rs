//! The command as users run it: `train`, `evaluate` and `predict` on a small data set.

use crate::cmd;
use crate::runs::{
    IMAGES, NEURONS, Numbers, data_set, reference, start, train, train_until_input_ends, wait_for,
};
use pathscope_core::data::evaluation::Evaluation;
use pathscope_core::files::arrays::read_npy;
use pathscope_core::files::checkpoint::Checkpoint;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;
use tempfile::TempDir;

#[test]
fn a_run_is_trained_evaluated_and_predicts() {
    let folder = TempDir::new().unwrap();
    let (data, run) = (data_set(folder.path()), folder.path().join("run"));
    cmd::run(&train(&data, &run, &[])).succeeded();
    for name in ["model.safetensors", "settings.toml", "run.json", "log.jsonl", "learning-curve.svg"] {
        assert!(run.join(name).is_file(), "{name}");
    }
    assert!(!run.join("training.state").exists());

    let evaluate = ["evaluate", run.to_str().unwrap(), "--format", "json"];
    let output = cmd::stdout(&evaluate);
    let report: serde_json::Value = serde_json::from_str(&output).unwrap();
    let evaluation = Evaluation::from_json(output.as_bytes(), &run).unwrap();
    assert_eq!(serde_json::to_string_pretty(&evaluation).unwrap() + "\n", output);
    let scores = &report["scores"];
    // A constant predictor has CC_raw 0.
    assert!(scores["mean_cc_raw"].as_f64().unwrap() > 0.6, "{scores}");
    assert_eq!(scores["without_ceiling"], 0);
    assert_eq!(report["settings"]["images"], 60);
    let earlier = cmd::stdout(&[&evaluate[..], &["--iterations", "1"]].concat());
    let earlier: serde_json::Value = serde_json::from_str(&earlier).unwrap();
    assert_ne!(earlier["scores"]["mean_cc_raw"], scores["mean_cc_raw"]);
    let csv = cmd::stdout(&["evaluate", run.to_str().unwrap(), "--format", "csv"]);
    assert!(csv.starts_with("neuron,cc_raw,"), "{csv}");
    assert_eq!(csv.lines().count(), 1 + NEURONS);

    let (images, out) = (data.join("images.npy"), folder.path().join("predictions.npy"));
    let paths = [run.to_str().unwrap(), "--images", images.to_str().unwrap(), "--out", out.to_str().unwrap()];
    cmd::run(&[&["predict"], &paths[..]].concat()).succeeded();
    assert_eq!(read_npy(&out).unwrap().0.shape(), [IMAGES, NEURONS]);

    cmd::refusal(&train(&data, &run, &[]), 1, &["holds a run already", "--resume"]);
}

#[test]
fn a_run_as_published_has_a_linear_first_block_and_validates_after_the_first_step() {
    let folder = TempDir::new().unwrap();
    let (data, run) = (data_set(folder.path()), folder.path().join("run"));
    cmd::run(&train(&data, &run, &["--first-block", "linear", "--schedule", "published"])).succeeded();
    let checkpoint = Checkpoint::open(&run.join("model.safetensors"), None).unwrap();
    let of_first: Vec<&str> =
        checkpoint.tensors().keys().map(String::as_str).filter(|name| name.contains("[1")).collect();
    assert_eq!(of_first, ["conv[1].weight"]);
    let log = fs::read_to_string(run.join("log.jsonl")).unwrap();
    let validations: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let steps: Vec<u64> =
        validations.iter().take(3).map(|validation| validation["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, [1, 11, 21]);
    let evaluate = ["evaluate", run.to_str().unwrap(), "--format", "json"];
    let report: serde_json::Value = serde_json::from_str(&cmd::stdout(&evaluate)).unwrap();
    assert!(report["scores"]["mean_cc_raw"].as_f64().unwrap() > 0.5, "{}", report["scores"]);
}

/// Returns the files that do not depend on the machine or the time.
fn results(run: &Path) -> [Vec<u8>; 3] {
    ["model.safetensors", "log.jsonl", "learning-curve.svg"].map(|name| fs::read(run.join(name)).unwrap())
}

#[test]
fn a_repeatedly_killed_run_ends_as_without_interruption() {
    let folder = TempDir::new().unwrap();
    let data = data_set(folder.path());
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    let started = Instant::now();
    cmd::run(&train(&data, &whole, &[])).succeeded();
    let time = started.elapsed();

    let mut numbers = Numbers(7);
    let mut child = start(&train(&data, &killed, &[]));
    wait_for(&killed.join("settings.toml"), &mut child);
    let mut kills = 0;
    let resume = ["train", "--resume", "--out", killed.to_str().unwrap(), "--threads", "1"];
    for _ in 0..20 {
        std::thread::sleep(time.mul_f32(0.6 * numbers.next()));
        kills += usize::from(child.try_wait().unwrap().is_none());
        let _ = child.kill();
        child.wait().unwrap();
        child = start(&resume);
    }
    let _ = child.kill();
    child.wait().unwrap();
    cmd::run(&resume).succeeded();
    assert!(kills >= 5, "only {kills} were killed while they ran");
    for (killed, whole) in results(&killed).iter().zip(&results(&whole)) {
        assert!(killed == whole);
    }
    cmd::assert_says(&cmd::run(&resume).succeeded().stderr, &["finished already"]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_and_tells_how_to_resume() {
    let folder = TempDir::new().unwrap();
    let data = data_set(folder.path());
    let (whole, stopped) = (folder.path().join("whole"), folder.path().join("stopped"));
    let settings = ["--validate-every", "7"];
    let arguments = |out| {
        let mut arguments = train(&data, out, &[]);
        let place = arguments.iter().position(|argument| *argument == "--validate-every").unwrap();
        arguments[place + 1] = settings[1];
        arguments
    };
    cmd::run(&arguments(&whole)).succeeded();
    let mut child =
        cmd::command(&arguments(&stopped)).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    wait_for(&stopped.join("training.state"), &mut child);
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("stopped: run `pathscope train --resume --out "), "{text}");
    cmd::refusal(&["evaluate", stopped.to_str().unwrap()], 1, &["not finished"]);
    let resume = ["train", "--resume", "--out", stopped.to_str().unwrap()];
    cmd::refusal(&[&resume[..], &["--channels", "5"]].concat(), 1, &["other settings"]);
    cmd::run(&[&resume[..], &["--threads", "1"]].concat()).succeeded();
    assert!(results(&stopped) == results(&whole));
}

#[test]
fn a_run_stops_with_its_input_and_is_evaluated_at_its_end() {
    let folder = TempDir::new().unwrap();
    let (data, run) = (data_set(folder.path()), folder.path().join("run"));
    assert_eq!(train_until_input_ends(&data, &run, &["--evaluate"]).code(), Some(1));
    assert!(!run.join("model.safetensors").exists() && !run.join("evaluation.json").exists());
    let resume = ["train", "--resume", "--out", run.to_str().unwrap(), "--threads", "1"];
    cmd::run(&resume).succeeded();
    assert!(!run.join("evaluation.json").exists());
    // A finished run is only evaluated, and only once.
    let measure = [&resume[..], &["--evaluate"]].concat();
    cmd::assert_says(&cmd::stdout(&measure), &["test images: mean CC_raw "]);
    let written = fs::read(run.join("evaluation.json")).unwrap();
    cmd::run(&["evaluate", run.to_str().unwrap(), "--out", run.to_str().unwrap()]).succeeded();
    assert_eq!(written, fs::read(run.join("evaluation.json")).unwrap());
    assert_eq!(cmd::stdout(&measure), "");
}

#[test]
fn wrong_usage_is_refused_with_a_remedy() {
    let folder = TempDir::new().unwrap();
    let (data, run) = (data_set(folder.path()), folder.path().join("run"));
    let out = run.to_str().unwrap();
    for (arguments, expected) in [
        (vec!["train", "--out", out], "--data"),
        (vec!["train", "--out", out, "--resume"], "has no run to resume"),
        (vec!["train", "--out", out, "--data", "nowhere"], "nowhere"),
        (train(&data, &run, &["--lengths-removed", "1"]), "--multi-path per-path"),
        (
            train(&data, &run, &["--multi-path", "per-path", "--lengths-removed", "3"]),
            "--lengths-removed is 3, expected some of the lengths 1-2",
        ),
        (
            train(&data, &run, &["--multi-path", "per-path", "--memory-limit", "10MiB"]),
            "more than --memory-limit 10.0 MiB",
        ),
        (train(&data, &run, &["--kernel", "4"]), "--kernel is 4, expected an odd number"),
        (train(&data, &run, &["--downsample", "5"]), "downsample"),
        (train(&data, &run, &["--downsample", "3"]), "kernel of the first block"),
        (vec!["evaluate", "nowhere.pth", "--data", "nowhere"], "nowhere.pth"),
    ] {
        cmd::refusal(&arguments, 1, &[expected]);
        assert!(!run.exists(), "{arguments:?}");
    }
    let readout = ["train", "--out", out, "--readout", "some"];
    cmd::refusal(&readout, 2, &["no-avg, early-avg, late-avg, 2-avg"]);
}

#[test]
fn a_configuration_file_is_equivalent_to_flags() {
    let folder = TempDir::new().unwrap();
    let (data, run, other) =
        (data_set(folder.path()), folder.path().join("run"), folder.path().join("other"));
    cmd::run(&train(&data, &run, &["--phases", "1", "--seed", "3"])).succeeded();
    let config = run.join("settings.toml");
    let arguments = ["train", "--config", config.to_str().unwrap(), "--out", other.to_str().unwrap()];
    cmd::run(&[&arguments[..], &["--threads", "1"]].concat()).succeeded();
    assert!(results(&run) == results(&other));
    assert_eq!(fs::read(&config).unwrap(), fs::read(other.join("settings.toml")).unwrap());
    fs::write(folder.path().join("bad.toml"), "chanels = 3\n").unwrap();
    let bad = folder.path().join("bad.toml");
    let arguments = ["train", "--config", bad.to_str().unwrap(), "--out", other.to_str().unwrap()];
    cmd::refusal(&arguments, 1, &["bad.toml", "chanels"]);
}

#[test]
fn references_give_the_published_predictions() {
    let file = |name| reference("recurrent-1block-t7-2-avg", name);
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("y.npy");
    let (model, images) = (file("best.pth"), file("images.npy"));
    let paths = [&model, &images, &out].map(|path| path.to_str().unwrap());
    cmd::run(&["predict", paths[0], "--images", paths[1], "--out", paths[2]]).succeeded();
    let (found, expected) =
        (read_npy(&out).unwrap().0.to_f64(), read_npy(&file("predictions.npy")).unwrap().0.to_f64());
    let difference = (&found - &expected).iter().fold(0.0f64, |most, each| most.max(each.abs()));
    assert!(difference < 1e-4, "{difference}");
}
