//! Values as Python expressions.

use super::NotebookError;
use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

/// Replaces the values of settings, which are lines `NAME = value`.
pub(super) fn with_settings<'a>(source: &'a str, settings: &[(&str, String)]) -> String {
    let line = |line: &'a str| {
        let name = line.split_once(" = ").map(|(name, _)| name);
        let setting = settings.iter().find(|(setting, _)| Some(*setting) == name);
        setting.map_or(Cow::Borrowed(line), |(name, value)| Cow::Owned(format!("{name} = {value}\n")))
    };
    source.split_inclusive('\n').map(line).collect()
}

/// Returns a Python string. Every escape that JSON uses has the same meaning in Python.
pub(super) fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Returns a Python list of strings.
pub(super) fn strings<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    format!("[{}]", texts.into_iter().map(string).collect::<Vec<_>>().join(", "))
}

/// Returns a Python expression that reads a JSON document from a raw string, which keeps the document
/// legible.
pub(super) fn json_document(json: &str) -> String {
    // Three apostrophes would end the raw string. JSON has apostrophes only in strings, where they may be
    // escaped.
    format!("json.loads(r'''\n{}\n''')", json.replace('\'', "\\u0027"))
}

/// Returns the path of a file relative to a folder, so that both can be moved together. The path is absolute
/// if they have only the root in common.
///
/// # Errors
///
/// [`NotebookError::Name`] if the path is not UTF-8.
pub(super) fn seen_from(folder: &Path, file: &Path) -> Result<String, NotebookError> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let seen = match (folder.canonicalize(), file.canonicalize()) {
        (Ok(folder), Ok(file)) => relative(&folder, &file),
        _ => file.to_owned(),
    };
    seen.to_str().map(str::to_owned).ok_or_else(|| NotebookError::Name { path: file.to_owned() })
}

fn relative(folder: &Path, file: &Path) -> PathBuf {
    let shared = folder.components().zip(file.components()).take_while(|(a, b)| a == b);
    let (count, names) = shared.fold((0, 0), |(count, names), (component, _)| {
        (count + 1, names + usize::from(matches!(component, Component::Normal(_))))
    });
    if names == 0 {
        return file.to_owned();
    }
    let up = folder.components().skip(count).map(|_| Component::ParentDir);
    up.chain(file.components().skip(count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_get_their_values() {
        let source = "# A = 1\nA = 1\nAB = 2\nprint(A)\n";
        let set = with_settings(source, &[("A", "7".to_owned())]);
        assert_eq!(set, "# A = 1\nA = 7\nAB = 2\nprint(A)\n");
    }

    #[test]
    fn strings_are_escaped() {
        assert_eq!(strings(["a\"b\\", "\n\u{7}é'"]), r#"["a\"b\\", "\n\u0007é'"]"#);
        assert_eq!(strings([]), "[]");
        assert_eq!(
            json_document("{\"a\": \"'''\"}"),
            "json.loads(r'''\n{\"a\": \"\\u0027\\u0027\\u0027\"}\n''')"
        );
    }

    #[test]
    fn files_are_seen_from_the_notebook() {
        let seen = |folder: &str, file: &str| relative(Path::new(folder), Path::new(file));
        assert_eq!(seen("/lab/study", "/lab/study/results.csv"), Path::new("results.csv"));
        assert_eq!(seen("/lab/notebooks", "/lab/study/results.csv"), Path::new("../study/results.csv"));
        assert_eq!(seen("/lab/a/b", "/lab/results.csv"), Path::new("../../results.csv"));
        assert_eq!(seen("/home/me", "/data/results.csv"), Path::new("/data/results.csv"));
    }
}
