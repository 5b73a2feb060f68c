//! No command overwrites its input, no input blocks a command, and no signal leaves a temporary file behind.

#![cfg(unix)]

use crate::cmd::{self, Run};
use crate::common::fixture;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A time limit far above that of any of these commands.
const LIMIT: Duration = Duration::from_secs(120);

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = cmd::command(arguments);
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a command, which must end within the time limit.
#[track_caller]
fn run(folder: &Path, arguments: &[&str]) -> Run {
    let mut child = command(folder, arguments).spawn().unwrap();
    let begin = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begin.elapsed() > LIMIT {
            child.kill().unwrap();
            panic!("{arguments:?} is held up");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().unwrap().into()
}

/// Makes a folder with one input of every kind, and links to them.
fn inputs() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    fs::copy(fixture("nets/fig5.safetensors"), place("net.safetensors")).unwrap();
    let reference = fixture("reference/recurrent-1block-t3-no-avg");
    for entry in fs::read_dir(reference).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), place(&entry.file_name().to_string_lossy())).unwrap();
        }
    }
    fs::copy(fixture("results/study.csv"), place("results.csv")).unwrap();
    fs::copy(place("results.csv"), place("results.ipynb")).unwrap();
    for name in ["net.safetensors", "results.csv"] {
        fs::hard_link(place(name), place(&format!("hard-{name}"))).unwrap();
        symlink(name, place(&format!("soft-{name}"))).unwrap();
    }
    folder
}

fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut contents: Vec<(PathBuf, Vec<u8>)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    contents.sort();
    contents
}

#[test]
fn no_command_overwrites_its_input() {
    let folder = inputs();
    let before = contents(folder.path());
    let net = "net.safetensors";
    let mut commands: Vec<Vec<&str>> = Vec::new();
    for out in [net, "./net.safetensors", "hard-net.safetensors", "soft-net.safetensors"] {
        commands.extend([
            vec!["graph", net, "--format", "svg", "--out", out],
            vec!["layout", "template", net, "--out", out],
            vec!["diagram", "architecture", net, "--out", out],
            vec!["predict", net, "--images", "images.npy", "--out", out],
            vec!["export", net, "--to", "torchscript", "--out", out],
        ]);
    }
    for out in ["results.csv", "hard-results.csv", "soft-results.csv"] {
        commands.extend([
            vec!["table", "1", "--results", "results.csv", "--out", out],
            vec!["figure", "9", "--results", "results.csv", "--out", out],
        ]);
    }
    let published = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .find(|name| name.ends_with(".pth"));
    let published = published.expect("a published checkpoint");
    // Files beside a checkpoint, and files named by a flag, are inputs too.
    commands.push(vec!["graph", &published, "--format", "svg", "--out", "config_extra.json"]);
    commands.push(vec!["layout", "template", &published, "--out", &published]);
    for arguments in commands {
        let Run { code, stderr: said, .. } = run(folder.path(), &arguments);
        // Some commands refuse the ending first.
        let by_ending = said.contains("of --out is not a known format");
        assert!(by_ending || code == Some(2), "{arguments:?}: {said}");
        let by_identity = said.contains("no input is overwritten: give another place with --out");
        assert!(by_ending || by_identity, "{arguments:?}: {said}");
        assert_eq!(contents(folder.path()), before, "{arguments:?}");
    }
    run(folder.path(), &["graph", net, "--out", "graph.svg"]).succeeded();
    // The output of an earlier run is not an input.
    run(folder.path(), &["graph", net, "--out", "graph.svg"]).succeeded();
}

#[test]
fn folders_of_results_and_notebooks_overwrite_no_input() {
    let folder = inputs();
    fs::create_dir(folder.path().join("out")).unwrap();
    let document = fs::read(folder.path().join("net.safetensors")).unwrap();
    fs::create_dir(folder.path().join("out/net")).unwrap();
    // A checkpoint with the name of a result.
    fs::write(folder.path().join("out/analysis.json"), &document).unwrap();
    fs::write(folder.path().join("out/comparison.json"), &document).unwrap();
    for arguments in [
        vec!["analyze", "out/analysis.json", "--out", "out"],
        vec!["compare", "net.safetensors", "out/comparison.json", "--out", "out"],
        vec!["notebook", "study", "results.ipynb", "--out", "results.ipynb"],
    ] {
        assert_ne!(run(folder.path(), &arguments).code, Some(0), "{arguments:?}");
        for name in ["out/analysis.json", "out/comparison.json"] {
            assert_eq!(fs::read(folder.path().join(name)).unwrap(), document, "{arguments:?}");
        }
    }
}

#[test]
fn no_input_blocks_a_command() {
    let folder = inputs();
    assert!(Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap().success());
    for ending in ["csv", "parquet", "npy", "npz", "mat", "toml", "safetensors", "pth"] {
        symlink("pipe", folder.path().join(format!("pipe.{ending}"))).unwrap();
    }
    symlink("/dev/zero", folder.path().join("zero.csv")).unwrap();
    fs::create_dir(folder.path().join("sweep")).unwrap();
    symlink("../pipe", folder.path().join("sweep/sweep.json")).unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    symlink("../pipe", folder.path().join("data/dataset.toml")).unwrap();
    let net = "net.safetensors";
    let mut commands: Vec<Vec<&str>> = Vec::new();
    for input in ["pipe", "pipe.pth", "/dev/zero", "/dev/stdin", "/proc/self/environ", "/proc/kmsg"] {
        commands.extend([
            vec!["analyze", input],
            vec!["analyze", net, input],
            vec!["inspect", input],
            vec!["graph", input],
            vec!["layout", "template", input],
            vec!["export", input, "--to", "pytorch", "--out", "new"],
            vec!["predict", input, "--images", "images.npy", "--out", "new"],
            vec!["predict", net, "--images", input, "--out", "new"],
            vec!["evaluate", input, "--data", "data"],
            vec!["analyze", net, "--layout", input],
            vec!["analyze", net, "--config", input],
            vec!["compare", net, input],
            vec!["ablate", input, "--remove", "1", "--out", "new"],
            vec!["ablate", net, "--settings", input, "--remove", "1", "--out", "new"],
            vec!["sweep", "plan", input],
            vec!["dataset", "import", "--images", input, "--responses", input, "--out", "new"],
            vec!["dataset", "info", input],
        ]);
    }
    commands.extend([
        vec!["table", "1", "--results", "pipe.csv"],
        vec!["table", "1", "--results", "pipe.parquet"],
        vec!["table", "1", "--results", "zero.csv"],
        vec!["figure", "9", "--results", "pipe.csv"],
        vec!["notebook", "study", "pipe.csv", "--out", "new.ipynb"],
        vec!["dataset", "import", "--images", "pipe.npz", "--responses", "pipe.mat", "--out", "new"],
        vec!["dataset", "info", "data"],
        vec!["sweep", "status", "sweep"],
        vec!["sweep", "collect", "sweep"],
    ]);
    for arguments in commands {
        let Run { code, stderr, .. } = run(folder.path(), &arguments);
        assert!(
            matches!(code, Some(1 | 2)) && stderr.contains("error: "),
            "{arguments:?}: {code:?} {stderr}"
        );
        assert!(!folder.path().join("new").exists(), "{arguments:?}");
    }
}

/// Waits until a process has made a temporary file, sends a signal, and returns the exit status.
fn interrupted(folder: &Path, arguments: &[&str], signal: &str) -> ExitStatus {
    let mut child = command(folder, arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begin = Instant::now();
    while temporaries(folder).is_empty() {
        assert!(begin.elapsed() < LIMIT, "no temporary was seen");
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was seen");
    }
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    child.wait().unwrap()
}

fn temporaries(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).into_iter().flatten();
    let hidden = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(".pathscope-");
    entries.filter(|entry| hidden(entry.file_name())).map(walkdir::DirEntry::into_path).collect()
}

#[test]
fn a_signal_leaves_no_temporary_file_behind() {
    use std::os::unix::process::ExitStatusExt;
    for (signal, number) in [("-INT", 2), ("-TERM", 15), ("-HUP", 1)] {
        let folder = inputs();
        // Takes long enough to be seen at it.
        let arguments =
            ["dataset", "synth", "--images", "20000", "--neurons", "50", "--trials", "20", "--out", "new"];
        let status = interrupted(folder.path(), &arguments, signal);
        assert_eq!(status.signal(), Some(number), "{status}");
        assert_eq!(temporaries(folder.path()), Vec::<PathBuf>::new());
        assert!(!folder.path().join("new").exists());
    }
}

#[test]
fn interrupted_predictions_leave_no_files() {
    use std::os::unix::process::ExitStatusExt;
    let folder = inputs();
    // Takes long enough to be seen at it.
    let images = ndarray::Array3::<u8>::zeros((4000, 50, 50));
    fs::write(folder.path().join("many.npy"), pathscope_core::files::arrays::npy_bytes(&images)).unwrap();
    let arguments = ["predict", "best.pth", "--images", "many.npy", "--out", "new"];
    let status = interrupted(folder.path(), &arguments, "-INT");
    assert_eq!(status.signal(), Some(2), "{status}");
    assert_eq!(temporaries(folder.path()), Vec::<PathBuf>::new());
    assert!(!folder.path().join("new").exists());
}

#[test]
fn control_characters_of_names_are_shown_escaped() {
    let folder = inputs();
    let name = "a\u{1b}[31m\u{202e}b\nc.safetensors";
    fs::copy(folder.path().join("net.safetensors"), folder.path().join(name)).unwrap();
    for arguments in [
        vec!["analyze", name],
        vec!["inspect", name],
        vec!["analyze", name, "net.safetensors"],
        vec!["analyze", "none\u{1b}[31m\nerror: b"],
    ] {
        let Run { stdout, stderr, .. } = run(folder.path(), &arguments);
        let said = stdout + &stderr;
        assert!(said.contains("\\u{1b}[31m"), "{said}");
        assert!(!said.contains(['\u{1b}', '\u{202e}']), "{said}");
        assert!(!said.contains("\nc.safetensors") && !said.contains("\nerror: b"), "{said}");
    }
    let json = run(folder.path(), &["analyze", name, "--format", "json"]).stdout;
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["source"]["path"], name);
}
