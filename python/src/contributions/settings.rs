//! How contributions are computed, from keyword arguments.

use super::compute::sha256_in_memory;
use crate::computing::Watch;
use crate::options::{unknown, word};
use numpy::PyReadonlyArray3;
use pathscope_core::analysis::contributions::{Baseline, By, ComputeOptions};
use pathscope_core::statistics::Bootstrap;
use pyo3::prelude::*;
use std::sync::Arc;

/// The value of `by` for single paths.
pub(super) const SINGLE_PATHS: &str = "path";

/// How contributions are computed, as `pathscope/_contributions.py` collects it.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Computing<'py> {
    by: String,
    max_paths: usize,
    gate: String,
    /// `zero` or `mean`, unless there is an image.
    baseline: String,
    baseline_image: Option<PyReadonlyArray3<'py, f32>>,
    precision: String,
    batch: usize,
    resamples: usize,
    seed: u64,
}

impl Computing<'_> {
    /// Returns the options of a computation, which `watch` can stop.
    pub(super) fn options(&self, py: Python<'_>, watch: &Watch) -> PyResult<ComputeOptions> {
        let baseline = match (self.baseline.as_str(), &self.baseline_image) {
            (_, Some(image)) => Baseline::Image {
                pixels: image.as_array().to_owned(),
                path: "an image in memory".into(),
                sha256: sha256_in_memory(&image.as_array()),
            },
            ("zero", None) => Baseline::Zero,
            ("mean", None) => Baseline::Mean,
            (other, None) => return Err(unknown(py, "baseline", other, "'zero', 'mean' or an image")),
        };
        let unknown_gate = |_| unknown(py, "gate", &self.gate, "'secant' or 'tangent'");
        Ok(ComputeOptions {
            gate: self.gate.parse().map_err(unknown_gate)?,
            baseline,
            precision: word(py, "precision", &self.precision)?,
            batch: self.batch.max(1),
            stop: Some(Arc::clone(&watch.stop)),
        })
    }

    /// Returns what paths are grouped by; `None` for single paths.
    pub(super) fn by(&self, py: Python<'_>) -> PyResult<Option<By>> {
        if self.by == SINGLE_PATHS { Ok(None) } else { word(py, "by", &self.by).map(Some) }
    }

    /// Returns the largest number of single paths.
    pub(super) fn max_paths(&self) -> usize {
        self.max_paths.max(1)
    }

    /// Returns the settings of the intervals.
    pub(super) fn bootstrap(&self) -> Bootstrap {
        Bootstrap { resamples: self.resamples, seed: self.seed, ..Bootstrap::default() }
    }

    /// Returns the exception for words that name no group.
    pub(super) fn unknown_group(&self, py: Python<'_>, expected: &str) -> PyErr {
        unknown(py, "by", &self.by, expected)
    }
}
