//! Values as Python writes them.

use super::NotebookError;
use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

/// Gives settings, which are lines `NAME = value`, other values.
pub(super) fn with_settings<'a>(source: &'a str, settings: &[(&str, String)]) -> String {
    let line = |line: &'a str| {
        let name = line.split_once(" = ").map(|(name, _)| name);
        let setting = settings.iter().find(|(setting, _)| Some(*setting) == name);
        setting.map_or(Cow::Borrowed(line), |(name, value)| Cow::Owned(format!("{name} = {value}\n")))
    };
    source.split_inclusive('\n').map(line).collect()
}

/// A string. All that JSON escapes in one has the same meaning in Python.
pub(super) fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A list of strings.
pub(super) fn strings<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    format!("[{}]", texts.into_iter().map(string).collect::<Vec<_>>().join(", "))
}

/// A JSON document that Python reads from a raw string, in which it looks as it is.
pub(super) fn json_document(json: &str) -> String {
    // Apostrophes are in JSON's strings alone, where they may be escaped, and could end the raw string.
    format!("json.loads(r'''\n{}\n''')", json.replace('\'', "\\u0027"))
}

/// A file as it is seen from a folder, so that both can be moved together; as it is seen from anywhere if they have
/// no folder but the root in common.
///
/// # Errors
///
/// [`NotebookError::Name`], where it is not UTF-8.
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
