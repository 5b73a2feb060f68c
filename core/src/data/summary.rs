//! Summaries of data sets.

use super::{About, Dataset, Pixels, TrialUse};
use crate::data::explained_variance::{CeilingFormula, ceilings};
use crate::data::scores::ScoreTable;
use crate::statistics::{mean, median};
use ndarray::Axis;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The schema of a [`Summary`] as JSON.
pub const SUMMARY_SCHEMA: &str = "pathscope/dataset/1";

/// A summary of a data set.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// [`SUMMARY_SCHEMA`].
    pub schema: &'static str,
    /// The folder of the data set.
    pub path: String,
    /// The SHA-256 of each file by its name.
    pub sha256: BTreeMap<String, String>,
    /// The content of `dataset.toml`.
    pub about: About,
    /// The images.
    pub images: Images,
    /// The summary of their pixels.
    pub pixels: Pixels,
    /// The number of groups, if images are grouped.
    pub groups: Option<usize>,
    /// The number of trials of each image and neuron.
    pub trials: Trials,
    /// The trials and images behind ceilings, and behind scores of all images.
    pub trial_use: TrialUse,
    /// The CC_max over the neurons that have one.
    pub cc_max: CeilingSummary,
    /// The neurons.
    pub neurons: Vec<NeuronSummary>,
    /// The scores that need no prediction, over all images.
    pub reliability: ScoreTable,
    /// Warnings about possible problems, each with what to do about it.
    pub warnings: Vec<String>,
}

/// The number and size of a data set's images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Images {
    /// The number of images.
    pub count: usize,
    /// Their channels.
    pub channels: usize,
    /// Their height in pixels.
    pub height: usize,
    /// Their width in pixels.
    pub width: usize,
}

/// The number of trials of an image for a neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Trials {
    /// The smallest number of trials.
    pub least: usize,
    /// The largest number of trials.
    pub most: usize,
    /// The number of images with a single trial for some neuron.
    pub single: usize,
}

/// The distribution of CC_max over neurons.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CeilingSummary {
    /// The number of neurons with a CC_max.
    pub neurons: usize,
    /// The number of neurons without a ceiling because no two images have two trials.
    pub single_trial: usize,
    /// The number of neurons without one because trials of one image differ as much as trials of different
    /// images.
    pub all_noise: usize,
    /// The number of ceilings below [`CeilingSummary::LOW`].
    pub low: usize,
    /// The number of ceilings above 1.
    pub above_one: usize,
    /// The mean CC_max.
    pub mean: Option<f64>,
    /// The median CC_max.
    pub median: Option<f64>,
}

/// The summary of a neuron.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct NeuronSummary {
    /// Its number in the file, from 0.
    pub neuron: usize,
    /// The number of trials that every image has.
    pub trials: usize,
    /// The mean over images of its trial averages.
    pub mean_response: f64,
    /// Its CC_max, if it has one.
    pub cc_max: Option<f64>,
    /// The formula that estimates it.
    pub formula: CeilingFormula,
    /// The number of images behind it.
    pub ceiling_images: usize,
}

impl Summary {
    /// Summarizes a data set.
    ///
    /// # Complexity
    ///
    /// O(responses).
    pub fn new(dataset: &Dataset) -> Self {
        let (count, channels, height, width) = dataset.images.dim();
        let counts = dataset.trial_counts();
        let means = dataset.trial_average().mean_axis(Axis(0)).unwrap_or_default();
        let neurons: Vec<NeuronSummary> = ceilings(dataset.responses.view(), dataset.trials)
            .into_iter()
            .enumerate()
            .map(|(index, ceiling)| NeuronSummary {
                neuron: dataset.neurons[index],
                trials: counts.column(index).iter().copied().min().unwrap_or(0),
                mean_response: means[index],
                cc_max: ceiling.cc_max,
                formula: ceiling.formula,
                ceiling_images: ceiling.images,
            })
            .collect();
        let groups = dataset.groups.as_ref();
        let scored = dataset.scored_responses(&(0..count).collect::<Vec<_>>());
        Self {
            schema: SUMMARY_SCHEMA,
            path: dataset.folder.display().to_string(),
            sha256: dataset.sha256.clone(),
            about: dataset.about.clone(),
            images: Images { count, channels, height, width },
            pixels: dataset.pixels.clone(),
            groups: groups.map(|groups| groups.iter().collect::<BTreeSet<_>>().len()),
            trials: Trials {
                least: counts.iter().copied().min().unwrap_or(0),
                most: counts.iter().copied().max().unwrap_or(0),
                single: counts.outer_iter().filter(|image| image.iter().any(|&count| count == 1)).count(),
            },
            trial_use: scored.trials,
            cc_max: CeilingSummary::new(&neurons),
            neurons,
            reliability: ScoreTable::of_recordings(dataset),
            warnings: dataset.warnings.clone(),
        }
    }
}

impl Summary {
    /// Returns axes of equal length, which the shape alone could not reveal to be mistaken for each other.
    pub fn equal_axes(&self) -> Vec<String> {
        let images = self.images;
        let axes = [
            ("height", images.height, "width", images.width),
            ("images", images.count, "trials", self.trials.most),
            ("images", images.count, "neurons", self.neurons.len()),
            ("trials", self.trials.most, "neurons", self.neurons.len()),
        ];
        let equal = axes.into_iter().filter(|&(_, one, _, other)| one == other && one > 1);
        equal.map(|(one, extent, other, _)| format!("{one} and {other} are both {extent}")).collect()
    }
}

impl CeilingSummary {
    /// The CC_max below which CC_raw² is multiplied by more than a hundred.
    pub const LOW: f64 = 0.1;

    fn new(neurons: &[NeuronSummary]) -> Self {
        let ceilings: Vec<f64> = neurons.iter().filter_map(|neuron| neuron.cc_max).collect();
        let without = |single: bool| {
            let no_trials = |neuron: &&NeuronSummary| (neuron.formula == CeilingFormula::NoTrials) == single;
            neurons.iter().filter(|neuron| neuron.cc_max.is_none()).filter(no_trials).count()
        };
        Self {
            neurons: ceilings.len(),
            single_trial: without(true),
            all_noise: without(false),
            low: ceilings.iter().filter(|&&ceiling| ceiling < Self::LOW).count(),
            above_one: ceilings.iter().filter(|&&ceiling| ceiling > 1.0).count(),
            mean: (!ceilings.is_empty()).then(|| mean(ceilings.iter().copied())),
            median: median(ceilings),
        }
    }

    /// Returns the reasons why neurons have no CC_max, one sentence each.
    pub fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.single_trial > 0 {
            reasons.push(format!(
                "{} no CC_max: averages without trials, or images with a single trial",
                neurons_have(self.single_trial)
            ));
        }
        if self.all_noise > 0 {
            reasons.push(format!(
                "{} no CC_max: trials of the same image differ as much as trials of different images",
                neurons_have(self.all_noise)
            ));
        }
        reasons
    }

    /// Returns remarks about unusual values of CC_max, one sentence each.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.low > 0 {
            remarks.push(format!(
                "{} a CC_max below {}: {} can rule a mean CC_norm², so look at its median, or leave {} out",
                neurons_have(self.low),
                Self::LOW,
                if self.low == 1 { "it" } else { "they" },
                if self.low == 1 { "it" } else { "them" },
            ));
        }
        if self.above_one > 0 {
            remarks.push(format!(
                "{} a CC_max above 1, of N images at most √(N/(N-1)): Eq. 3c, as its authors' code has it, divides a variance with N - 1 by one with N, which shows where there is hardly any noise or there are few images",
                neurons_have(self.above_one),
            ));
        }
        remarks
    }
}

fn neurons_have(count: usize) -> String {
    if count == 1 { "1 neuron has".to_owned() } else { format!("{count} neurons have") }
}
