//! The ensembles of a report and their paths.

use crate::analysis::Analysis;
use crate::circuit::Readout;
use crate::paths::Magnitude;
use crate::paths::PathCount;
use crate::paths::ensemble::Ensemble;
use serde::{Deserialize, Serialize};

/// The separator between the components of a path in its text form.
pub const PATH_SEPARATOR: &str = " > ";

/// An ensemble in a report.
#[derive(Debug, Serialize)]
pub struct EnsembleReport<'a> {
    /// The readout mode; null where paths end at an output of a program.
    pub readout: Option<Readout>,
    /// The exact number of paths.
    pub paths: &'a PathCount,
    /// The sum of the paths' strengths; null where it is not a normal double.
    pub total_strength: Option<f64>,
    /// The natural logarithm of that sum; null where the sum is 0.
    pub log_strength: Option<f64>,
    /// Average path length and diversity.
    #[serde(flatten)]
    pub summary: EnsembleSummary,
    /// The path length distribution, by ascending length.
    pub lengths: Vec<LengthRow<'a>>,
    /// The strongest paths, in descending order.
    pub strongest: Vec<PathRow>,
}

/// The four numbers that sum up an ensemble, as documents have them; null where all strengths are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EnsembleSummary {
    /// Σ s·length over normalized strengths s (paper, Fig. 5c).
    pub average_path_length: Option<f64>,
    /// The standard deviation of the length.
    pub length_std: Option<f64>,
    /// The entropy of the path length distribution in nats.
    pub diversity_nats: Option<f64>,
    /// The exponential of the entropy over single paths; also null where it exceeds the range of doubles.
    pub effective_paths: Option<f64>,
}

impl From<&Ensemble> for EnsembleSummary {
    fn from(ensemble: &Ensemble) -> Self {
        let Some(moments) = ensemble.moments else { return Self::default() };
        Self {
            average_path_length: Some(moments.average_path_length),
            length_std: Some(moments.length_std),
            diversity_nats: Some(moments.diversity_nats),
            effective_paths: Some(moments.effective_paths).filter(|paths| paths.is_finite()),
        }
    }
}

/// One length of the path length distribution.
#[derive(Debug, Serialize)]
pub struct LengthRow<'a> {
    /// The number of convolutions.
    pub length: usize,
    /// The exact number of paths of that length.
    pub paths: &'a PathCount,
    /// The sum of the paths' strengths; null where it is not a normal double.
    pub strength: Option<f64>,
    /// The natural logarithm of that sum; null where the sum is 0.
    pub log_strength: Option<f64>,
    /// The sum of the paths' normalized strengths; null where all strengths are 0.
    pub probability: Option<f64>,
}

/// A single path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathRow {
    /// The names of its components, from beginning to end.
    pub path: Vec<String>,
    /// The number of convolutions on the path.
    pub length: usize,
    /// The product of its components' strengths and the weight of its end; null where it is not a normal
    /// double.
    pub strength: Option<f64>,
    /// The natural logarithm of that product; null where the product is 0.
    pub log_strength: Option<f64>,
    /// The normalized strength; null where all strengths are 0.
    pub probability: Option<f64>,
}

/// Returns the row of a path with known strength.
///
/// # Arguments
///
/// * `strength` - the strength, including the weight of the path's end
/// * `total` - the sum over the ensemble
pub fn path_row(
    analysis: &Analysis,
    path: &crate::paths::Path,
    strength: Magnitude,
    total: Magnitude,
) -> PathRow {
    PathRow {
        path: analysis.path_names(path),
        length: path.length(analysis.graph()),
        strength: strength.to_f64(),
        log_strength: strength.checked_ln(),
        probability: (!total.is_zero()).then(|| strength.ratio(total)),
    }
}

/// Returns an ensemble with its `top` strongest paths.
pub(super) fn ensemble_report<'a>(
    analysis: &Analysis,
    ensemble: &'a Ensemble,
    top: usize,
) -> EnsembleReport<'a> {
    let reading = analysis.reading(ensemble);
    let total = ensemble.total_strength;
    EnsembleReport {
        readout: ensemble.readout,
        paths: &ensemble.paths,
        total_strength: total.to_f64(),
        log_strength: total.checked_ln(),
        summary: ensemble.into(),
        lengths: ensemble
            .lengths
            .iter()
            .map(|share| LengthRow {
                length: share.length,
                paths: &share.paths,
                strength: share.strength.to_f64(),
                log_strength: share.strength.checked_ln(),
                probability: share.probability,
            })
            .collect(),
        strongest: reading
            .strongest()
            .take(top)
            .map(|found| path_row(analysis, &found.path, found.strength, total))
            .collect(),
    }
}
