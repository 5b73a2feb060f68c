//! The contributions of paths to outputs.

mod compute;
mod fields;
mod settings;

pub(crate) use compute::{contributions, receptive_fields};
pub(crate) use fields::GivenFields;

use crate::analysis::Analysis;
use crate::ensemble::sheet;
use crate::errors::Exception;
use crate::figure::Figure;
use crate::keywords::with_keywords;
use crate::options::unknown;
use crate::table::{Table, escaped};
use ndarray::Array3;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArray3, PyArrayMethods, PyReadonlyArray2, PyReadonlyArray3};
use pathscope::{figures, tables};
use pathscope_core::analysis::contributions::{
    Contributions as Parts, ContributionsDocument, Mark, PartShare, Summary,
};
use pyo3::prelude::*;
use pyo3::types::{PyEllipsis, PySlice, PyType};
use settings::SINGLE_PATHS;
use std::path::Path;

/// What contributions are pickled as: how to make them, and what of.
type Pickled<'py> = (Bound<'py, PyAny>, (String, Py<PyArray3<f64>>, Py<PyArray2<f64>>));

/// The exact contributions of paths to a model's outputs, image by image.
#[pyclass(frozen, module = "pathscope")]
#[derive(Debug)]
pub(crate) struct Contributions {
    document: ContributionsDocument,
    marks: Vec<usize>,
    /// [images, units, marks + 1], the biases last.
    parts: Py<PyArray3<f64>>,
    outputs: Py<PyArray2<f64>>,
    analysis: Option<Py<Analysis>>,
}

impl Contributions {
    fn new(
        py: Python<'_>,
        document: ContributionsDocument,
        marks: Vec<usize>,
        parts: Array3<f64>,
        outputs: Bound<'_, PyArray2<f64>>,
        analysis: Option<Py<Analysis>>,
    ) -> PyResult<Self> {
        let parts = parts.into_pyarray(py);
        // The arrays are handed out without a copy, so nobody may change them.
        for array in [parts.as_any(), outputs.as_any()] {
            array.call_method1("setflags", (false,))?;
        }
        Ok(Self { document, marks, parts: parts.unbind(), outputs: outputs.unbind(), analysis })
    }

    pub(crate) fn document(&self) -> &ContributionsDocument {
        &self.document
    }

    /// Returns the contributions image by image.
    pub(crate) fn by_image(&self, py: Python<'_>) -> Parts {
        Parts {
            mark: self.document.summary.mark.clone(),
            marks: self.marks.clone(),
            parts: self.parts.bind(py).to_owned_array(),
            outputs: self.outputs.bind(py).to_owned_array(),
        }
    }

    /// Checks that these are contributions of a model by length.
    pub(crate) fn check_model(&self, py: Python<'_>, analysis: &pathscope_core::Analysis) -> PyResult<()> {
        let ours = &self.document.source;
        check_same(py, "contributions", &ours.sha256, analysis)?;
        match self.document.summary.mark {
            Mark::Length => Ok(()),
            _ => Err(unknown(py, "by", self.by(), "contributions by 'length'")),
        }
    }

    /// Returns one number for each group of paths in a summary. A missing number is NaN.
    fn of_parts(summary: &Summary, number: impl Fn(&PartShare) -> Option<f64>) -> Vec<f64> {
        summary.parts.iter().map(|part| number(part).unwrap_or(f64::NAN)).collect()
    }

    fn summary(&self, py: Python<'_>, unit: Option<usize>) -> PyResult<&Summary> {
        match unit {
            None => Ok(&self.document.summary.population),
            Some(unit) => self.document.unit(unit).map_err(|error| Exception::Input.of(py, &error)),
        }
    }

    fn of_units<'py>(
        &self,
        py: Python<'py>,
        number: impl Fn(&PartShare) -> Option<f64>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let units = &self.document.summary.units;
        let numbers = units.iter().flat_map(|unit| Self::of_parts(unit, &number)).collect();
        let array = ndarray::Array2::from_shape_vec((units.len(), self.marks.len()), numbers);
        array.map(|array| array.into_pyarray(py)).map_err(|error| Exception::Output.of(py, &error))
    }
}

#[pymethods]
impl Contributions {
    /// What paths are grouped by: `length`, `iteration`, `block`, `connection`, or `path` for single paths.
    #[getter]
    fn by(&self) -> &'static str {
        match self.document.summary.mark {
            Mark::Length => "length",
            Mark::Iteration => "iteration",
            Mark::Block(_) => "block",
            Mark::Connection(_) => "connection",
            Mark::Path => SINGLE_PATHS,
        }
    }

    /// The name of the block or connection; None where paths are grouped by something else.
    #[getter]
    fn name(&self) -> Option<&str> {
        match &self.document.summary.mark {
            Mark::Block(name) | Mark::Connection(name) => Some(name),
            Mark::Length | Mark::Iteration | Mark::Path => None,
        }
    }

    /// The marks of the groups, ascending: lengths, counts or iterations, or the ranks of single paths.
    #[getter]
    fn marks<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        self.marks.iter().map(|&mark| mark as i64).collect::<Vec<_>>().into_pyarray(py)
    }

    /// The contributions of paths, [images, units, marks].
    #[getter]
    fn array<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let marks = PySlice::new(py, 0, self.marks.len() as isize, 1);
        self.parts.bind(py).as_any().get_item((PyEllipsis::get(py), marks))
    }

    /// The contributions of all that begins elsewhere than at the input, [images, units].
    #[getter]
    fn bias<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.parts.bind(py).as_any().get_item((PyEllipsis::get(py), self.marks.len()))
    }

    /// The outputs of the network, [images, units].
    #[getter]
    fn outputs(&self, py: Python<'_>) -> Py<PyArray2<f64>> {
        self.outputs.clone_ref(py)
    }

    /// Shares of mean |contribution| of all units together, [marks]; they sum to 1.
    #[getter]
    fn share<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        Self::of_parts(&self.document.summary.population, |part| part.share).into_pyarray(py)
    }

    /// Shares of the responses' variance of all units together, [marks].
    #[getter]
    fn variance_share<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        Self::of_parts(&self.document.summary.population, |part| part.variance_share).into_pyarray(py)
    }

    /// Shares of mean |contribution| of each unit, [units, marks].
    #[getter]
    fn unit_share<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        self.of_units(py, |part| part.share)
    }

    /// Shares of the responses' variance of each unit, [units, marks].
    #[getter]
    fn unit_variance_share<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        self.of_units(py, |part| part.variance_share)
    }

    /// The mean mark under shares of mean |contribution|: the average path length by contribution.
    #[getter]
    fn average(&self) -> Option<f64> {
        self.document.summary.population.average
    }

    /// The largest difference between the sum of the parts and the output.
    #[getter]
    fn sum_difference(&self) -> f64 {
        self.document.summary.sums.largest
    }

    /// Warnings about numbers that are easily misread.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.document.warnings.iter().map(|warning| with_keywords(warning)).collect()
    }

    /// The analysis of the same model; None in a copy that was unpickled.
    #[getter]
    fn analysis(&self, py: Python<'_>) -> Option<Py<Analysis>> {
        self.analysis.as_ref().map(|analysis| analysis.clone_ref(py))
    }

    /// A row for each part of all units together, the biases last.
    #[getter]
    fn table(&self, py: Python<'_>) -> PyResult<Table> {
        self.table_of(py, None)
    }

    /// Returns a row for each part of some units, or of every unit and all together.
    #[pyo3(signature = (units=None))]
    fn units_table(&self, py: Python<'_>, units: Option<Vec<usize>>) -> PyResult<Table> {
        let all = || (0..self.document.summary.units.len()).collect();
        self.table_of(py, Some(units.unwrap_or_else(all)))
    }

    /// Returns a row for each part, the biases last, as a frame of polars or pandas, whichever is installed.
    #[pyo3(signature = (library=None))]
    fn to_frame<'py>(&self, py: Python<'py>, library: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        Bound::new(py, self.table(py)?)?.call_method1("to_frame", (library,))
    }

    /// Draws `distribution`, of all units together or of one, or `units`, of every unit.
    #[pyo3(signature = (name="distribution", *, unit=None, width=None))]
    fn figure(
        &self,
        py: Python<'_>,
        name: &str,
        unit: Option<usize>,
        width: Option<f64>,
    ) -> PyResult<Figure> {
        let (summary, title, sheet) = (&self.document.summary, &self.document.source.path, sheet(py, width)?);
        let title =
            Path::new(title).file_name().map_or(title.clone(), |name| name.to_string_lossy().into_owned());
        let svg = match name {
            "distribution" => {
                let title = unit.map_or(title.clone(), |unit| format!("{title}, unit {unit}"));
                figures::contribution_distribution(summary, self.summary(py, unit)?, &title, sheet)
            }
            "units" => figures::unit_contributions(summary, &title, sheet),
            other => return Err(unknown(py, "name", other, "'distribution' or 'units'")),
        };
        svg.map(Figure::new).map_err(|error| Exception::Output.of(py, &error))
    }

    /// Returns the summary as `pathscope contributions --format json` prints it.
    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        let json = serde_json::to_string_pretty(&self.document);
        json.map(|json| json + "\n").map_err(|error| Exception::Output.of(py, &error))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let shape: Vec<usize> = self.array(py)?.getattr("shape")?.extract()?;
        let average = self.average().map_or(String::new(), |average| format!(", average {average:.4}"));
        Ok(format!(
            "<pathscope.Contributions by {}: {} images, {} units, {} marks{average}>",
            self.document.summary.mark, shape[0], shape[1], shape[2]
        ))
    }

    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        let svg = self.figure(py, "distribution", None, None).map(|figure| figure.text().to_owned());
        let caution = escaped(&self.document.caution);
        Ok(format!("<div>{}{}<p>{caution}</p></div>", svg.unwrap_or_default(), self.table(py)?._repr_html_()))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Pickled<'py>> {
        let restore = py.get_type::<Self>().getattr("_restored")?;
        Ok((restore, (self.to_json(py)?, self.parts.clone_ref(py), self.outputs.clone_ref(py))))
    }

    /// Makes contributions from what they were pickled as.
    #[classmethod]
    fn _restored(
        _class: &Bound<'_, PyType>,
        py: Python<'_>,
        json: &str,
        parts: PyReadonlyArray3<'_, f64>,
        outputs: PyReadonlyArray2<'_, f64>,
    ) -> PyResult<Self> {
        let document = ContributionsDocument::from_json(json, Path::new("pickled contributions"))
            .map_err(|error| Exception::Input.of(py, &error))?;
        let marks = document.summary.population.parts.iter().filter_map(|part| part.mark).collect();
        let outputs = outputs.as_array().to_owned().into_pyarray(py);
        Self::new(py, document, marks, parts.as_array().to_owned(), outputs, None)
    }
}

impl Contributions {
    fn table_of(&self, py: Python<'_>, units: Option<Vec<usize>>) -> PyResult<Table> {
        let summaries = match units {
            None => vec![&self.document.summary.population],
            Some(units) => {
                units.into_iter().map(|unit| self.summary(py, Some(unit))).collect::<PyResult<Vec<_>>>()?
            }
        };
        let frame = tables::contributions(&self.document, summaries);
        frame.map(Table::new).map_err(|error| Exception::Output.of(py, &error))
    }
}

/// Checks that results are of the model of an analysis.
fn check_same(py: Python<'_>, what: &str, sha256: &str, analysis: &pathscope_core::Analysis) -> PyResult<()> {
    if sha256 == analysis.sha256 {
        return Ok(());
    }
    let text = format!(
        "the {what} are of another model (SHA-256 {sha256}) than the analysis, which is of {} (SHA-256 {})",
        analysis.path.display(),
        analysis.sha256
    );
    Err(Exception::Input.with_text(py, text))
}
