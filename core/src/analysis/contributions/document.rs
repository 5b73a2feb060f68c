//! The document `contributions.json`: a summary of contributions, the model and images, and the options used.

use super::{CAUTION, ContributionSummary, ContributionsError, Explained, Summary};
use crate::analysis::report::{Generator, PathRow};
use crate::data::TrialUse;
use crate::data::evaluation::EvaluatedPart;
use crate::files::documents::{DocumentError, Kind, json_text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The JSON schema of a [`ContributionsDocument`].
pub const SCHEMA: &str = "pathscope/contributions/1";

/// The name of the file that `pathscope contributions --out DIR` writes a [`ContributionsDocument`] to.
pub const CONTRIBUTIONS: &str = "contributions.json";

const KIND: Kind = Kind {
    what: "a summary of contributions",
    schema: Some(SCHEMA),
    // Large enough for some 10 000 units with 40 lengths each.
    most_bytes: 256 << 20,
    remedy: "write one with `pathscope contributions MODEL --images FILE --out DIR`, with this version of pathscope",
    ..Kind::PLAIN
};

/// The largest deviation of a sum of shares from 1, relative to their sizes.
const TOLERANCE: f64 = 1e-6;

/// A summary of contributions with the model, the images and the options that it was computed from:
/// `contributions.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContributionsDocument {
    /// The schema, [`SCHEMA`].
    pub schema: String,
    /// The command that wrote the document, and its version.
    pub generator: String,
    /// The caveat about contributions, [`CAUTION`].
    pub caution: String,
    /// The model.
    pub source: ContributionsSource,
    /// The images.
    pub images_source: ImagesSource,
    /// How contributions were computed.
    pub settings: ContributionsSettings,
    /// The summary of contributions over images.
    #[serde(flatten)]
    pub summary: ContributionSummary,
    /// The paths in order of rank, where the parts are single paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<PathRow>,
    /// Warnings about numbers that are easily misread, each with its remedy.
    pub warnings: Vec<String>,
}

/// The model that contributions were computed from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContributionsSource {
    /// The file, as given by the user.
    pub path: String,
    /// The SHA-256 of the file.
    pub sha256: String,
    /// The files that were read beside it.
    pub inputs: Vec<ReadBeside>,
}

/// A file that was read beside a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBeside {
    /// The role of the file, such as `config`, `layout`, `shard` or `baseline`.
    pub role: String,
    /// The file, as given by the user.
    pub path: String,
    /// The SHA-256 of the file.
    pub sha256: String,
}

/// The images that contributions are over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImagesSource {
    /// The file, or the folder of the data set, as given by the user.
    pub path: String,
    /// The SHA-256 of each file by its name.
    pub sha256: BTreeMap<String, String>,
    /// The images chosen from a data set; null where the images come from a file.
    pub dataset: Option<DatasetUse>,
}

/// The images of a data set that contributions are over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetUse {
    /// The name of the data set.
    pub name: String,
    /// The split that the images were taken from.
    pub split: EvaluatedPart,
    /// The seed of the split.
    pub split_seed: u64,
    /// The width in pixels of the square cropped from the middle of each image; 0 for the whole image.
    pub crop: usize,
    /// The downsampling factor: the side in pixels of the squares that were averaged.
    pub downsample: usize,
    /// The trials and images that recordings and ceilings are of; null where the units do not predict the
    /// neurons.
    pub trials: Option<TrialUse>,
}

/// The options that contributions were computed with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContributionsSettings {
    /// The factor by which a smooth nonlinearity multiplies its input: `secant` or `tangent`.
    pub gate: String,
    /// The input that counts with the biases: `zero` for nothing, `mean` for the mean image, or a file.
    pub baseline: String,
    /// The floating-point precision: `single` or `double`.
    pub precision: String,
    /// The name of the input or module where paths begin; null for a checkpoint, whose paths begin at the
    /// input of the recurrent stage.
    pub from: Option<String>,
    /// The output or module where paths end; null for a checkpoint.
    pub to: Option<String>,
    /// The output where paths end, counted from 0; null for a checkpoint and for paths that end at a module.
    pub output: Option<usize>,
    /// The readout mode of a checkpoint; null for a program.
    pub readout: Option<String>,
    /// What counts towards the length of a path.
    pub count: String,
    /// The number of images in a batch.
    pub batch: usize,
}

impl ContributionsSettings {
    /// The value of [`Self::baseline`] where all of the input counts with the paths.
    pub const ZERO: &'static str = "zero";
}

impl ContributionsDocument {
    /// Returns the document of a summary, with its warnings.
    pub fn new(
        source: ContributionsSource,
        images_source: ImagesSource,
        settings: ContributionsSettings,
        summary: ContributionSummary,
    ) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            generator: format!("{} {}", Generator::THIS.name, Generator::THIS.version),
            caution: CAUTION.to_owned(),
            warnings: summary.warnings(settings.baseline == ContributionsSettings::ZERO),
            source,
            images_source,
            settings,
            summary,
            paths: Vec::new(),
        }
    }

    /// Returns the text of `contributions.json`, indented, with a checksum at its end.
    ///
    /// # Errors
    ///
    /// The same as [`json_text`].
    pub fn json(&self) -> serde_json::Result<String> {
        json_text(self)
    }

    /// Returns the summary of a unit.
    ///
    /// # Errors
    ///
    /// [`ContributionsError::NoUnit`]
    pub fn unit(&self, unit: usize) -> Result<&Summary, ContributionsError> {
        let units = &self.summary.units;
        units.get(unit).ok_or(ContributionsError::NoUnit { unit, units: units.len() })
    }

    /// Reads `contributions.json`.
    ///
    /// # Errors
    ///
    /// [`DocumentError`], also where the parts of the document contradict each other.
    ///
    /// # Complexity
    ///
    /// O(file) time and memory; a file of more than 256 MiB is refused unread.
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::analysis::contributions::ContributionsDocument;
    /// use std::path::Path;
    ///
    /// let error = ContributionsDocument::read(Path::new("nowhere/contributions.json")).unwrap_err();
    /// assert!(error.is_missing());
    /// ```
    pub fn read(path: &Path) -> Result<Self, DocumentError> {
        Self::from_json(KIND.bytes(path)?, path)
    }

    /// Parses a document from the bytes of `contributions.json`.
    ///
    /// # Arguments
    ///
    /// * `from` - the file that the bytes come from, for error messages
    ///
    /// # Errors
    ///
    /// The same as [`Self::read`].
    pub fn from_json(json: impl Into<Vec<u8>>, from: &Path) -> Result<Self, DocumentError> {
        let document: Self = KIND.json(json, from)?.value;
        match document.disagreement() {
            Some(detail) => Err(KIND.malformed(from, &detail)),
            None => Ok(document),
        }
    }

    /// Returns the first inconsistency of the document, if any.
    fn disagreement(&self) -> Option<String> {
        let summary = &self.summary;
        let marks: Vec<usize> = summary.population.parts.iter().filter_map(|part| part.mark).collect();
        if marks.len() != summary.population.parts.len() || !marks.is_sorted_by(|one, next| one < next) {
            return Some("the marks of its population do not ascend".to_owned());
        }
        if summary.mean_variance_shares.len() != marks.len() + 1 {
            return Some("it has mean shares of variance for other marks than the population".to_owned());
        }
        if let Some(index) = (0..summary.units.len()).find(|&index| summary.units[index].unit != Some(index))
        {
            return Some(format!("the unit at place {index} is not unit {index}"));
        }
        std::iter::once(&summary.population).chain(&summary.units).find_map(|summary| {
            let detail = wrong(summary, &marks)?;
            Some(match summary.unit {
                None => format!("of the population {detail}"),
                Some(unit) => format!("of unit {unit} {detail}"),
            })
        })
    }
}

/// Returns the first inconsistency of a summary with the given marks, if any.
fn wrong(summary: &Summary, marks: &[usize]) -> Option<&'static str> {
    let has_marks = |found: &[Option<usize>]| found.iter().copied().eq(marks.iter().copied().map(Some));
    let parts: Vec<Option<usize>> = summary.parts.iter().map(|part| part.mark).collect();
    if !has_marks(&parts) || summary.biases.mark.is_some() {
        return Some("the marks are others than those of the population");
    }
    let fits = |explained: &Explained| {
        let parts: Vec<Option<usize>> = explained.parts.iter().map(|part| part.mark).collect();
        matches!(parts.split_first(), Some((None, of_paths)) if has_marks(of_paths))
    };
    if summary.explained.as_ref().is_some_and(|explained| !fits(explained)) {
        return Some("what is explained has other marks than the population");
    }
    let shares: Vec<f64> = summary.parts.iter().map_while(|part| part.share).collect();
    let sum_to_one = shares.is_empty() || (shares.iter().sum::<f64>() - 1.0).abs() <= TOLERANCE;
    (!sum_to_one).then_some("the shares do not sum to 1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::contributions::Recordings;
    use crate::analysis::contributions::testing::{document_of, random_contributions};

    fn read(json: &str) -> Result<ContributionsDocument, DocumentError> {
        ContributionsDocument::from_json(json, Path::new("contributions.json"))
    }

    #[test]
    fn what_is_written_is_read() {
        let recordings = Recordings {
            averages: random_contributions([9, 2, 1], 4).outputs,
            ceilings: vec![Some(0.7), None],
        };
        let document = document_of(&random_contributions([9, 2, 3], 2), Some(&recordings));
        let json = document.json().unwrap();
        assert_eq!(read(&json).unwrap(), document);
        assert!(json.contains("is not the effect of removing the paths"), "{json}");
        assert!(json.contains("\"spearman\": "), "{json}");
        assert_eq!(document.unit(1).unwrap().unit, Some(1));
        let message = document.unit(2).unwrap_err().to_string();
        assert_eq!(message, "there is no unit 2: there are 2 units, counted from 0");
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let document = document_of(&random_contributions([4, 2, 3], 2), None);
        let refused = |change: fn(&mut ContributionsDocument)| {
            let mut changed = document.clone();
            change(&mut changed);
            read(&changed.json().unwrap()).unwrap_err().to_string()
        };
        for (message, expected) in [
            (refused(|document| document.summary.population.parts.swap(0, 1)), "the marks of its population"),
            (refused(|document| document.summary.units.swap(0, 1)), "the unit at place 0 is not unit 0"),
            (refused(|document| document.summary.mean_variance_shares.clear()), "for other marks"),
            (
                refused(|document| document.summary.units[1].parts.truncate(2)),
                "of unit 1 the marks are others",
            ),
            (
                refused(|document| document.summary.units[0].parts[0].share = Some(2.0)),
                "of unit 0 the shares do not sum to 1",
            ),
            (
                refused(|document| {
                    document.summary.population.explained = Some(Explained { parts: Vec::new() });
                }),
                "of the population what is explained has other marks",
            ),
            (refused(|document| document.schema = "pathscope/analysis/1".to_owned()), "its schema is"),
        ] {
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn what_was_altered_is_refused() {
        let json = document_of(&random_contributions([4, 2, 3], 2), None).json().unwrap();
        let error = read(&json.replace("\"secant\"", "\"tangent\"")).unwrap_err();
        assert!(matches!(error, DocumentError::Altered { .. }), "{error}");
    }
}
