//! `pathscope graph` for exported programs, and the graphs in the folder of an analysis.

use crate::cmd::{refusal, stdout};
use std::path::Path;

const PROGRAM: &str = "fixtures/programs/staged-skip-areas/model.pt2";
const CHECKPOINT: &str = "fixtures/nets/fig5.safetensors";

#[track_caller]
fn drawn(more: &[&str]) -> String {
    stdout(&[&["graph", PROGRAM], more].concat())
}

#[test]
fn graphs_of_a_program_are_drawn() {
    let paths = drawn(&[]);
    assert!(paths.starts_with("<svg") && paths.contains("\nx to output, 32 paths\n"));
    let strengths = drawn(&["--lines", "strength", "--width", "183"]);
    assert!(
        strengths.starts_with("<svg width=\"183mm\"") && strengths.contains("share of the total strength")
    );
    assert!(drawn(&["--rolled"]).contains("\nx to output, by modules\n"));
    assert!(drawn(&["--format", "dot"]).starts_with("digraph program"));
    assert!(drawn(&["--format", "dot", "--rolled"]).starts_with("digraph modules"));
}

#[test]
fn the_flags_of_programs_choose_what_is_drawn() {
    let part = drawn(&["--from", "one", "--to", "two"]);
    assert!(part.contains("\none to two, ") && !part.contains("\none.squeeze\n"), "{part}");
    let folded = drawn(&["--depth", "1"]);
    assert!(folded.contains("\none\n") && !folded.contains("\none.squeeze\n"), "{folded}");
    refusal(&["graph", PROGRAM, "--from", "on"], 1, &["one"]);
}

#[test]
fn flags_of_the_other_kind_of_file_are_refused_in_one_line() {
    for (arguments, code, said) in [
        (["graph", PROGRAM, "--fold", "2"], 2, "use --depth to merge modules"),
        (["graph", CHECKPOINT, "--depth", "2"], 2, "use --fold to leave out iterations"),
        (["graph", PROGRAM, "--readout", "no-avg"], 1, "leave out --key"),
        (["graph", CHECKPOINT, "--from", "one"], 1, "are for exported programs"),
        (["graph", PROGRAM, "--depth", "0"], 2, "0 is not in 1.."),
    ] {
        let error = refusal(&arguments, code, &[said]);
        assert_eq!(error.lines().filter(|line| line.starts_with("error")).count(), 1, "{error}");
    }
}

#[test]
fn the_folder_of_an_analysis_has_the_graphs_of_a_program() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    stdout(&["analyze", PROGRAM, "--out", out, "--width", "89"]);
    for name in ["graph-paths.svg", "graph-strength.svg", "modules.svg"] {
        let svg = std::fs::read_to_string(Path::new(out).join(name)).unwrap();
        assert!(svg.starts_with("<svg width=\"89mm\""), "{name}");
    }
}
