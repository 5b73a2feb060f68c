//! Runs of the command that must fail, with the expected messages.

use crate::cmd::{Run, command};
use crate::common::fixture;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Analyzes a file that cannot be analyzed. The message must contain its name and `parts`.
#[track_caller]
pub fn assert_refused(file: &Path, arguments: &[&str], parts: &[&str]) {
    let name = file.file_name().unwrap().to_str().unwrap();
    let run = Run::of(command(&["analyze"]).arg(file).args(arguments));
    let message = run.refused(1, &[&[name], parts].concat());
    assert!(message.starts_with("error: "), "{message}");
}

/// A folder with one file in it.
pub struct OneFile {
    pub folder: TempDir,
    pub path: PathBuf,
}

impl OneFile {
    pub fn new(name: &str, contents: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, contents).unwrap();
        Self { folder, path }
    }

    pub fn beside(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, contents).unwrap();
        path
    }
}

#[track_caller]
pub fn assert_contents_refused(name: &str, contents: impl AsRef<[u8]>, parts: &[&str]) {
    let file = OneFile::new(name, contents);
    assert_refused(&file.path, &[], parts);
}

pub fn container(name: &str) -> Vec<u8> {
    fs::read(fixture("containers").join(name)).unwrap()
}

pub fn zip_of(entries: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, contents) in entries {
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(contents).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub const STORED: zip::CompressionMethod = zip::CompressionMethod::Stored;
pub const DEFLATED: zip::CompressionMethod = zip::CompressionMethod::Deflated;
