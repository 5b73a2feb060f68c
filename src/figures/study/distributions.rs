//! Path length distributions of models of similar average path length (paper, Figs. 6e,f, 16, 17 and 21 to 23).

use super::plot::{self, counts};
use super::series::{Series, title};
use super::{Drawn, LengthPoint, Room, Study, StudyFigureProblem, examples};
use crate::figures::distributions::{AXIS, DistributionPanel, draw_all, keys};
use crate::study::results::{Configuration, Kind, PathMeasure, SelectionError, Subset};
use std::collections::BTreeMap;

/// Draws a panel for each of the examples that are circled in the figure of average path length.
pub(super) fn draw(study: &Study<'_>, subset: &Subset, room: Room) -> Result<Drawn, StudyFigureProblem> {
    let selection = study.select(subset, &[Kind::Recurrent])?;
    let metric = selection.metric(study.options.metric)?;
    let measure = study.options.measure;
    let series = Series::of(&selection, metric, measure)?;
    let lengths: Vec<LengthPoint> = series.iter().flat_map(Series::lengths).collect();
    let mut panels = Vec::new();
    let mut numbers = Vec::new();
    for example in examples(&lengths) {
        let of_example: Vec<&Configuration<'_>> = selection
            .of_kind(Kind::Recurrent)
            .filter(|each| each.settings.readout == Some(example.readout))
            .filter(|each| each.settings.iterations == example.iterations)
            .filter(|each| each.performance(metric).is_some())
            .collect();
        let of_configurations: Vec<_> =
            of_example.iter().filter_map(|each| of_models(each, measure)).collect();
        numbers.push(of_configurations.len());
        let Some(distribution) = mean(&of_configurations) else { continue };
        let average = Some(example.average_path_length);
        panels.push(DistributionPanel {
            lines: Vec::new(),
            readout: Some(example.readout),
            setting: format!("{}, T = {}", example.readout, example.iterations),
            bars: distribution.into_iter().collect(),
            average,
        });
    }
    if panels.is_empty() {
        return Err(SelectionError::NoLengths { measure, subset: selection.describe() }.into());
    }
    let mut canvas = draw_all(&panels, room.width - room.axis + AXIS, room.height);
    let shares = match measure {
        PathMeasure::Strength => "",
        PathMeasure::Contribution => "; shares of the mean |C|",
    };
    let about = format!("{}, each with readout mode and iterations T{shares}", selection.dataset);
    plot::title(&mut canvas, &title(&selection, &counts(numbers)), &about, &room);
    Ok(Drawn::new(canvas, keys(&panels), selection.left_out().into_iter().collect(), room))
}

/// Returns the mean over the models of a configuration that have a distribution.
fn of_models(configuration: &Configuration<'_>, measure: PathMeasure) -> Option<BTreeMap<usize, f64>> {
    let models = configuration.models.iter().map(|row| row.distribution(measure));
    mean(&models.filter(|distribution| !distribution.is_empty()).cloned().collect::<Vec<_>>())
}

/// Returns the mean of some distributions, or `None` if there are none. A length that a distribution lacks
/// has probability 0.
fn mean(distributions: &[BTreeMap<usize, f64>]) -> Option<BTreeMap<usize, f64>> {
    let mut mean: BTreeMap<usize, f64> = BTreeMap::new();
    for (&length, &probability) in distributions.iter().flatten() {
        *mean.entry(length).or_default() += probability / distributions.len() as f64;
    }
    (!mean.is_empty()).then_some(mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_that_are_missing_count_as_zero() {
        let found = mean(&[[(1, 0.5), (2, 0.5)].into(), [(2, 0.25), (3, 0.75)].into()]);
        assert_eq!(found, Some([(1, 0.25), (2, 0.375), (3, 0.375)].into()));
        assert_eq!(mean(&[]), None);
    }
}
