//! Strength and contribution of the path lengths of one model.

use crate::analysis::contributions::{ContributionsDocument, ContributionsSettings, ImagesSource, Mark};
use crate::statistics::Interval;
use serde::Serialize;
use std::collections::BTreeSet;
use thiserror::Error;

/// The strengths and contributions of one model by path length, of all its units together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeasuredModel {
    /// What it is called in tables and figures.
    pub name: String,
    /// The checkpoint or program.
    pub path: String,
    /// Its SHA-256.
    pub sha256: String,
    /// How many images contributions are over.
    pub images: usize,
    /// The images.
    pub images_source: ImagesSource,
    /// How contributions were computed.
    pub settings: ContributionsSettings,
    /// The average path length by strength; null where all strengths are 0.
    pub average_by_strength: Option<f64>,
    /// The average path length by shares of mean |C|; null where paths bring nothing.
    pub average_by_contribution: Option<f64>,
    /// Its bootstrap interval over images.
    pub average_by_contribution_interval: Option<Interval>,
    /// Spearman's ρ of the two distributions over the lengths of this model.
    pub spearman: Option<f64>,
    /// Half the sum of absolute differences of the two distributions.
    pub total_variation: Option<f64>,
    /// Length by length, upward.
    pub lengths: Vec<MeasuredLength>,
}

/// What the paths of one length are by each measure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeasuredLength {
    /// The length.
    pub length: usize,
    /// The sum of their normalized strengths, 0 where strength knows no such path; null where all strengths are 0.
    pub probability: Option<f64>,
    /// Their share of mean |C|, 0 where no such path contributes; null where paths bring nothing.
    pub share: Option<f64>,
    /// Its bootstrap interval over images.
    pub share_interval: Option<Interval>,
    /// Their share of variance; null where responses do not vary.
    pub variance_share: Option<f64>,
    /// Its bootstrap interval over images.
    pub variance_share_interval: Option<Interval>,
}

/// Why a document of contributions has no measures to be compared.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MeasureError {
    /// Its parts are told apart by something else than length.
    #[error(
        "{name}: has contributions by {mark}, and only those by length have a strength to be compared with: compute them without --by and --paths"
    )]
    Mark {
        /// The model.
        name: String,
        /// What its parts are told apart by.
        mark: String,
    },
    /// It has no strengths.
    #[error(
        "{name}: holds no strengths: compute the contributions with `pathscope contributions`, which puts them beside"
    )]
    NoStrength {
        /// The model.
        name: String,
    },
}

impl MeasuredModel {
    /// Returns the measures that a document of contributions by length holds.
    ///
    /// # Arguments
    ///
    /// * `name` - what the model is called in tables and figures
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
        // What one distribution does not have is 0 in it, unless it has no shares at all.
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

    /// Returns each length with its probability by strength and its share of mean |C|, where it has both.
    pub fn points(&self) -> impl Iterator<Item = (usize, [f64; 2])> + '_ {
        self.lengths.iter().filter_map(|length| Some((length.length, [length.probability?, length.share?])))
    }
}
