//! Partial sums of contributions beside recordings, from which shares and correlations are computed.

use super::averages::centred;
use super::intervals::Resampled;
use super::{Contributions, Recordings};
use crate::statistics::{is_constant, mean, variance};
use ndarray::{Array2, ArrayView1, Axis, s};

/// The fraction of a variance, or of a product of two standard deviations, below which a number is rounding.
const LEAST: f64 = 1e-12;

/// The recordings beside the partial sums of one unit, over the images that count for it.
struct PartialSums {
    /// The partial sums \[images, parts\]: the biases alone, then with each further mark.
    sums: Array2<f64>,
    /// The responses.
    responses: Vec<f64>,
    /// The recorded responses.
    recorded: Vec<f64>,
    /// The images that count.
    images: Vec<usize>,
}

impl PartialSums {
    fn new(contributions: &Contributions, recordings: &Recordings, unit: usize) -> Self {
        let recorded = recordings.averages.column(unit);
        let images: Vec<usize> = recorded
            .indexed_iter()
            .filter(|(_, recorded)| recorded.is_finite())
            .map(|(image, _)| image)
            .collect();
        let parts = contributions.of_unit(unit);
        let responses = contributions.responses(unit);
        let marks = contributions.marks.len();
        let mut sums = Array2::zeros((images.len(), marks + 1));
        for (mut sums, &image) in sums.outer_iter_mut().zip(&images) {
            let mut sum = parts[[image, marks]];
            sums[0] = sum;
            for mark in 0..marks {
                sum += parts[[image, mark]];
                sums[mark + 1] = sum;
            }
        }
        Self {
            sums,
            responses: images.iter().map(|&image| responses[image]).collect(),
            recorded: images.iter().map(|&image| recorded[image]).collect(),
            images,
        }
    }

    /// Returns the columns whose moments are needed: partial sums, responses and recorded responses.
    fn columns(&self) -> Vec<Vec<f64>> {
        let sums = self.sums.columns().into_iter().map(|column| column.to_vec());
        sums.chain([self.responses.clone(), self.recorded.clone()]).collect()
    }
}

/// The terms that one unit adds to the statistics of all units.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    /// Cov(partial sum, r)/σ(r), the biases first.
    covariances: Vec<f64>,
    /// Cov(y, r)/σ(r).
    response: f64,
    /// σ(y), the scale of the covariances.
    deviation: f64,
    /// CC_raw of each partial sum.
    pub cc_raw: Vec<f64>,
    /// The number of units in these terms.
    pub units: f64,
}

impl Terms {
    /// Returns the terms of a unit that explains nothing.
    fn none(parts: usize) -> Self {
        Self {
            covariances: vec![0.0; parts],
            response: 0.0,
            deviation: 0.0,
            cc_raw: vec![0.0; parts],
            units: 1.0,
        }
    }

    /// Returns the shares of the explained covariance, the biases first.
    pub(super) fn shares(&self) -> impl Iterator<Item = Option<f64>> {
        let says_something = self.response.abs() > LEAST * self.deviation;
        let before = std::iter::once(&0.0).chain(&self.covariances);
        self.covariances
            .iter()
            .zip(before)
            .map(move |(sum, before)| says_something.then(|| (sum - before) / self.response))
    }
}

/// The recordings beside the partial sums of all units.
pub(super) struct PartialSumsOfAll<'a> {
    contributions: &'a Contributions,
    recordings: &'a Recordings,
    /// The variance that counts as rounding, for each column of each unit.
    least_variances: Vec<Vec<f64>>,
}

impl<'a> PartialSumsOfAll<'a> {
    /// Combines recordings with the partial sums of units.
    ///
    /// # Panics
    ///
    /// Panics if the numbers of images or units differ.
    pub(super) fn new(contributions: &'a Contributions, recordings: &'a Recordings) -> Self {
        let of_unit = |unit| {
            let columns = PartialSums::new(contributions, recordings, unit).columns();
            columns.iter().map(|column| least_variance(column)).collect()
        };
        Self { contributions, recordings, least_variances: (0..contributions.units()).map(of_unit).collect() }
    }

    /// Returns the terms of a unit over all its images.
    pub(super) fn whole(&self, unit: usize) -> Terms {
        let means = self.features(unit).sum_axis(Axis(0)) / self.contributions.images() as f64;
        self.terms(unit, means.view())
    }

    /// Returns the combined terms of several units.
    pub(super) fn sum(&self, units: &[Terms]) -> Terms {
        let mut sum = Terms { units: 0.0, ..Terms::none(self.columns() - 2) };
        units.iter().for_each(|unit| self.add(&mut sum, unit));
        sum
    }

    /// Returns the number of columns of a unit: partial sums, responses and recorded responses.
    fn columns(&self) -> usize {
        self.contributions.marks.len() + 3
    }
}

/// Returns the largest variance over images that counts as rounding.
fn least_variance(column: &[f64]) -> f64 {
    if is_constant(column) {
        return f64::INFINITY;
    }
    let square = mean(column.iter().map(|value| value * value));
    let variance = variance(column, 0.0);
    if variance <= LEAST * LEAST * square { f64::INFINITY } else { LEAST * variance }
}

/// Features are each column, its square, its product with the recorded responses (without means over all
/// images), and whether the image counts.
impl Resampled for PartialSumsOfAll<'_> {
    type Terms = Terms;

    fn features(&self, unit: usize) -> Array2<f64> {
        let sums = PartialSums::new(self.contributions, self.recordings, unit);
        let columns = self.columns();
        let centred: Vec<Vec<f64>> = sums.columns().into_iter().map(centred).collect();
        let mut features = Array2::zeros((self.contributions.images(), 3 * columns + 1));
        for (row, &image) in sums.images.iter().enumerate() {
            let recorded = centred[columns - 1][row];
            for (column, values) in centred.iter().enumerate() {
                let value = values[row];
                features[[image, column]] = value;
                features[[image, columns + column]] = value * value;
                features[[image, 2 * columns + column]] = value * recorded;
            }
            features[[image, 3 * columns]] = 1.0;
        }
        features
    }

    fn terms(&self, unit: usize, means: ArrayView1<'_, f64>) -> Terms {
        let columns = self.columns();
        let counted = means[3 * columns];
        let none = Terms::none(columns - 2);
        if counted <= 0.0 {
            return none;
        }
        let means = means.slice(s![..3 * columns]).mapv(|mean| mean / counted);
        let deviation = |column: usize| {
            let variance = means[columns + column] - means[column].powi(2);
            (variance > self.least_variances[unit][column]).then(|| variance.sqrt())
        };
        let Some(recorded) = deviation(columns - 1) else { return none };
        // Cov(column, r)/σ(r)
        let explained = |column: usize| match deviation(column) {
            Some(_) => (means[2 * columns + column] - means[column] * means[columns - 1]) / recorded,
            None => 0.0,
        };
        let covariances: Vec<f64> = (0..columns - 2).map(explained).collect();
        let cc_raw = covariances.iter().enumerate().map(|(column, covariance)| {
            deviation(column).map_or(0.0, |deviation| (covariance / deviation).clamp(-1.0, 1.0))
        });
        Terms {
            cc_raw: cc_raw.collect(),
            response: explained(columns - 2),
            deviation: deviation(columns - 2).unwrap_or(0.0),
            covariances,
            units: 1.0,
        }
    }

    fn add(&self, sum: &mut Terms, more: &Terms) {
        let add =
            |sums: &mut [f64], more: &[f64]| sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        add(&mut sum.covariances, &more.covariances);
        add(&mut sum.cc_raw, &more.cc_raw);
        sum.response += more.response;
        sum.deviation += more.deviation;
        sum.units += more.units;
    }

    fn statistics(&self, terms: &Terms) -> Vec<Option<f64>> {
        terms.shares().chain(terms.cc_raw.iter().map(|sum| Some(sum / terms.units))).collect()
    }
}
