//! Text that is safe to print on a terminal.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The names of files with characters that must be escaped. A newline is normal in a text but not in a name,
/// and in a text the two cannot be distinguished.
static NAMES: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Remembers the name of a file, and those of its folders, if they contain characters that must be escaped.
pub(super) fn remember(path: &Path) {
    let ends = [Some(path.as_os_str()), path.file_name(), path.file_stem()];
    let folders = path.components().map(|component| Some(component.as_os_str()));
    let names = ends.into_iter().chain(folders).flatten().map(|name| name.to_string_lossy());
    let unseen: Vec<String> = names.filter(|name| name.contains(is_unseen)).map(Into::into).collect();
    if !unseen.is_empty() {
        NAMES.lock().unwrap_or_else(PoisonError::into_inner).extend(unseen);
    }
}

/// Returns a text with its control characters, and those that change the writing direction, as escapes such
/// as `\u{1b}`. Tabs and newlines are kept, except in names of files that were read.
///
/// # Examples
///
/// ```
/// use pathscope_core::files::text::shown;
///
/// assert_eq!(shown("a\u{1b}[31m.pth\nb"), "a\\u{1b}[31m.pth\nb");
/// ```
pub fn shown(text: &str) -> String {
    let mut text = text.to_owned();
    if text.contains(is_unseen) {
        let names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        let mut names: Vec<&String> = names.iter().collect();
        // A name may contain another one.
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        for name in names {
            text = text.replace(name.as_str(), &escaped(name, is_unseen));
        }
    }
    escaped(&text, |character| is_unseen(character) && !matches!(character, '\n' | '\t'))
}

fn escaped(text: &str, unseen: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' if unseen('\n') => escaped.push_str("\\n"),
            '\r' if unseen('\r') => escaped.push_str("\\r"),
            '\t' if unseen('\t') => escaped.push_str("\\t"),
            // Writing to a string cannot fail.
            _ if unseen(character) => {
                write!(escaped, "\\u{{{:x}}}", u32::from(character)).unwrap_or_default();
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Returns whether a character is invisible, but changes how others are shown.
fn is_unseen(character: char) -> bool {
    const DIRECTIONS_AND_LINES: [std::ops::RangeInclusive<char>; 4] =
        ['\u{61c}'..='\u{61c}', '\u{200e}'..='\u{200f}', '\u{2028}'..='\u{202e}', '\u{2066}'..='\u{2069}'];
    character.is_control() || DIRECTIONS_AND_LINES.iter().any(|range| range.contains(&character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped() {
        for (text, expected) in [
            ("plain, ünïcode\tand\nlines", "plain, ünïcode\tand\nlines"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("over\rwritten", "over\\rwritten"),
            ("\u{202e}htp.x", "\\u{202e}htp.x"),
            ("\u{9b}31m\u{7f}", "\\u{9b}31m\\u{7f}"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn a_line_does_not_end_in_a_name() {
        remember(Path::new("runs/two\nlines.pth"));
        assert_eq!(shown("runs/two\nlines.pth: wrong\nhere"), "runs/two\\nlines.pth: wrong\nhere");
        assert_eq!(shown("== two\nlines =="), "== two\\nlines ==");
    }
}
