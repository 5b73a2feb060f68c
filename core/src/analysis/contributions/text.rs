//! The text form of contributions.

use super::{
    ContributionsDocument, ContributionsError, Explained, Mark, PartShare, StrengthDistribution, Summary,
};
use crate::analysis::report::PATH_SEPARATOR;
use crate::files::text::{counted, number, optional, table};
use crate::statistics::Interval;
use std::collections::BTreeSet;
use std::fmt::Write;

/// The entry for the biases in the column of marks.
const BIASES: &str = "biases";

impl ContributionsDocument {
    /// Returns the document as text: all units together, then selected units.
    ///
    /// # Arguments
    ///
    /// * `units` - the selected units, counted from 0
    ///
    /// # Errors
    ///
    /// [`ContributionsError::NoUnit`]
    pub fn text(&self, units: &[usize]) -> Result<String, ContributionsError> {
        let mut text = self.header();
        let all = counted(self.summary.units.len(), "unit");
        self.section(&mut text, &format!("Contributions to {all}"), &self.summary.population);
        for &unit in units {
            self.section(&mut text, &format!("Contributions to unit {unit}"), self.unit(unit)?);
        }
        let _ = writeln!(text, "\n{}", self.caution);
        Ok(text)
    }

    fn header(&self) -> String {
        let (settings, summary) = (&self.settings, &self.summary);
        let mut text = format!("{}\n", self.source.path);
        let part = self.images_source.dataset.as_ref().map_or_else(String::new, |dataset| {
            format!(" ({} images, split seed {})", dataset.split, dataset.split_seed)
        });
        let images = counted(summary.images, "image");
        let _ = writeln!(text, "  {images} of {}{part}", self.images_source.path);
        let ends = settings.from.as_ref().zip(settings.to.as_ref());
        if let Some((from, to)) = ends {
            let _ = writeln!(text, "  paths from {from} to {to}");
        }
        if let Some(readout) = &settings.readout {
            let _ = writeln!(text, "  readout {readout}");
        }
        let _ = writeln!(
            text,
            "  gates {}, baseline {}, {} precision",
            settings.gate, settings.baseline, settings.precision
        );
        let sums = summary.sums;
        let relative = sums
            .relative
            .map_or_else(String::new, |relative| format!(", {} of the largest output", number(relative)));
        let which =
            if summary.mark == Mark::Path { "the sums of these paths and biases" } else { "the sums" };
        let _ = writeln!(text, "  {which} are within {} of the outputs{relative}", number(sums.largest));
        text
    }

    fn section(&self, text: &mut String, title: &str, summary: &Summary) {
        let _ = write!(text, "\n{title} by {}\n{}", self.summary.mark, self.share_table(summary));
        self.average_lines(text, summary);
        if let Some(explained) = &summary.explained {
            let _ = write!(text, "\nExplained of recorded responses\n{}", self.explained_table(explained));
            text.push_str(
                "  CC_raw and CC_norm² are of the biases with the paths of this row and all rows above it\n",
            );
        }
    }

    fn share_table(&self, summary: &Summary) -> String {
        let interval = self.interval_head();
        let strength = self.summary.strength.as_ref().filter(|_| self.summary.mark == Mark::Length);
        let mut head = vec![
            self.summary.mark.head(),
            "share of mean |C|",
            &interval,
            "share of variance",
            &interval,
            "mean C",
        ];
        head.extend(strength.map(|_| "strength's probability"));
        let row = |part: &PartShare| {
            let mut cells = vec![
                self.part_name(part.mark),
                // The biases' own share has another denominator and would not sum to 1 with the rest.
                optional(part.share.filter(|_| part.mark.is_some())),
                interval_text(part.share_interval.filter(|_| part.mark.is_some())),
                optional(part.variance_share),
                interval_text(part.variance_share_interval),
                number(part.mean),
            ];
            let probability =
                |strength: &StrengthDistribution| part.mark.and_then(|mark| strength.probability(mark));
            cells.extend(strength.map(|strength| optional(probability(strength))));
            cells
        };
        let only_strong = strength.into_iter().flat_map(|strength| &strength.lengths);
        let marks: BTreeSet<usize> = only_strong.map(|share| share.length).chain(marks(summary)).collect();
        let rows =
            marks.into_iter().map(|mark| match summary.parts.iter().find(|part| part.mark == Some(mark)) {
                Some(part) => row(part),
                None => {
                    let probability = strength.and_then(|strength| strength.probability(mark));
                    let mut cells = vec![dash(); head.len()];
                    cells[0] = mark.to_string();
                    cells[head.len() - 1] = optional(probability);
                    cells
                }
            });
        table(&head, 1..head.len(), rows.chain([row(&summary.biases)]))
    }

    fn average_lines(&self, text: &mut String, summary: &Summary) {
        let biases = summary.biases;
        let share = with_interval(biases.share, biases.share_interval);
        let _ = writeln!(text, "  share of the biases in mean |C| and mean |B| together: {share}");
        if let Some(name) = self.summary.mark.average_name() {
            let _ = write!(text, "  {name}: {}", with_interval(summary.average, summary.average_interval));
            match &self.summary.strength {
                Some(strength) if self.summary.mark == Mark::Length => {
                    let _ = writeln!(
                        text,
                        " by contribution, {} by strength",
                        optional(strength.average_path_length)
                    );
                }
                _ => text.push('\n'),
            }
        }
        if let Some(agreement) = summary.agreement {
            let _ = writeln!(
                text,
                "  strength and contribution: Spearman's ρ {}, total variation distance {}",
                optional(agreement.spearman),
                optional(agreement.total_variation)
            );
        }
        let _ = writeln!(
            text,
            "  cancellation: between paths {}, between paths and biases {}",
            optional(summary.cancellation),
            optional(summary.bias_cancellation)
        );
    }

    fn explained_table(&self, explained: &Explained) -> String {
        let interval = self.interval_head();
        let head = [
            self.summary.mark.head(),
            "share of covariance",
            &interval,
            "CC_raw",
            &interval,
            "CC_norm²",
            "median",
        ];
        let has_median = explained.parts.iter().any(|part| part.median_cc_norm2.is_some());
        let columns = if has_median { head.len() } else { head.len() - 1 };
        let rows = explained.parts.iter().map(|part| {
            let mut cells = vec![
                self.part_name(part.mark),
                optional(part.covariance_share),
                interval_text(part.covariance_share_interval),
                number(part.cc_raw),
                interval_text(part.cc_raw_interval),
                optional(part.cc_norm2),
                optional(part.median_cc_norm2),
            ];
            cells.truncate(columns);
            cells
        });
        table(&head[..columns], 1..columns, rows)
    }

    /// Returns the entries of the column of marks.
    fn part_name(&self, mark: Option<usize>) -> String {
        let Some(mark) = mark else { return BIASES.to_owned() };
        let path = mark.checked_sub(1).and_then(|rank| self.paths.get(rank));
        path.map_or_else(|| mark.to_string(), |path| path.path.join(PATH_SEPARATOR))
    }

    fn interval_head(&self) -> String {
        format!("{} % interval", number(100.0 * self.summary.bootstrap.confidence))
    }
}

fn marks(summary: &Summary) -> impl Iterator<Item = usize> {
    summary.parts.iter().filter_map(|part| part.mark)
}

fn dash() -> String {
    "-".to_owned()
}

fn interval_text(interval: Option<Interval>) -> String {
    interval.map_or_else(dash, |interval| format!("{:.3} to {:.3}", interval.low, interval.high))
}

fn with_interval(value: Option<f64>, interval: Option<Interval>) -> String {
    let interval = interval.map_or_else(String::new, |_| format!(" ({})", interval_text(interval)));
    optional(value) + &interval
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::contributions::testing::{document_of, of_parts, random_contributions};
    use crate::analysis::contributions::{Contributions, Recordings};
    use crate::analysis::report::PathRow;
    use ndarray::array;

    #[test]
    fn all_units_and_one() {
        let recordings = Recordings {
            averages: random_contributions([9, 2, 1], 4).outputs,
            ceilings: vec![Some(0.7), None],
        };
        let mut contributions = random_contributions([9, 2, 3], 2);
        contributions.marks = vec![1, 3, 4];
        let text = document_of(&contributions, Some(&recordings)).text(&[1]).unwrap();
        insta::assert_snapshot!(text);
    }

    #[test]
    fn what_is_not_there_is_a_dash() {
        let mut document = document_of(&of_parts(vec![1], array![[[0.0, 0.0]]]), None);
        document.summary.strength = None;
        let text = document.text(&[]).unwrap();
        assert!(text.contains("  1                        -               -"), "{text}");
        assert!(text.contains("average path length: -\n"), "{text}");
        assert!(text.contains("between paths -, between paths and biases -"), "{text}");
        assert!(document.text(&[7]).is_err());
    }

    #[test]
    fn paths_have_their_names() {
        let contributions =
            Contributions { mark: Mark::Path, ..of_parts(vec![1], array![[[1.0, 0.5]], [[2.0, 0.5]]]) };
        let mut document = document_of(&contributions, None);
        document.paths = vec![PathRow {
            path: vec!["conv[2].bottom_up".to_owned(), "bn[2,1]".to_owned()],
            length: 1,
            strength: Some(0.5),
            log_strength: Some(0.5_f64.ln()),
            probability: Some(1.0),
        }];
        let text = document.text(&[]).unwrap();
        assert!(text.contains(" conv[2].bottom_up > bn[2,1] "), "{text}");
        assert!(!text.contains("average path length"), "{text}");
    }
}
