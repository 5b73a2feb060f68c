//! The document `evaluation.json`: the scores of a model on a data set.

use super::{Scores, median_of};
use crate::circuit::{UnknownName, Word};
use crate::data::scores::{NeuronChoice, Score, ScoreTable};
use crate::data::{Pixels, TrialUse};
use crate::files::documents::{DocumentError, Kind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};
use thiserror::Error;

/// The schema of an [`Evaluation`].
pub const SCHEMA: &str = "pathscope/evaluation/1";

/// The file name that `pathscope evaluate --out DIR` writes.
pub const EVALUATION: &str = "evaluation.json";

const KIND: Kind = Kind {
    what: "an evaluation",
    schema: Some(SCHEMA),
    // This is enough for some 200 000 neurons.
    most_bytes: 64 << 20,
    remedy: "write one with `pathscope evaluate RUN --data DIR --out RUN`, of this version of pathscope",
    ..Kind::PLAIN
};

/// An evaluation of one model on one data set: the content of `evaluation.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// [`SCHEMA`]
    pub schema: String,
    /// The command that wrote it, and its version.
    pub generator: String,
    /// The model.
    pub model: EvaluatedModel,
    /// The data set.
    pub dataset: EvaluatedData,
    /// The settings of the readout, and the images.
    pub settings: EvaluationSettings,
    /// The trials and images behind scores and ceilings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trials: Option<TrialUse>,
    /// The pixels of the images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixels: Option<Pixels>,
    /// The neurons that were left out because their recordings are not reliable, if that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<NeuronChoice>,
    /// The paper's scores.
    pub scores: Scores,
    /// All scores. The first versions did not write them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_scores: Option<ScoreTable>,
}

/// The model that was evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluatedModel {
    /// The path of the checkpoint, as it was given.
    pub path: String,
    /// The SHA-256 of the checkpoint.
    pub sha256: String,
}

/// The data set that a model was evaluated on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluatedData {
    /// Its name.
    pub name: String,
    /// The SHA-256 of each of its files.
    pub sha256: BTreeMap<String, String>,
}

/// The settings of an evaluation: the readout and the images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationSettings {
    /// The iteration at which the network was read out, as if it had stopped there; `None` for a network
    /// without iterations, such as an exported program.
    pub iterations: Option<usize>,
    /// The part of the images that was predicted.
    pub split: EvaluatedPart,
    /// The seed of the split.
    pub split_seed: u64,
    /// The number of images that were predicted.
    pub images: usize,
    /// The side of the centred square cut out of each image, in pixels; 0 for the whole image.
    pub crop: usize,
    /// The side of the squares of pixels that were averaged.
    pub downsample: usize,
}

/// A part of a data set's images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum EvaluatedPart {
    /// The training images.
    Train,
    /// The validation images.
    Validation,
    /// The test images, which no training has seen.
    #[default]
    Test,
    /// Every image.
    All,
}

impl Word for EvaluatedPart {
    const WHAT: &'static str = "part of a data set";
}

/// The reason why an evaluation cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// The document cannot be read, or is of another kind.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

impl Evaluation {
    /// Returns the mean of a score over the neurons that have it; `None` if none has it, or if an older version
    /// did not compute it.
    pub fn mean(&self, score: Score) -> Option<f64> {
        match score {
            Score::CcRaw => Some(self.scores.mean_cc_raw),
            Score::CcRaw2 => Some(self.scores.mean_cc_raw2),
            Score::CcMax => self.scores.mean_cc_max,
            Score::CcNorm2 => self.scores.mean_cc_norm2,
            other => self.all_scores.as_ref()?.mean(other),
        }
    }

    /// Reads `evaluation.json`.
    ///
    /// # Errors
    ///
    /// [`EvaluationError`]
    ///
    /// # Complexity
    ///
    /// O(file) time and memory. A file of more than 64 MiB is refused unread.
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope_core::data::evaluation::Evaluation;
    /// use std::path::Path;
    ///
    /// let error = Evaluation::read(Path::new("nowhere/evaluation.json")).unwrap_err();
    /// assert!(error.to_string().starts_with("nowhere/evaluation.json: cannot be read: "));
    /// ```
    pub fn read(path: &Path) -> Result<Self, EvaluationError> {
        Self::from_json(&KIND.bytes(path)?, path)
    }

    /// Parses an evaluation from JSON.
    ///
    /// # Arguments
    ///
    /// * `from` - where the text comes from, for errors
    ///
    /// # Errors
    ///
    /// [`EvaluationError`]
    pub fn from_json(json: &[u8], from: &Path) -> Result<Self, EvaluationError> {
        let mut evaluation: Self = KIND.json(json, from)?.value;
        let (neurons, rows) = (evaluation.scores.neurons, evaluation.scores.by_neuron.len());
        if neurons != rows {
            let detail = format!("it counts {neurons} neurons, but has scores of {rows}");
            return Err(KIND.malformed(from, &detail).into());
        }
        if let Some(name) = evaluation.scores.disagreement() {
            let detail = format!("its {name} is not that of its neurons");
            return Err(KIND.malformed(from, &detail).into());
        }
        let all_scores = evaluation.all_scores.as_ref();
        if let Some(found) = all_scores.map(|table| table.by_neuron.len()).filter(|&found| found != neurons) {
            let detail = format!("it counts {neurons} neurons, but has all scores of {found}");
            return Err(KIND.malformed(from, &detail).into());
        }
        // Earlier versions did not write it.
        let scores = &mut evaluation.scores;
        scores.median_cc_norm2 = scores.median_cc_norm2.or_else(|| median_of(&scores.by_neuron));
        Ok(evaluation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An evaluation as `pathscope evaluate` writes it.
    const WRITTEN: &str = r#"{
  "schema": "pathscope/evaluation/1",
  "generator": "pathscope-torch 0.1.0",
  "model": {
    "path": "run/model.safetensors",
    "sha256": "00ff"
  },
  "dataset": {
    "name": "demo",
    "sha256": {
      "dataset.toml": "01",
      "images.npy": "02"
    }
  },
  "settings": {
    "iterations": 3,
    "split": "test",
    "split_seed": 0,
    "images": 60,
    "crop": 0,
    "downsample": 1
  },
  "trials": {
    "first": null,
    "formula": "unequal-trials",
    "fewest": 2,
    "most": 9,
    "ceiling_images": 300,
    "scored_images": 60,
    "neurons_with_few_images": 0,
    "noise_ratio": 1.0
  },
  "pixels": {
    "type": "uint8",
    "least": 0.0,
    "most": 255.0,
    "whole": true,
    "divided_by": 255.0,
    "mean": 0.5,
    "deviation": 0.25
  },
  "choice": {
    "min_fev": 0.15,
    "of": 3,
    "left_out": [
      2
    ]
  },
  "scores": {
    "neurons": 2,
    "without_ceiling": 1,
    "mean_cc_raw": 0.75,
    "mean_cc_raw2": 0.625,
    "mean_cc_max": 0.7,
    "mean_cc_norm2": 2.0408163265306123,
    "median_cc_norm2": 2.0408163265306123,
    "by_neuron": [
      {
        "neuron": 0,
        "cc_raw": 0.9999999999999998,
        "cc_max": 0.7,
        "cc_norm2": 2.0408163265306123
      },
      {
        "neuron": 1,
        "cc_raw": 0.5,
        "cc_max": null,
        "cc_norm2": null
      }
    ]
  },
  "all_scores": {
    "averages": {
      "r2-er": {
        "neurons": 1,
        "mean": 0.5,
        "median": 0.5,
        "interval": {
          "low": 0.25,
          "high": 0.75
        }
      }
    },
    "bootstrap": {
      "resamples": 100,
      "confidence": 0.95,
      "seed": 0
    },
    "by_neuron": [
      {
        "neuron": 0,
        "values": {
          "r2-er": 0.5
        },
        "r2_er_interval": {
          "low": 0.25,
          "high": 0.75
        }
      },
      {
        "neuron": 1,
        "values": {},
        "undefined": {
          "r2-er": "no-signal"
        }
      }
    ]
  }
}"#;

    fn read(json: &str) -> Result<Evaluation, EvaluationError> {
        Evaluation::from_json(json.as_bytes(), Path::new("run/evaluation.json"))
    }

    #[test]
    fn what_is_written_is_read_and_written_again_to_the_byte() {
        let evaluation = read(WRITTEN).unwrap();
        assert_eq!(serde_json::to_string_pretty(&evaluation).unwrap(), WRITTEN);
        let scores = &evaluation.scores;
        assert_eq!((scores.neurons, scores.without_ceiling), (2, 1));
        assert_eq!(scores.by_neuron[1].cc_max, None);
        assert_eq!(evaluation.settings.split, EvaluatedPart::Test);
    }

    #[test]
    fn what_older_versions_wrote_is_read() {
        let trials = WRITTEN.find("  \"trials\"").unwrap()..WRITTEN.find("  \"scores\"").unwrap();
        let median = "    \"median_cc_norm2\": 2.0408163265306123,\n";
        let all = WRITTEN.find(",\n  \"all_scores\"").unwrap()..WRITTEN.rfind("\n}").unwrap();
        let old = WRITTEN.replace(&WRITTEN[all], "").replace(&WRITTEN[trials], "").replace(median, "");
        let evaluation = read(&old).unwrap();
        assert_eq!((evaluation.trials, &evaluation.scores), (None, &read(WRITTEN).unwrap().scores));
        assert_eq!((evaluation.mean(Score::CcRaw2), evaluation.mean(Score::R2Er)), (Some(0.625), None));
        assert_eq!(read(WRITTEN).unwrap().mean(Score::R2Er), Some(0.5));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let said = |json: &str| read(json).unwrap_err().to_string();
        for (json, parts) in [
            ("", ["not an evaluation", "EOF"]),
            ("[1]", ["not an evaluation", "line 1"]),
            (r#"{"schema": "pathscope/analysis/1"}"#, ["its schema is 'pathscope/analysis/1'", SCHEMA]),
            (&WRITTEN.replace("\"split_seed\": 0,", ""), ["missing field `split_seed`", "line 22"]),
            (
                &WRITTEN.replace("\"neurons\": 2", "\"neurons\": 3"),
                ["counts 3 neurons", "scores of 2: write one with `pathscope evaluate"],
            ),
            (
                &WRITTEN.replace("0.625", "0.725"),
                ["its mean_cc_raw2 is not that of its neurons", "write one"],
            ),
            (&WRITTEN.replace("\"cc_raw\": 0.5", "\"cc_raw\": 0.6"), ["its mean_cc_raw is not", ""]),
            (
                &(WRITTEN[..WRITTEN.rfind(",\n      {\n        \"neuron\": 1").unwrap()].to_owned() + "]}}"),
                ["all scores of 1", ""],
            ),
        ] {
            let message = said(json);
            assert!(message.starts_with("run/evaluation.json: "), "{message}");
            assert!(parts.iter().all(|part| message.contains(part)), "{parts:?}: {message}");
        }
    }

    #[test]
    fn a_file_that_is_far_too_long_is_not_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(KIND.most_bytes + 1).unwrap();
        let message = Evaluation::read(file.path()).unwrap_err().to_string();
        assert!(message.contains("longer than 67108864 bytes"), "{message}");
    }
}
