//! The analysis of a model.

use crate::computing::run;
use crate::contributions::{Contributions, GivenFields};
use crate::ensemble::Ensemble;
use crate::errors::Exception;
use crate::figure::Figure;
use crate::keywords::with_keywords;
use crate::model_file::ModelFile;
use crate::options::Options;
use crate::table::Table;
use pathscope::report::{ReportedContributions, ReportedModel, report_page};
use pathscope::tables;
use pathscope_core::analysis::report::Report;
use pathscope_core::files::output::write_file;
use pathscope_core::{analysis, circuit::Readout};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;

/// A model decomposed into its paths.
///
/// Numbers, figures and the strongest paths are those of its ensemble. A checkpoint that names no readout mode has one
/// ensemble for each: take one with `analysis["late-avg"]`, or give `analyze` a readout.
///
/// >>> import pathscope
/// >>> a = pathscope.analyze("fixtures/nets/fig5.safetensors")
/// >>> a
/// <pathscope.Analysis of fixtures/nets/fig5.safetensors: no-avg, 3 paths, average path length 1.7500, diversity 1.0397 nats>
/// >>> a.strongest(1)["path"]
/// ['conv[2].bottom_up > bn[2,3]']
#[pyclass(frozen, module = "pathscope")]
#[derive(Debug)]
pub(crate) struct Analysis {
    pub(crate) analysis: Arc<analysis::Analysis>,
}

/// Analyzes a model.
#[pyfunction]
pub(crate) fn analyze(py: Python<'_>, model: ModelFile, options: Options) -> PyResult<Analysis> {
    let options = options.resolve(py)?;
    let found = run(py, || analysis::Analysis::of_file(&model.0, &options))?;
    let found = found.map_err(|error| model.error(py, Exception::Model, &error))?;
    Ok(Analysis::of_file(found, &model))
}

impl Analysis {
    pub(crate) fn new(analysis: analysis::Analysis) -> Self {
        Self { analysis: Arc::new(analysis) }
    }

    /// Returns the analysis under the name of its model.
    pub(crate) fn of_file(analysis: analysis::Analysis, model: &ModelFile) -> Self {
        Self::new(analysis::Analysis { path: model.name().into(), ..analysis })
    }
}

#[pymethods]
impl Analysis {
    /// Remarks about how the model was read, and what was guessed.
    #[getter]
    fn remarks(&self) -> Vec<String> {
        self.analysis.remarks.iter().map(|remark| with_keywords(remark)).collect()
    }

    /// The file of the model, or the name of a model in memory.
    #[getter]
    fn source(&self) -> String {
        self.analysis.path.display().to_string()
    }

    /// The SHA-256 of the file; of a model in memory, that of the file that its weights make.
    #[getter]
    fn sha256(&self) -> String {
        self.analysis.sha256.clone()
    }

    /// The number of trainable parameters.
    #[getter]
    fn parameters(&self) -> usize {
        self.analysis.parameters
    }

    /// The ensembles of paths: one for each readout mode that the model may have.
    #[getter]
    fn ensembles(&self) -> Vec<Ensemble> {
        (0..self.analysis.ensembles.len()).map(|index| Ensemble::of_analysis(&self.analysis, index)).collect()
    }

    /// The only ensemble.
    #[getter]
    fn ensemble(&self, py: Python<'_>) -> PyResult<Ensemble> {
        match self.analysis.ensembles.len() {
            1 => Ok(Ensemble::of_analysis(&self.analysis, 0)),
            several => Err(Exception::Input.with_text(
                py,
                format!(
                    "{} names no readout mode, so there are {several} ensembles, one for each: give analyze() a readout, or take one with [\"late-avg\"]",
                    self.source()
                ),
            )),
        }
    }

    /// Returns the ensemble of a readout mode.
    fn __getitem__(&self, py: Python<'_>, readout: &str) -> PyResult<Ensemble> {
        let wanted: Readout = readout.parse().map_err(|error| Exception::Input.of(py, &error))?;
        let mut found = self.analysis.ensembles.iter();
        match found.position(|ensemble| ensemble.readout == Some(wanted)) {
            Some(index) => Ok(Ensemble::of_analysis(&self.analysis, index)),
            None => {
                let text = format!("{} has no readout mode {readout}", self.source());
                Err(Exception::Input.with_text(py, text))
            }
        }
    }

    /// The components on paths, with their strengths.
    #[getter]
    fn components(&self, py: Python<'_>) -> PyResult<Table> {
        let frame = tables::components(&self.analysis);
        frame.map(Table::new).map_err(|error| Exception::Output.of(py, &error))
    }

    /// The path length distributions of all ensembles, a row for each readout mode and length.
    #[getter]
    fn lengths(&self, py: Python<'_>) -> PyResult<Table> {
        let frame = tables::lengths(&self.analysis.ensembles);
        frame.map(Table::new).map_err(|error| Exception::Output.of(py, &error))
    }

    /// The readout mode; None where paths end at an output of a program.
    #[getter]
    fn readout(&self, py: Python<'_>) -> PyResult<Option<String>> {
        Ok(self.ensemble(py)?.readout())
    }

    /// The exact number of paths.
    #[getter]
    fn paths<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.ensemble(py)?.paths(py)
    }

    /// The sum of the paths' strengths; None where it is beyond the range of doubles.
    #[getter]
    fn total_strength(&self, py: Python<'_>) -> PyResult<Option<f64>> {
        Ok(self.ensemble(py)?.total_strength())
    }

    /// The average path length in convolutions by strength (paper, Fig. 5c); None where all strengths are 0.
    #[getter]
    fn average_path_length(&self, py: Python<'_>) -> PyResult<Option<f64>> {
        Ok(self.ensemble(py)?.average_path_length())
    }

    /// The standard deviation of the path length, weighted by normalized strengths.
    #[getter]
    fn length_std(&self, py: Python<'_>) -> PyResult<Option<f64>> {
        Ok(self.ensemble(py)?.length_std())
    }

    /// The entropy of the path length distribution, in nats (paper, section 4.3).
    #[getter]
    fn diversity(&self, py: Python<'_>) -> PyResult<Option<f64>> {
        Ok(self.ensemble(py)?.diversity())
    }

    /// The number of equally strong paths that would be as diverse.
    #[getter]
    fn effective_paths(&self, py: Python<'_>) -> PyResult<Option<f64>> {
        Ok(self.ensemble(py)?.effective_paths())
    }

    /// Returns the strongest paths, from the strongest downward.
    #[pyo3(signature = (count=10))]
    fn strongest(&self, py: Python<'_>, count: usize) -> PyResult<Table> {
        self.ensemble(py)?.strongest(py, count)
    }

    /// Draws a figure of the paper.
    ///
    /// Args:
    ///     name: `circuit` (the unrolled graph by strength, Fig. 5a), `circuit-paths` (by numbers of paths, Fig. 4a),
    ///         `ensemble` (the strongest paths, Fig. 5b), `distribution` (Fig. 5c) or, of a program, `modules`
    ///     width: the width in millimetres, such as 89 or 183 for one and two columns of a journal
    ///     paths: the number of strongest paths in `ensemble`
    #[pyo3(signature = (name="circuit", *, width=None, paths=10))]
    fn figure(&self, py: Python<'_>, name: &str, width: Option<f64>, paths: usize) -> PyResult<Figure> {
        self.ensemble(py)?.figure(py, name, width, paths)
    }

    /// Returns the analysis as `pathscope analyze --format json` prints it.
    #[pyo3(signature = (top=10))]
    fn to_json(&self, py: Python<'_>, top: usize) -> PyResult<String> {
        let json = run(py, || serde_json::to_string_pretty(&Report::new(&self.analysis, top)))?;
        json.map(|json| json + "\n").map_err(|error| Exception::Output.of(py, &error))
    }

    /// Writes an interactive page about the model: one HTML file that needs nothing else.
    ///
    /// Args:
    ///     path: the file, which ends in .html
    ///     contributions: those of the same model by length, which the page then shows too
    ///     receptive_fields: those of the same model by length, likewise
    ///     title: the title of the page; by default the name of the model
    #[pyo3(signature = (path, contributions=None, receptive_fields=None, *, title=None))]
    fn report(
        &self,
        py: Python<'_>,
        path: PathBuf,
        contributions: Option<PyRef<'_, Contributions>>,
        receptive_fields: Option<GivenFields<'_>>,
        title: Option<String>,
    ) -> PyResult<()> {
        let title = title.unwrap_or_else(|| self.source());
        if let Some(contributions) = &contributions {
            contributions.check_model(py, &self.analysis)?;
        }
        let fields = receptive_fields.map(|fields| fields.of_model(py, &self.analysis)).transpose()?;
        let by_image = contributions.as_ref().map(|contributions| contributions.by_image(py));
        let reported = contributions.as_ref().zip(by_image.as_ref()).map(|(contributions, by_image)| {
            let document = contributions.document();
            ReportedContributions { document, by_image: Some(by_image), units: &[] }
        });
        let model = ReportedModel {
            name: &title,
            analysis: &self.analysis,
            scores: None,
            contributions: reported,
            fields: fields.as_ref(),
        };
        let page = run(py, || report_page(&title, &[model], None))?;
        let page = page.map_err(|error| Exception::Output.of(py, &error))?;
        write_file(&path, page).map_err(|error| Exception::Output.of(py, &error))
    }

    fn __repr__(&self) -> String {
        let summaries = self.ensembles().iter().map(Ensemble::summary).collect::<Vec<_>>();
        format!("<pathscope.Analysis of {}: {}>", self.source(), summaries.join("; "))
    }

    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        self.ensembles().iter().map(|ensemble| ensemble._repr_html_(py)).collect()
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "an Analysis holds the graph of its model and cannot be pickled: send to_json(), its tables or the model's path to the other process",
        ))
    }
}
