//! Pairs of recurrent and feed-forward models by readout mode and number of iterations.

use super::plot::counts;
use super::{Study, StudyFigureProblem};
use crate::figures::FigureError;
use crate::figures::legend::Key;
use crate::figures::mark::Style;
use crate::figures::style::{MOST_PARTS, amount_colours};
use crate::study::results::{Amount, Kind, Pair, Selection, SelectionError, Subset, pairs};
use pathscope_core::circuit::Readout;
use pathscope_core::data::scores::Score;
use pathscope_core::statistics::mean;
use std::collections::{BTreeMap, BTreeSet};

/// The approximate number of lines and labels in a panel.
const PANEL_PARTS: usize = 30;

/// A pair of configurations, with a value for each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PairPoint {
    /// The value of the first configuration, such as a feed-forward one.
    pub x: f64,
    /// The value of the second configuration, such as a recurrent one.
    pub y: f64,
    /// The group that determines the colour, such as the index of the amount of training data in
    /// [`Selection::amounts`].
    pub group: usize,
}

/// The pairs of a figure, by panel.
pub(super) struct Panels<'s, 'a> {
    pub selection: Selection<'s, 'a>,
    pub metric: Score,
    /// The pairs by index of the readout mode in the paper's order and by number of iterations.
    points: BTreeMap<(usize, usize), Vec<PairPoint>>,
    styles: Vec<Style>,
    /// The number of recurrent configurations without a feed-forward one.
    unpaired: usize,
    /// The number of pairs of which a model was not measured.
    unmeasured: usize,
}

impl<'s, 'a> Panels<'s, 'a> {
    pub(super) fn new(study: &'s Study<'a>, subset: &Subset) -> Result<Self, StudyFigureProblem> {
        let selection = study.select(subset, &[Kind::FeedForward, Kind::Recurrent])?;
        let metric = selection.metric(study.options.metric)?;
        let (pairs, unpaired) = pairs(&selection.configurations);
        let mut points: BTreeMap<_, Vec<PairPoint>> = BTreeMap::new();
        let mut unmeasured = 0;
        for pair in &pairs {
            match point(pair, &selection, metric) {
                Some((panel, point)) => points.entry(panel).or_default().push(point),
                None => unmeasured += 1,
            }
        }
        if points.is_empty() {
            return Err(SelectionError::NoPairs { subset: selection.describe() }.into());
        }
        let parts = pairs.len() + points.len() * PANEL_PARTS;
        if parts > MOST_PARTS {
            let advice = "draw the models of one data set at a time with --dataset";
            return Err(FigureError::TooLarge { parts, limit: MOST_PARTS, advice }.into());
        }
        let colours = amount_colours(selection.amounts.len());
        let styles = colours.into_iter().map(Style::plain).collect();
        Ok(Self { selection, metric, points, styles, unpaired, unmeasured })
    }

    /// Returns the readout modes of the panels in the paper's order.
    pub(super) fn readouts(&self) -> Vec<Readout> {
        let places: BTreeSet<usize> = self.points.keys().map(|(place, _)| *place).collect();
        places.into_iter().map(|place| Readout::ALL[place]).collect()
    }

    /// Returns the numbers of iterations of the panels in ascending order.
    pub(super) fn iterations(&self) -> Vec<usize> {
        let iterations: BTreeSet<usize> = self.points.keys().map(|(_, iterations)| *iterations).collect();
        iterations.into_iter().collect()
    }

    /// Returns the pairs of a panel.
    pub(super) fn points(&self, readout: Readout, iterations: usize) -> &[PairPoint] {
        self.points.get(&(place(readout), iterations)).map_or(&[], Vec::as_slice)
    }

    /// Returns the pairs of all panels.
    pub(super) fn all_points(&self) -> impl Iterator<Item = &PairPoint> {
        self.points.values().flatten()
    }

    /// Returns the panel with the largest mean gain of recurrent over feed-forward models among those that
    /// were asked for. Of equal ones it is the first.
    pub(super) fn best(
        &self,
        readout: Option<Readout>,
        iterations: Option<usize>,
    ) -> Result<(Readout, usize), StudyFigureProblem> {
        let gain = |points: &[PairPoint]| mean(points.iter().map(|point| point.y - point.x));
        self.asked_for(readout, iterations)
            .map(|(panel, points)| (panel, gain(points)))
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
            .map(|(panel, _)| panel)
            .ok_or_else(|| self.no_such_panel(readout, iterations))
    }

    /// Returns the panel of a readout mode with the most iterations, or with the number that was asked for.
    pub(super) fn last(
        &self,
        readout: Readout,
        iterations: Option<usize>,
    ) -> Result<(Readout, usize), StudyFigureProblem> {
        let panels = self.asked_for(Some(readout), iterations).map(|(panel, _)| panel);
        panels.last().ok_or_else(|| self.no_such_panel(Some(readout), iterations))
    }

    fn asked_for(
        &self,
        readout: Option<Readout>,
        iterations: Option<usize>,
    ) -> impl Iterator<Item = ((Readout, usize), &[PairPoint])> {
        self.points
            .iter()
            .map(|(&(place, iterations), points)| ((Readout::ALL[place], iterations), points.as_slice()))
            .filter(move |((of, _), _)| readout.is_none_or(|readout| readout == *of))
            .filter(move |((_, of), _)| iterations.is_none_or(|iterations| iterations == *of))
    }

    fn no_such_panel(&self, readout: Option<Readout>, iterations: Option<usize>) -> StudyFigureProblem {
        let readouts: Vec<&str> = self.readouts().into_iter().map(Readout::as_str).collect();
        let numbers: Vec<String> = self.iterations().iter().map(usize::to_string).collect();
        let found = format!("{} with T = {}", readouts.join(", "), numbers.join(", "));
        StudyFigureProblem::NoSuchPanel { readout, iterations, found }
    }

    /// Returns the styles of the points of each amount of training data.
    pub(super) fn styles(&self) -> &[Style] {
        &self.styles
    }

    /// Returns the legend of the amounts of training data, with the numbers of pairs in a panel.
    pub(super) fn legend(&self, panels: &[(Readout, usize)]) -> Vec<Key> {
        let key = |(index, amount): (usize, &Amount)| {
            let n = panels.iter().map(|&(readout, iterations)| {
                let points = self.points(readout, iterations);
                points.iter().filter(|point| point.group == index).count()
            });
            Key::point(self.styles[index], {
                let per_panel = if panels.len() > 1 { " per panel" } else { "" };
                format!("{amount}, n = {}{per_panel}", counts(n))
            })
        };
        self.selection.amounts.iter().enumerate().map(key).chain([Key::identity()]).collect()
    }

    /// Returns notes on the models that were left out.
    pub(super) fn notes(&self) -> Vec<String> {
        let unpaired = (self.unpaired > 0).then(|| {
            format!("{} recurrent configurations without their feed-forward one left out", self.unpaired)
        });
        let unmeasured = (self.unmeasured > 0)
            .then(|| format!("{} pairs without {} left out", self.unmeasured, self.metric.label()));
        [self.selection.left_out(), unpaired, unmeasured].into_iter().flatten().collect()
    }
}

/// Returns the point of a pair and its panel, or `None` if a value is missing.
fn point(
    pair: &Pair<'_, '_>,
    selection: &Selection<'_, '_>,
    metric: Score,
) -> Option<((usize, usize), PairPoint)> {
    let settings = pair.recurrent.settings;
    let fraction = settings.train_fraction;
    let group = selection.amounts.iter().position(|amount| amount.fraction == fraction)?;
    let (x, y) = (pair.feed_forward.performance(metric)?, pair.recurrent.performance(metric)?);
    Some(((place(settings.readout?), settings.iterations), PairPoint { x, y, group }))
}

/// Returns the index of a readout mode in the paper's order.
fn place(readout: Readout) -> usize {
    Readout::ALL.iter().position(|each| *each == readout).unwrap_or(0)
}
