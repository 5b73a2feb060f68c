//! The command alone, and arrays in files.

use ndarray::{ArrayD, Axis, concatenate};
use pathscope_core::files::arrays::{NpyElement, npy_bytes, read_npy};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub const REFERENCES: [&str; 6] = [
    "feedforward-1block",
    "recurrent-1block-t3-no-avg",
    "recurrent-1block-t7-2-avg",
    "recurrent-2block-t5-late-avg-softplus",
    "multipath-1block-t4-2-avg-separate-bn",
    "multipath-1block-t5-late-avg-removed-1-2",
];

/// A file under `fixtures/`.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// What a command printed, and how it ended.
pub struct Said {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A folder of its own with the command in it, without a companion beside it or on PATH.
pub struct Alone(TempDir);

impl Alone {
    pub fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let command = folder.path().join("pathscope");
        // The same file under another name is enough, where the system has such names.
        if fs::hard_link(env!("CARGO_BIN_EXE_pathscope"), &command).is_err() {
            fs::copy(env!("CARGO_BIN_EXE_pathscope"), &command).unwrap();
        }
        Self(folder)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes an array into the folder.
    pub fn write<T: NpyElement>(&self, name: &str, array: &ArrayD<T>) {
        fs::write(self.path(name), npy_bytes(array)).unwrap();
    }

    /// Runs the command in the folder.
    pub fn run(&self, arguments: &[&str]) -> Said {
        let folder = self.0.path();
        let mut command = Command::new(folder.join("pathscope"));
        let output = command.args(arguments).current_dir(folder).env("PATH", folder).output().unwrap();
        Said {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Predicts, and returns the predictions.
    #[track_caller]
    pub fn predict(&self, model: &Path, images: &Path, more: &[&str]) -> ArrayD<f64> {
        let paths = [model, images].map(|path| path.to_str().unwrap());
        let arguments = ["predict", paths[0], "--images", paths[1], "--out", "predictions.npy"];
        let said = self.run(&[&arguments, more].concat());
        assert_eq!((said.code, said.stdout.as_str()), (Some(0), ""), "{}", said.stderr);
        assert!(said.stderr.contains("are in predictions.npy"), "{}", said.stderr);
        numbers(&self.path("predictions.npy"))
    }

    /// Runs a command that is refused in one line which says all of these, and that leaves nothing behind.
    #[track_caller]
    pub fn assert_refused(&self, arguments: &[&str], words: &[&str]) {
        let count = || fs::read_dir(self.0.path()).unwrap().count();
        let before = count();
        let said = self.run(arguments);
        assert!(matches!(said.code, Some(1 | 2)) && said.stdout.is_empty(), "{arguments:?}: {}", said.stdout);
        for word in words {
            assert!(said.stderr.contains(word), "{arguments:?}: {word} in {}", said.stderr);
        }
        assert_eq!(said.stderr.lines().count(), 1, "{arguments:?}: {}", said.stderr);
        assert_eq!(count(), before, "{arguments:?}");
    }
}

/// The numbers in an array file.
pub fn numbers(path: &Path) -> ArrayD<f64> {
    read_npy(path).unwrap().0.to_f64()
}

/// The first images of an array, beginning again after its last.
pub fn cycled(images: &ArrayD<f64>, count: usize) -> ArrayD<f64> {
    let all = vec![images.view(); count.div_ceil(images.shape()[0])];
    concatenate(Axis(0), &all).unwrap().slice_axis(Axis(0), (0..count).into()).to_owned()
}

#[track_caller]
pub fn assert_close(found: &ArrayD<f64>, expected: &ArrayD<f64>, tolerance: f64) {
    assert_eq!(found.shape(), expected.shape());
    let difference = (found - expected).fold(0.0_f64, |most, each| most.max(each.abs()));
    assert!(difference <= tolerance, "{difference:e}");
}
