//! The numbers of the paper's figures.

use super::catalogue::{FIGURES, FigureKind, Panel};
use crate::figures::Diagram;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The number of a figure of the paper that can be drawn from the results of a study, such as `3a`, `9` or
/// `16`.
///
/// A figure with several panels can be drawn as a whole (`3`) or panel by panel (`3a`).
///
/// # Examples
///
/// ```
/// use pathscope::figures::study::FigureNumber;
///
/// let number: FigureNumber = "3a".parse()?;
/// assert_eq!(number.to_string(), "3a");
/// assert_eq!("9".parse::<FigureNumber>()?.panels().len(), 1);
/// assert_eq!("3".parse::<FigureNumber>()?.panels().len(), 6);
/// let error = "3A".parse::<FigureNumber>().unwrap_err();
/// assert!(error.to_string().ends_with("did you mean 3a?"));
/// # Ok::<(), pathscope::figures::study::UnknownNumber>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FigureNumber {
    figure: u8,
    panel: Option<char>,
}

/// The error for a text that is not the number of a figure, with a suggestion.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("'{found}' is not a figure that can be drawn: {advice}")]
pub struct UnknownNumber {
    found: String,
    advice: String,
}

impl FigureNumber {
    /// Returns the figures that `pathscope figure all` draws from a table: the panels of the main text, and
    /// whole figures of the appendix.
    pub fn of_results() -> Vec<Self> {
        let panels = |figure: u8, panels: &[Panel]| -> Vec<Self> {
            match figure {
                ..=6 => panels.iter().map(|panel| Self { figure, panel: panel.letter }).collect(),
                _ => vec![Self { figure, panel: None }],
            }
        };
        FIGURES.iter().flat_map(|&(figure, of_figure)| panels(figure, of_figure)).collect()
    }

    /// Returns the panels of the figure, in the paper's order.
    pub fn panels(self) -> Vec<&'static Panel> {
        let of_figure = FIGURES.iter().filter(|(figure, _)| *figure == self.figure);
        let panels = of_figure.flat_map(|(_, panels)| panels.iter());
        panels.filter(|panel| self.panel.is_none() || panel.letter == self.panel).collect()
    }

    /// Returns whether the figure has a panel that [`StudyOptions`](super::StudyOptions) can choose, as Figs.
    /// 3b and 3c do.
    pub fn has_a_chosen_panel(self) -> bool {
        let chosen = [FigureKind::BestPairs, FigureKind::NoAvgPairs];
        self.panels().iter().any(|panel| chosen.contains(&panel.kind))
    }

    /// Returns the number of one of the figure's panels.
    pub(super) fn with(self, panel: &Panel) -> Self {
        Self { panel: panel.letter, ..self }
    }

    fn exists(self) -> bool {
        !self.panels().is_empty()
    }

    /// Returns all numbers of figures.
    fn known() -> impl Iterator<Item = Self> {
        let panels = |&(figure, panels): &(u8, &'static [Panel])| {
            let letters = panels.iter().filter_map(|panel| panel.letter).map(Some);
            letters.chain([None]).map(move |panel| Self { figure, panel })
        };
        FIGURES.iter().flat_map(panels)
    }
}

impl fmt::Display for FigureNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let panel = self.panel.map(String::from).unwrap_or_default();
        f.pad(&format!("{}{panel}", self.figure))
    }
}

impl FromStr for FigureNumber {
    type Err = UnknownNumber;

    fn from_str(text: &str) -> Result<Self, UnknownNumber> {
        match read(text) {
            Some(number) if number.exists() && number.to_string() == text => Ok(number),
            number => Err(UnknownNumber { found: text.to_owned(), advice: advice(text, number) }),
        }
    }
}

/// Reads digits and at most one letter.
fn read(text: &str) -> Option<FigureNumber> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_lowercase());
    let mut letters = text[digits.len()..].chars();
    let number = FigureNumber { figure: digits.parse().ok()?, panel: letters.next() };
    letters.next().is_none().then_some(number)
}

/// Returns advice about a text that is not the number of a figure.
fn advice(text: &str, number: Option<FigureNumber>) -> String {
    let plain: String = text.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.trim_start_matches("figure").trim_start_matches("fig").trim_start_matches('0');
    let meant = read(plain);
    if let Some(meant) = meant.filter(|meant| meant.exists()) {
        return format!("did you mean {meant}?");
    }
    if let Some(diagram) = meant.and_then(|meant| meant.figure.to_string().parse::<Diagram>().ok()) {
        return format!("it is a diagram of one network, which `pathscope diagram {diagram} RUN|FILE` draws");
    }
    match number {
        Some(FigureNumber { figure: 4, panel: Some('a' | 'b') }) => {
            return "it is a diagram of a model, which `pathscope graph FILE` draws".to_owned();
        }
        Some(FigureNumber { figure: 7, .. }) => {
            return "figure 7 shows how images were presented, which is not in the results".to_owned();
        }
        Some(number) => {
            let whole = FigureNumber { panel: None, ..number };
            let panels: Vec<String> =
                whole.panels().iter().map(|panel| whole.with(panel).to_string()).collect();
            if panels.len() > 1 {
                return format!("figure {whole} has {}", panels.join(", "));
            }
            if whole.exists() {
                return format!("figure {whole} has no panels: did you mean {whole}?");
            }
        }
        None => {}
    }
    let likeness = |number: &String| strsim::normalized_levenshtein(plain, number);
    let nearest = FigureNumber::known()
        .filter(|number| number.panel.is_some())
        .map(|number| number.to_string())
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .filter(|nearest| likeness(nearest) > 0.5);
    let known = "figures of results are 3a to 3f, 4c, 4d, 6a to 6i and 9 to 27";
    nearest.map_or(known.to_owned(), |nearest| format!("{known}; did you mean {nearest}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_read_as_it_is_written() {
        for number in FigureNumber::known() {
            assert_eq!(number.to_string().parse(), Ok(number));
        }
        let drawn: Vec<String> = FigureNumber::of_results().iter().map(ToString::to_string).collect();
        let expected = "3a 3b 3c 3d 3e 3f 4c 4d 6a 6b 6c 6d 6e 6f 6g 6h 6i 9 10 11 12 13 14 15 16 17 18 19 \
                        20 21 22 23 24 25 26 27";
        assert_eq!(drawn.join(" "), expected);
    }

    #[test]
    fn typing_errors_get_a_suggestion() {
        for (text, advice) in [
            ("3A", "did you mean 3a?"),
            ("fig3a", "did you mean 3a?"),
            ("Figure 3a", "did you mean 3a?"),
            ("03a", "did you mean 3a?"),
            ("6j", "figure 6 has 6a, 6b, 6c, 6d, 6e, 6f, 6g, 6h, 6i"),
            ("9a", "figure 9 has no panels: did you mean 9?"),
            ("1b", "it is a diagram of one network, which `pathscope diagram architecture RUN|FILE` draws"),
            ("fig5", "it is a diagram of one network, which `pathscope diagram path-lengths RUN|FILE` draws"),
            ("7", "figure 7 shows how images were presented, which is not in the results"),
            ("4a", "it is a diagram of a model, which `pathscope graph FILE` draws"),
            ("28", "figures of results are 3a to 3f, 4c, 4d, 6a to 6i and 9 to 27"),
            ("3aa", "figures of results are 3a to 3f, 4c, 4d, 6a to 6i and 9 to 27; did you mean 3a?"),
            ("", "figures of results are 3a to 3f, 4c, 4d, 6a to 6i and 9 to 27"),
            ("scatter", "figures of results are 3a to 3f, 4c, 4d, 6a to 6i and 9 to 27"),
            ("300", "figures of results are 3a to 3f, 4c, 4d, 6a to 6i and 9 to 27"),
            ("3é", "did you mean 3?"),
        ] {
            let error = text.parse::<FigureNumber>().unwrap_err();
            assert_eq!(error.advice, advice, "{text}");
        }
    }
}
