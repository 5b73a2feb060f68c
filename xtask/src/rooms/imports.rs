//! The imports between rooms, read from their sources.

use super::table::{self, PACKAGES, Package};
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A room that imports another one.
#[derive(Debug)]
pub(super) struct Import {
    /// The index of the package of both.
    pub package: usize,
    /// The index of the room that imports.
    pub from: usize,
    /// The index of the room that is imported.
    pub to: usize,
    /// The files and lines of the import.
    pub places: Vec<String>,
}

/// Reads the imports of all rooms.
///
/// # Arguments
///
/// * `root` - the root of the workspace
pub(super) fn of_all(root: &Path) -> Result<Vec<Import>> {
    let mut all = Vec::new();
    for (index, package) in PACKAGES.iter().enumerate() {
        let mut found: BTreeMap<(usize, usize), Vec<String>> = BTreeMap::new();
        for (file, text) in sources(&root.join(package.sources))? {
            let path = Path::new(&file).strip_prefix(root).unwrap_or(Path::new(&file)).display().to_string();
            let Some(from) = room_of(index, package, &path) else { continue };
            for (line, to) in rooms_in(index, package, &text).filter(|(_, to)| *to != from) {
                found.entry((from, to)).or_default().push(format!("{path}:{line}"));
            }
        }
        let import = |((from, to), places)| Import { package: index, from, to, places };
        all.extend(found.into_iter().map(import));
    }
    Ok(all)
}

/// Returns the Rust files in a folder and below, by name, with their text.
pub(crate) fn sources(folder: &Path) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = || format!("{} cannot be read", folder.display());
        for entry in fs::read_dir(&folder).with_context(unreadable)? {
            let path = entry.with_context(unreadable)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push((path.display().to_string(), fs::read_to_string(&path).with_context(unreadable)?));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Returns the room that a file is in.
fn room_of(index: usize, package: &Package, path: &str) -> Option<usize> {
    let (room, _) = path.strip_prefix(package.sources)?.strip_prefix('/')?.split_once('/')?;
    table::room(index, room)
}

/// Returns the rooms that a text names by a path, each with its line. Comments are ignored.
fn rooms_in(index: usize, package: &Package, text: &str) -> impl Iterator<Item = (usize, usize)> {
    let names = ["crate", package.crate_name];
    text.lines().enumerate().flat_map(move |(number, line)| {
        let code = line.split("//").next().unwrap_or_default();
        let mut words = code.split("::").peekable();
        let mut found = Vec::new();
        while let Some(word) = words.next() {
            let last = word.rsplit(|c: char| !is_identifier(c)).next().unwrap_or_default();
            let next = words.peek().and_then(|next| next.split(|c| !is_identifier(c)).next());
            if names.contains(&last) {
                found.extend(next.and_then(|name| table::room(index, name)).map(|room| (number + 1, room)));
            }
        }
        found
    })
}

fn is_identifier(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_are_found_in_uses_and_in_paths() {
        let text = "use crate::paths::Path;\n// crate::files\nlet x = f(pathscope_core::graph::Part, \
                    crate::circuit::Role);\nuse mycrate::model;\nuse super::data;\n";
        let room = |name| table::room(0, name).unwrap();
        let found: Vec<_> = rooms_in(0, &PACKAGES[0], text).collect();
        assert_eq!(found, [(1, room("paths")), (3, room("graph")), (3, room("circuit"))]);
    }
}
