//! The text form of lesions.

use super::{Correlations, LesionedModel, Lesions, RunningStatistics};
use crate::files::text::{counted, number, optional, table};
use std::fmt::Write;

impl Lesions {
    /// Returns the lesions as text: a row for each set of removed lengths.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for model in &self.models {
            model.section(&mut text);
        }
        let statistics = match self.running_statistics {
            RunningStatistics::Copied => "copied from the original",
            RunningStatistics::Estimated => "estimated anew for each path",
        };
        let _ = writeln!(text, "  weights are copied, running statistics {statistics}; nothing is retrained");
        let _ = writeln!(text, "\n{}", self.caution);
        text
    }
}

impl LesionedModel {
    fn section(&self, text: &mut String) {
        let settings = &self.settings;
        let images = counted(settings.images, "image");
        let _ = writeln!(text, "{}", self.name);
        let _ = writeln!(
            text,
            "  {images} of {} ({} images, split seed {})",
            self.dataset.name, settings.split, settings.split_seed
        );
        let _ = writeln!(
            text,
            "  CC_raw {} of the original, {} of its multi-path network with all paths",
            number(self.original.cc_raw),
            number(self.full.cc_raw)
        );
        let _ = write!(text, "\nStrength, contribution, lesion\n{}", self.table());
        let agreement = &self.agreement;
        for (measure, with) in [("strength", agreement.strength), ("contribution", agreement.contribution)] {
            let lesions = counted(agreement.lesions, "lesion");
            let _ = writeln!(text, "  {measure} and drop in CC_raw over {lesions}: {}", correlations(with));
        }
    }

    fn table(&self) -> String {
        let head = [
            "removed",
            "strength's probability",
            "share of mean |C|",
            "CC_raw without",
            "drop",
            "CC_norm² without",
            "drop",
        ];
        let columns = if self.full.cc_norm2.is_some() { head.len() } else { head.len() - 2 };
        let rows = self.lesions.iter().map(|lesion| {
            let mut row = vec![
                lesion.removed.to_string(),
                optional(lesion.probability),
                optional(lesion.share),
                number(lesion.score.cc_raw),
                number(lesion.drop.cc_raw),
                optional(lesion.score.cc_norm2),
                optional(lesion.drop.cc_norm2),
            ];
            row.truncate(columns);
            row
        });
        table(&head[..columns], 1..columns, rows)
    }
}

fn correlations(found: Correlations) -> String {
    format!("Pearson's r {}, Spearman's ρ {}", optional(found.pearson), optional(found.spearman))
}
