//! The checksum at the end of a JSON document.
//!
//! It is the SHA-256 of the document's text without insignificant whitespace and without the checksum itself.
//! A document that was only reformatted therefore keeps its checksum.

use super::hexadecimal;
use crate::files::output::{OutputError, write_file};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::path::Path;

const FIELD: &str = "checksum";
const ALGORITHM: &str = "sha256:";

/// Writes a pretty-printed JSON document that ends with a checksum.
///
/// # Errors
///
/// [`OutputError`]. The file then does not exist or is unchanged.
pub fn write_json(path: &Path, document: &impl Serialize) -> Result<(), OutputError> {
    let text = json_text(document).map_err(|error| OutputError::unfinished(path, error))?;
    write_file(path, text)
}

/// Returns the text of a pretty-printed JSON document that ends with a checksum and a newline.
///
/// # Arguments
///
/// * `document` - a value that serializes as an object
///
/// # Errors
///
/// Fails if the document cannot be serialized, for instance because the keys of a map are not strings.
///
/// # Complexity
///
/// O(text) time and memory.
pub fn json_text(document: &impl Serialize) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(document)?;
    let checksum = checksum_of(&without_blanks(&text));
    let closing = text.rfind("\n}").filter(|_| text.starts_with('{'));
    // Only an object with fields has room for a checksum.
    if let Some(closing) = closing {
        text.truncate(closing);
        text.push_str(&format!(",\n  \"{FIELD}\": \"{checksum}\"\n}}"));
    }
    text.push('\n');
    Ok(text)
}

/// Returns the checksum of a document's content, given the one that it states.
///
/// A stated checksum that is not the last field belongs to the content, which then has another checksum.
pub(super) fn checksum_of_content(text: &str, stated: &str) -> String {
    let mut compact = without_blanks(text);
    let ending = format!(",\"{FIELD}\":\"{stated}\"}}");
    if compact.ends_with(&ending) {
        compact.truncate(compact.len() - ending.len());
        compact.push('}');
    }
    checksum_of(&compact)
}

fn checksum_of(text: &str) -> String {
    format!("{ALGORITHM}{}", hexadecimal(&Sha256::digest(text)))
}

/// Returns the text of a JSON document without insignificant whitespace.
fn without_blanks(text: &str) -> String {
    let mut compact = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for character in text.chars() {
        if in_string {
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
        } else if character.is_ascii_whitespace() {
            continue;
        } else {
            in_string = character == '"';
        }
        compact.push(character);
    }
    compact
}
