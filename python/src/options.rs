//! The options of an analysis, from keyword arguments.

use crate::errors::Exception;
use pathscope_core::AnalysisOptions;
use pathscope_core::model::layout::Given;
use pathscope_core::model::operator_norm;
use pathscope_core::paths::strength::ConvolutionStrength;
use pathscope_core::program::Counted;
use pathscope_core::program::tracing::Settings;
use pyo3::prelude::*;
use std::path::PathBuf;
use std::str::FromStr;

/// The options of an analysis as `pathscope/_options.py` collects them: the flags of `pathscope analyze`.
#[derive(Clone, Debug, FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Options {
    key: Option<String>,
    layout: Option<PathBuf>,
    config: Option<PathBuf>,
    readout: Option<String>,
    activation: Option<String>,
    iterations: Option<usize>,
    begin: Option<String>,
    end: Option<String>,
    input: Option<String>,
    output: Option<usize>,
    count: Option<String>,
    gates: Vec<String>,
    conv_strength: String,
    map_size: usize,
    bn_strength: String,
}

impl Options {
    /// Returns the options of the analysis.
    pub(crate) fn resolve(&self, py: Python<'_>) -> PyResult<AnalysisOptions> {
        let given = Given {
            layout: self.layout.clone(),
            config: self.config.clone(),
            readout: optional_word(py, "readout", self.readout.as_deref())?,
            activation: optional_word(py, "activation", self.activation.as_deref())?,
            iterations: self.iterations,
        };
        let count = match self.count.as_deref() {
            None => Counted::default(),
            Some("linear") => Counted::ConvolutionsAndLinear,
            Some(other) => return Err(unknown(py, "count", other, "'linear' or None")),
        };
        let paths = Settings {
            from: self.begin.clone(),
            to: self.end.clone(),
            input: self.input.clone(),
            output: self.output,
            count,
            gates: self.gates.clone(),
        };
        Ok(AnalysisOptions {
            key: self.key.clone(),
            given,
            paths,
            convolution_strength: self.convolution_strength(py)?,
            batch_norm_strength: word(py, "bn_strength", &self.bn_strength)?,
        })
    }

    fn convolution_strength(&self, py: Python<'_>) -> PyResult<ConvolutionStrength> {
        match self.conv_strength.as_str() {
            "kernel-norm" => Ok(ConvolutionStrength::KernelNorm),
            "operator-norm" if operator_norm::AVAILABLE => {
                Ok(ConvolutionStrength::OperatorNorm { map_size: self.map_size })
            }
            "operator-norm" => Err(Exception::Input.of(py, &operator_norm::OperatorNormError::NotBuiltIn)),
            other => Err(unknown(py, "conv_strength", other, "'kernel-norm' or 'operator-norm'")),
        }
    }
}

/// Parses the word of an option.
pub(crate) fn word<T>(py: Python<'_>, option: &str, word: &str) -> PyResult<T>
where
    T: FromStr<Err: std::error::Error>,
{
    word.parse().map_err(|error: T::Err| Exception::Input.with_text(py, format!("{option}: {error}")))
}

/// Parses the word of an option that need not be given.
pub(crate) fn optional_word<T>(py: Python<'_>, option: &str, given: Option<&str>) -> PyResult<Option<T>>
where
    T: FromStr<Err: std::error::Error>,
{
    given.map(|given| word(py, option, given)).transpose()
}

/// Returns the exception for a word that an option does not have.
pub(crate) fn unknown(py: Python<'_>, option: &str, found: &str, expected: &str) -> PyErr {
    Exception::Input.with_text(py, format!("{option}: expected {expected}, found '{found}'"))
}
