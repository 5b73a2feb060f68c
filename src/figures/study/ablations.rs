//! Performance without the paths of some lengths (paper, Figs. 6g-i, 24 and 25).

use super::plot;
use super::{Drawn, Room, Study, StudyFigureProblem};
use crate::figures::ablation_inset::EnsembleInset;
use crate::figures::ablation_scores::{AblationPlot, AblationPoint, AblationScores, HEIGHT};
use crate::figures::canvas::Canvas;
use crate::study::results::{Kind, ResultRow, Selection, Subset};
use crate::study::run::settings::PathModel;
use pathscope_core::circuit::Readout;
use pathscope_core::data::scores::Score;
use std::collections::{BTreeMap, BTreeSet};

/// Draws the means over models of one readout mode, with standard errors, by the removed lengths.
///
/// # Arguments
///
/// * `readout`, `removed` - the mode, and the number of adjacent lengths removed; `None` for a panel each of
///   one, two and three lengths
pub(super) fn draw(
    study: &Study<'_>,
    subset: &Subset,
    room: Room,
    (readout, removed): (Readout, Option<usize>),
) -> Result<Drawn, StudyFigureProblem> {
    let selection = study.select(subset, &[Kind::Ablated])?;
    let metric = selection.metric(study.options.metric)?;
    let none = || StudyFigureProblem::NoAblated {
        subset: selection.describe(),
        readout,
        removed: removed.map_or_else(String::new, |count| match count {
            1 => " and 1 length removed".to_owned(),
            count => format!(" and {count} adjacent lengths removed"),
        }),
    };
    let chosen = Chosen::of(&selection, readout, metric).ok_or_else(none)?;
    // The full models are only drawn, so a table without them is still accepted.
    let full = study.select(subset, &[Kind::MultiPath]).ok();
    let full: Vec<f64> = full.iter().flat_map(|full| chosen.full(full, metric)).collect();
    let scores = AblationScores {
        score_name: metric.label().to_owned(),
        readout: Some(readout),
        ablations: chosen.points(metric),
        ..AblationScores::default()
    };
    let scores = AblationScores { full, ..scores };
    let inset = EnsembleInset::new(chosen.recurrent_blocks, chosen.iterations);
    let plot = AblationPlot::new(&scores, inset, removed, (room.inside(), HEIGHT * room.height))?;
    if plot.is_empty() {
        return Err(none());
    }
    let mut canvas = Canvas::default();
    plot.draw(&mut canvas);
    let title = format!("{readout}, T = {}", chosen.iterations);
    let about = selection.describe();
    plot::title(&mut canvas, &title, &about, &room);
    let mut notes: Vec<String> = selection.left_out().into_iter().collect();
    if scores.full.is_empty() {
        notes.push(format!(
            "no full multi-path models ({}, {readout}), so their line is missing",
            selection.describe()
        ));
    }
    notes.extend(chosen.others);
    Ok(Drawn::new(canvas, plot.keys(), notes, room))
}

/// The ablated models that are drawn, which share a readout mode, a size and a kind of normalization.
struct Chosen<'a> {
    recurrent_blocks: usize,
    iterations: usize,
    multi_path: PathModel,
    models: Vec<&'a ResultRow>,
    /// A note on the other models.
    others: Option<String>,
}

impl<'a> Chosen<'a> {
    /// Chooses the size with the most iterations and then the fewest blocks. Models with one normalization
    /// for each path are preferred, as in the paper. Returns `None` if no model was measured.
    fn of(selection: &Selection<'_, 'a>, readout: Readout, metric: Score) -> Option<Self> {
        let kind = |row: &ResultRow| {
            (row.iterations, std::cmp::Reverse(row.recurrent_blocks), row.multi_path == PathModel::PerPath)
        };
        let of_mode: Vec<&ResultRow> = selection
            .models(Kind::Ablated)
            .filter(|row| row.readout == Some(readout) && row.score(metric).is_some())
            .collect();
        let most = of_mode.iter().map(|row| kind(row)).max()?;
        let (models, others): (Vec<_>, Vec<_>) = of_mode.into_iter().partition(|row| kind(row) == most);
        let first = models.first()?;
        let kinds =
            others.iter().map(|row| format!("T = {} and normalizations {}", row.iterations, row.multi_path));
        let kinds: BTreeSet<String> = kinds.collect();
        let others = (!others.is_empty()).then(|| {
            let kinds = kinds.into_iter().collect::<Vec<_>>().join(", ");
            format!("{} ablated models of other kinds left out: {kinds}", others.len())
        });
        Some(Self {
            recurrent_blocks: first.recurrent_blocks,
            iterations: first.iterations,
            multi_path: first.multi_path,
            models,
            others,
        })
    }

    /// Returns the scores by removed lengths.
    fn points(&self, metric: Score) -> Vec<AblationPoint> {
        let mut points: BTreeMap<&BTreeSet<usize>, Vec<f64>> = BTreeMap::new();
        for row in &self.models {
            points.entry(row.lengths_removed.removed()).or_default().extend(row.score(metric));
        }
        let point = |(removed, scores): (&BTreeSet<usize>, Vec<f64>)| AblationPoint {
            lengths_removed: removed.clone(),
            scores,
        };
        points.into_iter().map(point).collect()
    }

    /// Returns the scores of the full models that the ablated ones were made from.
    fn full(&self, selection: &Selection<'_, '_>, metric: Score) -> Vec<f64> {
        let originals: BTreeSet<&str> =
            self.models.iter().filter_map(|row| row.original.as_deref()).collect();
        let is_theirs = |row: &&ResultRow| {
            row.multi_path == self.multi_path
                && row.original.as_deref().is_some_and(|original| originals.contains(original))
        };
        selection.models(Kind::MultiPath).filter(is_theirs).filter_map(|row| row.score(metric)).collect()
    }
}
