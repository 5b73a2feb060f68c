//! `pathscope figure` of one network, through the command.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const PUBLISHED: &str = "fixtures/reference/recurrent-2block-t5-late-avg-softplus/best.pth";

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pathscope"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn drawn(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_figure_of_a_network_is_drawn() {
    for (number, says) in [
        ("1", "2 recurrent blocks, T = 5, late-avg"),
        ("2", "late-avg, this network"),
        ("5", "late-avg, T = 5, average path length 3.75"),
        ("8", "information flow, T = 5"),
    ] {
        let svg = drawn(&["figure", number, "--model", PUBLISHED]);
        assert!(svg.starts_with("<svg") && svg.contains(&format!("\n{says}\n")), "{number}: {says}");
        assert_eq!(svg, drawn(&["figure", number, "--model", PUBLISHED]), "{number}");
    }
}

#[test]
fn a_run_stands_for_its_network() {
    let net = "fixtures/nets/fig5.safetensors";
    let run_folder = tempfile::tempdir().unwrap();
    let path = run_folder.path().to_str().unwrap();
    let output = run(&["figure", "5", "--model", path]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("is not the folder of a run"), "{}", stderr(&output));
    fs::copy(net, run_folder.path().join("model.safetensors")).unwrap();
    assert_eq!(drawn(&["figure", "5", "--model", path]), drawn(&["figure", "5", "--model", net]));
}

#[test]
fn a_network_without_a_mode_gets_one_from_the_user() {
    let net = "fixtures/nets/readouts.safetensors";
    let output = run(&["figure", "5", "--model", net]);
    assert!(output.status.success());
    let expected =
        format!("warning: {net} names no readout mode, so late-avg is drawn: choose one with --readout\n");
    assert_eq!(stderr(&output), expected);
    let output = run(&["figure", "5", "--model", net, "--readout", "2-avg"]);
    assert_eq!(stderr(&output), "");
    // 5/6 of length 1 and 1/6 of length 2.
    let svg = String::from_utf8(output.stdout).unwrap();
    assert!(svg.contains("\n2-avg, T = 2, average path length 1.17\n"), "{svg}");
}

#[test]
fn wrong_usage_says_what_a_figure_needs() {
    for (arguments, expected) in [
        (vec!["figure", "5"], "figure 5 is a diagram of one network: give it with --model RUN|FILE"),
        (
            vec!["figure", "5", "--results", "x.csv"],
            "figure 5 is a diagram of one network: give it with --model RUN|FILE",
        ),
        (
            vec!["figure", "3a", "--model", PUBLISHED],
            "figure 3a is drawn from the results of a study: give --results FILE",
        ),
        (vec!["figure", "3a"], "figure 3a is drawn from the results of a study: give --results FILE"),
        (vec!["figure", "all"], "all figures are drawn from the results of a study: give --results FILE"),
        (
            vec!["figure", "3a", "--results", "x.csv", "--key", "model"],
            "--key, --layout, --config and --activation describe the network of --model",
        ),
    ] {
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(stderr(&output), format!("error: {expected}\n"), "{arguments:?}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_figure_that_fails_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let svg = folder.path().join("figure.svg");
    let broken = folder.path().join("broken.pth");
    fs::write(&broken, b"no checkpoint").unwrap();
    let out = svg.to_str().unwrap();
    let output = run(&["figure", "8", "--model", broken.to_str().unwrap(), "--out", out]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).starts_with("error: "), "{}", stderr(&output));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["broken.pth"]);
    assert!(drawn(&["figure", "8", "--model", PUBLISHED, "--out", out]).is_empty());
    assert!(fs::read_to_string(Path::new(out)).unwrap().contains("information flow"));
}

#[test]
fn figures_of_a_network_have_the_width_that_is_asked_for() {
    for number in ["1", "2", "5", "8"] {
        let svg = drawn(&["figure", number, "--model", PUBLISHED, "--width", "89"]);
        assert!(svg.starts_with("<svg width=\"89mm\""), "{number}: {}", &svg[..80]);
    }
    let graph = |more: &[&str]| drawn(&[&["graph", PUBLISHED][..], more].concat());
    assert!(graph(&["--width", "89", "--rolled"]).starts_with("<svg width=\"89mm\""));
    // Lines had this option before figures did.
    let lines = graph(&["--lines", "strength"]);
    assert_eq!(graph(&["--width", "strength"]), lines);
    let narrow = graph(&["--width", "strength", "--width", "89"]);
    assert!(narrow.starts_with("<svg width=\"89mm\"") && narrow.contains("share of the total strength"));
    assert_ne!(graph(&[]), lines);
    let output = run(&["graph", PUBLISHED, "--rolled", "--width", "strength"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
}

#[test]
fn the_figures_of_a_folder_have_the_width_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let output = run(&["analyze", PUBLISHED, "--out", out, "--width", "89"]);
    assert!(output.status.success(), "{}", stderr(&output));
    for name in ["circuit-paths", "circuit-strength", "ensemble", "distribution"] {
        let svg = fs::read_to_string(folder.path().join(format!("{name}.svg"))).unwrap();
        assert!(svg.starts_with("<svg width=\"89mm\""), "{name}: {}", &svg[..80]);
    }
    let output = run(&["analyze", PUBLISHED, "--width", "89"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("--out"), "{}", stderr(&output));
}
