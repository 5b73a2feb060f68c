//! Results that cannot be written, or that are not read.

use super::support::*;
use crate::cmd::{Run, assert_says, command};
use crate::common::{containers_layout, fixture};
use std::fs;
use std::path::Path;
use std::process::Command;

fn analyze_sound(arguments: &[&str]) -> Command {
    let mut command = command(&["analyze"]);
    command.arg(fixture("containers/zip-float32.pth"));
    command.arg("--layout").arg(containers_layout()).args(arguments);
    command
}

#[test]
fn output_folder_below_a_file() {
    let file = OneFile::new("in-the-way", "");
    let below = file.path.join("results");
    for out in [&below, &file.path] {
        let run = Run::of(&mut analyze_sound(&["--out", out.to_str().unwrap()]));
        run.refused(1, &["in-the-way", "cannot be written", "give another place with --out"]);
    }
}

#[test]
fn a_folder_with_the_name_of_a_result() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("analysis.json")).unwrap();
    let run = Run::of(&mut analyze_sound(&["--out", folder.path().to_str().unwrap()]));
    run.refused(1, &["analysis.json: cannot be written", "a folder of that name", "--out"]);
}

/// All files in a folder.
fn files_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Checks that a folder has these files and no temporary ones.
#[track_caller]
fn assert_finished(folder: &Path, expected: &[&str]) {
    let found = files_in(folder);
    for name in expected {
        assert!(found.iter().any(|found| found == name), "{name} is not among {found:?}");
    }
    assert!(!found.iter().any(|name| name.starts_with('.')), "{found:?}");
}

/// Files are limited to one block, so the first larger result fails.
#[cfg(unix)]
#[test]
fn full_output_place() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("results");
    let command = "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    let analyze = analyze_sound(&["--out", out.to_str().unwrap()]);
    let run = Run::of(shell.arg(analyze.get_program()).args(analyze.get_args()));
    run.refused(1, &["results/analysis.json: cannot be written", "free some space", "--out"]);
    assert_eq!(files_in(&out), [""; 0]);
}

#[test]
fn two_results_of_one_name() {
    let file = OneFile::new("model.pt", container("zip-float32.pth"));
    let other = file.beside("model.pth", container("legacy.pth"));
    let out = file.folder.path().join("results");
    let mut command = command(&["analyze"]);
    command.args([&file.path, &other]).arg("--layout").arg(containers_layout()).arg("--out").arg(&out);
    let words = ["model.pt ", "model.pth would both be written to", "analyze them separately"];
    Run::of(&mut command).refused(1, &words);
    assert_eq!(files_in(&out), [""; 0]);
}

#[test]
fn one_bad_file_among_good_ones() {
    let file = OneFile::new("a.pth", container("zip-float32.pth"));
    file.beside("b.pth", "not a checkpoint");
    file.beside("c.pth", container("tar.pth"));
    let out = file.folder.path().join("results");
    let mut command = command(&["analyze", "--format", "csv", "--layout"]);
    let Run { code, stdout, stderr } =
        Run::of(command.arg(containers_layout()).arg("--out").arg(&out).arg(file.folder.path()));
    let rows: Vec<&str> = stdout.lines().collect();
    assert_eq!((code, rows.len()), (Some(1), 3), "{stdout}");
    assert!(rows[1].contains("a.pth,") && rows[2].contains("c.pth,"), "{stdout}");
    assert_says(&stderr, &["b.pth: this is a text file", "1 of 3 files could not be analyzed"]);
    assert_finished(&out, &["a", "c", "summary.csv"]);
    assert!(!out.join("b").exists());
    assert_eq!(fs::read_to_string(out.join("summary.csv")).unwrap(), stdout);
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_or_back() {
    use std::os::unix::fs::symlink;
    let file = OneFile::new("a.pth", container("zip-float32.pth"));
    let folder = file.folder.path();
    symlink(folder.join("gone.pth"), folder.join("b.pth")).unwrap();
    symlink(folder.join("gone.txt"), folder.join("c.txt")).unwrap();
    symlink(folder, folder.join("d")).unwrap();
    let mut command = command(&["analyze", "--format", "csv", "--layout"]);
    let Run { code, stdout, stderr } = Run::of(command.arg(containers_layout()).arg(folder));
    assert_eq!((code, stdout.lines().count()), (Some(1), 2));
    assert_says(&stderr, &["b.pth: cannot be read", "check its name", "1 of 2 files could not be analyzed"]);
}

/// Runs the command with a closed stdout, as when `head` has seen enough.
fn with_closed_pipe(arguments: &[&str]) -> (Option<i32>, String) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let run = Run::of(analyze_sound(arguments).stdout(writer));
    (run.code, run.stderr)
}

#[test]
fn closed_pipe() {
    let several = fixture("containers/legacy.pth");
    for arguments in [&["--format", "json"], &["--format", "table"], &[several.to_str().unwrap(), "--quiet"]]
    {
        assert_eq!(with_closed_pipe(arguments), (Some(0), String::new()));
    }
}

#[test]
fn closed_pipe_costs_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let one = folder.path().join("one");
    assert_eq!(
        with_closed_pipe(&["--quiet", "--no-figures", "--out", one.to_str().unwrap()]),
        (Some(0), String::new())
    );
    assert_finished(&one, &["analysis.json", "paths.csv"]);

    let two = folder.path().join("two");
    let other = fixture("containers/legacy.pth");
    let arguments = ["--no-figures", other.to_str().unwrap(), "--out", two.to_str().unwrap()];
    assert_eq!(with_closed_pipe(&arguments), (Some(0), String::new()));
    assert_finished(&two, &["legacy", "summary.csv", "zip-float32"]);
    assert_finished(&two.join("legacy"), &["analysis.json", "paths.csv"]);
}

/// A device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn full_standard_output() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = Run::of(analyze_sound(&[]).stdout(full));
    run.refused(1, &["standard output cannot be written to", "free some space"]);
}
