//! The output of the command for the hand-built nets, byte for byte.

use crate::cmd::stdout;
use std::path::Path;

fn net(name: &str) -> String {
    format!("fixtures/nets/{name}.safetensors")
}

#[test]
fn analysis_as_text() {
    insta::assert_snapshot!("fig5-text", stdout(&["analyze", &net("fig5")]));
    insta::assert_snapshot!("ablated-text", stdout(&["analyze", &net("ablated")]));
    insta::assert_snapshot!("readouts-text", stdout(&["analyze", &net("readouts")]));
}

#[test]
fn analysis_as_json() {
    for name in ["fig5", "multi-path", "skip"] {
        insta::assert_snapshot!(format!("{name}-json"), stdout(&["analyze", &net(name), "--format", "json"]));
    }
}

#[test]
fn analysis_of_a_program() {
    let program = "fixtures/programs/by-hand.pt2";
    insta::assert_snapshot!("by-hand-text", stdout(&["analyze", program]));
    insta::assert_snapshot!("by-hand-json", stdout(&["analyze", program, "--format", "json"]));
    let between = ["analyze", program, "--from", "enter", "--to", "norm", "--count", "linear", "--top", "0"];
    insta::assert_snapshot!("by-hand-between", stdout(&between));
}

#[test]
fn one_row_for_each_model() {
    insta::assert_snapshot!("nets-table", stdout(&["analyze", "fixtures/nets"]));
    insta::assert_snapshot!("nets-csv", stdout(&["analyze", "fixtures/nets", "--format", "csv"]));
}

#[test]
fn tables_of_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    stdout(&["analyze", &net("top-down"), "--out", out, "--no-figures"]);
    let read = |name: &str| std::fs::read_to_string(Path::new(out).join(name)).unwrap();
    insta::assert_snapshot!("top-down-components-csv", read("components.csv"));
    insta::assert_snapshot!("top-down-lengths-csv", read("lengths.csv"));
    insta::assert_snapshot!("top-down-paths-csv", read("paths.csv"));
    // The same, except for the checksum of a file that is read again.
    let written = read("analysis.json");
    let (content, checksum) = written.split_once(",\n  \"checksum\": ").unwrap();
    assert_eq!(format!("{content}\n}}\n"), stdout(&["analyze", &net("top-down"), "--format", "json"]));
    assert!(checksum.starts_with("\"sha256:") && checksum.ends_with("\"\n}\n"), "{checksum}");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in [&first, &second] {
        stdout(&["analyze", &net("two-blocks"), "--out", folder.path().to_str().unwrap()]);
    }
    let mut names: Vec<_> =
        std::fs::read_dir(first.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert!(names.len() >= 4);
    for name in names {
        let read = |folder: &tempfile::TempDir| std::fs::read(folder.path().join(&name)).unwrap();
        assert_eq!(read(&first), read(&second), "{name:?}");
    }
}

#[test]
fn inspection() {
    insta::assert_snapshot!(
        "inspect-reference",
        stdout(&["inspect", "fixtures/reference/recurrent-1block-t3-no-avg/best.pth"])
    );
}

#[test]
fn inspection_of_a_program() {
    let program = "fixtures/programs/gated-top-down/model.pt2";
    insta::assert_snapshot!("inspect-program", stdout(&["inspect", program]));
    insta::assert_snapshot!("inspect-program-csv", stdout(&["inspect", program, "--format", "csv"]));
    let json = stdout(&["inspect", program, "--from", "n2", "--format", "json"]);
    insta::assert_snapshot!("inspect-program-json", json);
}

#[test]
fn layout_template() {
    let checkpoint = "fixtures/reference/recurrent-2block-t5-late-avg-softplus/best.pth";
    insta::assert_snapshot!("template-reference", stdout(&["layout", "template", checkpoint]));
}
