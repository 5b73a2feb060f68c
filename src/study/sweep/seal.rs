//! The file `finished.json`: the hashes of all files of a model at the time when it was finished.

use super::ModelFolder;
use super::hashes::Hashes;
use super::model_error::ModelError;
use super::model_folder::ANALYSIS;
use crate::study::ModelId;
use crate::study::run::{LOG, MODEL, RECORD, SETTINGS};
use pathscope_core::data::evaluation::EVALUATION;
use pathscope_core::files::checkpoint::sha256;
use pathscope_core::files::documents::{Kind, hexadecimal, write_json};
use pathscope_core::files::output::write_file;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

const SCHEMA: &str = "pathscope/finished/1";
/// The name of the file with the hashes.
pub(super) const SEAL: &str = "finished.json";
const KIND: Kind = Kind { what: "the hashes of a finished model", schema: Some(SCHEMA), ..Kind::PLAIN };

/// The files that a finished model has besides its analysis.
const FILES: [&str; 4] = [SETTINGS, MODEL, RECORD, EVALUATION];
/// A file that a finished model may lack.
const OPTIONAL_FILE: &str = LOG;

/// A record of the files in a model's folder when it was finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seal {
    /// `pathscope/finished/1`
    schema: String,
    /// Version of pathscope that analyzed the model.
    version: String,
    /// The model.
    model: ModelId,
    /// The SHA-256 of each file.
    files: BTreeMap<String, String>,
}

/// Writes `finished.json` and then the analysis, which marks the model as finished.
///
/// # Arguments
///
/// * `analysis` - the text of the analysis
///
/// # Errors
///
/// A file cannot be read or written.
pub(super) fn finish(folder: &ModelFolder, model: &ModelId, analysis: &str) -> Result<(), ModelError> {
    let mut files = BTreeMap::from([(ANALYSIS.to_owned(), hexadecimal(&Sha256::digest(analysis)))]);
    let log = folder.file(OPTIONAL_FILE).exists().then_some(OPTIONAL_FILE);
    for name in FILES.into_iter().chain(log) {
        files.insert(name.to_owned(), sha256(&folder.file(name))?);
    }
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let seal = Seal { schema: SCHEMA.to_owned(), version, model: model.clone(), files };
    write_json(&folder.file(SEAL), &seal)?;
    Ok(write_file(&folder.analysis(), analysis)?)
}

/// Checks the files of a finished model against their recorded hashes.
///
/// # Returns
///
/// Whether hashes were recorded. The first versions did not record them.
///
/// # Errors
///
/// A file is missing or has changed.
///
/// # Complexity
///
/// O(files), except for the network, whose hash is cached.
pub(super) fn check(folder: &ModelFolder, model: &ModelId, hashes: &Hashes) -> Result<bool, ModelError> {
    let seal: Seal = match KIND.read_json(&folder.file(SEAL)) {
        Ok(read) => read.value,
        Err(error) if error.is_missing() => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    if seal.model != *model {
        return Err(ModelError::OtherSeal(seal.model));
    }
    for (name, expected) in &seal.files {
        let path = folder.file(name);
        let found = if name == MODEL { model_sha256(folder, hashes) } else { hash_of(&path) }?;
        if found != *expected {
            return Err(ModelError::Changed { name: name.clone() });
        }
    }
    let lacking = FILES.into_iter().chain([ANALYSIS]).find(|name| !seal.files.contains_key(*name));
    lacking.map_or(Ok(true), |name| Err(ModelError::NoHash(name)))
}

/// Returns the hash of the trained network in a folder.
///
/// # Errors
///
/// The network is missing or cannot be read.
pub(super) fn model_sha256(folder: &ModelFolder, hashes: &Hashes) -> Result<String, ModelError> {
    let path = folder.file(MODEL);
    if !path.exists() {
        return Err(ModelError::Missing(MODEL.to_owned()));
    }
    let place = folder.path().file_name().unwrap_or_default().to_string_lossy();
    Ok(hashes.of(&format!("{place}/{MODEL}"), &path)?)
}

fn hash_of(path: &Path) -> Result<String, ModelError> {
    if !path.exists() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        return Err(ModelError::Missing(name.into_owned()));
    }
    Ok(sha256(path)?)
}
