//! Receptive fields that were computed before.

use super::check_same;
use crate::errors::Exception;
use crate::options::unknown;
use ndarray::ArrayView1;
use numpy::{PyReadonlyArray1, PyReadonlyArray5};
use pathscope_core::Analysis;
use pathscope_core::analysis::contributions::{Mark, ReceptiveFields};
use pyo3::prelude::*;

/// A `ReceptiveFields` of `pathscope/_contributions.py`.
#[derive(FromPyObject)]
pub(crate) struct GivenFields<'py> {
    by: String,
    marks: PyReadonlyArray1<'py, i64>,
    units: PyReadonlyArray1<'py, i64>,
    filters: PyReadonlyArray5<'py, f64>,
    sha256: String,
}

impl GivenFields<'_> {
    /// Returns the receptive fields, if they are those of a model by length.
    pub(crate) fn of_model(&self, py: Python<'_>, analysis: &Analysis) -> PyResult<ReceptiveFields> {
        check_same(py, "receptive fields", &self.sha256, analysis)?;
        if self.by != Mark::Length.to_string() {
            return Err(unknown(py, "by", &self.by, "receptive fields by 'length'"));
        }
        let filters = self.filters.as_array();
        let (marks, units) = (self.marks.as_array(), self.units.as_array());
        let fits = (units.len(), marks.len()) == (filters.dim().0, filters.dim().1);
        match (counts(marks), counts(units)) {
            (Some(marks), Some(units)) if fits => {
                Ok(ReceptiveFields { mark: Mark::Length, marks, units, filters: filters.to_owned() })
            }
            _ => {
                let shape = filters.shape();
                let text = format!("receptive fields: marks and units do not fit filters of shape {shape:?}");
                Err(Exception::Input.with_text(py, text))
            }
        }
    }
}

/// Returns numbers that count something; `None` if one is negative.
fn counts(numbers: ArrayView1<'_, i64>) -> Option<Vec<usize>> {
    numbers.iter().map(|&number| usize::try_from(number).ok()).collect()
}
