//! Layouts, which map the tensor names of a checkpoint to its circuit and to the roles of its tensors.
//!
//! There are three kinds. The published family [`maskcnn_rcnn`] is recognized by its names, and pathscope's
//! [`own`] layout by its metadata. Anything else needs a layout [`mod@file`] in TOML, for which [`template`]
//! writes a first version.

mod causes;
mod error;
pub mod file;
mod fit;
pub mod maskcnn_rcnn;
mod model;
pub mod own;
mod shapes;
pub mod template;

pub use error::{LayoutError, TensorMismatch};
pub use model::{ComponentTensors, InputFile, Model, TensorUse, parameters};

use crate::circuit::{Activation, Readout};
use crate::files::checkpoint::Checkpoint;
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// The values that a user gives about a checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// A layout file in TOML.
    pub layout: Option<PathBuf>,
    /// The `config_extra.json` of a published checkpoint, if it is not beside it.
    pub config: Option<PathBuf>,
    /// The readout mode.
    pub readout: Option<Readout>,
    /// The activation.
    pub activation: Option<Activation>,
    /// T
    pub iterations: Option<usize>,
}

/// Recognizes a checkpoint's layout.
///
/// # Errors
///
/// [`LayoutError::Unrecognized`] if no layout fits; otherwise a contradiction within the checkpoint, its
/// configuration and the given values.
pub fn recognize(checkpoint: &Checkpoint, given: &Given) -> Result<Model, LayoutError> {
    if let Some(path) = &given.layout {
        return file::read(path, checkpoint, given);
    }
    if maskcnn_rcnn::recognizes(checkpoint) {
        return maskcnn_rcnn::read(checkpoint, given);
    }
    if let Some(config) = &given.config {
        return Err(LayoutError::ConfigUnused { path: checkpoint.path().to_owned(), config: config.clone() });
    }
    if own::recognizes(checkpoint) {
        return own::read(checkpoint, given);
    }
    let names = checkpoint.tensors().keys();
    Err(LayoutError::Unrecognized {
        path: checkpoint.path().to_owned(),
        names: names.take(6).cloned().collect(),
        total: checkpoint.tensors().len(),
        hint: family_hint(checkpoint),
    })
}

/// Returns a hint if there are several models of the published family, one of which a key selects. Only keys
/// that were tried are suggested.
fn family_hint(checkpoint: &Checkpoint) -> String {
    let works = |key: &str| checkpoint.reopen(key).is_ok_and(|one| maskcnn_rcnn::recognizes(&one));
    let wrappers = maskcnn_rcnn::wrappers(checkpoint);
    let keys: Vec<&str> = wrappers
        .iter()
        .take(4)
        .map(|wrapper| wrapper.trim_end_matches('.'))
        .filter(|key| works(key))
        .collect();
    if keys.is_empty() {
        return String::new();
    }
    format!(
        " (it holds several models of {}: --key {} reads one of them)",
        maskcnn_rcnn::NAME,
        keys.join(" or --key ")
    )
}

/// Reconciles a value stated in a file with one given by the user.
fn settle<T: PartialEq + Display>(
    checkpoint: &Path,
    what: &'static str,
    stated: Option<(T, String)>,
    given: Option<T>,
) -> Result<Option<T>, LayoutError> {
    match (stated, given) {
        (Some((stated, by)), Some(given)) if stated != given => Err(LayoutError::Contradiction {
            path: checkpoint.to_owned(),
            what,
            given: given.to_string(),
            stated: stated.to_string(),
            by,
        }),
        (Some((stated, _)), _) => Ok(Some(stated)),
        (None, given) => Ok(given),
    }
}
