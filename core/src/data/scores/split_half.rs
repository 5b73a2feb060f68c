//! Split-half reliability: the agreement of averages over two halves of the trials.

use super::{FEWEST_IMAGES, Trials, Undefined};
use crate::statistics::{correlation, generator, is_constant, mean, shuffle};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

/// The largest number of splits that are tried one by one. There are 462 of twelve trials.
pub(super) const ALL_SPLITS: usize = 500;
/// The number of random splits where there are more, or where numbers of trials differ.
const RANDOM_SPLITS: usize = 100;
/// The smallest fraction of a sum of squares that a variance is; any less is rounding.
const LEAST_LEFT: f64 = 1e-12;

/// The agreement of two halves of the trials.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SplitHalf {
    /// The mean over splits of Pearson's r between the averages over the halves.
    pub r: f64,
    /// The reliability of averages over all trials, after Spearman and Brown; `None` if r is not positive.
    pub reliability: Option<f64>,
}

impl SplitHalf {
    /// Splits the trials of every image into halves and correlates the averages over the halves.
    ///
    /// Halves have ⌊n_i/2⌋ trials each, so of an odd number of trials one is left out. If all images have equally many
    /// trials, a split takes the same trials of every image, and all splits are tried if there are at most
    /// `most`; there are 35 of eight trials. Otherwise the splits are random. If numbers of trials differ, a
    /// split orders the trials of every image at random and deals them to the halves in turn.
    ///
    /// The reliability is that of averages over all trials (Spearman 1910, Brown 1910, British Journal of
    /// Psychology 3: 271 and 296): f r/(1 + (f-1) r), where f is the noise of the halves relative to that of
    /// all trials: the mean of 1/⌊n_i/2⌋ divided by the mean of 1/n_i. For even numbers of trials, f = 2.
    ///
    /// # Arguments
    ///
    /// * `most` - the largest number of splits
    /// * `seed` - the seed of random splits
    pub(super) fn new(trials: &Trials, most: usize, seed: u64) -> Result<Self, Undefined> {
        if trials.images() < FEWEST_IMAGES {
            return Err(Undefined::FewImages);
        }
        if trials.iter().any(|image| image.len() < 2) {
            return Err(Undefined::SingleTrials);
        }
        if is_constant(trials.pooled()) {
            return Err(Undefined::ConstantResponses);
        }
        let mut random = generator(seed);
        let correlations: Vec<f64> = match trials.equal() {
            Some(count) => {
                let products = Products::new(trials, count);
                let splits = splits(count, most, &mut random);
                splits.iter().filter_map(|halves| products.correlation(halves)).collect()
            }
            None => {
                let counts: BTreeSet<usize> = trials.iter().map(<[f64]>::len).collect();
                let counts: Vec<usize> = counts.into_iter().collect();
                (0..most.min(RANDOM_SPLITS)).map(|_| of_unequal(trials, &counts, &mut random)).collect()
            }
        };
        if correlations.is_empty() {
            return Err(Undefined::ConstantResponses);
        }
        let r = mean(correlations);
        let noise = |of: fn(usize) -> usize| mean(trials.iter().map(|image| 1.0 / of(image.len()) as f64));
        let factor = noise(|trials| trials / 2) / noise(|trials| trials);
        Ok(Self { r, reliability: (r > 0.0).then(|| factor * r / (1.0 + (factor - 1.0) * r)) })
    }
}

/// Two halves of the trials, as their indices.
type Halves = [Vec<usize>; 2];

/// Returns all splits of some trials into halves, or random ones if there are more than `most`.
fn splits(count: usize, most: usize, random: &mut ChaCha8Rng) -> Vec<Halves> {
    let half = count / 2;
    if let Some(all) = all_splits(count, most) {
        return all;
    }
    let mut order: Vec<usize> = (0..count).collect();
    (0..most.min(RANDOM_SPLITS))
        .map(|_| {
            shuffle(&mut order, random);
            [order[..half].to_vec(), order[half..2 * half].to_vec()]
        })
        .collect()
}

/// Returns all splits of some trials into halves; `None` if there are more than `most`.
fn all_splits(count: usize, most: usize) -> Option<Vec<Halves>> {
    // The largest even number of trials that can have few enough splits has far fewer than 20.
    if count >= 20 {
        return None;
    }
    let left_out: Vec<Option<usize>> =
        if count.is_multiple_of(2) { vec![None] } else { (0..count).map(Some).collect() };
    let mut all = Vec::new();
    for left_out in left_out {
        let used: Vec<usize> = (0..count).filter(|&trial| Some(trial) != left_out).collect();
        // The first trial is always in the first half, as exchanging the halves changes nothing.
        for chosen in (1_u32..1 << used.len()).step_by(2) {
            if chosen.count_ones() as usize != count / 2 {
                continue;
            }
            if all.len() == most {
                return None;
            }
            let half = |bit| {
                let places = (0..used.len()).filter(move |&place| (chosen >> place) & 1 == bit);
                places.map(|place| used[place]).collect()
            };
            all.push([half(1), half(0)]);
        }
    }
    Some(all)
}

/// The products of trials over images, which the correlation of any two averages follows from.
struct Products {
    /// The sum over images of the products of trials k and l, each without its mean over images.
    products: Vec<Vec<f64>>,
}

impl Products {
    fn new(trials: &Trials, count: usize) -> Self {
        let column = |trial: usize| -> Vec<f64> {
            let values: Vec<f64> = trials.iter().map(|image| image[trial]).collect();
            let center = mean(values.iter().copied());
            values.into_iter().map(|value| value - center).collect()
        };
        let columns: Vec<Vec<f64>> = (0..count).map(column).collect();
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum();
        let mut products = vec![vec![0.0; count]; count];
        for k in 0..count {
            for l in k..count {
                let found = product(&columns[k], &columns[l]);
                products[k][l] = found;
                products[l][k] = found;
            }
        }
        Self { products }
    }

    /// Returns Pearson's r between the averages over two halves; `None` if one is constant.
    fn correlation(&self, [first, second]: &Halves) -> Option<f64> {
        let sum = |a: &[usize], b: &[usize]| -> f64 {
            a.iter().map(|&k| b.iter().map(|&l| self.products[k][l]).sum::<f64>()).sum()
        };
        let variance = |half: &[usize]| {
            let scale: f64 = half.iter().map(|&k| self.products[k][k]).sum();
            Some(sum(half, half)).filter(|&variance| variance > LEAST_LEFT * scale)
        };
        let scale = variance(first)?.sqrt() * variance(second)?.sqrt();
        Some((sum(first, second) / scale).clamp(-1.0, 1.0))
    }
}

/// Returns Pearson's r between averages over random halves of each image's trials.
///
/// # Arguments
///
/// * `counts` - the numbers of trials that images have, in ascending order
fn of_unequal(trials: &Trials, counts: &[usize], random: &mut ChaCha8Rng) -> f64 {
    let most = counts.last().copied().unwrap_or(0);
    let mut order: Vec<usize> = (0..most).collect();
    shuffle(&mut order, random);
    // Images with as many trials have the same halves, so these are dealt once for all of them.
    let mut by_count: Vec<Option<Halves>> = vec![None; most + 1];
    for &count in counts {
        let existing = order.iter().copied().filter(|&trial| trial < count).take(count / 2 * 2);
        let dealt: Vec<usize> = existing.collect();
        let half = |first: usize| dealt.iter().skip(first).step_by(2).copied().collect();
        by_count[count] = Some([half(0), half(1)]);
    }
    let average = |image: &[f64], half: &[usize]| {
        half.iter().map(|&trial| image[trial]).sum::<f64>() / half.len() as f64
    };
    let halves = |image: &[f64]| {
        let [first, second] = by_count[image.len()].as_ref()?;
        Some((average(image, first), average(image, second)))
    };
    let (first, second): (Vec<f64>, Vec<f64>) = trials.iter().filter_map(halves).unzip();
    correlation(&first, &second)
}

#[cfg(test)]
mod tests;
