//! Models side by side: average path length, path length distribution, diversity and CC_norm²
//! (paper, Figs. 4c, 4d and 6c-f).
//!
//! [`ComparedModel::open`] takes a model from a checkpoint or from the folder of a training run, with the
//! `evaluation.json` beside it. A [`Comparison`] holds several models, or pairs of them. It is written as
//! JSON (schema `pathscope/comparison/1`), as [`text`](Comparison::text) and as
//! a table.

mod measures;
mod model;
mod pairs;
mod text;

pub use measures::{
    MEASURES_SCHEMA, MeasureAgreement, MeasureComparison, MeasureError, MeasuredLength, MeasuredModel,
};
pub use model::{
    ComparedCircuit, ComparedLength, ComparedModel, ComparedProgram, Measured, OpenedModel, is_run,
};
pub use pairs::{PairStatistics, PairedComparison, PearsonR};

use crate::analysis::report::Generator;
use crate::data::scores::Score;
use crate::data::{FormulaUse, TrialUse};
use crate::files::text::counted;
use serde::Serialize;
use thiserror::Error;

/// The JSON schema of a [`Comparison`].
pub const SCHEMA: &str = "pathscope/comparison/1";

/// Several models side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The schema, [`SCHEMA`].
    pub schema: &'static str,
    /// The program that wrote the comparison.
    pub generator: Generator,
    /// The models, in the order in which they were given. In pairs, each first model is followed by the one
    /// that it is compared with.
    pub models: Vec<ComparedModel>,
    /// The scores that are compared instead of CC_norm²; left out if none were chosen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chosen: Vec<Score>,
    /// The agreement of the pairs; null where models are not paired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pairs: Option<PairedComparison>,
    /// Reasons why the numbers are not comparable, each with its remedy.
    pub warnings: Vec<String>,
}

impl Comparison {
    /// Compares models side by side.
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::analysis::AnalysisOptions;
    /// use pathscope_core::analysis::comparison::{ComparedModel, Comparison};
    /// use std::path::Path;
    ///
    /// let mut models = Vec::new();
    /// for name in ["fig5", "two-blocks"] {
    ///     let file = Path::new("../fixtures/nets").join(name).with_extension("safetensors");
    ///     models.extend(ComparedModel::open(name, &file, &AnalysisOptions::default())?.models);
    /// }
    /// let comparison = Comparison::new(models);
    /// assert_eq!(comparison.models[0].summary.average_path_length, Some(1.75));
    /// assert_eq!(comparison.models[1].summary.average_path_length, Some(2.5));
    /// assert!(comparison.text().contains("two-blocks"));
    /// # Ok::<(), pathscope_core::analysis::AnalysisError>(())
    /// ```
    pub fn new(models: Vec<ComparedModel>) -> Self {
        let warnings = warnings(&models);
        Self { schema: SCHEMA, generator: Generator::THIS, models, chosen: Vec::new(), pairs: None, warnings }
    }

    /// Compares pairs of models, such as recurrent ones and their multi-path models (paper, Figs. 4c and 4d).
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::analysis::AnalysisOptions;
    /// use pathscope_core::analysis::comparison::{ComparedModel, Comparison};
    /// use std::path::Path;
    ///
    /// let open = |name: &str| {
    ///     let file = Path::new("../fixtures/nets").join(name).with_extension("safetensors");
    ///     let opened = ComparedModel::open(name, &file, &AnalysisOptions::default());
    ///     opened.map(|mut opened| opened.models.remove(0))
    /// };
    /// let comparison = Comparison::of_pairs(vec![(open("fig5")?, open("ablated")?)]);
    /// let pairs = comparison.pairs.unwrap();
    /// // 2.4 against 1.75
    /// assert!((pairs.average_path_length.mean_difference.unwrap() - 0.65).abs() < 1e-12);
    /// assert_eq!(pairs.average_path_length.pearson_r.value(), None);
    /// # Ok::<(), pathscope_core::analysis::AnalysisError>(())
    /// ```
    pub fn of_pairs(pairs: Vec<(ComparedModel, ComparedModel)>) -> Self {
        let statistics = PairedComparison::new(&pairs);
        let models = pairs.into_iter().flat_map(|(first, second)| [first, second]).collect();
        Self { pairs: Some(statistics), ..Self::new(models) }
    }

    /// Pairs each model of one series with the model at the same position in another series of equal length.
    ///
    /// # Arguments
    ///
    /// * `first`, `second` - the ensembles of each model, as [`ComparedModel::open`] returns them
    ///
    /// # Errors
    ///
    /// [`SeveralEnsembles`]
    pub fn of_series(
        first: Vec<Vec<ComparedModel>>,
        second: Vec<Vec<ComparedModel>>,
    ) -> Result<Self, SeveralEnsembles> {
        let pairs = first.into_iter().zip(second);
        let pairs = pairs.map(|(first, second)| Ok((only(first)?, only(second)?)));
        Ok(Self::of_pairs(pairs.collect::<Result<_, _>>()?))
    }

    /// Compares by other scores than CC_norm².
    ///
    /// # Arguments
    ///
    /// * `scores` - the scores; none for CC_norm²
    pub fn by_scores(mut self, scores: &[Score]) -> Self {
        self.chosen = scores.to_vec();
        let of = |&score: &Score| {
            let pairs = self.paired_models();
            let pairs: Vec<(f64, f64)> =
                pairs.filter_map(|(first, second)| first.score(score).zip(second.score(score))).collect();
            (score, PairStatistics::new(&pairs))
        };
        let statistics = scores.iter().map(of).collect();
        if let Some(pairs) = &mut self.pairs {
            pairs.scores = statistics;
        }
        self
    }

    /// Returns warnings about models that were evaluated without a chosen score.
    pub fn without_chosen(&self) -> Vec<String> {
        let evaluated = || self.models.iter().filter(|model| model.measured.is_some());
        let warning = |score: &Score| {
            let without = evaluated().filter(|model| model.score(*score).is_none()).count();
            (without > 0).then(|| {
                format!(
                    "{without} of {} have no {}: their neurons do not, or an older version evaluated them; `pathscope evaluate` says which",
                    counted(evaluated().count(), "evaluated model"),
                    score.label()
                )
            })
        };
        self.chosen.iter().filter_map(warning).collect()
    }

    /// Returns the models two by two; empty where they are not paired.
    pub fn paired_models(&self) -> impl Iterator<Item = (&ComparedModel, &ComparedModel)> {
        let models: &[ComparedModel] = if self.pairs.is_some() { &self.models } else { &[] };
        models.chunks_exact(2).map(|pair| (&pair[0], &pair[1]))
    }

    /// Returns how many models have not been evaluated; programs cannot be evaluated and do not count.
    pub fn not_measured(&self) -> usize {
        self.models.iter().filter(|model| model.program.is_none() && model.measured.is_none()).count()
    }
}

/// A model that has several ensembles and so cannot be paired.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{path}: names no readout mode, so it has several ensembles and cannot be paired: give its mode with --readout"
)]
pub struct SeveralEnsembles {
    path: String,
}

/// Returns the only ensemble of a model.
fn only(mut ensembles: Vec<ComparedModel>) -> Result<ComparedModel, SeveralEnsembles> {
    match ensembles.pop() {
        Some(model) if ensembles.is_empty() => Ok(model),
        model => Err(SeveralEnsembles { path: model.map(|model| model.path).unwrap_or_default() }),
    }
}

/// Returns reasons why scores are not comparable: for each property, the first model that differs from the
/// first model.
fn warnings(models: &[ComparedModel]) -> Vec<String> {
    let evaluated: Vec<(&ComparedModel, &Measured)> =
        models.iter().filter_map(|model| Some((model, model.measured.as_ref()?))).collect();
    let Some(&(first, on)) = evaluated.first() else { return Vec::new() };
    let differing =
        |differs: &dyn Fn(&Measured) -> bool| evaluated.iter().find(|(_, measured)| differs(measured));
    let mut warnings = Vec::new();
    if let Some((other, measured)) = differing(&|measured| measured.neurons != on.neurons) {
        warnings.push(format!(
            "{} was evaluated on {} neurons and {} on {}: their CC_norm² are averages over different neurons",
            first.name, on.neurons, other.name, measured.neurons
        ));
    } else if let Some((other, _)) = differing(&|measured| measured.choice != on.choice) {
        warnings.push(format!(
            "{} and {} were evaluated on different choices of neurons: evaluate both with the same --min-fev and --min-snr",
            first.name, other.name
        ));
    } else if let Some(choice) = &on.choice {
        warnings.push(format!("scores are averages over chosen neurons: {}", choice.sentence()));
    }
    if let Some((other, measured)) = differing(&|measured| measured.dataset.sha256 != on.dataset.sha256) {
        let (one, another) = (&on.dataset.name, &measured.dataset.name);
        let which = if one == another { "data sets of that name" } else { "data sets" };
        warnings.push(format!(
            "{} was evaluated on {one} and {} on {another}, which are different {which}: evaluate all on the same one with --data DIR",
            first.name, other.name
        ));
    } else if let Some((other, measured)) = differing(&|measured| measured.images() != on.images()) {
        let said = |measured: &Measured| {
            let settings = &measured.settings;
            format!(
                "{} images (split {}, seed {}, crop {}, downsample {})",
                settings.images, settings.split, settings.split_seed, settings.crop, settings.downsample
            )
        };
        warnings.push(format!(
            "{} was evaluated on {} and {} on {}: evaluate them on the same images with `pathscope evaluate`",
            first.name,
            said(on),
            other.name,
            said(measured)
        ));
    }
    if let Some((other, measured)) =
        differing(&|measured| (measured.trials.map(ceiling)) != on.trials.map(ceiling))
    {
        let said = |measured: &Measured| {
            measured.trials.map_or("as an older version did it".to_owned(), |trials| trials.to_string())
        };
        warnings.push(format!(
            "the ceilings of {} and {} are of different trials ({}; {}): evaluate both with `pathscope evaluate` and the same --trials",
            other.name,
            first.name,
            said(measured),
            said(on)
        ));
    }
    warnings
}

/// Returns the properties that determine a ceiling.
fn ceiling(trials: TrialUse) -> (Option<usize>, FormulaUse, usize) {
    (trials.first, trials.formula, trials.scored_images)
}

#[cfg(test)]
mod tests;
