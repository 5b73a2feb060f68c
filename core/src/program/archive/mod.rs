//! Files of exported programs: the archives of `torch.export.save`.
//!
//! Opening a file reads its operations and locates its weights; the numbers of a weight are read on request.
//! Nothing in a file is ever executed.

mod elements;
mod graph;
mod modules;
mod open;
mod schema;
#[cfg(test)]
mod tests;
mod text;
mod weights;
mod wrapped;

use super::{Origin, Program, ProgramError, Value, ValueId};
use crate::files::archive::exported::is_program;
use crate::files::archive::{Archive, ArchiveError};
use crate::files::documents::open_regular;
use ndarray::ArrayD;
use std::collections::HashMap;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use weights::{Stored, Weights};

/// An open exported program.
pub struct ExportedProgram {
    /// The operations of the program.
    pub program: Program,
    path: PathBuf,
    torch_version: Option<String>,
    schema_version: (u64, u64),
    weights: Weights,
    /// The first value that shares the numbers of a stored one, where that is another value.
    ties: HashMap<ValueId, ValueId>,
}

impl fmt::Debug for ExportedProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportedProgram")
            .field("path", &self.path)
            .field("torch_version", &self.torch_version)
            .field("operations", &self.program.operations.len())
            .finish_non_exhaustive()
    }
}

/// Returns whether a file is an exported program, in a supported form or not. The content decides, not the
/// name; for a truncated archive, its first entry decides.
///
/// # Errors
///
/// [`ProgramError::File`] and [`ProgramError::Open`] where the file cannot be read or is not a regular file.
///
/// # Complexity
///
/// O(entries) time and memory, whatever their sizes.
pub fn is_exported_program(path: &Path) -> Result<bool, ProgramError> {
    let unreadable = |source| ProgramError::Open { path: path.to_owned(), source };
    let mut head = Vec::new();
    open_regular(path)?.take(512).read_to_end(&mut head).map_err(unreadable)?;
    if !head.starts_with(b"PK") {
        return Ok(false);
    }
    match Archive::open(path) {
        Ok(archive) => Ok(is_program(archive.names())),
        Err(ArchiveError::Broken(_)) => Ok(first_name(&head).is_some_and(|name| {
            ["/data/weights/", "/data/constants/", "/models/"].iter().any(|folder| name.contains(folder))
        })),
        Err(error) => Err(open::refused(path, error)),
    }
}

/// Returns the name in the header of an archive's first entry.
fn first_name(head: &[u8]) -> Option<&str> {
    let length = u16::from_le_bytes(*head.get(26..)?.first_chunk()?);
    std::str::from_utf8(head.get(30..30 + usize::from(length))?).ok()
}

impl ExportedProgram {
    /// Opens an exported program.
    ///
    /// # Arguments
    ///
    /// * `path` - a file written by `torch.export.save` of PyTorch 2.9 or later; the content decides, not the
    ///   name
    ///
    /// # Errors
    ///
    /// [`ProgramError`], which for a file of another kind names that kind.
    ///
    /// # Complexity
    ///
    /// O(operations + weights) time and memory, whatever the sizes of the weights.
    pub fn open(path: &Path) -> Result<Self, ProgramError> {
        open::open(path)
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the version of PyTorch that wrote the file, if stated.
    pub fn torch_version(&self) -> Option<&str> {
        self.torch_version.as_deref()
    }

    /// Returns the version of the file format: major and minor.
    pub fn schema_version(&self) -> (u64, u64) {
        self.schema_version
    }

    /// Returns the number of elements in the parameters; a parameter with several names counts once.
    pub fn parameters(&self) -> u64 {
        let count = |(index, value): (usize, &Value)| {
            let is_parameter = matches!(value.origin, Origin::Parameter(_));
            if !is_parameter || self.ties.contains_key(&ValueId::new(index)) {
                return 0;
            }
            value.elements()
        };
        self.program.values.iter().enumerate().map(count).fold(0, u64::saturating_add)
    }

    /// Returns the first value that shares this one's numbers: a parameter with several names is a single
    /// parameter.
    pub fn first_of_tied(&self, id: ValueId) -> ValueId {
        self.ties.get(&id).copied().unwrap_or(id)
    }

    /// Reads the elements of a parameter, buffer or constant. Integers and bools are converted to
    /// floating-point numbers.
    ///
    /// # Errors
    ///
    /// [`ProgramError::NotStored`] for the result of an operation or an input,
    /// [`ProgramError::UnsupportedWeight`] for complex numbers and objects, [`ProgramError::Damaged`] where
    /// the file is truncated or its checksum is wrong.
    ///
    /// # Complexity
    ///
    /// O(elements).
    pub fn tensor(&self, id: ValueId) -> Result<ArrayD<f64>, ProgramError> {
        self.weights.tensor(&self.path, self.stored(id)?)
    }

    /// Passes the elements of a parameter, buffer or constant in the order of its axes, some ten thousand at
    /// a time.
    ///
    /// # Errors
    ///
    /// The same as [`ExportedProgram::tensor`]. Elements that were passed before an error must not be used.
    ///
    /// # Complexity
    ///
    /// O(elements) time. O(1) memory, but O(elements) for a view with non-contiguous elements.
    pub fn for_each_chunk(&self, id: ValueId, visit: &mut dyn FnMut(&[f64])) -> Result<(), ProgramError> {
        self.weights.for_each_chunk(&self.path, self.stored(id)?, visit)
    }

    fn stored(&self, id: ValueId) -> Result<&Stored, ProgramError> {
        self.weights.get(id).ok_or_else(|| {
            let value = self.program.value(id);
            let what = match value.origin {
                Origin::Input(_) => "an input",
                _ => "the result of an operation",
            };
            let (path, value) = (self.path.clone(), value.name.clone());
            ProgramError::NotStored { path, value, what: what.to_owned() }
        })
    }
}
