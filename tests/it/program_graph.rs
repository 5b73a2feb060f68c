//! `pathscope graph` of exported programs, and the figures of their graphs in the folder of an analysis.

use std::path::Path;
use std::process::{Command, Output};

const PROGRAM: &str = "fixtures/programs/staged-skip-areas/model.pt2";
const CHECKPOINT: &str = "fixtures/nets/fig5.safetensors";

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pathscope"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn drawn(more: &[&str]) -> String {
    let output = run(&[&["graph", PROGRAM], more].concat());
    assert!(output.status.success(), "{more:?}: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
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
    let missing = run(&["graph", PROGRAM, "--from", "on"]);
    assert!(!missing.status.success() && stderr(&missing).contains("one"), "{}", stderr(&missing));
}

#[test]
fn flags_of_the_other_kind_of_file_are_refused_in_a_line() {
    for (arguments, said) in [
        (["graph", PROGRAM, "--fold", "2"], "use --depth to merge modules"),
        (["graph", CHECKPOINT, "--depth", "2"], "use --fold to leave out iterations"),
        (["graph", PROGRAM, "--readout", "no-avg"], "leave out --key"),
        (["graph", CHECKPOINT, "--from", "one"], "are for exported programs"),
        (["graph", PROGRAM, "--depth", "0"], "0 is not in 1.."),
    ] {
        let output = run(&arguments);
        let error = stderr(&output);
        assert!(!output.status.success() && error.contains(said), "{arguments:?}: {error}");
        assert_eq!(error.lines().filter(|line| line.starts_with("error")).count(), 1, "{error}");
    }
}

#[test]
fn the_folder_of_an_analysis_has_the_graphs_of_a_program() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let output = run(&["analyze", PROGRAM, "--out", out, "--width", "89"]);
    assert!(output.status.success(), "{}", stderr(&output));
    for name in ["graph-paths.svg", "graph-strength.svg", "modules.svg"] {
        let svg = std::fs::read_to_string(Path::new(out).join(name)).unwrap();
        assert!(svg.starts_with("<svg width=\"89mm\""), "{name}");
    }
}
