//! Kinds of documents, and how to read them.

use super::checksum::checksum_of_content;
use super::open::read_bytes;
use super::{DocumentError, hexadecimal};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::io;
use std::path::Path;

/// A kind of document: its name, its limits, and advice for when one cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The name of the kind, with its article.
    pub what: &'static str,
    /// The schema that a JSON document names in its field `schema`; `None` for documents of other programs.
    pub schema: Option<&'static str>,
    /// The largest size of a document in bytes. A longer one is refused.
    pub most_bytes: u64,
    /// What to do about a malformed document, in the imperative; may be empty.
    pub remedy: &'static str,
    /// What to do if the file does not exist; empty if the name may be wrong.
    pub missing: &'static str,
}

/// A document that has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read<T> {
    /// The value that the document holds.
    pub value: T,
    /// Whether the document states a checksum, which was then verified.
    pub verified: bool,
    /// The SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

#[derive(Deserialize)]
struct Head {
    schema: String,
    checksum: Option<String>,
}

impl Kind {
    /// The kind of a document of another program, without a schema, of at most 1 MiB.
    pub const PLAIN: Self =
        Self { what: "a document", schema: None, most_bytes: 1 << 20, remedy: "", missing: "" };

    /// Returns all bytes of a file of this kind.
    ///
    /// # Errors
    ///
    /// [`DocumentError::Open`], [`DocumentError::OtherKind`] and [`DocumentError::TooLong`].
    ///
    /// # Complexity
    ///
    /// At most `most_bytes`, regardless of the file.
    pub fn bytes(&self, path: &Path) -> Result<Vec<u8>, DocumentError> {
        read_bytes(path, self).map_err(|error| match error {
            DocumentError::Open { path, reason, .. }
                if reason.kind() == io::ErrorKind::NotFound && !self.missing.is_empty() =>
            {
                DocumentError::Open { path, reason, remedy: self.missing }
            }
            error => error,
        })
    }

    /// Returns the text of a file of this kind.
    ///
    /// # Errors
    ///
    /// The errors of [`Self::bytes`], and [`DocumentError::NoText`].
    pub fn text(&self, path: &Path) -> Result<String, DocumentError> {
        self.decode(self.bytes(path)?, path)
    }

    /// Reads a TOML document.
    ///
    /// # Errors
    ///
    /// [`DocumentError`]
    pub fn read_toml<T: DeserializeOwned>(&self, path: &Path) -> Result<Read<T>, DocumentError> {
        let bytes = self.bytes(path)?;
        let sha256 = hexadecimal(&Sha256::digest(&bytes));
        let value = self.toml(&self.decode(bytes, path)?, path)?;
        Ok(Read { value, verified: false, sha256 })
    }

    /// Reads a JSON document. If the kind has a schema, schema and checksum are checked first.
    ///
    /// # Errors
    ///
    /// [`DocumentError`]
    pub fn read_json<T: DeserializeOwned>(&self, path: &Path) -> Result<Read<T>, DocumentError> {
        self.json(self.bytes(path)?, path)
    }

    /// Parses a TOML document. If the kind has a schema, the schema is checked first.
    ///
    /// # Arguments
    ///
    /// * `path` - where the text comes from, for errors
    ///
    /// # Errors
    ///
    /// [`DocumentError::Malformed`] and [`DocumentError::Schema`].
    pub fn toml<T: DeserializeOwned>(&self, text: &str, path: &Path) -> Result<T, DocumentError> {
        let wrong = |error: toml::de::Error| self.malformed(path, error.to_string().trim_end());
        if self.schema.is_some() {
            self.check_schema(toml::from_str::<Head>(text).map_err(wrong)?.schema, path)?;
        }
        toml::from_str(text).map_err(wrong)
    }

    /// Parses a JSON document.
    ///
    /// # Arguments
    ///
    /// * `path` - where the bytes come from, for errors
    ///
    /// # Errors
    ///
    /// [`DocumentError::NoText`], [`DocumentError::Malformed`], [`DocumentError::Schema`] and
    /// [`DocumentError::Altered`].
    pub fn json<T: DeserializeOwned>(
        &self,
        bytes: impl Into<Vec<u8>>,
        path: &Path,
    ) -> Result<Read<T>, DocumentError> {
        let bytes = bytes.into();
        let sha256 = hexadecimal(&Sha256::digest(&bytes));
        let text = self.decode(bytes, path)?;
        let wrong = |error: serde_json::Error| self.malformed(path, &error.to_string());
        let mut verified = false;
        if self.schema.is_some() {
            let head: Head = serde_json::from_str(&text).map_err(wrong)?;
            self.check_schema(head.schema, path)?;
            if let Some(stated) = head.checksum {
                let found = checksum_of_content(&text, &stated);
                if found != stated {
                    let path = path.to_owned();
                    return Err(DocumentError::Altered { path, stated, found, remedy: self.remedy });
                }
                verified = true;
            }
        }
        let value = serde_json::from_str(&text).map_err(wrong)?;
        Ok(Read { value, verified, sha256 })
    }

    /// Returns the error for a text that is not a document of this kind.
    pub fn malformed(&self, path: &Path, detail: &str) -> DocumentError {
        let (path, detail) = (path.to_owned(), detail.to_owned());
        DocumentError::Malformed { path, what: self.what, detail, remedy: self.remedy }
    }

    fn check_schema(&self, found: String, path: &Path) -> Result<(), DocumentError> {
        match self.schema {
            Some(expected) if found != expected => Err(DocumentError::Schema {
                path: path.to_owned(),
                what: self.what,
                found,
                expected,
                remedy: self.remedy,
            }),
            _ => Ok(()),
        }
    }

    fn decode(&self, bytes: Vec<u8>, path: &Path) -> Result<String, DocumentError> {
        String::from_utf8(bytes).map_err(|_| DocumentError::NoText {
            path: path.to_owned(),
            what: self.what,
            remedy: self.remedy,
        })
    }
}
