//! The contents of a file, listed by name.

use super::unreadable::NotReadable;
use super::{ArrayError, ElementType, Unreadable};
use crate::files::text::shape;
use std::fmt;
use std::path::Path;

/// A named item of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name, prefixed with the names of its groups.
    pub key: String,
    /// The kind of content.
    pub content: Content,
}

/// The contents behind a name in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// An array of numbers.
    Numbers {
        /// The type of its elements.
        element_type: ElementType,
        /// Its extents.
        shape: Vec<usize>,
    },
    /// Something else.
    Other(Unreadable),
}

impl Listed {
    /// Returns whether the content is an array of numbers.
    pub fn is_numbers(&self) -> bool {
        matches!(self.content, Content::Numbers { .. })
    }

    /// Returns whether the content may be what the user meant when no key is given.
    pub(super) fn may_be_meant(&self) -> bool {
        match &self.content {
            Content::Numbers { .. } => true,
            Content::Other(what) => what.may_be_meant(),
        }
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.content {
            Content::Numbers { element_type, shape: extents } => {
                write!(f, "{} {element_type} [{}]", self.key, shape(extents, ", "))
            }
            Content::Other(what) => write!(f, "{}: {}", self.key, NotReadable(what.clone())),
        }
    }
}

/// Returns the key of the only array, for use when no key is given.
///
/// Unreadable contents may be what was meant. They cause an error, so that no other array is used instead.
pub(super) fn only_key(path: &Path, listed: Vec<Listed>) -> Result<String, ArrayError> {
    let mut candidates = listed.iter().filter(|listed| listed.may_be_meant());
    match (candidates.next(), candidates.next()) {
        (None, _) => Err(ArrayError::NoArrays { path: path.to_owned(), listed }),
        (Some(only), None) => Ok(only.key.clone()),
        _ if listed.iter().any(Listed::is_numbers) => {
            Err(ArrayError::KeyNeeded { path: path.to_owned(), listed })
        }
        _ => Err(ArrayError::NoArrays { path: path.to_owned(), listed }),
    }
}
