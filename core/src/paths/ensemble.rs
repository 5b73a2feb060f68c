//! The ensemble of one readout or output: normalized strengths, average path length and path diversity
//! (paper, section 4.3 and Fig. 5).

use crate::circuit::Readout;
use crate::graph::unroll::UnrolledCircuit;
use crate::paths::Magnitude;
use crate::paths::PathCount;
use crate::paths::lengths::{LengthTotals, totals_by_length};
use crate::paths::strength::Strengths;

/// All paths to one readout or output, summarized by their normalized strengths.
#[derive(Clone, Debug, PartialEq)]
pub struct Ensemble {
    /// The readout mode; `None` if the paths end at an output of a program.
    pub readout: Option<Readout>,
    /// The number of paths that are read out.
    pub paths: PathCount,
    /// The sum of their strengths.
    pub total_strength: Magnitude,
    /// The moments of the normalized strengths; `None` if all strengths are 0, so that they cannot be
    /// normalized.
    pub moments: Option<Moments>,
    /// The path length distribution, by ascending length.
    pub lengths: Vec<LengthShare>,
}

/// The numbers that summarize an ensemble.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Σ s·length over all paths, with s the normalized strengths: the effective depth.
    pub average_path_length: f64,
    /// The standard deviation of the length, weighted by the normalized strengths.
    pub length_std: f64,
    /// The entropy of the path length distribution in nats.
    pub diversity_nats: f64,
    /// exp of the entropy over single paths: the number of equally strong paths that would be as diverse.
    pub effective_paths: f64,
}

/// The paths of one length.
#[derive(Clone, Debug, PartialEq)]
pub struct LengthShare {
    /// The number of convolutions.
    pub length: usize,
    /// The number of paths of this length.
    pub paths: PathCount,
    /// The sum of their strengths.
    pub strength: Magnitude,
    /// The sum of their normalized strengths; `None` where all strengths are 0.
    pub probability: Option<f64>,
}

impl Ensemble {
    /// Returns the ensembles of several readout modes from one pass over the graph.
    ///
    /// # Complexity
    ///
    /// As for [`totals_by_length`]; no path is listed.
    ///
    /// # Examples
    ///
    /// If every strength is 1, no-avg at T = 3 has three equally strong paths, of lengths 1, 2 and 3:
    ///
    /// ```
    /// use pathscope_core::circuit::{Circuit, Readout};
    /// use pathscope_core::paths::ensemble::Ensemble;
    /// use pathscope_core::paths::strength::Strengths;
    /// use pathscope_core::graph::unroll::UnrolledCircuit;
    ///
    /// let unrolled = UnrolledCircuit::new(&Circuit::of_recurrent_blocks(1, 3))?;
    /// let strengths = Strengths::new(unrolled.components(), |_| 1.0);
    /// let ensemble = &Ensemble::of_readouts(&unrolled, &strengths, &[Readout::NoAvg])[0];
    /// let moments = ensemble.moments.unwrap();
    /// assert_eq!(moments.average_path_length, 2.0);
    /// assert!((moments.effective_paths - 3.0).abs() < 1e-12);
    /// # Ok::<(), pathscope_core::circuit::CircuitError>(())
    /// ```
    pub fn of_readouts(unrolled: &UnrolledCircuit, strengths: &Strengths, readouts: &[Readout]) -> Vec<Self> {
        let weights: Vec<Vec<f64>> =
            readouts.iter().map(|&readout| unrolled.readout_weights(readout)).collect();
        let totals = totals_by_length(unrolled.graph(), strengths, &weights);
        let modes = readouts.iter().copied().map(Some);
        modes.zip(&totals).map(|(readout, totals)| Self::from_totals(readout, totals)).collect()
    }

    /// Returns the ensemble of paths with these totals by length.
    pub fn from_totals(readout: Option<Readout>, totals: &LengthTotals) -> Self {
        let total_strength: Magnitude = totals.iter().map(|(_, total)| total.strength).sum();
        let mut paths = PathCount::ZERO;
        let mut mean_log_strength = 0.0;
        let lengths: Vec<LengthShare> = totals
            .iter()
            .map(|(length, total)| {
                paths += &total.paths;
                let probability = (!total_strength.is_zero()).then(|| total.strength.ratio(total_strength));
                mean_log_strength += probability.unwrap_or(0.0) * total.mean_log_strength;
                LengthShare { length, paths: total.paths.clone(), strength: total.strength, probability }
            })
            .collect();
        let moments = (!total_strength.is_zero()).then(|| {
            let shares =
                || lengths.iter().map(|share| (share.length as f64, share.probability.unwrap_or(0.0)));
            let average_path_length: f64 = shares().map(|(length, p)| p * length).sum();
            let variance: f64 = shares().map(|(length, p)| p * (length - average_path_length).powi(2)).sum();
            let entropy: f64 = shares().filter(|&(_, p)| p > 0.0).map(|(_, p)| p * p.recip().ln()).sum();
            Moments {
                average_path_length,
                length_std: variance.sqrt(),
                diversity_nats: entropy,
                // -Σ s ln s = ln Z - Σ s ln s̃ with s = s̃ / Z; never below one path.
                effective_paths: (total_strength.ln() - mean_log_strength).max(0.0).exp(),
            }
        });
        Self { readout, paths, total_strength, moments, lengths }
    }
}
