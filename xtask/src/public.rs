//! `cargo xtask public`: the list of public items of pathscope-core, so that no change of them goes
//! unnoticed.
//!
//! The compiler warns of a `pub` that no other package can reach, so every item declared `pub` is public.

use crate::{rooms, root};
use anyhow::{Context, Result, bail};
use std::fmt::Write;
use std::fs;

/// The sources and the list, relative to the root of the workspace.
const SOURCES: &str = "core/src";
const LIST: &str = "core/public.txt";

/// The keywords before an item's name.
const KINDS: [&str; 9] = ["const", "enum", "fn", "mod", "static", "struct", "trait", "type", "use"];

/// Writes the list.
///
/// With `check`, nothing is written, and a list that is out of date is an error.
pub(crate) fn run(check: bool) -> Result<()> {
    let (file, found) = (root().join(LIST), list()?);
    if !check {
        fs::write(&file, found).with_context(|| format!("{LIST} cannot be written"))?;
    } else if fs::read_to_string(&file).ok().as_deref() != Some(found.as_str()) {
        bail!("{LIST} is out of date: if the change of public items is intended, run `cargo xtask public`");
    }
    Ok(())
}

fn list() -> Result<String> {
    let folder = root().join(SOURCES);
    let mut list = String::new();
    for (file, text) in rooms::sources(&folder)? {
        let name = file.strip_prefix(&*folder.to_string_lossy()).unwrap_or(&file).trim_start_matches('/');
        let items: Vec<String> = items(&text);
        if !items.is_empty() {
            let _ = writeln!(list, "{name}\n    {}", items.join("\n    "));
        }
    }
    Ok(list)
}

/// Returns the public items of a file, including methods and re-exports.
fn items(text: &str) -> Vec<String> {
    let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut lines = code.lines().peekable();
    let mut items = Vec::new();
    while let Some(line) = lines.next() {
        let Some(item) = line.trim_start().strip_prefix("pub ") else { continue };
        if let Some(exported) = item.strip_prefix("use ") {
            let mut whole = exported.to_owned();
            while !whole.ends_with(';') {
                let Some(more) = lines.next() else { break };
                whole += more.trim();
            }
            items.push(format!("use {}", whole.trim_end_matches(';')));
            continue;
        }
        let words: Vec<&str> = item.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
        let kind = words.iter().position(|word| KINDS.contains(word) && !word.is_empty());
        // `const fn` and `unsafe fn` are functions.
        let kind = kind.map(|at| if words.get(at + 1) == Some(&"fn") { at + 1 } else { at });
        if let Some(name) = kind.and_then(|at| words.get(at + 1)).filter(|_| kind.is_some_and(|at| at < 3)) {
            items.push(format!("{} {name}", words[kind.unwrap_or_default()]));
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_up_to_date() {
        run(true).unwrap();
    }

    #[test]
    fn items_are_found_behind_any_keywords() {
        let text = "pub use a::{\n    B,\n    C,\n};\npub struct Open {\n    pub field: usize,\n}\nimpl Open {\n    \
                    pub const fn new() -> Self {}\n    pub(crate) fn hidden() {}\n}\npub(super) fn near() {}\n\
                    #[cfg(test)]\nmod tests {\n    pub fn helper() {}\n}\n";
        assert_eq!(items(text), ["use a::{B,C,}", "struct Open", "fn new"]);
    }
}
