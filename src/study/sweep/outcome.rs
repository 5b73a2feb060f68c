//! The outcome of a finished model, read from its files, which must match each other.

use super::hashes::Hashes;
use super::model_error::ModelError;
use super::{ModelFolder, analysis_file, seal};
use crate::study::results::ResultRow;
use crate::study::run::{RECORD, Record, SETTINGS, Settings, read_record, read_settings};
use crate::study::{ModelId, PlannedModel};
use pathscope_core::data::evaluation::{EVALUATION, EvaluatedPart, Evaluation, Scores};
use pathscope_core::data::scores::ScoreTable;
use pathscope_core::files::documents::hexadecimal;
use pathscope_core::statistics::{median, variance};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The outcome of a finished model.
pub(super) struct Outcome {
    record: Record,
    scores: Scores,
    all_scores: Option<ScoreTable>,
    measures: analysis_file::Measures,
    /// Whether the hashes of all files were recorded when the model was finished. Without them, the files
    /// can only be checked against each other.
    pub is_sealed: bool,
}

impl Outcome {
    /// Reads all files of a finished model and checks them against their recorded hashes.
    ///
    /// # Arguments
    ///
    /// * `dataset` - the name of the study's data set
    ///
    /// # Errors
    ///
    /// The files cannot be read, have changed, or do not belong together.
    pub(super) fn read(
        place: &ModelFolder,
        dataset: &str,
        model: &PlannedModel,
        hashes: &Hashes,
    ) -> Result<Self, ModelError> {
        let settings = read_settings(&place.file(SETTINGS))?;
        let id = ModelId::of(dataset, &settings);
        if id != model.id {
            return Err(ModelError::OtherSettings { path: place.file(SETTINGS), found: id });
        }
        let record = read_record(&place.file(RECORD))?;
        if !record.finished {
            return Err(ModelError::NotFinished { path: place.file(RECORD) });
        }
        if record.dataset != dataset {
            return Err(ModelError::OtherDataset { found: record.dataset, expected: dataset.to_owned() });
        }
        let evaluation = Evaluation::read(&place.file(EVALUATION))?;
        let (measures, has_checksum) = analysis_file::read(&place.analysis(), settings.readout)?;
        if evaluation.model.sha256 != measures.model_sha256 {
            return Err(ModelError::DifferentNetworks);
        }
        if seal::model_sha256(place, hashes)? != measures.model_sha256 {
            return Err(ModelError::OtherNetwork);
        }
        belong_together(&settings, &record, &evaluation)?;
        let is_sealed = seal::check(place, &model.id, hashes)?;
        if has_checksum && !is_sealed {
            return Err(ModelError::NoSeal);
        }
        let Evaluation { scores, all_scores, .. } = evaluation;
        Ok(Self { record, scores, all_scores, measures, is_sealed })
    }

    /// Writes the outcome into a row.
    pub(super) fn fill(self, row: &mut ResultRow) {
        let Self { record, scores, all_scores, measures, .. } = self;
        row.train_images = Some(record.images[0]);
        row.parameters = Some(record.parameters);
        row.neurons = Some(scores.neurons);
        row.neurons_without_ceiling = Some(scores.without_ceiling);
        row.cc_raw = Some(scores.mean_cc_raw);
        row.cc_raw2 = Some(scores.mean_cc_raw2);
        row.cc_max = scores.mean_cc_max;
        row.cc_norm2 = scores.mean_cc_norm2;
        (row.cc_raw_median, row.cc_raw_std) = spread(scores.by_neuron.iter().map(|score| score.cc_raw));
        (row.cc_norm2_median, row.cc_norm2_std) =
            spread(scores.by_neuron.iter().filter_map(|score| score.cc_norm2));
        if let Some(all) = all_scores {
            row.set_more_scores(|score| all.mean(score));
        }
        row.average_path_length = measures.summary.average_path_length;
        row.length_std = measures.summary.length_std;
        row.diversity_nats = measures.summary.diversity_nats;
        row.effective_paths = measures.summary.effective_paths;
        row.distribution = measures.distribution;
        row.steps = Some(record.steps);
        row.best_validation_loss = record.best_validation_loss;
        row.seconds = Some(record.seconds);
        row.dataset_sha256 = Some(joint_hash(&record.dataset_sha256));
        row.device = Some(record.device);
        row.version = Some(record.version);
        row.model_sha256 = Some(measures.model_sha256);
    }
}

/// Returns whether a run and an evaluation may belong to the same model and images.
fn belong_together(settings: &Settings, record: &Record, evaluation: &Evaluation) -> Result<(), ModelError> {
    if record.dataset_sha256 != evaluation.dataset.sha256 {
        return Err(ModelError::Different("files of the data set"));
    }
    if record.neurons != evaluation.scores.neurons {
        return Err(ModelError::Different("numbers of neurons"));
    }
    if settings.split_seed != evaluation.settings.split_seed {
        return Err(ModelError::DifferentSplits);
    }
    match evaluation.settings.split {
        EvaluatedPart::Test => Ok(()),
        other => Err(ModelError::NotTestImages(other)),
    }
}

/// Returns the median and the standard deviation, the latter with n - 1.
fn spread(values: impl Iterator<Item = f64>) -> (Option<f64>, Option<f64>) {
    let mut values: Vec<f64> = values.collect();
    // Rounding must not depend on the order of the neurons.
    values.sort_by(f64::total_cmp);
    let deviation = (values.len() > 1).then(|| variance(&values, 1.0).sqrt());
    (median(values), deviation)
}

/// Returns one hash over all files of a data set.
pub(super) fn joint_hash(files: &BTreeMap<String, String>) -> String {
    let mut hash = Sha256::new();
    for (name, sha256) in files {
        hash.update(format!("{sha256}  {name}\n"));
    }
    hexadecimal(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn scores_of_neurons_are_summarized() {
        let (median, std) = spread([3.0, 1.0, 2.0].into_iter());
        assert_eq!((median, std), (Some(2.0), Some(1.0)));
        assert_eq!(spread([1.0, 2.0].into_iter()).0, Some(1.5));
        assert_eq!(spread([4.0].into_iter()), (Some(4.0), None));
        assert_eq!(spread(std::iter::empty()), (None, None));
    }
}
