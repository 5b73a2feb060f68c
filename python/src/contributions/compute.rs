//! Computing contributions and receptive fields of a model for images in memory.

use super::Contributions;
use super::settings::Computing;
use crate::analysis::Analysis;
use crate::computing::{Watch, compute};
use crate::errors::Exception;
use crate::model_file::ModelFile;
use crate::options::Options;
use ndarray::{ArrayView, ArrayView4, Dimension};
use numpy::{IntoPyArray, PyArray1, PyArray5, PyReadonlyArray4};
use pathscope_core::AnalysisOptions;
use pathscope_core::analysis;
use pathscope_core::analysis::contributions::{
    By, ComputeError, ComputeOptions, ContributedModel, Contributions as Parts, ContributionsDocument,
    ImagesSource, ReceptiveFields,
};
use pathscope_core::analysis::report::PathRow;
use pathscope_core::files::arrays::npy_bytes;
use pathscope_core::files::documents::hexadecimal;
use pathscope_core::statistics::Bootstrap;
use pyo3::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

/// The name of images in memory.
const IN_MEMORY: &str = "images in memory";

/// What a computation is of, and how it is done.
struct Task<'a> {
    model: &'a ModelFile,
    analysis: AnalysisOptions,
    /// [number, channels, height, width]
    images: ArrayView4<'a, f32>,
    options: ComputeOptions,
}

/// The SHA-256 of the model, marks, and filters [units, marks, channels, height, width].
type Filters<'py> = (String, Bound<'py, PyArray1<i64>>, Bound<'py, PyArray5<f64>>);

/// Computes contributions: one result, or one for each block or connection.
///
/// # Arguments
///
/// * `images` - [number, channels, height, width], as the model sees them
/// * `progress` - called with the number of images done
#[pyfunction]
pub(crate) fn contributions(
    py: Python<'_>,
    model: ModelFile,
    options: Options,
    images: PyReadonlyArray4<'_, f32>,
    computing: Computing<'_>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Vec<Contributions>> {
    let watch = Watch::default();
    let task = Task {
        model: &model,
        analysis: options.resolve(py)?,
        images: images.as_array(),
        options: computing.options(py, &watch)?,
    };
    let (by, max_paths, bootstrap) = (computing.by(py)?, computing.max_paths(), computing.bootstrap());
    let found =
        compute(py, &watch, progress.as_ref(), |watch| task.contributions(by, max_paths, &bootstrap, watch))?;
    let (found, analysis) = found.map_err(|error| model.error(py, exception(&error), &*error))?;
    let analysis = Py::new(py, Analysis::of_file(analysis, &model))?;
    let result = |(parts, mut document): (Parts, ContributionsDocument)| {
        document.source.path = model.name();
        let outputs = parts.outputs.into_pyarray(py);
        Contributions::new(py, document, parts.marks, parts.parts, outputs, Some(analysis.clone_ref(py)))
    };
    found.into_iter().map(result).collect()
}

/// Computes receptive fields of units.
#[pyfunction]
pub(crate) fn receptive_fields<'py>(
    py: Python<'py>,
    model: ModelFile,
    options: Options,
    images: PyReadonlyArray4<'py, f32>,
    units: Vec<usize>,
    computing: Computing<'py>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Filters<'py>> {
    let watch = Watch::default();
    let task = Task {
        model: &model,
        analysis: options.resolve(py)?,
        images: images.as_array(),
        options: computing.options(py, &watch)?,
    };
    let Some(by @ (By::Length | By::Iteration)) = computing.by(py)? else {
        return Err(computing.unknown_group(py, "'length' or 'iteration'"));
    };
    let found = compute(py, &watch, progress.as_ref(), |watch| task.receptive_fields(by, &units, watch))?;
    let found = found.map_err(|error| model.error(py, exception(&error), &*error))?;
    let Some((sha256, found)) = found else {
        let text = format!("{}: no path leads through a convolution", model.name());
        return Err(Exception::Model.with_text(py, text));
    };
    let marks: Vec<i64> = found.marks.iter().map(|&mark| mark as i64).collect();
    Ok((sha256, marks.into_pyarray(py), found.filters.into_pyarray(py)))
}

/// Contributions with their documents, and the analysis of the model.
type Found = (Vec<(Parts, ContributionsDocument)>, analysis::Analysis);

impl Task<'_> {
    fn open(&self) -> Result<ContributedModel, Box<ComputeError>> {
        let (_, channels, height, width) = self.images.dim();
        Ok(ContributedModel::open(&self.model.0, &self.analysis, [channels, height, width])?)
    }

    /// Computes contributions of paths by a property, or of single paths.
    fn contributions(
        &self,
        by: Option<By>,
        max_paths: usize,
        bootstrap: &Bootstrap,
        watch: &Watch,
    ) -> Result<Found, Box<ComputeError>> {
        let model = self.open()?;
        let done = |images: usize| watch.done.store(images, Ordering::Relaxed);
        let found: Vec<(Parts, Vec<PathRow>)> = match by {
            None => {
                let listed = model.compute_paths(self.images, max_paths, &self.options, &done)?;
                vec![(listed.contributions, listed.paths)]
            }
            Some(by) => {
                let found = model.compute(self.images, &model.gradings(by), &self.options, &done)?;
                found.into_iter().map(|found| (found, Vec::new())).collect()
            }
        };
        let source = images_source(self.images);
        let documented = |(parts, paths): (Parts, Vec<PathRow>)| {
            let document = model.document(&parts, source.clone(), &self.options, None, bootstrap);
            let document = document.map_err(|error| Box::new(ComputeError::from(error)))?;
            Ok((parts, ContributionsDocument { paths, ..document }))
        };
        let found = found.into_iter().map(documented).collect::<Result<Vec<_>, Box<ComputeError>>>()?;
        Ok((found, model.analysis))
    }

    /// Computes receptive fields, with the SHA-256 of the model; `None` where no path leads through a convolution.
    fn receptive_fields(
        &self,
        by: By,
        units: &[usize],
        watch: &Watch,
    ) -> Result<Option<(String, ReceptiveFields)>, Box<ComputeError>> {
        let model = self.open()?;
        let done = |images: usize| watch.done.store(images, Ordering::Relaxed);
        let gradings = model.gradings(by);
        let Some(grading) = gradings.first() else { return Ok(None) };
        let fields = model.receptive_fields(self.images, grading, units, &self.options, &done)?;
        Ok(Some((model.analysis.sha256, fields)))
    }
}

/// Returns the exception that an error becomes.
fn exception(error: &ComputeError) -> Exception {
    match error {
        ComputeError::Images { .. }
        | ComputeError::Baseline { .. }
        | ComputeError::TooMany { .. }
        | ComputeError::Contributions(_) => Exception::Input,
        _ => Exception::Model,
    }
}

/// Returns the description of images in memory, with the hash of the file that `numpy.save` makes of them.
fn images_source(images: ArrayView4<'_, f32>) -> ImagesSource {
    ImagesSource {
        path: IN_MEMORY.to_owned(),
        sha256: BTreeMap::from([(IN_MEMORY.to_owned(), sha256_in_memory(&images))]),
        dataset: None,
    }
}

/// Returns the hash of the file that `numpy.save` makes of an array.
pub(super) fn sha256_in_memory<D: Dimension>(array: &ArrayView<'_, f32, D>) -> String {
    hexadecimal(&Sha256::digest(npy_bytes(array)))
}
