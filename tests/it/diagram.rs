//! `pathscope diagram`, and how wide figures of a network are, through the command.

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
fn every_diagram_is_drawn() {
    for (diagram, says) in [
        ("architecture", "2 recurrent blocks, T = 5, late-avg"),
        ("readout-modes", "late-avg, this network"),
        ("path-lengths", "late-avg, T = 5, average path length 3.75"),
        ("information-flow", "information flow, T = 5"),
    ] {
        let svg = drawn(&["diagram", diagram, PUBLISHED]);
        assert!(svg.starts_with("<svg") && svg.contains(&format!("\n{says}\n")), "{diagram}: {says}");
        assert_eq!(svg, drawn(&["diagram", diagram, PUBLISHED]), "{diagram}");
    }
}

#[test]
fn a_run_stands_for_its_network() {
    let net = "fixtures/nets/fig5.safetensors";
    let run_folder = tempfile::tempdir().unwrap();
    let path = run_folder.path().to_str().unwrap();
    let output = run(&["diagram", "path-lengths", path]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("is not the folder of a run"), "{}", stderr(&output));
    fs::copy(net, run_folder.path().join("model.safetensors")).unwrap();
    assert_eq!(drawn(&["diagram", "path-lengths", path]), drawn(&["diagram", "path-lengths", net]));
}

#[test]
fn a_network_without_a_mode_gets_one_from_the_user() {
    let net = "fixtures/nets/readouts.safetensors";
    let output = run(&["diagram", "path-lengths", net]);
    assert!(output.status.success());
    let expected =
        format!("warning: {net} names no readout mode, so late-avg is drawn: choose one with --readout\n");
    assert_eq!(stderr(&output), expected);
    let output = run(&["diagram", "path-lengths", net, "--readout", "2-avg"]);
    assert_eq!(stderr(&output), "");
    // 5/6 of length 1 and 1/6 of length 2.
    let svg = String::from_utf8(output.stdout).unwrap();
    assert!(svg.contains("\n2-avg, T = 2, average path length 1.17\n"), "{svg}");
}

#[test]
fn a_diagram_has_the_number_of_its_figure_too() {
    assert_eq!(drawn(&["diagram", "8", PUBLISHED]), drawn(&["diagram", "information-flow", PUBLISHED]));
    let output = run(&["diagram", "paths", PUBLISHED]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("path-lengths, information-flow"), "{}", stderr(&output));
}

#[test]
fn former_spellings_are_answered_with_the_new_ones() {
    for (former, new) in [
        (vec!["figure", "5", "--model", "run/"], "pathscope diagram path-lengths run/"),
        (vec!["notebook", "a.csv", "--out", "a.ipynb"], "pathscope notebook study a.csv --out a.ipynb"),
    ] {
        let output = run(&former);
        assert_eq!(output.status.code(), Some(2), "{former:?}");
        let expected = format!("error: this command has a new spelling: {new}\n");
        assert_eq!(stderr(&output), expected, "{former:?}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_diagram_that_fails_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let svg = folder.path().join("figure.svg");
    let broken = folder.path().join("broken.pth");
    fs::write(&broken, b"no checkpoint").unwrap();
    let out = svg.to_str().unwrap();
    let output = run(&["diagram", "information-flow", broken.to_str().unwrap(), "--out", out]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).starts_with("error: "), "{}", stderr(&output));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["broken.pth"]);
    assert!(drawn(&["diagram", "information-flow", PUBLISHED, "--out", out]).is_empty());
    assert!(fs::read_to_string(Path::new(out)).unwrap().contains("information flow"));
}

#[test]
fn figures_of_a_network_have_the_width_that_is_asked_for() {
    for diagram in ["architecture", "readout-modes", "path-lengths", "information-flow"] {
        let svg = drawn(&["diagram", diagram, PUBLISHED, "--width", "89"]);
        assert!(svg.starts_with("<svg width=\"89mm\""), "{diagram}: {}", &svg[..80]);
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
