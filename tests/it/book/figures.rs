//! The figures of README.md and the book.

use super::pages::root;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const FIGURES: &str = "docs/src/figures";

#[test]
fn the_figures_are_up_to_date() {
    let place = TempDir::new().unwrap();
    symlink(root().join("fixtures"), place.path().join("fixtures")).unwrap();
    fs::create_dir_all(place.path().join(FIGURES)).unwrap();
    let folder = Path::new(env!("CARGO_BIN_EXE_pathscope")).parent().unwrap().to_owned();
    let search = env::split_paths(&env::var_os("PATH").unwrap()).collect::<Vec<_>>();
    let output = Command::new("sh")
        .arg(root().join("docs/figures.sh"))
        .env("PATH", env::join_paths([vec![folder], search].concat()).unwrap())
        .current_dir(place.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (drawn, committed) = (figures(place.path()), figures(&root()));
    let names = |figures: &BTreeMap<_, _>| figures.keys().cloned().collect::<Vec<String>>();
    assert_eq!(names(&drawn), names(&committed));
    for (name, figure) in drawn {
        assert!(figure == committed[&name], "{name} is not what docs/figures.sh draws: run it again");
    }
}

fn figures(root: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(root.join(FIGURES)).unwrap().map(|entry| entry.unwrap());
    let read = |entry: fs::DirEntry| {
        (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
    };
    entries.map(read).collect()
}
