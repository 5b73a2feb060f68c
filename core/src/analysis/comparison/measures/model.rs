//! Strength and contribution by path length for one model.

use crate::analysis::contributions::{ContributionsDocument, ContributionsSettings, ImagesSource, Mark};
use crate::statistics::Interval;
use serde::Serialize;
use std::collections::BTreeSet;
use thiserror::Error;

/// The strengths and contributions of one model by path length, over all its units.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeasuredModel {
    /// The name of the model in tables and figures.
    pub name: String,
    /// The checkpoint or program file.
    pub path: String,
    /// The SHA-256 of the file.
    pub sha256: String,
    /// The number of images that contributions are over.
    pub images: usize,
    /// The images.
    pub images_source: ImagesSource,
    /// How contributions were computed.
    pub settings: ContributionsSettings,
    /// The average path length by strength; null where all strengths are 0.
    pub average_by_strength: Option<f64>,
    /// The average path length by shares of mean |C|; null where paths contribute nothing.
    pub average_by_contribution: Option<f64>,
    /// The bootstrap interval of [`average_by_contribution`](Self::average_by_contribution) over images.
    pub average_by_contribution_interval: Option<Interval>,
    /// Spearman's ρ of the two distributions over this model's lengths.
    pub spearman: Option<f64>,
    /// Half the sum of absolute differences between the two distributions.
    pub total_variation: Option<f64>,
    /// The lengths, ascending.
    pub lengths: Vec<MeasuredLength>,
}

/// The measures of all paths of one length.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeasuredLength {
    /// The length.
    pub length: usize,
    /// The sum of the normalized strengths, 0 where no path by strength has this length; null where all
    /// strengths are 0.
    pub probability: Option<f64>,
    /// The share of mean |C|, 0 where no path of this length contributes; null where paths contribute
    /// nothing.
    pub share: Option<f64>,
    /// The bootstrap interval of the share of mean |C| over images.
    pub share_interval: Option<Interval>,
    /// The share of variance; null where responses do not vary.
    pub variance_share: Option<f64>,
    /// The bootstrap interval of the share of variance over images.
    pub variance_share_interval: Option<Interval>,
}

/// The reasons why a document of contributions cannot be compared by its measures.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MeasureError {
    /// The contributions are grouped by something other than length.
    #[error(
        "{name}: holds contributions by {mark}, but only contributions by length can be compared with strength: compute them without --by and --paths"
    )]
    Mark {
        /// The model.
        name: String,
        /// What the contributions are grouped by.
        mark: String,
    },
    /// The document holds no strengths.
    #[error(
        "{name}: holds no strengths: compute the contributions with `pathscope contributions`, which adds them"
    )]
    NoStrength {
        /// The model.
        name: String,
    },
}

impl MeasuredModel {
    /// Returns the measures of a document of contributions by length.
    ///
    /// # Arguments
    ///
    /// * `name` - the name of the model in tables and figures
    ///
    /// # Errors
    ///
    /// [`MeasureError`]
    pub fn of(name: &str, document: &ContributionsDocument) -> Result<Self, MeasureError> {
        let (summary, name) = (&document.summary, name.to_owned());
        if summary.mark != Mark::Length {
            return Err(MeasureError::Mark { name, mark: summary.mark.to_string() });
        }
        let Some(strength) = &summary.strength else { return Err(MeasureError::NoStrength { name }) };
        let population = &summary.population;
        let contributing = population.parts.iter().filter_map(|part| part.mark);
        let lengths: BTreeSet<usize> =
            strength.lengths.iter().map(|share| share.length).chain(contributing).collect();
        // A length that one distribution lacks has share 0 in it, unless the distribution has no shares at
        // all.
        let strong = strength.lengths.iter().any(|share| share.probability.is_some());
        let brought = population.parts.iter().any(|part| part.share.is_some());
        let varies = population.parts.iter().any(|part| part.variance_share.is_some());
        let measured = |length: usize| {
            let part = population.parts.iter().find(|part| part.mark == Some(length));
            MeasuredLength {
                length,
                probability: strength.probability(length).or(strong.then_some(0.0)),
                share: part.map_or(brought.then_some(0.0), |part| part.share),
                share_interval: part.and_then(|part| part.share_interval),
                variance_share: part.map_or(varies.then_some(0.0), |part| part.variance_share),
                variance_share_interval: part.and_then(|part| part.variance_share_interval),
            }
        };
        Ok(Self {
            name,
            path: document.source.path.clone(),
            sha256: document.source.sha256.clone(),
            images: summary.images,
            images_source: document.images_source.clone(),
            settings: document.settings.clone(),
            average_by_strength: strength.average_path_length,
            average_by_contribution: population.average,
            average_by_contribution_interval: population.average_interval,
            spearman: population.agreement.and_then(|agreement| agreement.spearman),
            total_variation: population.agreement.and_then(|agreement| agreement.total_variation),
            lengths: lengths.into_iter().map(measured).collect(),
        })
    }

    /// Returns each length that has both measures, with its probability by strength and its share of mean
    /// |C|.
    pub fn points(&self) -> impl Iterator<Item = (usize, [f64; 2])> + '_ {
        self.lengths.iter().filter_map(|length| Some((length.length, [length.probability?, length.share?])))
    }
}
