//! Strengths and contributions of models side by side: one point for each model and path length (DESIGN §8).
//!
//! [`MeasuredModel::of`] takes both from a [`ContributionsDocument`]. A [`MeasureComparison`] states how well
//! one measure predicts the other over all models. It is written as JSON (schema `pathscope/measures/1`), as
//! [`text`](MeasureComparison::text) and as a table.

mod model;
mod text;

pub use model::{MeasureError, MeasuredLength, MeasuredModel};

use crate::analysis::contributions::CAUTION;
use crate::analysis::report::Generator;
use crate::statistics::{Bootstrap, Interval, spearman};
use serde::Serialize;

/// The JSON schema of a [`MeasureComparison`].
pub const MEASURES_SCHEMA: &str = "pathscope/measures/1";

/// Fewest models for which an interval is computed; fewer give too few distinct resamples.
const FEWEST_MODELS: usize = 3;

/// Strengths and contributions of several models side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeasureComparison {
    /// The schema, [`MEASURES_SCHEMA`].
    pub schema: &'static str,
    /// The program that wrote the comparison.
    pub generator: Generator,
    /// The caveat about contributions, [`CAUTION`].
    pub caution: &'static str,
    /// How well the two measures agree over the lengths of all models.
    pub agreement: MeasureAgreement,
    /// The models, in the order in which they were given.
    pub models: Vec<MeasuredModel>,
    /// Reasons why the numbers of models are not comparable, each with its remedy.
    pub warnings: Vec<String>,
}

/// The agreement of strength and contribution over the points of several models, one point for each model and
/// length.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeasureAgreement {
    /// The number of points: lengths of models that have both measures.
    pub points: usize,
    /// The number of models that the points come from.
    pub models: usize,
    /// Spearman's ρ of the probability by strength and the share of mean |C| over all points; null for fewer
    /// than three points, or where one measure is constant.
    pub spearman: Option<f64>,
    /// The bootstrap interval of ρ over models; null for fewer than three models. All points of a model are
    /// drawn together because they depend on each other.
    pub spearman_interval: Option<Interval>,
    /// How the interval was computed.
    pub bootstrap: Bootstrap,
}

impl MeasureComparison {
    /// Compares models side by side.
    ///
    /// # Arguments
    ///
    /// * `bootstrap` - how the interval over models is computed; without resamples there is none
    ///
    /// # Complexity
    ///
    /// O(resamples · points log points).
    pub fn new(models: Vec<MeasuredModel>, bootstrap: &Bootstrap) -> Self {
        Self {
            schema: MEASURES_SCHEMA,
            generator: Generator::THIS,
            caution: CAUTION,
            agreement: MeasureAgreement::of(&models, bootstrap),
            warnings: warnings(&models),
            models,
        }
    }
}

impl MeasureAgreement {
    fn of(models: &[MeasuredModel], bootstrap: &Bootstrap) -> Self {
        let points: Vec<Vec<[f64; 2]>> =
            models.iter().map(|model| model.points().map(|(_, point)| point).collect()).collect();
        let points: Vec<Vec<[f64; 2]>> = points.into_iter().filter(|points| !points.is_empty()).collect();
        let rank_correlation = |drawn: &[usize]| {
            let drawn = || drawn.iter().flat_map(|&model| &points[model]);
            let side = |side: usize| drawn().map(|point| point[side]).collect::<Vec<f64>>();
            spearman(&side(0), &side(1))
        };
        let all: Vec<usize> = (0..points.len()).collect();
        let is_enough = points.len() >= FEWEST_MODELS;
        let [interval] =
            bootstrap.intervals(if is_enough { points.len() } else { 0 }, |drawn| [rank_correlation(drawn)]);
        Self {
            points: points.iter().map(Vec::len).sum(),
            models: points.len(),
            spearman: rank_correlation(&all),
            spearman_interval: interval,
            bootstrap: *bootstrap,
        }
    }
}

/// Returns reasons why models are not comparable: for each property, the first model that differs from the
/// first model.
fn warnings(models: &[MeasuredModel]) -> Vec<String> {
    let Some(first) = models.first() else { return Vec::new() };
    let differing = |differs: &dyn Fn(&MeasuredModel) -> bool| models.iter().find(|model| differs(model));
    let mut warnings = Vec::new();
    let images = |model: &MeasuredModel| {
        let used = model.images_source.dataset.as_ref();
        let used = used.map(|used| (used.split, used.split_seed, used.crop, used.downsample));
        (model.images, model.images_source.sha256.clone(), used)
    };
    if let Some(other) = differing(&|model| images(model) != images(first)) {
        warnings.push(format!(
            "contributions of {} and {} are over different images, or over images that were prepared or split differently: compute both over the same images",
            other.name, first.name
        ));
    }
    for (what, of) in [
        ("--gate", (|model| model.settings.gate.clone()) as fn(&MeasuredModel) -> String),
        ("--baseline", |model| model.settings.baseline.clone()),
        ("--count", |model| model.settings.count.clone()),
    ] {
        if let Some(other) = differing(&|model| of(model) != of(first)) {
            warnings.push(format!(
                "contributions of {} were computed with {what} {} and those of {} with {}: compute both with the same options",
                first.name,
                of(first),
                other.name,
                of(other)
            ));
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::contributions::testing::{document_of, of_parts};
    use ndarray::Array3;

    /// Returns a model of lengths 1 to 3 whose strengths are ¼, ¼ and ½ and whose shares are these eighths.
    fn model(name: &str, eighths: [f64; 3]) -> MeasuredModel {
        let parts = Array3::from_shape_fn((2, 1, 4), |(image, _, part)| {
            eighths.get(part).map_or(0.0, |share| share * if image == 0 { 1.0 } else { -1.0 })
        });
        MeasuredModel::of(name, &document_of(&of_parts(vec![1, 2, 3], parts), None)).unwrap()
    }

    #[test]
    fn points_of_a_model_by_hand() {
        let model = model("one", [4.0, 2.0, 2.0]);
        let points: Vec<(usize, [f64; 2])> = model.points().collect();
        assert_eq!(points, [(1, [0.25, 0.5]), (2, [0.25, 0.25]), (3, [0.5, 0.25])]);
        assert_eq!((model.average_by_strength, model.average_by_contribution), (Some(2.25), Some(1.75)));
        // Ranks 1½, 1½, 3 and 3, 1½, 1½.
        assert!((model.spearman.unwrap() + 0.5).abs() < 1e-12, "{model:?}");
    }

    #[test]
    fn two_models_have_no_interval() {
        let comparison = MeasureComparison::new(
            vec![model("one", [4.0, 2.0, 2.0]), model("other", [2.0, 2.0, 4.0])],
            &Bootstrap::default(),
        );
        let agreement = comparison.agreement;
        // By strength ranks are 2½ four times and 5½ twice, by contribution 2½ four times and 5½ twice; the products
        // of differences from 3½ are -2 + 1 + -2 and 1 + 1 + 4, and the squares 12 on both sides.
        assert_eq!((agreement.points, agreement.models), (6, 2));
        assert!((agreement.spearman.unwrap() - 0.25).abs() < 1e-12, "{agreement:?}");
        assert_eq!(agreement.spearman_interval, None);
        assert!(comparison.text().contains("no interval over fewer than 3 models"), "{}", comparison.text());
    }

    #[test]
    fn models_that_agree_have_an_interval_without_width() {
        let models = (0..4).map(|name| model(&name.to_string(), [2.0, 2.0, 4.0])).collect();
        let agreement = MeasureComparison::new(models, &Bootstrap::default()).agreement;
        let interval = agreement.spearman_interval.unwrap();
        assert!((interval.low - 1.0).abs() < 1e-12 && (interval.high - 1.0).abs() < 1e-12, "{agreement:?}");
        // With one that does not, the interval reaches below.
        let mut models: Vec<MeasuredModel> = (0..3).map(|_| model("same", [2.0, 2.0, 4.0])).collect();
        models.push(model("other", [4.0, 2.0, 2.0]));
        let interval =
            MeasureComparison::new(models, &Bootstrap::default()).agreement.spearman_interval.unwrap();
        assert!(interval.low < 0.6 && interval.high > 0.99, "{interval:?}");
    }

    #[test]
    fn other_images_and_settings_are_warned_of() {
        let one = model("one", [4.0, 2.0, 2.0]);
        let mut other = one.clone();
        other.name = "other".to_owned();
        other.settings.baseline = "mean".to_owned();
        other.images_source.sha256.insert("images.npy".to_owned(), "02".to_owned());
        let comparison = MeasureComparison::new(vec![one, other], &Bootstrap::default());
        assert_eq!(comparison.warnings.len(), 2, "{:?}", comparison.warnings);
        assert!(comparison.warnings[0].contains("different images"), "{:?}", comparison.warnings);
        assert!(comparison.warnings[1].contains("--baseline zero"), "{:?}", comparison.warnings);
    }
}
