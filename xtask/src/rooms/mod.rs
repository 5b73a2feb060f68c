//! `cargo xtask rooms`: the imports between rooms, and their picture in CONTRIBUTING.md.

mod imports;
mod picture;
mod table;

use crate::root;
use anyhow::{Context, Result, bail};
use imports::Import;
pub(crate) use imports::sources;
use std::fs;
use table::PACKAGES;

/// The path of the picture, relative to the root of the workspace.
const PICTURE: &str = "docs/rooms.svg";

/// Draws the rooms, and fails if one imports a room below it.
///
/// With `check`, nothing is written, and a picture that is out of date is an error.
pub(crate) fn run(check: bool) -> Result<()> {
    let imports = imports::of_all(&root())?;
    let upward = upward(&imports);
    if !upward.is_empty() {
        bail!("a room imports only rooms above it in xtask/src/rooms/table.rs:\n{}", upward.join("\n"));
    }
    let (file, drawn) = (root().join(PICTURE), picture::draw(&imports));
    if !check {
        fs::write(&file, drawn).with_context(|| format!("{PICTURE} cannot be written"))?;
        println!("{} rooms, {} arrows, none upward: {PICTURE}", table::rooms().count(), imports.len());
    } else if fs::read_to_string(&file).ok().as_deref() != Some(drawn.as_str()) {
        bail!("{PICTURE} is out of date: run `cargo xtask rooms`");
    }
    Ok(())
}

/// Returns a line for every import of a room that is not above the importing one.
fn upward(imports: &[Import]) -> Vec<String> {
    let upward = |import: &&Import| {
        let rooms = PACKAGES[import.package].rooms;
        rooms[import.to].floor >= rooms[import.from].floor
    };
    let line = |import: &Import| {
        let rooms = PACKAGES[import.package].rooms;
        format!("{}: {} imports {}", import.places[0], rooms[import.from].name, rooms[import.to].name)
    };
    imports.iter().filter(upward).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// The largest number of lines in a file.
    const MOST_LINES: usize = 500;
    /// The largest number of rooms in a package.
    const MOST_ROOMS: usize = 10;

    fn all_sources() -> Vec<(String, String)> {
        let packages = ["core/src", "src", "torch/src", "xtask/src"];
        packages.iter().flat_map(|package| sources(&root().join(package)).unwrap()).collect()
    }

    #[test]
    fn no_room_imports_a_room_below_it_and_the_picture_is_up_to_date() {
        run(true).unwrap();
    }

    #[test]
    fn an_arrow_upward_is_named() {
        let [from, to] = ["circuit", "paths"].map(|name| table::room(0, name).unwrap());
        let places = vec!["core/src/circuit/mod.rs:3".to_owned()];
        let import = Import { package: 0, from, to, places };
        assert_eq!(upward(&[import]), ["core/src/circuit/mod.rs:3: circuit imports paths"]);
    }

    #[test]
    fn every_folder_is_a_room_with_a_module_doc() {
        for package in &PACKAGES {
            assert!(package.rooms.len() <= MOST_ROOMS, "{}", package.name);
            let folder = root().join(package.sources);
            for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
                if entry.path().is_dir() {
                    let name = entry.file_name().into_string().unwrap();
                    assert!(package.rooms.iter().any(|room| room.name == name), "{name} is no room");
                    let module =
                        fs::read_to_string(entry.path().join("mod.rs")).unwrap().replace("\n//! ", " ");
                    assert!(module.starts_with("//! "), "{name}/mod.rs");
                    assert!(module.contains("Read ["), "{name}/mod.rs names no file to read first");
                }
            }
        }
    }

    #[test]
    fn files_are_short() {
        let long = |(file, text): &(String, String)| {
            let lines = text.lines().count();
            (lines > MOST_LINES).then(|| format!("{file}: {lines} lines"))
        };
        let long: Vec<String> = all_sources().iter().filter_map(long).collect();
        assert!(long.is_empty(), "{long:?}");
        assert!(all_sources().iter().any(|(file, _)| Path::new(file).ends_with("rooms/mod.rs")));
    }
}
