//! The scores of the true network on its own simulated data.

use crate::data::explained_variance::{correlation_ceiling, normalized_explained_variance};
use crate::statistics::{correlation, mean, variance};
use ndarray::{Array2, Array3, Axis};
use serde::Serialize;

/// The scores of the true network. Another model can exceed them only by chance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Truth {
    /// `pathscope/truth/1`
    pub schema: &'static str,
    /// The mean over neurons of CC_norm².
    pub mean_cc_norm_squared: Option<f64>,
    /// The neurons, in the order of the responses.
    pub neurons: Vec<TruthOfNeuron>,
}

/// The scores of the true network for one neuron.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TruthOfNeuron {
    /// The number of the neuron, from 0.
    pub neuron: usize,
    /// The mean of its expected number of spikes over images.
    pub mean_rate: f64,
    /// The variance of its expected number of spikes over images.
    pub rate_variance: f64,
    /// The correlation of its expected numbers of spikes with its trial averages (paper, Eq. 3b).
    pub cc_raw: f64,
    /// CC_max estimated from the trials (Eq. 3c).
    pub cc_max: Option<f64>,
    /// CC_max computed from the rates: √(V / (V + m/K)) for rates of mean m and variance V and K Poisson
    /// trials.
    pub cc_max_expected: f64,
    /// CC_raw² / CC_max² (Eq. 3a).
    pub cc_norm_squared: Option<f64>,
}

impl Truth {
    /// Compares rates [N, neurons] with responses [N, trials, neurons].
    pub(super) fn new(rates: &Array2<f64>, responses: &Array3<f32>) -> Self {
        let averages = responses.mapv(f64::from).mean_axis(Axis(1)).unwrap_or_default();
        let trials = responses.shape()[1] as f64;
        let ceilings = correlation_ceiling(responses.view());
        let neurons: Vec<TruthOfNeuron> = ceilings
            .into_iter()
            .enumerate()
            .map(|(neuron, cc_max)| {
                let rates = rates.column(neuron).to_vec();
                let (mean_rate, rate_variance) = (mean(rates.iter().copied()), variance(&rates, 0.0));
                let cc_raw = correlation(&rates, &averages.column(neuron).to_vec());
                TruthOfNeuron {
                    neuron,
                    mean_rate,
                    rate_variance,
                    cc_raw,
                    cc_max,
                    cc_max_expected: (rate_variance / (rate_variance + mean_rate / trials)).sqrt(),
                    cc_norm_squared: normalized_explained_variance(cc_raw, cc_max),
                }
            })
            .collect();
        let known: Vec<f64> = neurons.iter().filter_map(|neuron| neuron.cc_norm_squared).collect();
        let mean_cc_norm_squared = (!known.is_empty()).then(|| mean(known));
        Self { schema: "pathscope/truth/1", mean_cc_norm_squared, neurons }
    }
}
