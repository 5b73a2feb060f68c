//! Small JSON and TOML documents with a schema.
//!
//! Every reader states how long its document may be; a longer one is refused, never truncated. Only regular
//! files are opened, so that no pipe or device can block a command. Documents that pathscope reads back end
//! with a checksum of their content. A document that was altered afterwards is refused. A document without a
//! checksum, such as one from an earlier version or made by hand, is read without this check.
//!
//! # Examples
//!
//! ```
//! use pathscope_core::files::documents::{DocumentError, Kind, write_json};
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct Note {
//!     schema: String,
//!     text: String,
//! }
//!
//! const NOTE: Kind = Kind { what: "a note", schema: Some("pathscope/note/1"), ..Kind::PLAIN };
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("note.json");
//! write_json(&path, &Note { schema: "pathscope/note/1".to_owned(), text: "as it was".to_owned() })?;
//! let note = NOTE.read_json::<Note>(&path)?;
//! assert!(note.verified);
//!
//! let altered = std::fs::read_to_string(&path)?.replace("as it was", "as it is");
//! std::fs::write(&path, altered)?;
//! assert!(matches!(NOTE.read_json::<Note>(&path), Err(DocumentError::Altered { .. })));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod checksum;
mod error;
mod kind;
mod open;
#[cfg(test)]
mod tests;

pub use checksum::{json_text, write_json};
pub use error::DocumentError;
pub use error::remedy;
pub use kind::{Kind, Read};
pub use open::{last_line, open_regular};

/// Returns bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
