//! Names with subscripts, such as CC_norm², are typeset as in the paper.

use super::style::SMALL;
use std::fmt::Write as _;

/// The names that have a subscript, with their parts.
const NAMES: [(&str, [&str; 3]); 4] = [
    ("CC_norm²", ["CC", "norm", "²"]),
    ("CC_raw²", ["CC", "raw", "²"]),
    ("CC_max", ["CC", "max", ""]),
    ("r²_ER", ["r²", "ER", ""]),
];

/// The marks of the beginning and the end of a subscript in text: private-use characters, which no name
/// contains.
const BEGIN: char = '\u{e000}';
const END: char = '\u{e001}';

/// The smallest font size of subscripts, in the SVG's unit.
const SMALLEST: f64 = SMALL * super::canvas::SCALE;
/// The depth of subscripts and their size, relative to the surrounding font size.
const LOWERED: f64 = 0.22;
const SIZE: f64 = 0.75;

/// Returns text with marks around its subscripts.
pub(super) fn marked(text: &str) -> String {
    let mut text: String = text.chars().filter(|&character| character != BEGIN && character != END).collect();
    for (name, [before, subscript, after]) in NAMES {
        text = text.replace(name, &format!("{before}{BEGIN}{subscript}{END}{after}"));
    }
    text
}

/// Replaces the marks in an SVG by elements that lower the subscripts.
pub(super) fn written(svg: &str) -> String {
    if !svg.contains(BEGIN) {
        return svg.to_owned();
    }
    let mut output = String::with_capacity(svg.len());
    let mut element = "";
    for line in svg.lines() {
        if line.starts_with("<text ") {
            element = line;
            continue;
        }
        if !element.is_empty() {
            let text = std::mem::take(&mut element);
            let plain: String = line.chars().map(|each| if each == BEGIN { '_' } else { each }).collect();
            let plain = plain.replace(END, "");
            if line.contains(BEGIN) {
                // For search and screen readers, which need the plain name.
                let _ = writeln!(output, "<text aria-label=\"{plain}\"{}", &text["<text".len()..]);
                output.push_str(&with_elements(line, font_size(text)));
            } else {
                let _ = writeln!(output, "{text}");
                output.push_str(line);
            }
        } else {
            output.push_str(line);
        }
        output.push('\n');
    }
    output
}

fn font_size(element: &str) -> f64 {
    let size = element.split_once("font-size=\"").and_then(|(_, rest)| rest.split_once('"'));
    size.and_then(|(size, _)| size.parse().ok()).unwrap_or(SMALLEST)
}

fn with_elements(line: &str, size: f64) -> String {
    let (small, down) = ((size * SIZE).max(SMALLEST), size * LOWERED);
    let mut output = String::new();
    let mut raised = 0;
    for character in line.chars() {
        match character {
            BEGIN => {
                let _ = write!(output, "<tspan dy=\"{down:.0}\" font-size=\"{small:.0}\">");
            }
            END => {
                let _ = write!(output, "</tspan><tspan dy=\"-{down:.0}\">");
                raised += 1;
            }
            other => output.push(other),
        }
    }
    output + &"</tspan>".repeat(raised)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscripts_are_elements_and_the_name_can_still_be_found() {
        let text = marked("recurrent CC_norm²");
        let svg = format!(
            "<svg>\n<text x=\"1\" font-size=\"550\">\n{text}\n</text>\n<text>\nCC_norm\n</text>\n</svg>"
        );
        let expected = "<svg>\n<text aria-label=\"recurrent CC_norm²\" x=\"1\" font-size=\"550\">\nrecurrent CC<tspan dy=\"121\" \
             font-size=\"500\">norm</tspan><tspan dy=\"-121\">²</tspan>\n</text>\n<text>\nCC_norm\n</text>\n</svg>\n";
        assert_eq!(written(&svg), expected);
        assert_eq!(written("<svg>\n</svg>"), "<svg>\n</svg>");
        assert_eq!(marked("a\u{e000}b"), "ab");
    }
}
