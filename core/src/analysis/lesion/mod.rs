//! Lesions: the loss in a network's score without the paths of some lengths, beside strength and
//! contribution.
//!
//! The weights are copied, so that a lesion shows what this network needs rather than what a retrained one
//! could do without. All three measures use the same test images. [`Lesions`] is the content of
//! `lesions.json`, written by `pathscope ablate RUN --data DIR`, with a [`text`](Lesions::text) and a
//! table.

mod text;

use crate::analysis::comparison::{MeasuredLength, MeasuredModel};
use crate::analysis::contributions::CAUTION;
use crate::analysis::report::Generator;
use crate::data::TrialUse;
use crate::data::evaluation::{EvaluatedData, EvaluatedModel, Evaluation, EvaluationSettings};
use crate::model::ablation::{Ablation, PathNormalization};
use crate::statistics::{pearson, spearman};
use serde::Serialize;

/// The JSON schema of [`Lesions`].
pub const SCHEMA: &str = "pathscope/lesions/1";

/// The name of the file that `pathscope ablate` writes [`Lesions`] to.
pub const LESIONS: &str = "lesions.json";

/// The largest difference of CC_raw between the original and its multi-path network that gives no warning.
const MOST_DIFFERENCE: f64 = 0.02;

/// Lesions of several networks, beside strengths and contributions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lesions {
    /// The schema, [`SCHEMA`].
    pub schema: &'static str,
    /// The program that wrote the document.
    pub generator: Generator,
    /// The caveat about contributions, [`CAUTION`].
    pub caution: &'static str,
    /// Whether every path has normalizations of its own.
    pub normalization: PathNormalization,
    /// The origin of the running statistics of the paths' normalizations.
    pub running_statistics: RunningStatistics,
    /// The networks whose paths were removed.
    pub models: Vec<LesionedModel>,
    /// Warnings about numbers that are easily misread, each with its remedy.
    pub warnings: Vec<String>,
}

/// The origin of the running statistics of normalizations that are copied for every path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunningStatistics {
    /// Copied from the original, whose statistics are those of sums over paths.
    Copied,
    /// Estimated anew for each path on training images.
    Estimated,
}

/// A network from which the paths of some lengths are removed in turn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LesionedModel {
    /// The name of the network.
    pub name: String,
    /// The original network.
    pub model: EvaluatedModel,
    /// The data set that all scores use.
    pub dataset: EvaluatedData,
    /// The images of the data set, and how they were prepared.
    pub settings: EvaluationSettings,
    /// The trials and images that scores and ceilings are of.
    pub trials: Option<TrialUse>,
    /// The score of the original.
    pub original: Score,
    /// The score of its multi-path network with all paths, from which drops are counted.
    pub full: Score,
    /// The lesions.
    pub lesions: Vec<Lesion>,
    /// The correlation of drops with strength and with contribution.
    pub agreement: LesionAgreement,
}

/// The score of a network's predictions of recordings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Score {
    /// The mean of CC_raw over neurons.
    pub cc_raw: f64,
    /// The mean of CC_norm² over the neurons that have a ceiling; null where no neuron has one.
    pub cc_norm2: Option<f64>,
}

/// A set of removed lengths with its three measures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lesion {
    /// The lengths that are removed.
    pub removed: Ablation,
    /// The sum of the normalized strengths of the removed paths, in the original.
    pub probability: Option<f64>,
    /// The sum of the removed paths' shares of mean |C| over the test images, in the original.
    pub share: Option<f64>,
    /// The score without the removed paths.
    pub score: Score,
    /// The score of the multi-path network with all paths, minus the score of this one.
    pub drop: Score,
}

/// The correlation over lesions between drops of CC_raw and the measures of the removed paths.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LesionAgreement {
    /// The number of lesions.
    pub lesions: usize,
    /// The correlation with the probability by strength.
    pub strength: Correlations,
    /// The correlation with the share of mean |C|.
    pub contribution: Correlations,
}

/// Two correlation coefficients; null for fewer than three lesions, or where a measure is constant or
/// missing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Correlations {
    /// Pearson's r.
    pub pearson: Option<f64>,
    /// Spearman's ρ.
    pub spearman: Option<f64>,
}

impl Lesions {
    /// Returns lesions of networks, with their warnings.
    pub fn new(
        normalization: PathNormalization,
        running_statistics: RunningStatistics,
        models: Vec<LesionedModel>,
    ) -> Self {
        let warnings = models.iter().filter_map(|model| model.warning(running_statistics)).collect();
        Self {
            schema: SCHEMA,
            generator: Generator::THIS,
            caution: CAUTION,
            normalization,
            running_statistics,
            models,
            warnings,
        }
    }
}

impl LesionedModel {
    /// Returns the lesions of a network.
    ///
    /// # Arguments
    ///
    /// * `measures` - strength and contribution of the original, over the images of all scores
    /// * `original`, `full` - the scores of the original and of its multi-path network with all paths
    /// * `ablated` - the scores of the networks without some lengths
    pub fn new(
        measures: &MeasuredModel,
        original: &Evaluation,
        full: &Evaluation,
        ablated: &[(Ablation, Evaluation)],
    ) -> Self {
        let all = Score::of(full);
        let lesions: Vec<Lesion> = ablated
            .iter()
            .map(|(removed, evaluation)| {
                let score = Score::of(evaluation);
                Lesion {
                    removed: removed.clone(),
                    probability: total(measures, removed, |length| length.probability),
                    share: total(measures, removed, |length| length.share),
                    score,
                    drop: all.minus(score),
                }
            })
            .collect();
        Self {
            name: measures.name.clone(),
            model: original.model.clone(),
            dataset: original.dataset.clone(),
            settings: original.settings.clone(),
            trials: original.trials,
            original: Score::of(original),
            full: all,
            agreement: LesionAgreement::of(&lesions),
            lesions,
        }
    }

    fn warning(&self, statistics: RunningStatistics) -> Option<String> {
        let (original, full) = (self.original.cc_raw, self.full.cc_raw);
        let remedy = match statistics {
            RunningStatistics::Copied => {
                ": with `pathscope-torch` installed, running statistics are estimated anew for each path"
            }
            RunningStatistics::Estimated => "",
        };
        ((original - full).abs() > MOST_DIFFERENCE).then(|| {
            format!(
                "{}: its multi-path network with copied weights has a CC_raw of {full:.3} and the original one of {original:.3}, so drops say little about the original{remedy}",
                self.name
            )
        })
    }
}

impl Score {
    fn of(evaluation: &Evaluation) -> Self {
        Self { cc_raw: evaluation.scores.mean_cc_raw, cc_norm2: evaluation.scores.mean_cc_norm2 }
    }

    fn minus(self, other: Self) -> Self {
        let cc_norm2 = self.cc_norm2.zip(other.cc_norm2).map(|(all, without)| all - without);
        Self { cc_raw: self.cc_raw - other.cc_raw, cc_norm2 }
    }
}

impl LesionAgreement {
    fn of(lesions: &[Lesion]) -> Self {
        let drops: Vec<f64> = lesions.iter().map(|lesion| lesion.drop.cc_raw).collect();
        let with = |measure: fn(&Lesion) -> Option<f64>| {
            let measures: Option<Vec<f64>> = lesions.iter().map(measure).collect();
            Correlations {
                pearson: measures.as_ref().and_then(|measures| pearson(measures, &drops)),
                spearman: measures.as_ref().and_then(|measures| spearman(measures, &drops)),
            }
        };
        Self {
            lesions: lesions.len(),
            strength: with(|lesion| lesion.probability),
            contribution: with(|lesion| lesion.share),
        }
    }
}

/// Returns the sum of a measure over removed lengths; `None` where any of them has none.
fn total(
    measures: &MeasuredModel,
    removed: &Ablation,
    of: fn(&MeasuredLength) -> Option<f64>,
) -> Option<f64> {
    let lengths = measures.lengths.iter().filter(|length| removed.removed().contains(&length.length));
    lengths.map(of).sum()
}

#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod testing {
    use super::*;
    use crate::analysis::contributions::testing::{document_of, of_parts};
    use crate::data::evaluation::{EvaluatedPart, Scores};
    use ndarray::Array3;

    /// Returns an evaluation with a score.
    fn evaluation(cc_raw: f64, cc_norm2: Option<f64>) -> Evaluation {
        Evaluation {
            schema: crate::data::evaluation::SCHEMA.to_owned(),
            generator: "a test".to_owned(),
            model: EvaluatedModel { path: "net".to_owned(), sha256: "00".to_owned() },
            dataset: EvaluatedData { name: "demo".to_owned(), sha256: [].into() },
            settings: EvaluationSettings {
                iterations: Some(3),
                split: EvaluatedPart::Test,
                split_seed: 0,
                images: 2,
                crop: 0,
                downsample: 1,
            },
            trials: None,
            pixels: None,
            choice: None,
            all_scores: None,
            scores: Scores {
                neurons: 1,
                without_ceiling: usize::from(cc_norm2.is_none()),
                mean_cc_raw: cc_raw,
                mean_cc_raw2: cc_raw * cc_raw,
                mean_cc_max: cc_norm2.map(|_| 1.0),
                mean_cc_norm2: cc_norm2,
                median_cc_norm2: cc_norm2,
                by_neuron: Vec::new(),
            },
        }
    }

    /// Returns lesions of a network whose strengths are ¼, ¼ and ½ and whose shares are ½, ¼ and ¼.
    pub fn lesioned() -> LesionedModel {
        let parts = Array3::from_shape_fn((2, 1, 4), |(image, _, part)| {
            [2.0, 1.0, 1.0, 0.0][part] * if image == 0 { 1.0 } else { -1.0 }
        });
        let document = document_of(&of_parts(vec![1, 2, 3], parts), None);
        let measures = MeasuredModel::of("net", &document).unwrap();
        let ablated = [
            (Ablation::new([1].into()), evaluation(0.25, Some(0.125))),
            (Ablation::new([2].into()), evaluation(0.5, Some(0.5))),
            (Ablation::new([3].into()), evaluation(0.5, None)),
            (Ablation::new([2, 3].into()), evaluation(0.375, Some(0.25))),
        ];
        LesionedModel::new(&measures, &evaluation(0.625, Some(0.75)), &evaluation(0.5, Some(0.5)), &ablated)
    }
}

#[cfg(test)]
mod tests {
    use super::testing::lesioned;
    use super::*;

    #[test]
    fn three_measures_of_removed_lengths_by_hand() {
        let model = lesioned();
        let of = |index: usize| {
            let lesion = &model.lesions[index];
            (lesion.probability.unwrap(), lesion.share.unwrap(), lesion.drop.cc_raw, lesion.drop.cc_norm2)
        };
        assert_eq!(of(0), (0.25, 0.5, 0.25, Some(0.375)));
        assert_eq!(of(1), (0.25, 0.25, 0.0, Some(0.0)));
        assert_eq!(of(2), (0.5, 0.25, 0.0, None));
        assert_eq!(of(3), (0.75, 0.5, 0.125, Some(0.25)));
        // Shares ½, ¼, ¼, ½ and drops ¼, 0, 0, ⅛: differences from the means ⅛ (1, -1, -1, 1) and 1/32 (5, -3, -3, 1).
        let expected = 12.0 / (4.0_f64 * 44.0).sqrt();
        assert!((model.agreement.contribution.pearson.unwrap() - expected).abs() < 1e-12);
        // Ranks 3½, 1½, 1½, 3½ and 4, 1½, 1½, 3.
        assert!(
            (model.agreement.contribution.spearman.unwrap() - 4.0 / (4.0_f64 * 4.5).sqrt()).abs() < 1e-12
        );
        // Strengths ¼, ¼, ½, ¾: differences 1/16 (-3, -3, 1, 5), so -15 + 9 - 3 + 5.
        let strength = model.agreement.strength.pearson.unwrap();
        assert!((strength + 4.0 / 44.0).abs() < 1e-12, "{strength}");
    }

    #[test]
    fn a_copy_that_is_another_network_is_warned_of() {
        let copied = Lesions::new(PathNormalization::PerPath, RunningStatistics::Copied, vec![lesioned()]);
        assert!(copied.warnings[0].contains("0.500 and the original one of 0.625"), "{:?}", copied.warnings);
        assert!(copied.warnings[0].contains("pathscope-torch"));
        let text = copied.text();
        assert!(text.contains("2-3") && text.contains(CAUTION), "{text}");
        let mut alike = lesioned();
        alike.original = alike.full;
        let alike = Lesions::new(PathNormalization::PerPath, RunningStatistics::Estimated, vec![alike]);
        assert!(alike.warnings.is_empty());
    }
}
