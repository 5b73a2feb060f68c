//! The folder of a sweep.

use super::{ModelFolder, SweepError};
use crate::study::{ModelId, Plan, Study};
use pathscope_core::files::documents::{Kind, hexadecimal, write_json};
use pathscope_core::files::output::{prepare_folder, write_file};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The schema of a [`SweepRecord`].
const SCHEMA: &str = "pathscope/sweep/1";
const RECORD: &str = "sweep.json";
const KIND: Kind = Kind {
    what: "the record of a sweep",
    schema: Some(SCHEMA),
    remedy: "remove it and begin the sweep again with `pathscope sweep run`, which keeps finished models",
    ..Kind::PLAIN
};
const STUDY: &str = "study.toml";
const MODELS: &str = "models";

/// The origin of a sweep: `sweep.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepRecord {
    /// `pathscope/sweep/1`
    pub schema: String,
    /// Version of pathscope that began the sweep.
    pub version: String,
    /// Name of the study.
    pub study: String,
    /// SHA-256 of `study.toml`.
    pub study_sha256: String,
    /// Folder of the data set.
    pub data: PathBuf,
}

/// The folder of a sweep.
#[derive(Clone, Debug)]
pub struct SweepFolder {
    path: PathBuf,
    record: SweepRecord,
}

impl SweepFolder {
    /// Begins a sweep, or opens the one in the folder. It must belong to the same study, whose models may
    /// have changed.
    ///
    /// # Arguments
    ///
    /// * `data` - folder of the data set
    ///
    /// # Errors
    ///
    /// Returns [`SweepError::OtherStudy`], or an error if files cannot be read or written.
    pub fn begin(path: &Path, study: &Study, data: &Path) -> Result<Self, SweepError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source: io::Error| SweepError::Open { path, source }
        };
        let begun = match Self::open(path) {
            Ok(begun) => Some(begun),
            Err(SweepError::NoSweep { .. }) => None,
            Err(error) => return Err(error),
        };
        if let Some(begun) = &begun
            && begun.record.study != study.name
        {
            return Err(SweepError::OtherStudy {
                path: path.to_owned(),
                found: begun.record.study.clone(),
                expected: study.name.clone(),
            });
        }
        prepare_folder(&path.join(MODELS))?;
        let copy = path.join(STUDY);
        let text = Study::KIND.bytes(&study.path)?;
        let study_sha256 = hexadecimal(&Sha256::digest(&text));
        if Study::KIND.bytes(&copy).ok().as_ref() != Some(&text) {
            write_file(&copy, text)?;
        }
        let record = SweepRecord {
            schema: SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            study: study.name.clone(),
            study_sha256,
            data: std::path::absolute(data).map_err(unreadable(data))?,
        };
        if begun.is_none_or(|begun| begun.record != record) {
            write_json(&path.join(RECORD), &record)?;
        }
        Ok(Self { path: path.to_owned(), record })
    }

    /// Opens the folder of a sweep.
    ///
    /// # Errors
    ///
    /// [`SweepError::NoSweep`], [`SweepError::Document`]
    pub fn open(path: &Path) -> Result<Self, SweepError> {
        let file = path.join(RECORD);
        match KIND.read_json(&file) {
            Ok(record) => Ok(Self { path: path.to_owned(), record: record.value }),
            Err(error) if error.is_missing() => Err(SweepError::NoSweep { path: path.to_owned() }),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the models of the study.
    ///
    /// # Errors
    ///
    /// [`SweepError::Study`]
    pub fn plan(&self) -> Result<Plan, SweepError> {
        Ok(Study::read(&self.path.join(STUDY))?.plan()?)
    }

    /// Returns the path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the origin of the sweep.
    pub fn record(&self) -> &SweepRecord {
        &self.record
    }

    /// Returns the folder of a model, which may not exist yet.
    ///
    /// Its name is the identity of the model. A folder from a version that wrote identities without their
    /// letter keeps its name.
    pub fn model(&self, id: &ModelId) -> ModelFolder {
        let models = self.path.join(MODELS);
        let (place, before) = (models.join(id.as_str()), models.join(id.digits()));
        ModelFolder::new(if !place.exists() && before.exists() { before } else { place })
    }

    /// Returns the names of all folders of models.
    ///
    /// # Errors
    ///
    /// [`SweepError::Open`]
    pub fn models(&self) -> Result<Vec<String>, SweepError> {
        let path = self.path.join(MODELS);
        let unreadable = |source| SweepError::Open { path: path.clone(), source };
        let mut names = Vec::new();
        for entry in fs::read_dir(&path).map_err(unreadable)? {
            names.push(entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }
}
