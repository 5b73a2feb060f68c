//! The record of a folder of ablations, `ablation.json`: the original models and what to do with them.

use super::{Ablation, PathNormalization};
use crate::circuit::{UnknownName, Word};
use crate::files::documents::{DocumentError, Kind, json_text};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};
use thiserror::Error;

/// The schema of an [`AblationRecord`].
pub const SCHEMA: &str = "pathscope/ablation/1";

/// The file name of an [`AblationRecord`].
pub const RECORD: &str = "ablation.json";

const KIND: Kind = Kind {
    what: "the record of a folder of ablations",
    schema: Some(SCHEMA),
    most_bytes: 16 << 20,
    remedy: "make the folder again with `pathscope ablate`",
    missing: "`pathscope ablate` makes a folder that has one",
};

/// The record of a folder of ablations: the original models and what to do with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AblationRecord {
    /// [`SCHEMA`]
    pub schema: String,
    /// Version of pathscope.
    pub version: String,
    /// Whether every path has its own normalizations.
    pub normalization: PathNormalization,
    /// The initial weights.
    pub init: Init,
    /// Whether the models are to be trained.
    pub retrain: bool,
    /// The recurrent models. If there are several, each has its own folder.
    pub originals: Vec<Original>,
    /// The ablations of every original, including the full multi-path model if requested.
    pub ablations: Vec<Ablation>,
    /// The data set, which overrides the one in the originals' settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// The training settings, which override those in the originals' folders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<PathBuf>,
}

/// A recurrent model whose paths are removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// Its name in tables, and the name of its folder if there are several.
    pub name: String,
    /// The path of its checkpoint.
    pub path: PathBuf,
    /// The SHA-256 of the checkpoint.
    pub sha256: String,
}

/// The initial weights of a multi-path model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum Init {
    /// New weights, drawn with the seed of the original: the paper's retraining (appendix E).
    Scratch,
    /// The weights of the original, with a copy of the normalizations for each path.
    Inherit,
}

impl Word for Init {
    const WHAT: &'static str = "kind of initial weights";
}

/// The reason why a record cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The document cannot be read, or is of another kind.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

impl AblationRecord {
    /// Reads the record of a folder.
    ///
    /// # Errors
    ///
    /// [`RecordError`]. A file of more than 16 MiB is refused unread.
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::model::ablation::AblationRecord;
    ///
    /// let error = AblationRecord::read(std::path::Path::new("nowhere")).unwrap_err();
    /// assert!(error.to_string().contains("`pathscope ablate` makes a folder that has one"));
    /// ```
    pub fn read(folder: &Path) -> Result<Self, RecordError> {
        let path = folder.join(RECORD);
        let record: Self = KIND.read_json(&path)?.value;
        let plain = |name: &str| !name.is_empty() && !name.contains(['/', '\\']) && name != "..";
        match record.originals.iter().find(|original| !plain(&original.name)) {
            Some(original) => {
                Err(KIND.malformed(&path, &format!("'{}' is not a folder name", original.name)).into())
            }
            None => Ok(record),
        }
    }

    /// Returns the record as the text of its file.
    pub fn to_json(&self) -> String {
        json_text(self).expect("strings and numbers")
    }

    /// Returns the folder, inside the record's folder, for the results of an original. If there is only one
    /// original, it is the record's own folder.
    pub fn folder_of(&self, original: &Original) -> PathBuf {
        if self.originals.len() == 1 { PathBuf::new() } else { PathBuf::from(&original.name) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(originals: &[&str]) -> AblationRecord {
        let original = |name: &&str| Original {
            name: (*name).to_owned(),
            path: PathBuf::from("runs").join(name).join("model.safetensors"),
            sha256: "00".to_owned(),
        };
        AblationRecord {
            schema: SCHEMA.to_owned(),
            version: "0.1.0".to_owned(),
            normalization: PathNormalization::PerPath,
            init: Init::Scratch,
            retrain: true,
            originals: originals.iter().map(original).collect(),
            ablations: vec![Ablation::full(), Ablation::new([1, 2, 3].into())],
            data: None,
            settings: None,
        }
    }

    #[test]
    fn a_record_is_what_it_writes() {
        let folder = tempfile::tempdir().unwrap();
        let record = record(&["a", "b"]);
        std::fs::write(folder.path().join(RECORD), record.to_json()).unwrap();
        assert_eq!(AblationRecord::read(folder.path()).unwrap(), record);
        assert!(record.to_json().contains("\"1-3\""));
        assert_eq!(record.folder_of(&record.originals[1]), Path::new("b"));
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = AblationRecord::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("`pathscope ablate` makes a folder that has one"), "{error}");
        for (text, expected) in [
            ("{}".to_owned(), "missing field"),
            (record(&["a"]).to_json().replace("ablation/1", "ablation/2"), "its schema is"),
            (record(&["../a"]).to_json(), "'../a' is not a folder name"),
        ] {
            std::fs::write(folder.path().join(RECORD), text).unwrap();
            let error = AblationRecord::read(folder.path()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
