//! `pathscope diagram`, and the width of figures of a network, through the command.

use crate::cmd::{Run, refusal, run, stdout};
use std::fs;
use std::path::Path;

const PUBLISHED: &str = "fixtures/reference/recurrent-2block-t5-late-avg-softplus/best.pth";

#[test]
fn every_diagram_goes_to_stdout() {
    for (diagram, says) in [
        ("architecture", "2 recurrent blocks, T = 5, late-avg"),
        ("readout-modes", "late-avg, this network"),
        ("path-lengths", "late-avg, T = 5, average path length 3.75"),
        ("information-flow", "information flow, T = 5"),
    ] {
        let svg = stdout(&["diagram", diagram, PUBLISHED]);
        assert!(svg.starts_with("<svg") && svg.contains(&format!("\n{says}\n")), "{diagram}: {says}");
        assert_eq!(svg, stdout(&["diagram", diagram, PUBLISHED]), "{diagram}");
    }
}

#[test]
fn a_run_stands_for_its_network() {
    let net = "fixtures/nets/fig5.safetensors";
    let run_folder = tempfile::tempdir().unwrap();
    let path = run_folder.path().to_str().unwrap();
    refusal(&["diagram", "path-lengths", path], 1, &["not the folder of a run"]);
    fs::copy(net, run_folder.path().join("model.safetensors")).unwrap();
    assert_eq!(stdout(&["diagram", "path-lengths", path]), stdout(&["diagram", "path-lengths", net]));
}

#[test]
fn a_network_without_a_mode_gets_one_from_the_user() {
    let net = "fixtures/nets/readouts.safetensors";
    let expected =
        format!("warning: {net} names no readout mode, so late-avg is drawn: choose one with --readout\n");
    assert_eq!(run(&["diagram", "path-lengths", net]).succeeded().stderr, expected);
    let Run { stdout: svg, stderr, .. } = run(&["diagram", "path-lengths", net, "--readout", "2-avg"]);
    assert_eq!(stderr, "");
    // 5/6 of length 1 and 1/6 of length 2.
    assert!(svg.contains("\n2-avg, T = 2, average path length 1.17\n"), "{svg}");
}

#[test]
fn a_diagram_has_the_number_of_its_figure_too() {
    assert_eq!(stdout(&["diagram", "8", PUBLISHED]), stdout(&["diagram", "information-flow", PUBLISHED]));
    refusal(&["diagram", "paths", PUBLISHED], 2, &["path-lengths, information-flow"]);
}

#[test]
fn former_spellings_are_answered_with_the_new_ones() {
    for (former, new) in [
        (vec!["figure", "5", "--model", "run/"], "pathscope diagram path-lengths run/"),
        (vec!["notebook", "a.csv", "--out", "a.ipynb"], "pathscope notebook study a.csv --out a.ipynb"),
    ] {
        let expected = format!("error: this command has a new spelling: {new}\n");
        assert_eq!(refusal(&former, 2, &[]), expected, "{former:?}");
    }
}

#[test]
fn a_failed_diagram_leaves_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let svg = folder.path().join("figure.svg");
    let broken = folder.path().join("broken.pth");
    fs::write(&broken, b"no checkpoint").unwrap();
    let out = svg.to_str().unwrap();
    let message = refusal(&["diagram", "information-flow", broken.to_str().unwrap(), "--out", out], 1, &[]);
    assert!(message.starts_with("error: "), "{message}");
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["broken.pth"]);
    assert!(stdout(&["diagram", "information-flow", PUBLISHED, "--out", out]).is_empty());
    assert!(fs::read_to_string(Path::new(out)).unwrap().contains("information flow"));
}

#[test]
fn figures_of_a_network_have_the_given_width() {
    for diagram in ["architecture", "readout-modes", "path-lengths", "information-flow"] {
        let svg = stdout(&["diagram", diagram, PUBLISHED, "--width", "89"]);
        assert!(svg.starts_with("<svg width=\"89mm\""), "{diagram}: {}", &svg[..80]);
    }
    let graph = |more: &[&str]| stdout(&[&["graph", PUBLISHED][..], more].concat());
    assert!(graph(&["--width", "89", "--rolled"]).starts_with("<svg width=\"89mm\""));
    // In earlier versions, `--width` chose the meaning of line widths, which is now `--lines`.
    let lines = graph(&["--lines", "strength"]);
    assert_eq!(graph(&["--width", "strength"]), lines);
    let narrow = graph(&["--width", "strength", "--width", "89"]);
    assert!(narrow.starts_with("<svg width=\"89mm\"") && narrow.contains("share of the total strength"));
    assert_ne!(graph(&[]), lines);
    refusal(&["graph", PUBLISHED, "--rolled", "--width", "strength"], 2, &[]);
}

#[test]
fn the_figures_of_a_folder_have_the_given_width() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    stdout(&["analyze", PUBLISHED, "--out", out, "--width", "89"]);
    for name in ["circuit-paths", "circuit-strength", "ensemble", "distribution"] {
        let svg = fs::read_to_string(folder.path().join(format!("{name}.svg"))).unwrap();
        assert!(svg.starts_with("<svg width=\"89mm\""), "{name}: {}", &svg[..80]);
    }
    refusal(&["analyze", PUBLISHED, "--width", "89"], 2, &["--out"]);
}
