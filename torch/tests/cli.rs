//! The command as users run it: `train`, `evaluate` and `predict` on a small data set.

use assert_cmd::Command;
use ndarray::{Array3, Array4};
use pathscope::arrays::{npy_bytes, read_npy};
use pathscope::evaluation::Evaluation;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const IMAGES: usize = 300;
const IMAGE: usize = 12;
const NEURONS: usize = 4;
const TRIALS: usize = 6;

/// A stream of numbers in [0, 1) that never changes.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 24) as f32
    }
}

/// Images of light and dark squares, and neurons that like a bright place: a rectified local sum, with
/// trial noise.
fn data_set(folder: &Path) -> PathBuf {
    let folder = folder.join("data");
    fs::create_dir(&folder).unwrap();
    let mut numbers = Numbers(1);
    let squares = Array3::from_shape_simple_fn((IMAGES, 4, 4), || numbers.next());
    let images = Array4::from_shape_fn((IMAGES, 1, IMAGE, IMAGE), |(image, _, row, column)| {
        squares[[image, row / 3, column / 3]]
    });
    let responses = Array3::from_shape_fn((IMAGES, TRIALS, NEURONS), |(image, _, neuron)| {
        let drive = squares[[image, 1 + neuron / 2, 1 + neuron % 2]] - 0.4;
        drive.max(0.0) + 0.05 * numbers.next()
    });
    fs::write(folder.join("images.npy"), npy_bytes(&images)).unwrap();
    fs::write(folder.join("responses.npy"), npy_bytes(&responses)).unwrap();
    fs::write(folder.join("dataset.toml"), "name = \"squares\"\n").unwrap();
    folder
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("pathscope-torch").unwrap();
    command.args(arguments);
    command
}

/// Small and quick, but with all that a run has: three phases and many validations.
const QUICK: [&str; 16] = [
    "--recurrent-blocks",
    "1",
    "--iterations",
    "2",
    "--channels",
    "4",
    "--first-kernel",
    "5",
    "--batch",
    "32",
    "--validate-every",
    "10",
    "--patience",
    "3",
    "--threads",
    "1",
];

fn train<'a>(data: &'a Path, out: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let paths = ["train", "--data", data.to_str().unwrap(), "--out", out.to_str().unwrap()];
    [&paths[..], &QUICK[..], &["--max-steps", "150", "--learning-rate", "0.01"], more].concat()
}

fn start(arguments: &[&str]) -> Child {
    std::process::Command::new(env!("CARGO_BIN_EXE_pathscope-torch"))
        .args(arguments)
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn wait_for(path: &Path, child: &mut Child) {
    let started = Instant::now();
    while !path.exists() {
        assert!(started.elapsed() < Duration::from_secs(120), "{} does not appear", path.display());
        assert!(child.try_wait().unwrap().is_none(), "ended before {} appeared", path.display());
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn error_of(command: &mut Command) -> String {
    let output = command.assert().failure().get_output().clone();
    assert!(output.stdout.is_empty());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!text.contains("panicked"), "{text}");
    text
}

#[test]
fn a_run_is_trained_evaluated_and_predicts() {
    let folder = TempDir::new().unwrap();
    let (data, run) = (data_set(folder.path()), folder.path().join("run"));
    command(&train(&data, &run, &[])).assert().success();
    for name in ["model.safetensors", "settings.toml", "run.json", "log.jsonl", "learning-curve.svg"] {
        assert!(run.join(name).is_file(), "{name}");
    }
    assert!(!run.join("training.state").exists());

    let evaluate = ["evaluate", run.to_str().unwrap(), "--format", "json"];
    let output = command(&evaluate).assert().success().get_output().stdout.clone();
    let report: serde_json::Value = serde_json::from_slice(&output).unwrap();
    let evaluation = Evaluation::from_json(&output, &run).unwrap();
    assert_eq!(serde_json::to_string_pretty(&evaluation).unwrap() + "\n", String::from_utf8(output).unwrap());
    let scores = &report["scores"];
    // A predictor that is constant has CC_raw 0.
    assert!(scores["mean_cc_raw"].as_f64().unwrap() > 0.6, "{scores}");
    assert_eq!(scores["without_ceiling"], 0);
    assert_eq!(report["settings"]["images"], 60);
    let earlier = command(&[&evaluate[..], &["--iterations", "1"]].concat()).assert().success();
    let earlier: serde_json::Value = serde_json::from_slice(&earlier.get_output().stdout).unwrap();
    assert_ne!(earlier["scores"]["mean_cc_raw"], scores["mean_cc_raw"]);
    let csv = command(&["evaluate", run.to_str().unwrap(), "--format", "csv"]).assert().success();
    let csv = String::from_utf8(csv.get_output().stdout.clone()).unwrap();
    assert!(csv.starts_with("neuron,cc_raw,cc_max,cc_norm2\n0,"), "{csv}");
    assert_eq!(csv.lines().count(), 1 + NEURONS);

    let (images, out) = (data.join("images.npy"), folder.path().join("predictions.npy"));
    let paths = [run.to_str().unwrap(), "--images", images.to_str().unwrap(), "--out", out.to_str().unwrap()];
    command(&[&["predict"], &paths[..]].concat()).assert().success();
    assert_eq!(read_npy(&out).unwrap().0.shape(), [IMAGES, NEURONS]);

    let again = error_of(&mut command(&train(&data, &run, &[])));
    assert!(again.contains("holds a run already") && again.contains("--resume"), "{again}");
}

/// The files that the same settings always give.
fn results(run: &Path) -> [Vec<u8>; 3] {
    ["model.safetensors", "log.jsonl", "learning-curve.svg"].map(|name| fs::read(run.join(name)).unwrap())
}

#[test]
fn a_run_that_is_killed_again_and_again_ends_as_if_it_had_not_been() {
    let folder = TempDir::new().unwrap();
    let data = data_set(folder.path());
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    let started = Instant::now();
    command(&train(&data, &whole, &[])).assert().success();
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
    command(&resume).assert().success();
    assert!(kills >= 5, "only {kills} were killed while they ran");
    for (killed, whole) in results(&killed).iter().zip(&results(&whole)) {
        assert!(killed == whole);
    }
    let again = command(&resume).assert().success().get_output().stderr.clone();
    assert!(String::from_utf8(again).unwrap().contains("finished already"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_and_says_how_to_go_on() {
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
    command(&arguments(&whole)).assert().success();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_pathscope-torch"))
        .args(arguments(&stopped))
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(&stopped.join("training.state"), &mut child);
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("go on with: pathscope train --resume --out"), "{text}");
    let unfinished = error_of(&mut command(&["evaluate", stopped.to_str().unwrap()]));
    assert!(unfinished.contains("not finished"), "{unfinished}");
    let other = ["train", "--resume", "--out", stopped.to_str().unwrap(), "--channels", "5"];
    assert!(error_of(&mut command(&other)).contains("other settings"));
    command(&["train", "--resume", "--out", stopped.to_str().unwrap(), "--threads", "1"]).assert().success();
    assert!(results(&stopped) == results(&whole));
}

#[test]
fn wrong_use_says_what_to_do() {
    let folder = TempDir::new().unwrap();
    let (data, run) = (data_set(folder.path()), folder.path().join("run"));
    let out = run.to_str().unwrap();
    for (arguments, expected) in [
        (vec!["train", "--out", out], "--data"),
        (vec!["train", "--out", out, "--resume"], "has no run to resume"),
        (vec!["train", "--out", out, "--data", "nowhere"], "nowhere"),
        (train(&data, &run, &["--kernel", "4"]), "--kernel is 4, expected an odd number"),
        (train(&data, &run, &["--downsample", "5"]), "downsample"),
        (train(&data, &run, &["--downsample", "3"]), "kernel of the first block"),
        (vec!["evaluate", "nowhere.pth", "--data", "nowhere"], "nowhere.pth"),
    ] {
        let text = error_of(&mut command(&arguments));
        assert!(text.contains(expected), "{arguments:?}: {text}");
        assert!(!run.exists(), "{arguments:?}");
    }
    let usage =
        command(&["train", "--out", out, "--readout", "some"]).assert().code(2).get_output().stderr.clone();
    assert!(String::from_utf8(usage).unwrap().contains("no-avg, early-avg, late-avg, 2-avg"));
}

#[test]
fn a_configuration_file_says_the_same_as_flags() {
    let folder = TempDir::new().unwrap();
    let (data, run, other) =
        (data_set(folder.path()), folder.path().join("run"), folder.path().join("other"));
    command(&train(&data, &run, &["--phases", "1", "--seed", "3"])).assert().success();
    let config = run.join("settings.toml");
    let arguments = ["train", "--config", config.to_str().unwrap(), "--out", other.to_str().unwrap()];
    command(&[&arguments[..], &["--threads", "1"]].concat()).assert().success();
    assert!(results(&run) == results(&other));
    assert_eq!(fs::read(&config).unwrap(), fs::read(other.join("settings.toml")).unwrap());
    fs::write(folder.path().join("bad.toml"), "chanels = 3\n").unwrap();
    let bad = folder.path().join("bad.toml");
    let arguments = ["train", "--config", bad.to_str().unwrap(), "--out", other.to_str().unwrap()];
    let text = error_of(&mut command(&arguments));
    assert!(text.contains("bad.toml") && text.contains("chanels"), "{text}");
}

#[test]
fn references_predict_as_published() {
    let reference =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/reference/recurrent-1block-t7-2-avg");
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("y.npy");
    let (model, images) = (reference.join("best.pth"), reference.join("images.npy"));
    let paths = [&model, &images, &out].map(|path| path.to_str().unwrap());
    command(&["predict", paths[0], "--images", paths[1], "--out", paths[2]]).assert().success();
    let (found, expected) = (
        read_npy(&out).unwrap().0.to_f64(),
        read_npy(&reference.join("predictions.npy")).unwrap().0.to_f64(),
    );
    let difference = (&found - &expected).iter().fold(0.0f64, |most, each| most.max(each.abs()));
    assert!(difference < 1e-4, "{difference}");
}
