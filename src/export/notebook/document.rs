//! A notebook as a file in nbformat 4.5.

use super::cells::{Language, Template};
use super::python::with_settings;
use crate::study::results::Input;
use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use serde_json::{Serializer, Value};

/// A notebook that has not been run.
///
/// Fields are in alphabetical order at every level, as Jupyter writes them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notebook {
    /// The cells from top to bottom.
    pub cells: Vec<Cell>,
    metadata: Metadata,
    nbformat: u8,
    nbformat_minor: u8,
}

/// A cell of a notebook.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "cell_type", rename_all = "lowercase")]
pub enum Cell {
    /// Python code.
    Code {
        /// The number of the execution; null before the cell is run.
        execution_count: Option<u32>,
        /// The cell's name in the notebook.
        id: String,
        /// The display settings of the cell.
        metadata: CellMetadata,
        /// The outputs; empty before the cell is run.
        outputs: [Value; 0],
        /// The lines, each but the last with its line break.
        source: Vec<String>,
    },
    /// Text with formulas.
    Markdown {
        /// The cell's name in the notebook.
        id: String,
        /// The display settings of the cell.
        metadata: CellMetadata,
        /// The lines, each but the last with its line break.
        source: Vec<String>,
    },
}

/// The display settings of a cell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CellMetadata {
    /// Settings that Jupyter itself reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    jupyter: Option<Hidden>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Hidden {
    source_hidden: bool,
}

impl Cell {
    /// Makes a cell from its file, with values for its settings.
    pub(super) fn new(template: &Template, settings: &[(&str, String)]) -> Self {
        let hidden = template.is_data().then_some(Hidden { source_hidden: true });
        let (id, metadata) = (template.id().to_owned(), CellMetadata { jupyter: hidden });
        let text = with_settings(template.text, settings);
        let source = text.trim_end().split_inclusive('\n').map(str::to_owned).collect();
        match template.language() {
            Language::Python => Self::Code { execution_count: None, id, metadata, outputs: [], source },
            Language::Markdown => Self::Markdown { id, metadata, source },
        }
    }

    /// Returns the cell's text.
    pub fn text(&self) -> String {
        match self {
            Self::Code { source, .. } | Self::Markdown { source, .. } => source.concat(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Metadata {
    kernelspec: Kernel,
    language_info: LanguageInfo,
    pathscope: Origin,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Kernel {
    display_name: &'static str,
    language: &'static str,
    name: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct LanguageInfo {
    name: &'static str,
}

/// The files, settings and version that a notebook was made from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Origin {
    pub inputs: Vec<Input>,
    pub settings: Value,
    pub version: &'static str,
}

impl Notebook {
    pub(super) fn new(cells: Vec<Cell>, origin: Origin) -> Self {
        let kernelspec = Kernel { display_name: "Python 3", language: "python", name: "python3" };
        let language_info = LanguageInfo { name: "python" };
        let metadata = Metadata { kernelspec, language_info, pathscope: origin };
        Self { cells, metadata, nbformat: 4, nbformat_minor: 5 }
    }

    /// Returns the notebook as JSON, laid out as Jupyter lays it out.
    ///
    /// # Errors
    ///
    /// [`serde_json::Error`] if a value cannot be written as JSON, which does not happen for notebooks.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut bytes = Vec::new();
        self.serialize(&mut Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b" ")))?;
        bytes.push(b'\n');
        String::from_utf8(bytes).map_err(serde::ser::Error::custom)
    }
}
