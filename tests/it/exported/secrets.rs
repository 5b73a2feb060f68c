//! Information about a file's author, which must stay private.

use super::support::{ProgramFile, SECRET, tensor};
use crate::cmd::run;
use std::fs;
use walkdir::WalkDir;

#[test]
fn stack_traces_appear_nowhere() {
    let mut program = ProgramFile::new();
    let first = program.convolution("first", "x");
    let side = program.convolution("side", &first);
    let gate = program.of_one("aten.sigmoid.default", &side);
    let product = program.of_two("aten.mul.Tensor", &first, tensor(&gate));
    program.output(&product);
    assert!(String::from_utf8_lossy(&program.bytes()).contains(SECRET));
    let file = program.write();
    let path = file.path.to_str().unwrap();
    let out = file.folder.path().join("out");
    let notebook = file.folder.path().join("model.ipynb");
    let (out, notebook) = (out.to_str().unwrap(), notebook.to_str().unwrap());
    for arguments in [
        &["analyze", path, "--out", out, "--parquet"][..],
        &["analyze", path, "--format", "json"],
        &["analyze", path, "--format", "csv"],
        &["inspect", path],
        &["inspect", path, "--format", "json"],
        &["inspect", path, "--format", "csv"],
        &["graph", path],
        &["graph", path, "--rolled"],
        &["graph", path, "--format", "dot"],
        &["graph", path, "--rolled", "--format", "dot"],
        &["notebook", "model", path, "--out", notebook],
    ] {
        let printed = run(arguments).succeeded();
        assert!(!printed.stdout.contains(SECRET) && !printed.stderr.contains(SECRET), "{arguments:?}");
    }
    let mut written = 0;
    for entry in WalkDir::new(file.folder.path()).into_iter().map(Result::unwrap) {
        if entry.file_type().is_file() && entry.path() != file.path {
            let contents = fs::read(entry.path()).unwrap();
            assert!(!String::from_utf8_lossy(&contents).contains(SECRET), "{}", entry.path().display());
            written += 1;
        }
    }
    assert!(written > 5, "{written}");
}
