//! The style that all figures share: colours, font sizes and estimated widths of text.

use pathscope_core::circuit::{Readout, Role};
use plotters::style::RGBColor;

/// The font size of titles.
pub(super) const TITLE: f64 = 13.0;
/// The font size of labels.
pub(super) const LABEL: f64 = 11.0;
/// The font size of the least important text.
pub(super) const SMALL: f64 = 10.0;
/// The most parts (boxes, lines) in a figure. Viewers cannot show more.
pub(super) const MOST_PARTS: usize = 20_000;

/// The colour of text and axes.
pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
/// The colour of secondary text.
pub(super) const MUTED: RGBColor = RGBColor(0x66, 0x66, 0x66);
/// The colour of grid lines.
pub(super) const GRID: RGBColor = RGBColor(0xe6, 0xe6, 0xe6);
/// The colour of parts that are on no path of nonzero weight.
pub(super) const UNUSED: RGBColor = RGBColor(0xc8, 0xc8, 0xc8);
/// The background of a block.
pub(super) const PANEL: RGBColor = RGBColor(0xf3, 0xf4, 0xf6);
/// The background of a block that is set off from others.
pub(super) const SHADED: RGBColor = RGBColor(0xdd, 0xe1, 0xe8);
/// The border of a block.
pub(super) const PANEL_BORDER: RGBColor = RGBColor(0xb4, 0xb8, 0xbf);
/// The fill of boxes.
pub(super) const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);
/// The colour of normalization layers and of the lines after them.
pub(super) const NORMALIZATION: RGBColor = RGBColor(0x55, 0x55, 0x55);

/// Returns the colour of a readout mode in the paper's figures.
pub(super) fn readout_colour(readout: Readout) -> RGBColor {
    match readout {
        Readout::NoAvg => RGBColor(0x1f, 0x77, 0xb4),
        Readout::EarlyAvg => RGBColor(0xff, 0x7f, 0x0e),
        Readout::LateAvg => RGBColor(0x2c, 0xa0, 0x2c),
        Readout::TwoAvg => RGBColor(0xd6, 0x27, 0x28),
    }
}

/// Colours from much to little, which colour-blind readers can tell apart and which keep their order in grey.
const AMOUNTS: [RGBColor; 4] = [
    RGBColor(0x0d, 0x08, 0x87),
    RGBColor(0x9c, 0x17, 0x9e),
    RGBColor(0xed, 0x79, 0x53),
    RGBColor(0xf7, 0xc0, 0x2c),
];

/// Returns colours for a number of amounts of training data, from the largest to the smallest.
pub(super) fn amount_colours(count: usize) -> Vec<RGBColor> {
    let last = AMOUNTS.len() - 1;
    let colour = |index: usize| {
        let place = if count > 1 { index as f64 / (count - 1) as f64 * last as f64 } else { 0.0 };
        let below = (place as usize).min(last - 1);
        let share = place - below as f64;
        let mix =
            |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8;
        let (from, to) = (AMOUNTS[below], AMOUNTS[below + 1]);
        RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
    };
    (0..count).map(colour).collect()
}

/// Returns the colour of a kind of connection, from a palette that colour-blind readers can tell apart.
pub(super) fn role_colour(role: Role) -> RGBColor {
    match role {
        Role::BottomUp => RGBColor(0x22, 0x22, 0x22),
        Role::Lateral => RGBColor(0x00, 0x72, 0xb2),
        Role::TopDown => RGBColor(0xd5, 0x5e, 0x00),
        Role::Skip => RGBColor(0x00, 0x9e, 0x73),
    }
}

/// Estimates the width of text in a sans-serif font, on the wide side for common fonts.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let em: f64 = text
        .chars()
        .map(|character| match character {
            '\u{300}'..='\u{36f}' => 0.0,
            'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 0.32,
            'f' | 'r' | 't' | '(' | ')' | '[' | ']' | '{' | '}' | '/' | '-' | 'I' => 0.40,
            'm' | 'w' | 'M' | 'W' | '%' | '@' | '…' | '→' => 0.96,
            '⁰' | '¹' | '²' | '³' | '⁴'..='⁹' | '⁻' => 0.42,
            'A'..='Z' => 0.74,
            '\u{2e80}'.. => 1.0,
            _ => 0.62,
        })
        .sum();
    em * size
}

/// Cuts text that would be wider than `width` and ends it with an ellipsis.
pub(super) fn shortened(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if text_width(&kept, size) + size > width {
            kept.pop();
            break;
        }
    }
    kept.push('…');
    kept
}

/// Breaks text into lines of at most `width`, preferably after commas, then at spaces, then at hyphens and
/// the like, and last within words that are too long. Lines are never broken beside an equals sign.
pub(super) fn wrapped(text: &str, size: f64, width: f64) -> Vec<String> {
    let fits = |text: &str| text_width(text, size) <= width;
    let mut lines: Vec<String> = Vec::new();
    for clause in clauses(text) {
        for part in if fits(&clause) { vec![clause] } else { words(&clause) } {
            match lines.last_mut() {
                Some(line) if fits(&format!("{line} {part}")) => {
                    line.push(' ');
                    line.push_str(&part);
                }
                _ => lines.extend(broken(&part, size, width)),
            }
        }
    }
    lines
}

/// Splits a text after commas and semicolons.
fn clauses(text: &str) -> Vec<String> {
    let mut clauses: Vec<String> = Vec::new();
    let mut ended = true;
    for word in text.split(' ') {
        match clauses.last_mut().filter(|_| !ended) {
            Some(clause) => {
                clause.push(' ');
                clause.push_str(word);
            }
            None => clauses.push(word.to_owned()),
        }
        ended = word.ends_with([',', ';']);
    }
    clauses
}

/// Splits text into words. An equation counts as one word.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match words.last_mut() {
            Some(last) if word == "=" || last.ends_with(" =") => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// Breaks a word into as many lines as it needs.
fn broken(word: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = word;
    while text_width(rest, size) > width {
        let fitting = rest.char_indices().map(|(index, character)| index + character.len_utf8());
        let fitting: Vec<usize> =
            fitting.take_while(|&end| text_width(&rest[..end], size) <= width).collect();
        let joint = |end: &&usize| rest[..**end].ends_with(['-', '_', '/']);
        let first = rest.chars().next().map_or(rest.len(), char::len_utf8);
        let end = fitting.iter().rev().find(joint).or(fitting.last()).copied().unwrap_or(first);
        lines.push(rest[..end].to_owned());
        rest = &rest[end..];
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest.to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_to_the_width_they_have() {
        assert_eq!(shortened("RCPB 1", LABEL, 100.0), "RCPB 1");
        let cut = shortened(&"block".repeat(30), LABEL, 100.0);
        assert!(cut.ends_with('…') && cut.starts_with("block"), "{cut}");
        assert!(text_width(&cut, LABEL) <= 100.0, "{cut}");
        assert_eq!(shortened("ab", LABEL, 1.0), "…");
    }

    #[test]
    fn text_is_wrapped_and_never_cut() {
        assert_eq!(wrapped("RCPB 1", LABEL, 100.0), ["RCPB 1"]);
        let text = "mean difference +0.0704; v4-cowley, 100 % (768)";
        let lines = wrapped(text, SMALL, 120.0);
        assert!(lines.len() > 1 && lines.iter().all(|line| text_width(line, SMALL) <= 120.0), "{lines:?}");
        assert_eq!(lines.join(" "), text);
        let long = "block".repeat(30);
        let lines = wrapped(&long, LABEL, 100.0);
        assert!(lines.iter().all(|line| text_width(line, LABEL) <= 100.0), "{lines:?}");
        assert_eq!(lines.concat(), long);
        assert_eq!(wrapped("ab", LABEL, 0.0), ["a", "b"]);
        assert_eq!(wrapped("", LABEL, 50.0), [""]);
        assert_eq!(wrapped("3 lengths removed, n = 2", SMALL, 110.0), ["3 lengths removed,", "n = 2"]);
        assert_eq!(wrapped("where n = 2", SMALL, 50.0), ["where", "n = 2"]);
        assert_eq!(wrapped("recurrent-1block-t3-no-avg", SMALL, 105.0), ["recurrent-1block-t3-", "no-avg"]);
    }

    #[test]
    fn amounts_go_from_dark_to_light() {
        assert_eq!(amount_colours(0), []);
        assert_eq!(amount_colours(1), [AMOUNTS[0]]);
        assert_eq!(amount_colours(4), AMOUNTS);
        for count in [2, 3, 9] {
            let grey = |colour: &RGBColor| {
                299 * u32::from(colour.0) + 587 * u32::from(colour.1) + 114 * u32::from(colour.2)
            };
            let colours = amount_colours(count);
            assert_eq!((colours[0], colours[count - 1]), (AMOUNTS[0], AMOUNTS[3]));
            assert!(colours.windows(2).all(|pair| grey(&pair[0]) < grey(&pair[1])), "{colours:?}");
        }
    }

    #[test]
    fn marks_above_a_letter_take_no_width() {
        assert_eq!(text_width("s\u{303}", 10.0), text_width("s", 10.0));
    }
}
