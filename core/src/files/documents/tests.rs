use super::*;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Document {
    schema: String,
    name: String,
    numbers: Vec<f64>,
}

const KIND: Kind =
    Kind { schema: Some("pathscope/test/2"), most_bytes: 500, remedy: "write it again", ..Kind::PLAIN };

fn document(name: &str) -> Document {
    Document { schema: "pathscope/test/2".to_owned(), name: name.to_owned(), numbers: vec![0.5, 1e-7] }
}

fn read(text: &str) -> Result<Read<Document>, DocumentError> {
    KIND.json(text, Path::new("a.json"))
}

#[test]
fn what_is_written_is_read_and_verified() {
    let text = json_text(&document("a \"quoted\\\" name")).unwrap();
    assert!(text.contains("\n  \"checksum\": \"sha256:") && text.ends_with("\"\n}\n"), "{text}");
    assert_eq!(text, json_text(&document("a \"quoted\\\" name")).unwrap(), "equal documents, equal bytes");
    let again = read(&text).unwrap();
    assert!(again.verified);
    assert_eq!(again.value, document("a \"quoted\\\" name"));

    let compact = text.replace("\n  ", "").replace("\": ", "\":");
    assert!(read(&compact).unwrap().verified, "laid out anew: {compact}");
    let begin = text.find(",\n  \"checksum\"").unwrap();
    let bare = read(&format!("{}\n}}\n", &text[..begin])).unwrap();
    assert!(!bare.verified, "an older one states no checksum");
}

#[test]
fn what_was_altered_is_refused() {
    let text = json_text(&document("a b")).unwrap();
    for altered in [
        text.replace("0.5", "0.6"),
        text.replace("a b", "ab"),
        text.replace("sha256:", "sha256:0"),
        text.replacen("{", "{\n  \"more\": 1,", 1),
        text.replacen("\n}", ",\n  \"more\": 1\n}", 1),
    ] {
        assert_ne!(altered, text);
        let error = read(&altered).unwrap_err();
        assert!(matches!(error, DocumentError::Altered { .. }), "{error}");
        assert!(error.to_string().starts_with("a.json: was altered after it was written: "), "{error}");
        assert!(error.to_string().ends_with(": write it again"), "{error}");
    }
}

#[test]
fn a_schema_is_asked_for_by_name_and_version() {
    let said = |schema: &str| {
        let text = json_text(&document("a")).unwrap().replace("pathscope/test/2", schema);
        read(&text).unwrap_err().to_string()
    };
    let newer = said("pathscope/test/3");
    assert!(
        newer.contains("'pathscope/test/3', expected 'pathscope/test/2'") && newer.contains("update"),
        "{newer}"
    );
    let older = said("pathscope/test/1");
    assert!(older.ends_with("expected 'pathscope/test/2': write it again"), "{older}");
    assert!(said("other").contains("its schema is 'other'"));
    assert!(read("{}").unwrap_err().to_string().contains("not a document: missing field `schema`"));
}

#[test]
fn a_document_of_somebody_else_may_have_a_field_of_that_name() {
    let foreign = Kind { schema: None, ..KIND };
    let text = r#"{"checksum": 7, "schema": [], "name": "a"}"#;
    let value = foreign.json::<serde_json::Value>(text, Path::new("a.json")).unwrap();
    assert_eq!((value.value["name"].as_str(), value.verified), (Some("a"), false));
}

#[test]
fn what_is_too_long_is_refused_and_never_cut() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let long = json_text(&document(&"a".repeat(500))).unwrap();
    fs::write(file.path(), long).unwrap();
    let error = KIND.read_json::<Document>(file.path()).unwrap_err();
    assert!(error.to_string().contains("longer than 500 bytes, so not a document"), "{error}");
    file.as_file().set_len(1 << 40).unwrap();
    assert!(matches!(KIND.bytes(file.path()), Err(DocumentError::TooLong { .. })));
    fs::write(file.path(), [b' '; 500]).unwrap();
    assert_eq!(KIND.text(file.path()).unwrap().len(), 500);
    fs::write(file.path(), [0xff; 5]).unwrap();
    assert!(KIND.text(file.path()).unwrap_err().to_string().contains("not UTF-8 text: write it again"));
}

#[test]
fn only_regular_files_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    let mut others = vec![(folder.path().to_owned(), "a folder")];
    #[cfg(target_os = "linux")]
    {
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&pipe, &link).unwrap();
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        others.extend([
            (pipe, "a pipe"),
            (link, "a pipe"),
            (socket, "a socket"),
            (PathBuf::from("/dev/zero"), "a device"),
            (PathBuf::from("/proc/cpuinfo"), "a system file"),
        ]);
    }
    let begin = Instant::now();
    for (path, found) in others {
        let error = KIND.bytes(&path).unwrap_err();
        let long = matches!(error, DocumentError::TooLong { .. }) && path.starts_with("/proc");
        assert!(long || error.to_string().contains(found), "{error}");
    }
    assert!(begin.elapsed() < Duration::from_secs(20));
    assert!(KIND.bytes(&folder.path().join("none")).unwrap_err().is_missing());
}

#[test]
fn the_last_line_of_a_log_is_whole_or_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for (text, expected) in [
        ("", Some(None)),
        ("ab", Some(None)),
        ("ab\n", Some(Some("ab"))),
        ("\n", Some(Some(""))),
        ("ab\ncd\nunfin", Some(Some("cd"))),
        ("ab\n0123\n", Some(Some("0123"))),
        ("ab\n01234\n", None),
        ("01234567890", None),
    ] {
        fs::write(file.path(), text).unwrap();
        let line = last_line(file.path(), 4);
        match (expected, line) {
            (Some(expected), Ok(line)) => assert_eq!(line.as_deref(), expected, "{text:?}"),
            (None, Err(DocumentError::TooLong { .. })) => {}
            (expected, line) => panic!("{text:?}: {expected:?}, {line:?}"),
        }
    }
}

proptest! {
    #[test]
    fn one_other_byte_is_seen_or_means_the_same(name in "\\PC{0,12}", at in 0_usize..400, byte in 0_u8..128) {
        let written = document(&name);
        let mut bytes = json_text(&written).unwrap().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(read) = KIND.json::<Document>(bytes, Path::new("a.json")) {
            prop_assert!(read.value == written || !read.verified);
        }
    }
}
