//! The cells of the notebooks, read from `notebooks-export/` at compile time.

/// The file that a cell is made from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Template {
    /// The file's name in its folder.
    pub file: &'static str,
    /// The file's text.
    pub text: &'static str,
}

/// The language of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    Markdown,
}

impl Template {
    /// Returns the cell's name in the notebook: the file's name without its extension.
    pub(super) fn id(&self) -> &'static str {
        self.file.split('.').next().unwrap_or(self.file)
    }

    /// Returns whether the cell holds a JSON document, which is folded away so that nobody has to scroll past
    /// it.
    pub(super) fn is_data(&self) -> bool {
        self.text.contains("json.loads(")
    }

    pub(super) fn language(&self) -> Language {
        if self.file.ends_with(".py") { Language::Python } else { Language::Markdown }
    }
}

macro_rules! templates {
    ($($folder:literal: $($file:literal)+);+) => {
        &[$($(Template {
            file: $file,
            text: include_str!(concat!("../../../notebooks-export/", $folder, "/", $file)),
        }),+),+]
    };
}

/// The cells of the notebook on a study.
pub(super) const STUDY: &[Template] = templates! { "study":
    "01-title.md"
    "02-settings.md"
    "03-settings.py"
    "04-load.py"
    "05-status.md"
    "06-status.py"
    "07-configurations.md"
    "08-configurations.py"
    "09-table-1.md"
    "10-gain.py"
    "11-bootstrap.md"
    "12-bootstrap.py"
    "13-figure-3a.md"
    "14-figure-3a.py"
    "15-figure-3d-f.md"
    "16-figure-3d-f.py"
    "17-figure-4c-d.md"
    "18-figure-4c-d.py"
    "19-figure-6a-d.md"
    "20-figure-6a-d.py"
    "21-correlations.md"
    "22-correlations.py"
    "23-figure-6e-f.md"
    "24-figure-6e-f.py"
    "25-figure-6g-i.md"
    "26-figure-6g-i.py"
    "27-contributions.md"
    "28-contributions.py"
    "29-further.md"
};

/// The cells of the notebook on a circuit.
pub(super) const MODEL: &[Template] = templates! { "model":
    "01-title.md"
    "02-analysis.py"
    "03-network.md"
    "04-network.py"
    "05-components.md"
    "06-components.py"
    "07-paths.md"
    "08-paths.py"
    "09-length.md"
    "10-length.py"
    "11-distribution.md"
    "12-distribution.py"
    "13-contributions.md"
    "14-contributions.py"
    "15-further.md"
};

/// The cells of the notebook on a program, most of which are those of a circuit.
pub(super) const PROGRAM: &[Template] = templates! {
    "program": "01-title.md";
    "model": "02-analysis.py";
    "program": "03-network.md" "04-network.py" "05-components.md";
    "model": "06-components.py";
    "program": "07-paths.md";
    "model": "08-paths.py" "09-length.md" "10-length.py" "11-distribution.md" "12-distribution.py"
        "13-contributions.md" "14-contributions.py";
    "program": "15-further.md"
};
