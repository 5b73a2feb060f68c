//! The file of a study.

use super::StudyError;
use crate::study::run::settings::PathModel;
use pathscope_core::files::documents::Kind;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use toml::Table;

/// The schema of a [`Study`].
pub const SCHEMA: &str = "pathscope/study/1";

/// A grid of models, as a file says it; see the [module](super).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Study {
    /// `pathscope/study/1`
    pub schema: String,
    /// Its name, which names folders too.
    pub name: String,
    /// What it is about.
    #[serde(default)]
    pub title: Option<String>,
    /// Whether contributions of paths to the test images are computed and become results. No identity depends on it, so
    /// that a study may ask for them when its models are trained.
    #[serde(default)]
    pub contributions: bool,
    /// What its models are trained on.
    pub dataset: StudyDataset,
    /// Settings of every model.
    #[serde(default)]
    pub settings: Table,
    /// Settings that every kind of model takes all values of.
    #[serde(default)]
    pub axes: Table,
    /// Further ones of the recurrent models; without it there are none.
    #[serde(default)]
    pub recurrent: Option<Table>,
    /// Which feed-forward models there are.
    #[serde(default)]
    pub feed_forward: FeedForward,
    /// Multi-path models.
    #[serde(default)]
    pub multi_path: Vec<Series>,
    /// Multi-path models without the paths of some lengths.
    #[serde(default)]
    pub ablated: Vec<Series>,
    /// Which models are left out: those that have, of all settings named in a table, one of the values.
    #[serde(default)]
    pub exclude: Vec<Table>,
    /// Where it was read from.
    #[serde(skip)]
    pub path: PathBuf,
}

/// What a study's models are trained on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyDataset {
    /// The name in its `dataset.toml`.
    pub name: String,
    /// Its folder, relative to the study's file.
    #[serde(default)]
    pub folder: Option<PathBuf>,
}

/// Which feed-forward models a study has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedForward {
    /// For each recurrent model one of the same size: two blocks in place of each recurrent one (paper, C.2).
    #[serde(default)]
    pub matched: bool,
    /// Numbers of blocks after the first one, whatever recurrent models there are.
    #[serde(default)]
    pub blocks: Vec<usize>,
}

/// Multi-path models of some of the recurrent ones.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// Of which: those that have, of all settings named, one of the values.
    #[serde(default)]
    pub of: Table,
    /// How their paths are normalized: `per-path`, as in the paper, or `shared`.
    #[serde(default = "per_path")]
    pub normalization: PathModel,
    /// Lengths to remove, such as `1-3`: one model each.
    #[serde(default)]
    pub lengths: Vec<String>,
    /// Numbers of adjacent lengths to remove: one model for every place where they can be.
    #[serde(default)]
    pub adjacent: Vec<usize>,
}

fn per_path() -> PathModel {
    PathModel::PerPath
}

impl Study {
    pub(crate) const KIND: Kind = Kind { what: "a study", schema: Some(SCHEMA), ..Kind::PLAIN };

    /// Reads a study.
    ///
    /// # Errors
    ///
    /// [`StudyError::Document`]
    pub fn read(path: &Path) -> Result<Self, StudyError> {
        Self::from_toml(&Self::KIND.text(path)?, path)
    }

    /// A study from TOML.
    ///
    /// # Arguments
    ///
    /// * `path` - where it is from, for errors and for the folder of its data set
    ///
    /// # Errors
    ///
    /// [`StudyError::Document`]
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope::study::Study;
    ///
    /// let study = r#"
    /// schema = "pathscope/study/1"
    /// name = "pilot"
    /// dataset.name = "demo"
    /// recurrent.iterations = [2, 3, 5]
    /// feed-forward.matched = true
    /// "#;
    /// let plan = Study::from_toml(study, "pilot.toml".as_ref())?.plan()?;
    /// assert_eq!(plan.models.len(), 4);
    /// # Ok::<(), pathscope::study::StudyError>(())
    /// ```
    pub fn from_toml(text: &str, path: &Path) -> Result<Self, StudyError> {
        let study = Self { path: path.to_owned(), ..Self::KIND.toml(text, path)? };
        let plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
        if study.name.is_empty() || study.name.starts_with('.') || !study.name.chars().all(plain) {
            let detail = format!(
                "its name is '{}', expected letters, digits, '-', '_' and '.', since it names folders",
                study.name
            );
            return Err(Self::KIND.malformed(path, &detail).into());
        }
        Ok(study)
    }

    /// The folder of its data set, if the file says it.
    pub fn data(&self) -> Option<PathBuf> {
        let folder = self.dataset.folder.as_ref()?;
        Some(self.path.parent().unwrap_or(Path::new("")).join(folder))
    }
}
