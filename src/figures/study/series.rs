//! The mean performance of recurrent models by readout mode and number of iterations, and of feed-forward
//! models.

use super::plot::counts;
use super::{LengthPoint, Study, StudyFigureProblem};
use crate::figures::FigureError;
use crate::figures::canvas::Canvas;
use crate::figures::legend::Key;
use crate::figures::style::INK;
use crate::study::results::{Kind, PathMeasure, Selection, Subset};
use pathscope_core::circuit::Readout;
use pathscope_core::data::scores::Score;
use pathscope_core::files::text::{counted, list};
use pathscope_core::statistics::Mean;
use std::collections::BTreeMap;

/// The most points in a panel.
const MOST_POINTS: usize = 1000;

/// The models with one readout mode.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    /// The readout mode.
    pub readout: Readout,
    /// The points by number of iterations.
    pub points: Vec<SeriesPoint>,
}

/// The models with one readout mode and number of iterations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SeriesPoint {
    /// The number of iterations T.
    pub iterations: usize,
    /// The mean performance over configurations.
    pub performance: Mean,
    /// The mean over configurations of their average path length, if any has one.
    pub average_path_length: Option<f64>,
}

impl Series {
    /// Returns the series of some models in the paper's order of the modes. Configurations that were not
    /// measured are ignored.
    ///
    /// # Errors
    ///
    /// [`FigureError::TooLarge`] if there are too many points for anybody to see.
    pub(super) fn of(
        selection: &Selection<'_, '_>,
        metric: Score,
        measure: PathMeasure,
    ) -> Result<Vec<Self>, FigureError> {
        let of_mode = |readout: Readout| {
            let mut numbers: BTreeMap<usize, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
            let configurations = selection.of_kind(Kind::Recurrent);
            for each in configurations.filter(|each| each.settings.readout == Some(readout)) {
                let Some(performance) = each.performance(metric) else { continue };
                let (performances, lengths) = numbers.entry(each.settings.iterations).or_default();
                performances.push(performance);
                lengths.extend(each.average_path_length(measure));
            }
            let point = |(iterations, (performances, lengths)): (usize, (Vec<f64>, Vec<f64>))| {
                Some(SeriesPoint {
                    iterations,
                    performance: Mean::of(&performances)?,
                    average_path_length: Mean::of(&lengths).map(|mean| mean.mean),
                })
            };
            Self { readout, points: numbers.into_iter().filter_map(point).collect() }
        };
        let modes = Readout::ALL.into_iter().map(of_mode);
        let series: Vec<Self> = modes.filter(|series| !series.points.is_empty()).collect();
        let parts = series.iter().map(|series| series.points.len()).sum();
        if parts > MOST_POINTS {
            let advice = "draw a study of fewer numbers of iterations";
            return Err(FigureError::TooLarge { parts, limit: MOST_POINTS, advice });
        }
        Ok(series)
    }

    /// Returns the points that have an average path length, for the choice of examples.
    pub(super) fn lengths(&self) -> impl Iterator<Item = LengthPoint> {
        self.points.iter().filter_map(|point| {
            let (readout, iterations) = (self.readout, point.iterations);
            Some(LengthPoint { readout, iterations, average_path_length: point.average_path_length? })
        })
    }
}

/// The performance of the recurrent models of a panel, as series, and of feed-forward models.
pub(super) struct Performances<'s, 'a> {
    pub selection: Selection<'s, 'a>,
    pub metric: Score,
    pub series: Vec<Series>,
    pub feed_forward: FeedForward,
}

impl<'s, 'a> Performances<'s, 'a> {
    /// Selects the models: at least one recurrent model, and any feed-forward ones.
    pub(super) fn select(study: &'s Study<'a>, subset: &Subset) -> Result<Self, StudyFigureProblem> {
        study.select(subset, &[Kind::Recurrent])?;
        let selection = study.select(subset, &[Kind::FeedForward, Kind::Recurrent])?;
        let metric = selection.metric(study.options.metric)?;
        let series = Series::of(&selection, metric, study.options.measure)?;
        let feed_forward = FeedForward::of(&selection, metric);
        Ok(Self { selection, metric, series, feed_forward })
    }

    /// Returns the points of all series.
    pub(super) fn points(&self) -> impl Iterator<Item = &SeriesPoint> {
        self.series.iter().flat_map(|series| &series.points)
    }

    /// Returns the title of a panel that shows these means.
    pub(super) fn title(&self, means: impl Iterator<Item = Mean>) -> String {
        let n: Vec<usize> = means.chain(self.feed_forward.mean).map(|mean| mean.n).collect();
        title(&self.selection, &counts(n))
    }

    /// Returns the legend of the series and of the feed-forward models.
    pub(super) fn legend(&self, with_error: bool) -> impl Iterator<Item = Key> {
        let series = self.series.iter().map(|series| Key::readout(series.readout));
        series.chain(self.feed_forward.keys(with_error))
    }

    /// Returns notes on the models that are missing or left out.
    pub(super) fn notes(&self) -> Vec<String> {
        self.feed_forward.notes(&self.selection)
    }
}

/// The feed-forward models that recurrent ones are compared with.
pub(super) struct FeedForward {
    pub mean: Option<Mean>,
}

impl FeedForward {
    /// Returns the points of some models.
    fn of(selection: &Selection<'_, '_>, metric: Score) -> Self {
        let performances: Vec<f64> =
            selection.of_kind(Kind::FeedForward).filter_map(|each| each.performance(metric)).collect();
        Self { mean: Mean::of(&performances) }
    }

    /// Draws a line at their mean, and dashed lines a standard error below and above it.
    pub(super) fn draw(&self, canvas: &mut Canvas, width: f64, y_of: impl Fn(f64) -> f64, with_error: bool) {
        let Some(mean) = self.mean else { return };
        canvas.line(&[(0.0, y_of(mean.mean)), (width, y_of(mean.mean))], INK, 1.3);
        if with_error && mean.standard_error > 0.0 {
            for end in mean.ends().map(y_of) {
                canvas.dashes((0.0, end), (width, end), INK, 0.9);
            }
        }
    }

    /// Returns the legend of the lines.
    fn keys(&self, with_error: bool) -> impl Iterator<Item = Key> + use<> {
        let error = self.mean.filter(|mean| with_error && mean.standard_error > 0.0);
        let line = self.mean.map(|_| Key::feed_forward());
        line.into_iter().chain(error.map(|_| Key::feed_forward_error()))
    }

    /// Returns notes on models that are missing or left out.
    fn notes(&self, selection: &Selection<'_, '_>) -> Vec<String> {
        let none = self
            .mean
            .is_none()
            .then(|| format!("no feed-forward models ({}), so their line is missing", selection.describe()));
        [selection.left_out(), none].into_iter().flatten().collect()
    }
}

/// Returns the title of a panel of one amount of training data, such as
/// `1 recurrent block, 50 % (700), n = 16`.
pub(super) fn title(selection: &Selection<'_, '_>, n: &str) -> String {
    let blocks = selection.recurrent_blocks.map(|blocks| counted(blocks, "recurrent block"));
    list([blocks, Some(list(&selection.amounts)), Some(format!("n = {n}"))].into_iter().flatten())
}
