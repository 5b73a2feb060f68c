//! A notebook as a file: nbformat 4.5.

use super::cells::{Language, Template};
use super::python::with_settings;
use crate::study::results::Input;
use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use serde_json::{Serializer, Value};

/// A notebook that has not been run.
///
/// The fields of everything in it are in alphabetical order, as Jupyter writes them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notebook {
    /// From top to bottom.
    pub cells: Vec<Cell>,
    metadata: Metadata,
    nbformat: u8,
    nbformat_minor: u8,
}

/// A cell of a notebook.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "cell_type", rename_all = "lowercase")]
pub enum Cell {
    /// Python.
    Code {
        /// Null before it is run.
        execution_count: Option<u32>,
        /// Its name in the notebook.
        id: String,
        /// How it is shown.
        metadata: CellMetadata,
        /// None before it is run.
        outputs: [Value; 0],
        /// Its lines, each but the last with its end.
        source: Vec<String>,
    },
    /// Text with formulas.
    Markdown {
        /// Its name in the notebook.
        id: String,
        /// How it is shown.
        metadata: CellMetadata,
        /// Its lines, each but the last with its end.
        source: Vec<String>,
    },
}

/// How a cell is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CellMetadata {
    /// What Jupyter does with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    jupyter: Option<Hidden>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Hidden {
    source_hidden: bool,
}

impl Cell {
    /// The cell of a file, with the values of its settings.
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

    /// What is written in it.
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

/// What a notebook was made from.
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

    /// The file, laid out as Jupyter lays it out.
    ///
    /// # Errors
    ///
    /// Where a value is no JSON, which none is.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut bytes = Vec::new();
        self.serialize(&mut Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b" ")))?;
        bytes.push(b'\n');
        String::from_utf8(bytes).map_err(serde::ser::Error::custom)
    }
}
