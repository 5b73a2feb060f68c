//! Execution of the commands of a page in a temporary folder.

use super::pages::{Block, Page, arguments, root};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A folder in which the commands of a page run one after the other.
pub(crate) struct Place {
    folder: TempDir,
    pathscope: PathBuf,
}

impl Place {
    /// Makes a folder with the fixtures and with stand-ins for the reader's own files. The page names the
    /// latter in comments such as `<!-- given: model.pt2 = fixtures/programs/two-paths.pt2 -->`.
    ///
    /// # Arguments
    ///
    /// * `pathscope` - the command
    pub(crate) fn new(page: &Page, pathscope: &Path) -> Self {
        let place = Self { folder: TempDir::new().unwrap(), pathscope: pathscope.to_owned() };
        for folder in ["fixtures", "analysis"] {
            symlink(root().join(folder), place.folder.path().join(folder)).unwrap();
        }
        for line in page.text.lines() {
            let comment = line.strip_prefix("<!-- given: ").and_then(|line| line.strip_suffix(" -->"));
            if let Some((name, fixture)) = comment.and_then(|comment| comment.split_once(" = ")) {
                place.write(name, &fs::read(root().join(fixture)).expect(fixture));
            }
        }
        place
    }

    /// Writes a block to its file, or runs its commands and compares their output.
    ///
    /// # Arguments
    ///
    /// * `altered` - a function that changes the arguments of a command before it runs
    ///
    /// # Errors
    ///
    /// Returns an error if a command fails or prints other output than the block shows.
    pub(crate) fn perform(
        &self,
        block: &Block,
        altered: impl Fn(&[String]) -> Vec<String>,
    ) -> Result<(), String> {
        if let Some(name) = block.mark("file") {
            self.write(name, block.text.as_bytes());
        }
        for (words, expected) in block.commands() {
            let Some(arguments) = arguments(&words)? else { continue };
            let mut command = Command::new(&self.pathscope);
            let output = command.args(altered(arguments)).current_dir(self.folder.path()).output().unwrap();
            let line = words.join(" ");
            if !output.status.success() {
                return Err(format!("{line}: {}", String::from_utf8_lossy(&output.stderr)));
            }
            let printed = String::from_utf8(output.stdout).map_err(|error| error.to_string())?;
            if let Some(expected) = expected.filter(|expected| !matches(expected, &printed)) {
                return Err(format!("{line}: expected:\n{expected}\nprinted:\n{printed}"));
            }
        }
        Ok(())
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// Returns whether the output of a command is as expected, where a line `…` stands for any lines.
fn matches(expected: &str, printed: &str) -> bool {
    let lines =
        |text: &str| text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    let (expected, printed) = (lines(expected), lines(printed));
    let parts: Vec<_> = expected.split(|line| line == "…").collect();
    let mut rest = printed.as_slice();
    for (index, part) in parts.iter().enumerate() {
        let place = match (index == 0, index + 1 == parts.len()) {
            (true, true) => (rest == *part).then_some(0),
            (true, false) => rest.starts_with(part).then_some(0),
            (false, true) => rest.ends_with(part).then(|| rest.len() - part.len()),
            (false, false) => (0..=rest.len()).find(|place| rest[*place..].starts_with(part)),
        };
        let Some(place) = place else { return false };
        rest = &rest[place + part.len()..];
    }
    true
}

#[test]
fn a_line_of_dots_stands_for_any_lines() {
    for (expected, printed, whether) in [
        ("a\nb", "a\nb\n", true),
        ("a\n…", "a", true),
        ("a\n…\nc", "a\nb\nb\nc\n", true),
        ("…\nb\n…\nd\n…", "a\nb\nc\nd\n", true),
        ("a\n…\nc", "a\nb\n", false),
        ("…\nd\n…\nb\n…", "a\nb\nc\nd\n", false),
        ("a", "a\nb", false),
    ] {
        assert_eq!(matches(expected, printed), whether, "{expected:?} {printed:?}");
    }
}
