//! `pathscope figure` through the command.

use crate::cmd::{Run, run};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const STUDY: &str = "fixtures/results/study.csv";

fn figure(arguments: &[&str]) -> Run {
    run(&[&["figure"], arguments].concat())
}

#[track_caller]
fn drawn(arguments: &[&str]) -> (String, String) {
    let Run { stdout, stderr, .. } = figure(arguments).succeeded();
    (stdout, stderr)
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn one_figure_goes_to_stdout_or_a_file() {
    let (stdout, stderr) = drawn(&["3a", "--results", STUDY]);
    assert!(stdout.starts_with("<svg") && stdout.contains("\nns2250, n = 12 pairs per panel\n"), "{stdout}");
    assert_eq!(stderr, "3 models that are not finished left out\n");
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("3a.svg");
    let (nothing, stderr) = drawn(&["3a", "--results", STUDY, "--out", file.to_str().unwrap(), "--quiet"]);
    assert_eq!((nothing.as_str(), stderr.as_str()), ("", ""));
    assert_eq!(fs::read_to_string(file).unwrap(), stdout);
}

#[test]
fn flags_choose_what_is_drawn() {
    let (first, _) = drawn(&["9", "--results", STUDY, "--dataset", "imagenet8k"]);
    assert!(first == drawn(&["10", "--results", STUDY]).0, "figure 10 is figure 9 of the second data set");
    let (zoomed, _) = drawn(&["3b", "--results", STUDY, "--readout", "2-avg", "--iterations", "3"]);
    assert!(zoomed.contains("\n2-avg, T = 3, n = 12\n"), "{zoomed}");
    let (half, _) = drawn(&["4c", "--results", STUDY, "--train-fraction", "0.5"]);
    assert!(half.contains("ns2250, 50 % (700)"), "{half}");
    let (raw, _) = drawn(&["3d", "--results", STUDY, "--metric", "cc-raw2"]);
    assert!(raw.contains("CC_raw²") && !raw.contains("CC_norm²"), "{raw}");
}

#[test]
fn all_figures_come_with_a_record_of_their_sources() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("figures");
    let arguments = ["all", "--results", STUDY, "--dataset", "ns2250", "--out", out.to_str().unwrap()];
    let (stdout, stderr) = drawn(&arguments);
    assert!(stdout.is_empty());
    for expected in [
        "left out: figure 26: a second split into training, validation and test images is needed, and ns2250 has only that of seed 0\n",
        "5 of 1013 models are unfinished and left out\n",
    ] {
        assert!(stderr.contains(expected), "{stderr}");
    }
    let record: serde_json::Value =
        serde_json::from_slice(&fs::read(out.join("figures.json")).unwrap()).unwrap();
    assert_eq!(record["schema"], "pathscope/figures/1");
    assert_eq!(record["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(record["results"][0]["path"], STUDY);
    assert_eq!(record["results"][0]["sha256"].as_str().map(str::len), Some(64));
    assert_eq!(
        record["settings"],
        serde_json::json!({"metric": "cc-norm2", "measure": "strength", "dataset": "ns2250"})
    );
    let files = record["figures"].as_array().unwrap().iter().map(|figure| &figure["file"]);
    let mut files: Vec<String> = files.map(|file| file.as_str().unwrap().to_owned()).collect();
    assert!(files.iter().any(|file| file == "figure-3a.svg"), "{files:?}");
    files.push("figures.json".to_owned());
    files.sort();
    assert_eq!(names_in(&out), files);
    let left_out: Vec<&str> =
        record["left_out"].as_array().unwrap().iter().map(|each| each["figure"].as_str().unwrap()).collect();
    assert!(left_out.ends_with(&["26", "27"]), "{left_out:?}");
    let (one, _) = drawn(&["6c", "--results", STUDY, "--dataset", "ns2250"]);
    assert!(one == fs::read_to_string(out.join("figure-6c.svg")).unwrap());
}

#[test]
fn a_figure_has_the_given_width() {
    for width in ["89", "183", "120.5"] {
        let (svg, stderr) = drawn(&["3d", "--results", STUDY, "--width", width]);
        assert!(svg.starts_with(&format!("<svg width=\"{width}mm\" height=\"")), "{}", &svg[..80]);
        assert!(!stderr.contains("does not fit"), "{stderr}");
        assert!(svg == drawn(&["3d", "--results", STUDY, "--width", width]).0);
    }
    // Nine panels are more than a column of a page.
    let (svg, stderr) = drawn(&["6", "--results", STUDY, "--width", "89"]);
    assert!(svg.starts_with("<svg width=\"89mm\""));
    assert!(stderr.contains("figure 6 does not fit: it is") && stderr.contains("mm high"), "{stderr}");
    for (width, expected) in [("9", "40 to 1200 mm"), ("wide", "in mm, such as 89"), ("NaN", "40 to 1200")] {
        figure(&["3d", "--results", STUDY, "--width", width]).refused(2, &[expected]);
    }
}

#[test]
fn wrong_usage_is_refused_first() {
    for (arguments, expected) in [
        (&["3A", "--results", STUDY][..], "did you mean 3a?"),
        (&["6j", "--results", STUDY], "figure 6 has 6a, 6b, 6c"),
        (&["3a"], "--results"),
        (&["5", "--results", STUDY], "`pathscope diagram path-lengths RUN|FILE`"),
        (&["all", "--results", STUDY], "give a folder with --out DIR"),
        (&["9", "--results", STUDY, "--readout", "no-avg"], "apply to figures 3b and 3c only"),
        (&["3a", "--results", STUDY, "--metric", "r2"], "cc-raw, cc-raw2, cc-max, cc-norm2, r2-er, feve"),
    ] {
        figure(arguments).refused(2, &[expected]);
    }
}

#[test]
fn failed_figures_leave_no_files() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("figure.svg");
    for (arguments, expected) in [
        (&["3a", "--results", STUDY, "--dataset", "ns2205"][..], "did you mean ns2250?"),
        (&["3b", "--results", STUDY, "--iterations", "5"], "figure 3b: there is no panel of T = 5"),
        (&["3d", "--results", STUDY, "--score", "r2-er"], "has a r²_ER: collect the results of models"),
        (&["3a", "--results", "fixtures/no-such.csv"], "fixtures/no-such.csv"),
        (&["3a", "--results", STUDY, "fixtures/README.md"], "fixtures/README.md"),
    ] {
        let to_file = [arguments, &["--out", file.to_str().unwrap()]].concat();
        let message = figure(&to_file).refused(1, &[expected]);
        assert!(message.starts_with("error: "), "{message}");
        assert_eq!(names_in(folder.path()), [""; 0], "{arguments:?}");
    }
    let out = folder.path().join("figures");
    figure(&["all", "--results", STUDY, "--dataset", "v1", "--out", out.to_str().unwrap()]).refused(1, &[]);
    assert_eq!(names_in(&out), [""; 0]);
}
