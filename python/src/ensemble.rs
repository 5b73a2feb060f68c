//! The ensemble of one readout or output.

use crate::circuit::MeasuredCircuit;
use crate::computing::run;
use crate::errors::Exception;
use crate::figure::Figure;
use crate::options::unknown;
use crate::table::{Table, escaped};
use pathscope::figures::{
    self, AnalysisFigure, DrawnModel, EnsembleOptions, FigureError, Sheet, UnrolledOptions, Width,
};
use pathscope::tables::{self, PathRows};
use pathscope_core::Analysis;
use pathscope_core::analysis::report::PathRow;
use pathscope_core::paths;
use pyo3::prelude::*;
use std::sync::Arc;

/// All paths to one readout or output, with their strengths.
#[pyclass(frozen, module = "pathscope")]
#[derive(Clone, Debug)]
pub(crate) struct Ensemble {
    of: Of,
}

/// What an ensemble belongs to.
#[derive(Clone, Debug)]
enum Of {
    /// An analysis, with the place of the ensemble in it.
    Analysis(Arc<Analysis>, usize),
    /// A circuit with strengths that the user gave.
    Circuit(Arc<MeasuredCircuit>),
}

/// The names of the figures of an ensemble.
const FIGURES: &str = "'circuit', 'circuit-paths', 'modules' (of programs), 'ensemble' or 'distribution'";

impl Ensemble {
    pub(crate) fn of_analysis(analysis: &Arc<Analysis>, index: usize) -> Self {
        Self { of: Of::Analysis(Arc::clone(analysis), index) }
    }

    pub(crate) fn of_circuit(circuit: MeasuredCircuit) -> Self {
        Self { of: Of::Circuit(Arc::new(circuit)) }
    }

    fn get(&self) -> &paths::ensemble::Ensemble {
        match &self.of {
            Of::Analysis(analysis, index) => &analysis.ensembles[*index],
            Of::Circuit(measured) => &measured.ensemble,
        }
    }

    fn moments(&self) -> Option<paths::ensemble::Moments> {
        self.get().moments
    }

    /// Returns the numbers that sum it up, in words.
    pub(crate) fn summary(&self) -> String {
        let of = self.get();
        let readout = of.readout.map_or(String::new(), |readout| format!("{readout}, "));
        let moments = of.moments.map_or("all of strength 0".to_owned(), |moments| {
            format!(
                "average path length {:.4}, diversity {:.4} nats",
                moments.average_path_length, moments.diversity_nats
            )
        });
        let plural = if of.paths.to_u64() == Some(1) { "" } else { "s" };
        format!("{readout}{} path{plural}, {moments}", of.paths)
    }

    /// Returns the strongest paths as rows of a table.
    fn strongest_rows(&self, count: usize) -> PathRows {
        let mut rows = PathRows::default();
        match &self.of {
            Of::Analysis(analysis, index) => {
                for found in analysis.reading(&analysis.ensembles[*index]).strongest().take(count) {
                    rows.push(analysis, *index, &found.path, found.strength);
                }
            }
            Of::Circuit(measured) => {
                let (reading, ensemble) = (measured.reading(), &measured.ensemble);
                let total = ensemble.total_strength;
                for found in reading.strongest().take(count) {
                    let ends = measured.unrolled.end_iterations();
                    let row = PathRow {
                        path: measured.path_names(&found.path),
                        length: reading.length(&found.path),
                        strength: found.strength.to_f64(),
                        log_strength: found.strength.checked_ln(),
                        probability: (!total.is_zero()).then(|| found.strength.ratio(total)),
                    };
                    rows.push_row(ensemble.readout, ends[found.path.end].first().copied(), row);
                }
            }
        }
        rows
    }

    /// Draws the figure with a name, or returns `None` if the ensemble has no such figure.
    fn draw(&self, name: &str, options: &EnsembleOptions) -> Option<Result<String, FigureError>> {
        let figure = match name {
            "circuit" => AnalysisFigure::Strength,
            "circuit-paths" => AnalysisFigure::Paths,
            "modules" => AnalysisFigure::Modules,
            "ensemble" => AnalysisFigure::Ensemble,
            "distribution" => AnalysisFigure::Distribution,
            _ => return None,
        };
        match &self.of {
            Of::Analysis(analysis, index) => AnalysisFigure::of(analysis)
                .any(|other| other == figure)
                .then(|| figure.draw(analysis, &analysis.ensembles[*index], options)),
            Of::Circuit(measured) => draw_circuit(measured, figure, options),
        }
    }
}

fn draw_circuit(
    measured: &MeasuredCircuit,
    figure: AnalysisFigure,
    options: &EnsembleOptions,
) -> Option<Result<String, FigureError>> {
    let MeasuredCircuit { circuit, unrolled, strengths, ensemble, readout } = measured;
    let model = || DrawnModel::of_circuit(circuit, unrolled, strengths);
    let drawn = |width| {
        let options =
            UnrolledOptions { width, readout: *readout, sheet: options.sheet, ..UnrolledOptions::default() };
        figures::unrolled_circuit(circuit, unrolled, strengths, &options)
    };
    match figure {
        AnalysisFigure::Paths => Some(drawn(Width::Paths)),
        AnalysisFigure::Strength => Some(drawn(Width::Strength)),
        AnalysisFigure::Modules => None,
        AnalysisFigure::Ensemble => Some(figures::ensemble(&model(), ensemble, options)),
        AnalysisFigure::Distribution => Some(figures::distribution(&model(), ensemble, options.sheet)),
    }
}

/// Returns the sheet of a width in millimetres.
pub(crate) fn sheet(py: Python<'_>, width: Option<f64>) -> PyResult<Sheet> {
    let of_width = |width| Sheet::of_width(width).map_err(|error| Exception::Input.of(py, &error));
    width.map_or(Ok(Sheet::default()), of_width)
}

#[pymethods]
impl Ensemble {
    /// The readout mode; None where paths end at an output of a program.
    #[getter]
    pub(crate) fn readout(&self) -> Option<String> {
        self.get().readout.map(|readout| readout.to_string())
    }

    /// The exact number of paths.
    #[getter]
    pub(crate) fn paths<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        // An int of Python has as many digits as it needs.
        py.get_type::<pyo3::types::PyInt>().call1((self.get().paths.to_string(),))
    }

    /// The sum of the paths' strengths; None where it is beyond the range of doubles.
    #[getter]
    pub(crate) fn total_strength(&self) -> Option<f64> {
        self.get().total_strength.to_f64()
    }

    /// The natural logarithm of the total strength; None where that is 0.
    #[getter]
    fn log_strength(&self) -> Option<f64> {
        self.get().total_strength.checked_ln()
    }

    /// The average path length in convolutions by strength (paper, Fig. 5c); None where all strengths are 0.
    #[getter]
    pub(crate) fn average_path_length(&self) -> Option<f64> {
        Some(self.moments()?.average_path_length)
    }

    /// The standard deviation of the path length, weighted by normalized strengths.
    #[getter]
    pub(crate) fn length_std(&self) -> Option<f64> {
        Some(self.moments()?.length_std)
    }

    /// The entropy of the path length distribution, in nats (paper, section 4.3).
    #[getter]
    pub(crate) fn diversity(&self) -> Option<f64> {
        Some(self.moments()?.diversity_nats)
    }

    /// The number of equally strong paths that would be as diverse.
    #[getter]
    pub(crate) fn effective_paths(&self) -> Option<f64> {
        Some(self.moments()?.effective_paths)
    }

    /// The path length distribution, a row for each length.
    #[getter]
    fn lengths(&self, py: Python<'_>) -> PyResult<Table> {
        let frame = tables::lengths(std::slice::from_ref(self.get()));
        frame.map(Table::new).map_err(|error| Exception::Output.of(py, &error))
    }

    /// Returns the strongest paths, from the strongest downward.
    #[pyo3(signature = (count=10))]
    pub(crate) fn strongest(&self, py: Python<'_>, count: usize) -> PyResult<Table> {
        let frame = run(py, || self.strongest_rows(count).take_frame())?;
        frame.map(Table::new).map_err(|error| Exception::Output.of(py, &error))
    }

    /// Draws a figure of the paper.
    ///
    /// Args:
    ///     name: `circuit` (the unrolled graph by strength, Fig. 5a), `circuit-paths` (by numbers of paths, Fig. 4a),
    ///         `ensemble` (the strongest paths, Fig. 5b), `distribution` (Fig. 5c) or, of a program, `modules`
    ///     width: the width in millimetres, such as 89 or 183 for one and two columns of a journal
    ///     paths: the number of strongest paths in `ensemble`
    #[pyo3(signature = (name="circuit", *, width=None, paths=10))]
    pub(crate) fn figure(
        &self,
        py: Python<'_>,
        name: &str,
        width: Option<f64>,
        paths: usize,
    ) -> PyResult<Figure> {
        let options = EnsembleOptions { paths: paths.max(1), sheet: sheet(py, width)? };
        match run(py, || self.draw(name, &options))? {
            None => Err(unknown(py, "name", name, FIGURES)),
            Some(Ok(svg)) => Ok(Figure::new(svg)),
            Some(Err(error)) => Err(Exception::Output.of(py, &error)),
        }
    }

    fn __repr__(&self) -> String {
        format!("<pathscope.Ensemble: {}>", self.summary())
    }

    pub(crate) fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        let svg = self.draw("distribution", &EnsembleOptions::default());
        let svg = svg.and_then(Result::ok).unwrap_or_default();
        let summary = escaped(&self.summary());
        Ok(format!("<div><p>{summary}</p>{svg}{}</div>", self.lengths(py)?._repr_html_()))
    }
}
