//! The confidence interval of r²_ER.

use super::Terms;
use crate::data::scores::trials::Repeats;
use crate::data::scores::{Trials, Undefined};
use crate::statistics::{Interval, generator};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Gamma, Poisson, StandardNormal};

/// The confidence of the interval.
const CONFIDENCE: f64 = 0.9;
/// The number of simulated experiments.
const DRAWS: usize = 10_000;
/// The number of proposals after which a signal is too unlikely to be drawn.
const MOST_PROPOSALS: usize = 100 * DRAWS;
/// The fewest images: of fewer, no direction is left beside the predictions and the signal.
const FEWEST_SIMULATED: f64 = 4.0;
/// The number of bisections, each of which halves the error of an end.
const BISECTIONS: u32 = 30;

/// Returns the 90 % interval of r²_ER: the values for which an estimate as small or as large as the one found is
/// not too unlikely (ECCI of Pospisil and Bair 2021; `ecci_r2er_n2m` of er_est).
///
/// The variances of signal and noise are drawn from their posterior under flat priors, given normal noise of
/// equal variance. Experiments with these variances and a given r² give a distribution of estimates. The ends
/// of the interval are the r² for which the estimate found is at the 95 % and the 5 % quantile. They are within
/// 0 and 1.
///
/// The authors' code draws from the posterior by a random walk, simulates every response, and searches at
/// random. Here the draws are independent, only the sums that the estimate needs are simulated, and the ends
/// are found by bisection. So the ends have less error. If numbers of trials differ, their harmonic mean
/// counts.
///
/// # Arguments
///
/// * `trials` - the responses of a neuron to some images
/// * `predictions` - the prediction for each of these images
/// * `seed` - the seed of the draws; the same seed gives the same interval
///
/// # Errors
///
/// [`Undefined`] where r²_ER is not defined, for fewer than four images, or if responses vary so much less than
/// noise that nothing can be drawn.
///
/// # Panics
///
/// If there are not as many predictions as images.
///
/// # Complexity
///
/// O(responses) and about 10 ms.
///
/// # Examples
///
/// ```
/// use pathscope_core::data::scores::{Trials, r2_er_interval};
///
/// let signal = |image: u32| f64::from(image * 7 % 11);
/// let noise = |trial: u32, image: u32| f64::from((image * 5 + trial * 3) % 7) - 3.0;
/// let trials = Trials::new((0..40).map(|i| (0..4).map(move |k| signal(i) + noise(k, i))));
/// let predictions: Vec<f64> = (0..40).map(signal).collect();
/// let interval = r2_er_interval(&trials, &predictions, 0)?;
/// assert!(interval.low > 0.8 && interval.high == 1.0);
/// # Ok::<(), pathscope_core::data::scores::Undefined>(())
/// ```
pub fn r2_er_interval(trials: &Trials, predictions: &[f64], seed: u64) -> Result<Interval, Undefined> {
    assert_eq!(trials.images(), predictions.len(), "a prediction for each image");
    let repeats = Repeats::new(trials)?;
    let terms = Terms::new(&repeats, predictions)?;
    let found = terms.r2_er()?;
    if terms.noise <= 0.0 {
        // Without noise, the estimate is the true value.
        return Ok(Interval { low: found.clamp(0.0, 1.0), high: found.clamp(0.0, 1.0) });
    }
    let degrees = repeats.trials.iter().sum::<f64>() - repeats.images();
    let experiments = Experiments::draw(&terms, degrees, seed)?;
    let tail = (1.0 - CONFIDENCE) / 2.0;
    let end = |quantile| experiments.r2_with(found, quantile);
    Ok(Interval { low: end(1.0 - tail), high: end(tail) })
}

/// What one simulated experiment has, in units of the noise of an average.
struct Experiment {
    /// The squares of the expected responses.
    signal: f64,
    /// The noise along the predictions, and along the part of the expected responses that is orthogonal to them.
    noise: [f64; 2],
    /// The squares of the noise in all other directions.
    others: f64,
    /// The estimated noise.
    estimated: f64,
}

struct Experiments {
    images: f64,
    drawn: Vec<Experiment>,
}

impl Experiments {
    /// Draws experiments.
    ///
    /// # Arguments
    ///
    /// * `degrees` - the degrees of freedom of the estimated noise
    fn draw(terms: &Terms, degrees: f64, seed: u64) -> Result<Self, Undefined> {
        let mut random = generator(seed);
        let images = terms.images;
        let of_averages = terms.noise * terms.inverse;
        if images < FEWEST_SIMULATED {
            return Err(Undefined::FewImages);
        }
        // Half of chi-squared distributions.
        let gamma = |shape: f64| Gamma::new(shape, 1.0).map_err(|_| Undefined::Overflow);
        let (noise_scale, central) = (gamma(degrees / 2.0 - 1.0)?, gamma((images - 1.0) / 2.0 - 1.0)?);
        let (others, estimated) = (gamma((images - 3.0) / 2.0)?, gamma(degrees / 2.0)?);
        let mut drawn = Vec::with_capacity(DRAWS);
        for _ in 0..MOST_PROPOSALS {
            // σ² given the estimated noise, relative to the latter.
            let noise = degrees / 2.0 / noise_scale.sample(&mut random);
            let half_squares = terms.all / (2.0 * of_averages * noise);
            let Some(signal) = noncentrality(half_squares, &central, &mut random)? else { continue };
            drawn.push(Experiment {
                signal,
                noise: [0; 2].map(|_| StandardNormal.sample(&mut random)),
                others: 2.0 * others.sample(&mut random),
                estimated: estimated.sample(&mut random) / (degrees / 2.0),
            });
            if drawn.len() == DRAWS {
                return Ok(Self { images, drawn });
            }
        }
        Err(Undefined::NoSignal)
    }

    /// Returns the r² for which an estimate is at a quantile of the estimates of experiments; 0 or 1 if it is
    /// below or above all of these.
    fn r2_with(&self, found: f64, quantile: f64) -> f64 {
        // The fraction of smaller estimates decreases as r² increases.
        let is_below = |r2| self.fraction_below(found, r2) > quantile;
        if is_below(1.0) {
            return 1.0;
        }
        if !is_below(0.0) {
            return 0.0;
        }
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..BISECTIONS {
            let middle = f64::midpoint(low, high);
            if is_below(middle) { low = middle } else { high = middle }
        }
        f64::midpoint(low, high)
    }

    /// Returns the fraction of experiments with a given r² whose estimate is smaller than the one found.
    fn fraction_below(&self, found: f64, r2: f64) -> f64 {
        let (along, across) = (r2.sqrt(), (1.0 - r2).sqrt());
        let is_smaller = |experiment: &&Experiment| {
            let signal = experiment.signal.sqrt();
            let explained = (along * signal + experiment.noise[0]).powi(2);
            let rest = (across * signal + experiment.noise[1]).powi(2) + experiment.others;
            let all = explained + rest - (self.images - 1.0) * experiment.estimated;
            (explained - experiment.estimated) / all < found
        };
        self.drawn.iter().filter(is_smaller).count() as f64 / self.drawn.len() as f64
    }
}

/// Draws the noncentrality λ of a chi-squared variable from its posterior under a flat prior.
///
/// The density is a sum over j of Poisson probabilities of mean λ/2 times central densities with 2 j more
/// degrees of freedom. So λ/2 has a gamma distribution of shape j + 1. If g is gamma distributed with half of
/// the degrees of freedom less 1, and j has a Poisson distribution of mean h - g, then j has the probability
/// that h = variable/2 gives it.
///
/// # Arguments
///
/// * `half` - h
/// * `central` - the distribution of g
///
/// # Returns
///
/// λ; `None` where g is larger than h, which rejects the variance that h was computed with.
fn noncentrality(half: f64, central: &Gamma<f64>, random: &mut ChaCha8Rng) -> Result<Option<f64>, Undefined> {
    let left = half - central.sample(random);
    if left <= 0.0 {
        return Ok(None);
    }
    let more: f64 = Poisson::new(left).map_err(|_| Undefined::Overflow)?.sample(random);
    let gamma = Gamma::new(more + 1.0, 1.0).map_err(|_| Undefined::Overflow)?;
    Ok(Some(2.0 * gamma.sample(random)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::{correlation, mean};

    /// A simulated recording, with noise of variance 1.
    struct Simulated {
        signals: Vec<f64>,
        trials: Trials,
        predictions: Vec<f64>,
    }

    impl Simulated {
        fn new(images: usize, signal: f64, seed: u64) -> Self {
            let mut random = generator(seed);
            let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
            let signals: Vec<f64> = (0..images).map(|_| signal.sqrt() * normal()).collect();
            let trials = Trials::new(signals.iter().map(|mean| [(); 4].map(|()| mean + normal())));
            let predictions = signals.iter().map(|mean| mean + signal.sqrt() * normal()).collect();
            Self { signals, trials, predictions }
        }

        fn interval(&self, seed: u64) -> Interval {
            r2_er_interval(&self.trials, &self.predictions, seed).unwrap()
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_interval() {
        let simulated = Simulated::new(60, 1.0, 1);
        let (first, other) = (simulated.interval(0), simulated.interval(1));
        assert_eq!(first, simulated.interval(0));
        assert_ne!(first, other);
        assert!((first.low - other.low).abs() < 0.01 && (first.high - other.high).abs() < 0.01);
    }

    #[test]
    fn the_interval_holds_the_truth_nine_times_of_ten() {
        let held = |seed: u64| {
            let simulated = Simulated::new(50, 0.5, seed);
            let truth = correlation(&simulated.signals, &simulated.predictions).powi(2);
            let interval = simulated.interval(seed);
            f64::from(u8::from(interval.low <= truth && truth <= interval.high))
        };
        // The standard error of 80 is 3 %.
        let found = mean((0..80).map(held));
        assert!((found - 0.9).abs() < 0.07, "{found}");
    }

    #[test]
    fn draws_of_the_noncentrality_have_its_mean() {
        let central = Gamma::new(9.0, 1.0).unwrap();
        let mut random = generator(0);
        let drawn = (0..20_000).filter_map(|_| noncentrality(200.0, &central, &mut random).unwrap());
        // Of 20 degrees of freedom g has mean 9. So j has mean h - 9, and λ has mean 2 (j + 1).
        assert!((mean(drawn) - 2.0 * (200.0 - 9.0 + 1.0)).abs() < 1.0);
    }

    #[test]
    fn four_images_are_enough() {
        assert!(Simulated::new(4, 20.0, 2).interval(0).high > 0.0);
        let three = Simulated::new(3, 20.0, 2);
        let found = r2_er_interval(&three.trials, &three.predictions, 0);
        assert_eq!(found, Err(Undefined::FewImages));
    }

    #[test]
    fn without_noise_there_is_no_doubt() {
        let trials = Trials::new([[1.0; 2], [2.0; 2], [4.0; 2]]);
        let interval = r2_er_interval(&trials, &[1.0, 2.0, 4.0], 0).unwrap();
        assert!(interval.low == interval.high && interval.low > 0.999_999);
    }
}
