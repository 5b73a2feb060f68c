//! README.md and the chapters of the book, and the commands in them.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// README.md or a chapter of the book.
pub(crate) struct Page {
    /// The path, relative to the root of the repository.
    pub path: PathBuf,
    pub text: String,
}

/// A fenced block of code.
pub(crate) struct Block {
    /// The line of its first fence, from 1.
    pub line: usize,
    /// The text after that fence: the language, and marks such as `needs:libtorch` or `file:my-model.toml`.
    info: String,
    pub text: String,
}

/// Returns the root of the repository.
pub(crate) fn root() -> PathBuf {
    // The manifest is the root's own or that of a package in it.
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().find(|folder| folder.join("docs/book.toml").exists()).unwrap().to_owned()
}

/// Reads README.md and every chapter of the book.
pub(crate) fn pages() -> Vec<Page> {
    let chapters = fs::read_dir(root().join("docs/src")).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = chapters.filter(|path| path.extension() == Some(OsStr::new("md"))).collect();
    paths.push(root().join("README.md"));
    paths.sort();
    let read = |path: PathBuf| Page {
        text: fs::read_to_string(&path).unwrap(),
        path: path.strip_prefix(root()).unwrap().to_owned(),
    };
    paths.into_iter().map(read).collect()
}

impl Page {
    /// Returns the blocks of code in order.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut inside = false;
        for (event, range) in Parser::new(&self.text).into_offset_iter() {
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    let info = if let CodeBlockKind::Fenced(info) = kind {
                        info.into_string()
                    } else {
                        String::new()
                    };
                    let line = self.text[..range.start].lines().count() + 1;
                    blocks.push(Block { line, info, text: String::new() });
                    inside = true;
                }
                Event::End(TagEnd::CodeBlock) => inside = false,
                Event::Text(part) if inside => blocks.last_mut().unwrap().text.push_str(&part),
                _ => {}
            }
        }
        blocks
    }
}

impl Block {
    /// Returns the language, such as `sh`.
    pub(crate) fn language(&self) -> &str {
        self.info.split_whitespace().next().unwrap_or_default()
    }

    /// Returns the value of a mark, if the block has it.
    pub(crate) fn mark(&self, name: &str) -> Option<&str> {
        self.info.split_whitespace().find_map(|mark| mark.strip_prefix(name)?.strip_prefix(':'))
    }

    /// Returns the words of each command in the block, with the output that the block shows for it.
    pub(crate) fn commands(&self) -> Vec<(Vec<String>, Option<String>)> {
        let whole = self.text.replace("\\\n", " ");
        let words = |line: &str| shlex::split(line).unwrap_or_else(|| panic!("line {}: {line}", self.line));
        let console = |part: &str| {
            let (command, output) = part.split_once('\n').unwrap_or((part, ""));
            (words(command), Some(output.to_owned()))
        };
        match self.language() {
            "sh" => {
                whole.lines().map(|line| (words(line), None)).filter(|(words, _)| !words.is_empty()).collect()
            }
            "console" => whole.split("$ ").skip(1).map(console).collect(),
            _ => Vec::new(),
        }
    }
}

/// Returns the arguments of a pathscope command, or `None` for a command that builds or tests pathscope
/// itself.
///
/// # Errors
///
/// Returns an error for any other command, which no test can check.
pub(crate) fn arguments(words: &[String]) -> Result<Option<&[String]>, String> {
    let text: Vec<_> = words.iter().map(String::as_str).collect();
    match text.as_slice() {
        ["pathscope", ..] => Ok(Some(&words[1..])),
        ["cargo", "run", "--", ..] => Ok(Some(&words[3..])),
        ["cargo", "xtask" | "install" | "test", ..] | ["export", ..] => Ok(None),
        _ => Err(format!("{}: no test can check this command", words.join(" "))),
    }
}
