//! Runs of `pathscope dataset import`, and what they wrote.

use std::fs;
use std::process::{Command, Output};
use tempfile::TempDir;

pub fn run(arguments: &[impl AsRef<std::ffi::OsStr> + std::fmt::Debug]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pathscope"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

#[track_caller]
pub fn stdout(arguments: &[impl AsRef<std::ffi::OsStr> + std::fmt::Debug]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What the command says when it fails; it must not panic or print a result.
#[track_caller]
pub fn refusal(arguments: &[impl AsRef<std::ffi::OsStr> + std::fmt::Debug], parts: &[&str]) {
    let output = run(arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{arguments:?} succeeded");
    assert!(output.stdout.is_empty() && !message.contains("panicked"), "{message}");
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
}

pub fn import(arguments: &str) -> (TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("imported").to_str().unwrap().to_owned();
    let mut all = vec!["dataset".to_owned(), "import".to_owned(), "--out".to_owned(), out];
    all.extend(arguments.split_whitespace().map(|argument| argument.replace("@", "fixtures/import/")));
    (folder, all)
}

/// A folder with these files.
pub fn folder_of(files: &[(&str, Vec<u8>)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}
