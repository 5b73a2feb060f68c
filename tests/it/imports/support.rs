//! Runs of `pathscope dataset import` and their output.

use std::fs;
use tempfile::TempDir;

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
