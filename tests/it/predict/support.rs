//! Predictions of the command without its companion, and array files.

use crate::alone::Alone;
use crate::cmd::assert_says;
use ndarray::{ArrayD, Axis, concatenate};
use pathscope_core::files::arrays::{NpyElement, npy_bytes, read_npy};
use std::fs;
use std::path::Path;

pub const REFERENCES: [&str; 6] = [
    "feedforward-1block",
    "recurrent-1block-t3-no-avg",
    "recurrent-1block-t7-2-avg",
    "recurrent-2block-t5-late-avg-softplus",
    "multipath-1block-t4-2-avg-separate-bn",
    "multipath-1block-t5-late-avg-removed-1-2",
];

impl Alone {
    /// Writes an array into the folder.
    pub fn write<T: NpyElement>(&self, name: &str, array: &ArrayD<T>) {
        fs::write(self.path(name), npy_bytes(array)).unwrap();
    }

    /// Predicts, and returns the predictions.
    #[track_caller]
    pub fn predict(&self, model: &Path, images: &Path, more: &[&str]) -> ArrayD<f64> {
        let paths = [model, images].map(|path| path.to_str().unwrap());
        let arguments = ["predict", paths[0], "--images", paths[1], "--out", "predictions.npy"];
        let said = self.run(&[&arguments, more].concat());
        assert_eq!((said.code, said.stdout.as_str()), (Some(0), ""), "{}", said.stderr);
        assert_says(&said.stderr, &["are in predictions.npy"]);
        numbers(&self.path("predictions.npy"))
    }

    /// Runs a command that must be refused in one line with all these words, and leave no files.
    #[track_caller]
    pub fn assert_refused(&self, arguments: &[&str], words: &[&str]) {
        let count = || fs::read_dir(self.path(".")).unwrap().count();
        let before = count();
        let said = self.run(arguments);
        assert!(matches!(said.code, Some(1 | 2)) && said.stdout.is_empty(), "{arguments:?}: {}", said.stdout);
        assert_says(&said.stderr, words);
        assert_eq!(said.stderr.lines().count(), 1, "{arguments:?}: {}", said.stderr);
        assert_eq!(count(), before, "{arguments:?}");
    }
}

/// Returns the numbers in an array file.
pub fn numbers(path: &Path) -> ArrayD<f64> {
    read_npy(path).unwrap().0.to_f64()
}

/// Returns the first images of an array, which repeats after its last one.
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
