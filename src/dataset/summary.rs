//! What there is in a data set, in numbers.

use super::{About, Dataset};
use ndarray::Axis;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The format of a [`Summary`] as JSON.
pub const SUMMARY_SCHEMA: &str = "pathscope/dataset/1";

/// A data set in numbers.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// [`SUMMARY_SCHEMA`].
    pub schema: &'static str,
    /// The folder.
    pub path: String,
    /// SHA-256 of each file by its name.
    pub sha256: BTreeMap<String, String>,
    /// What `dataset.toml` says.
    pub about: About,
    /// The images.
    pub images: Images,
    /// How many groups there are, where images are grouped.
    pub groups: Option<usize>,
    /// The number of trials of each image and neuron.
    pub trials: Trials,
    /// The CC_max of the neurons that have one.
    pub cc_max: CeilingSummary,
    /// The neurons.
    pub neurons: Vec<NeuronSummary>,
    /// What may be wrong, each with what to do about it.
    pub warnings: Vec<String>,
}

/// The images of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Images {
    /// How many.
    pub count: usize,
    /// Their channels.
    pub channels: usize,
    /// Their height in pixels.
    pub height: usize,
    /// Their width in pixels.
    pub width: usize,
}

/// How many trials there are of an image, for a neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Trials {
    /// The fewest.
    pub least: usize,
    /// The most.
    pub most: usize,
}

/// CC_max over neurons.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CeilingSummary {
    /// How many neurons have one.
    pub neurons: usize,
    /// How many have none because of some image there is only one trial.
    pub single_trial: usize,
    /// How many have none because trials of one image differ as much as those of different ones.
    pub all_noise: usize,
    /// The mean over those that have one.
    pub mean: Option<f64>,
    /// The median over those that have one.
    pub median: Option<f64>,
}

/// One neuron.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct NeuronSummary {
    /// Its number in the file, from 0.
    pub neuron: usize,
    /// The number of trials that there are of every image.
    pub trials: usize,
    /// The mean over images of its trial averages.
    pub mean_response: f64,
    /// Its CC_max (paper, Eq. 3c), if it has one.
    pub cc_max: Option<f64>,
}

impl Summary {
    /// Sums up a data set.
    ///
    /// # Complexity
    ///
    /// O(responses).
    pub fn new(dataset: &Dataset) -> Self {
        let (count, channels, height, width) = dataset.images.dim();
        let counts = dataset.trial_counts();
        let means = dataset.trial_average().mean_axis(Axis(0)).unwrap_or_default();
        let neurons: Vec<NeuronSummary> = dataset
            .correlation_ceiling()
            .into_iter()
            .enumerate()
            .map(|(index, cc_max)| NeuronSummary {
                neuron: dataset.neurons[index],
                trials: counts.column(index).iter().copied().min().unwrap_or(0),
                mean_response: means[index],
                cc_max,
            })
            .collect();
        let groups = dataset.groups.as_ref();
        Self {
            schema: SUMMARY_SCHEMA,
            path: dataset.folder.display().to_string(),
            sha256: dataset.sha256.clone(),
            about: dataset.about.clone(),
            images: Images { count, channels, height, width },
            groups: groups.map(|groups| groups.iter().collect::<BTreeSet<_>>().len()),
            trials: Trials {
                least: counts.iter().copied().min().unwrap_or(0),
                most: counts.iter().copied().max().unwrap_or(0),
            },
            cc_max: CeilingSummary::new(&neurons),
            neurons,
            warnings: dataset.warnings.clone(),
        }
    }
}

impl CeilingSummary {
    fn new(neurons: &[NeuronSummary]) -> Self {
        let mut ceilings: Vec<f64> = neurons.iter().filter_map(|neuron| neuron.cc_max).collect();
        ceilings.sort_by(f64::total_cmp);
        let count = ceilings.len();
        let middle = |index: usize| ceilings.get(index).copied();
        let median = middle(count.saturating_sub(1) / 2).zip(middle(count / 2));
        let without = |single: bool| {
            neurons.iter().filter(|neuron| neuron.cc_max.is_none() && (neuron.trials < 2) == single).count()
        };
        Self {
            neurons: count,
            single_trial: without(true),
            all_noise: without(false),
            mean: (count > 0).then(|| ceilings.iter().sum::<f64>() / count as f64),
            median: median.map(|(low, high)| (low + high) / 2.0),
        }
    }

    /// Why neurons have no CC_max, a sentence for each reason that there is.
    pub fn reasons(&self) -> Vec<String> {
        let have = |count: usize| {
            if count == 1 { "1 neuron has".to_owned() } else { format!("{count} neurons have") }
        };
        let mut reasons = Vec::new();
        if self.single_trial > 0 {
            reasons
                .push(format!("{} no CC_max: there are images with a single trial", have(self.single_trial)));
        }
        if self.all_noise > 0 {
            reasons.push(format!(
                "{} no CC_max: trials of the same image differ as much as trials of different images",
                have(self.all_noise)
            ));
        }
        reasons
    }
}
