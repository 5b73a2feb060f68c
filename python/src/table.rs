//! Tables: frames that other libraries read without a copy.

use crate::errors::Exception;
use numpy::{IntoPyArray, PyArray1};
use pathscope::tables::to_csv;
use polars::prelude::{Column, CompatLevel, DataFrame, DataType};
use polars_arrow::array::StructArray;
use polars_arrow::datatypes::{ArrowDataType, Field};
use polars_arrow::ffi::{ArrowArrayStream, export_iterator};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList};

/// A table with named columns.
///
/// Libraries that support Arrow's PyCapsule interface read it without a copy, as in `polars.DataFrame(table)` and, from
/// pandas 3 on, `pandas.DataFrame.from_arrow(table)`.
#[pyclass(frozen, module = "pathscope")]
#[derive(Clone, Debug)]
pub(crate) struct Table {
    frame: DataFrame,
}

/// The most rows that a table shows of itself.
const SHOWN: usize = 20;

impl Table {
    pub(crate) fn new(frame: DataFrame) -> Self {
        Self { frame }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.frame.columns().iter().map(|column| column.name().as_str())
    }

    fn column<'f>(&'f self, name: &str) -> PyResult<&'f Column> {
        self.frame.column(name).map_err(|_| {
            let names: Vec<&str> = self.names().collect();
            PyKeyError::new_err(format!("no column '{name}': there are {}", names.join(", ")))
        })
    }

    /// Returns the cells of the first rows as text.
    fn cells(&self) -> Vec<Vec<String>> {
        let cell = |column: &Column, row: usize| {
            column.get(row).map_or_else(
                |_| String::new(),
                |value| if value.is_null() { String::new() } else { value.str_value().into_owned() },
            )
        };
        let rows = self.frame.height().min(SHOWN);
        (0..rows).map(|row| self.frame.columns().iter().map(|column| cell(column, row)).collect()).collect()
    }

    fn rest(&self) -> Option<String> {
        let more = self.frame.height().saturating_sub(SHOWN);
        (more > 0).then(|| format!("… and {more} more rows"))
    }
}

#[pymethods]
impl Table {
    /// The names of the columns.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.names().map(str::to_owned).collect()
    }

    /// The numbers of rows and columns.
    #[getter]
    fn shape(&self) -> (usize, usize) {
        self.frame.shape()
    }

    fn __len__(&self) -> usize {
        self.frame.height()
    }

    /// Returns a column: numbers as a NumPy array, with NaN where one is missing, and text as a list.
    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let column = self.column(name)?;
        let cast = |to: &DataType| column.cast(to).map_err(|error| Exception::Output.of(py, &error));
        if column.dtype() == &DataType::String {
            let texts = column.str().map_err(|error| Exception::Output.of(py, &error))?;
            return Ok(PyList::new(py, texts.iter())?.into_any());
        }
        if column.dtype().is_integer() && column.null_count() == 0 {
            let column = cast(&DataType::Int64)?;
            let numbers = column.i64().map_err(|error| Exception::Output.of(py, &error))?;
            let numbers: Vec<i64> = numbers.into_no_null_iter().collect();
            return Ok(numbers.into_pyarray(py).into_any());
        }
        let column = cast(&DataType::Float64)?;
        let numbers = column.f64().map_err(|error| Exception::Output.of(py, &error))?;
        let numbers: Vec<f64> = numbers.iter().map(|number| number.unwrap_or(f64::NAN)).collect();
        let numbers: Bound<'py, PyArray1<f64>> = numbers.into_pyarray(py);
        Ok(numbers.into_any())
    }

    /// Returns the columns by name: numbers as NumPy arrays, with NaN where one is missing, and text as lists.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let columns = PyDict::new(py);
        for name in self.names() {
            columns.set_item(name, self.__getitem__(py, name)?)?;
        }
        Ok(columns)
    }

    /// Returns the table as a frame of polars or pandas, whichever is installed.
    #[pyo3(signature = (library=None))]
    fn to_frame<'py>(slf: Bound<'py, Self>, library: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        py.import("pathscope._frames")?.getattr("to_frame")?.call1((slf, library))
    }

    /// Returns the table as CSV.
    fn to_csv(&self, py: Python<'_>) -> PyResult<String> {
        to_csv(&mut self.frame.clone()).map_err(|error| Exception::Output.of(py, &error))
    }

    /// Returns the table as an Arrow stream, in Arrow's PyCapsule interface.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The interface leaves it to the consumer to cast where a producer does not.
        drop(requested_schema);
        PyCapsule::new_with_value(py, stream(&self.frame), c"arrow_array_stream")
    }

    fn __repr__(&self) -> String {
        let mut rows = vec![self.columns()];
        rows.extend(self.cells());
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.frame.width()).map(width).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        rows.iter().map(line).chain(self.rest()).collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn _repr_html_(&self) -> String {
        let row = |cells: &[String], tag: &str| {
            let cells = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell)));
            format!("<tr>{}</tr>", cells.collect::<String>())
        };
        let body: String = self.cells().iter().map(|cells| row(cells, "td")).collect();
        let rest = self.rest().map_or(String::new(), |rest| format!("<p>{rest}</p>"));
        format!("<table><thead>{}</thead><tbody>{body}</tbody></table>{rest}", row(&self.columns(), "th"))
    }
}

/// Returns text with the characters replaced that HTML gives a meaning.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Returns a frame as a stream of one batch.
fn stream(frame: &DataFrame) -> ArrowArrayStream {
    // Views of strings are younger than the interface, and not every reader knows them.
    let level = CompatLevel::oldest();
    let (fields, arrays): (Vec<Field>, Vec<_>) = frame
        .columns()
        .iter()
        .map(|column| {
            let array = column.as_materialized_series().rechunk().to_arrow(0, level);
            (Field::new(column.name().clone(), array.dtype().clone(), true), array)
        })
        .unzip();
    let batch = ArrowDataType::Struct(fields);
    let field = Field::new("".into(), batch.clone(), false);
    let batch = StructArray::new(batch, frame.height(), arrays, None);
    export_iterator(Box::new(std::iter::once(Ok(batch.boxed()))), field)
}
