//! The library's texts with the keyword arguments of Python in the place of the command's flags.

/// The flags whose keyword argument has another name than the flag with underscores.
const RENAMED: [(&str, &str); 4] = [("from", "begin"), ("to", "end"), ("gate", "gates"), ("out", "path")];

/// The other flags that are keyword arguments.
const ALIKE: [&str; 14] = [
    "key",
    "layout",
    "config",
    "readout",
    "activation",
    "iterations",
    "input",
    "output",
    "count",
    "conv-strength",
    "map-size",
    "bn-strength",
    "baseline",
    "max-paths",
];

/// Returns a text in which flags are keyword arguments, except in commands between backticks.
pub(crate) fn with_keywords(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let parts: Vec<String> =
        parts.map(|(at, part)| if at % 2 == 0 { translated(part) } else { part.to_owned() }).collect();
    parts.join("`")
}

fn translated(text: &str) -> String {
    let mut parts = text.split("--");
    let mut translated = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // Two hyphens inside a word belong to a name, such as that of a file.
        let begins_a_word = translated.ends_with([' ', '(']) || translated.is_empty();
        let end =
            part.find(|letter: char| !letter.is_ascii_lowercase() && letter != '-').unwrap_or(part.len());
        let (flag, rest) = part.split_at(end);
        match keyword(flag).filter(|_| begins_a_word) {
            Some(keyword) => translated.push_str(&keyword),
            None => {
                translated.push_str("--");
                translated.push_str(flag);
            }
        }
        translated.push_str(rest);
    }
    translated
}

fn keyword(flag: &str) -> Option<String> {
    let renamed =
        RENAMED.iter().find(|(renamed, _)| *renamed == flag).map(|(_, keyword)| (*keyword).to_owned());
    renamed.or_else(|| ALIKE.contains(&flag).then(|| flag.replace('-', "_")))
}
