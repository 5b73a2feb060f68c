//! The study file.

use super::StudyError;
use crate::study::run::settings::PathModel;
use pathscope_core::files::documents::Kind;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use toml::Table;

/// The schema of a [`Study`].
pub(super) const SCHEMA: &str = "pathscope/study/1";

/// A grid of models as written in a study file; see the [module](super).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Study {
    /// `pathscope/study/1`
    pub schema: String,
    /// The name of the study, which also names folders.
    pub name: String,
    /// The title of the study.
    #[serde(default)]
    pub title: Option<String>,
    /// Whether contributions of paths to the test images are computed and added to the results. Identities
    /// do not depend on it, so a study can ask for contributions after its models are trained.
    #[serde(default)]
    pub contributions: bool,
    /// The data set that the models are trained on.
    pub dataset: StudyDataset,
    /// The settings of every model.
    #[serde(default)]
    pub settings: Table,
    /// The axes of every kind of model.
    #[serde(default)]
    pub axes: Table,
    /// Further axes of the recurrent models. Without this table there are no recurrent models.
    #[serde(default)]
    pub recurrent: Option<Table>,
    /// The feed-forward models.
    #[serde(default)]
    pub feed_forward: FeedForward,
    /// The multi-path models.
    #[serde(default)]
    pub multi_path: Vec<Series>,
    /// The multi-path models without the paths of some lengths.
    #[serde(default)]
    pub ablated: Vec<Series>,
    /// The models to leave out: those that match one of these tables in every named setting.
    #[serde(default)]
    pub exclude: Vec<Table>,
    /// The path of the file.
    #[serde(skip)]
    pub path: PathBuf,
}

/// The data set of a study.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyDataset {
    /// The name in the data set's `dataset.toml`.
    pub name: String,
    /// The folder of the data set, relative to the study file.
    #[serde(default)]
    pub folder: Option<PathBuf>,
}

/// The feed-forward models of a study.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedForward {
    /// Whether each recurrent model is matched with a feed-forward model of the same size, with two blocks
    /// for each recurrent one (paper, C.2).
    #[serde(default)]
    pub matched: bool,
    /// Numbers of blocks after the first one, regardless of the recurrent models.
    #[serde(default)]
    pub blocks: Vec<usize>,
}

/// The multi-path models of some of the recurrent models.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// The choice of recurrent models: those with one of the listed values for every named setting.
    #[serde(default)]
    pub of: Table,
    /// The normalization of the paths: `per-path`, as in the paper, or `shared`.
    #[serde(default = "per_path")]
    pub normalization: PathModel,
    /// The lengths to remove, such as `1-3`. Each entry gives one model.
    #[serde(default)]
    pub lengths: Vec<String>,
    /// Numbers of adjacent lengths to remove. Each number n gives one model for every n adjacent lengths.
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
    /// Returns [`StudyError::Document`] if the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, StudyError> {
        Self::from_toml(&Self::KIND.text(path)?, path)
    }

    /// Parses a study from TOML.
    ///
    /// # Arguments
    ///
    /// * `path` - the path of the file, for errors and for the folder of its data set
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
                "its name is '{}', expected letters, digits, '-', '_' and '.', because it names folders",
                study.name
            );
            return Err(Self::KIND.malformed(path, &detail).into());
        }
        Ok(study)
    }

    /// Returns the folder of the data set, if the file names it.
    pub fn data(&self) -> Option<PathBuf> {
        let folder = self.dataset.folder.as_ref()?;
        Some(self.path.parent().unwrap_or(Path::new("")).join(folder))
    }
}
