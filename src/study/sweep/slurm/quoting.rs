//! Quoting of values in batch scripts.

use super::SlurmError;
use std::path::Path;

/// Quotes a value as one word of an `#SBATCH` line.
///
/// # Arguments
///
/// * `what` - the purpose of the value, for the error
///
/// # Errors
///
/// Returns [`SlurmError::Value`] if the value is empty or does not fit into a line.
pub(super) fn sbatch_word(what: &str, value: &str) -> Result<String, SlurmError> {
    if value.is_empty() {
        return Err(refused(what, value, "it is empty: leave it out or give a value"));
    }
    sbatch_line(what, value)?;
    if value.chars().all(is_plain) {
        return Ok(value.to_owned());
    }
    // sbatch reads a backslash as an escape everywhere, even between quotes, and # as the start of a
    // comment unless it is between quotes.
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
    Ok(format!("\"{escaped}\""))
}

/// Checks that a text is a single line.
///
/// # Errors
///
/// [`SlurmError::Value`]
pub(super) fn sbatch_line(what: &str, value: &str) -> Result<(), SlurmError> {
    if value.chars().any(char::is_control) {
        return Err(refused(
            what,
            value,
            "it contains a line break or another control character, which a batch script cannot hold: remove it",
        ));
    }
    Ok(())
}

/// Quotes a value as one word of a shell command.
pub(super) fn shell_word(value: &str) -> String {
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// Escapes a path for a file name pattern, in which `%` begins a replacement.
///
/// # Errors
///
/// Returns [`SlurmError::Value`] if the path has a backslash, which switches off all replacements, or is
/// not UTF-8.
pub(super) fn pattern(what: &str, path: &Path) -> Result<String, SlurmError> {
    let text = utf8(what, path)?;
    if text.contains('\\') {
        return Err(refused(
            what,
            text,
            "Slurm cannot name logs in a folder with a backslash in its name: give another folder with --out",
        ));
    }
    Ok(text.replace('%', "%%"))
}

/// Returns a path as text.
///
/// # Errors
///
/// [`SlurmError::Value`]
pub(super) fn utf8<'a>(what: &str, path: &'a Path) -> Result<&'a str, SlurmError> {
    path.to_str().ok_or_else(|| {
        refused(
            what,
            &path.to_string_lossy(),
            "its name is not valid UTF-8: move it to a folder with a valid name",
        )
    })
}

/// Returns whether neither the shell nor sbatch would interpret any character.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-_./:,@%+=".contains(character)
}

pub(super) fn refused(what: &str, value: &str, problem: &'static str) -> SlurmError {
    SlurmError::Value { what: what.to_owned(), value: value.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use super::super::sbatch_option::split;
    use super::*;
    use std::process::Command;

    const NASTY: [&str; 10] = [
        "plain",
        "two words",
        "it's",
        "\"quoted\"",
        "$(touch x)",
        "`touch x`",
        "# no comment",
        "back\\slash",
        "trailing\\",
        "*;&|<>!~",
    ];

    #[test]
    fn the_shell_reads_what_was_meant() {
        for value in NASTY.into_iter().chain(["", "two\nlines", "-n"]) {
            let script = format!("printf %s {}", shell_word(value));
            let output = Command::new("bash").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout), value, "{script}");
        }
    }

    #[test]
    fn sbatch_reads_what_was_meant() {
        for value in NASTY {
            let line = format!("--comment={}", sbatch_word("--comment", value).unwrap());
            assert_eq!(split(&line), [format!("--comment={value}")], "{line}");
        }
    }

    #[test]
    fn control_characters_are_refused() {
        for value in ["two\nlines", "a\rb", "a\0b", "a\u{1b}b"] {
            let error = sbatch_word("--partition", value).unwrap_err().to_string();
            assert!(
                error.starts_with("--partition is \"a")
                    || error.starts_with("--partition is \"two\\nlines\"")
            );
            assert!(error.contains("remove it"), "{error}");
        }
        let error = sbatch_word("--mem", "").unwrap_err().to_string();
        assert!(error.contains("leave it out"), "{error}");
    }

    #[test]
    fn patterns_are_names() {
        let text = pattern("the sweep", Path::new("/a 50%/%A")).unwrap();
        assert_eq!(text, "/a 50%%/%%A");
        let error = pattern("the sweep", Path::new("/a\\b")).unwrap_err().to_string();
        assert!(error.contains("give another folder with --out"), "{error}");
    }
}
