//! From the folders of a sweep to its results.

use super::{ModelFolder, SweepError, SweepFolder, analysis_file};
use crate::arrays::hexadecimal;
use crate::evaluation::{EVALUATION, Evaluation, Scores};
use crate::results::{Kind, ResultRow, Status};
use crate::run::{RECORD, Record, SETTINGS, read_record, read_settings};
use crate::study::{ModelId, Plan, PlannedModel};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The results of a sweep.
#[derive(Clone, Debug)]
pub struct Collected {
    /// A row for every model of the study, in its order.
    pub rows: Vec<ResultRow>,
    /// What may make them incomparable, each with what to do about it.
    pub warnings: Vec<String>,
}

/// Collects the results of every model of a sweep: what its run, evaluation and analysis say.
///
/// A model that is not finished, or whose files cannot be read or do not belong together, has a row that says why
/// and no scores.
///
/// # Arguments
///
/// * `done` - is called after each model, from several threads
///
/// # Errors
///
/// [`SweepError::Open`] where the folder itself cannot be read.
///
/// # Complexity
///
/// O(files), which are some 20 kB a model; no network is read.
pub fn collect(folder: &SweepFolder, plan: &Plan, done: &(dyn Fn() + Sync)) -> Result<Collected, SweepError> {
    let row = |model: &PlannedModel| {
        let row = row(folder, plan, model);
        done();
        row
    };
    let rows: Vec<ResultRow> = plan.models.par_iter().map(row).collect();
    let warnings = warnings(&rows);
    Ok(Collected { rows, warnings })
}

fn row(folder: &SweepFolder, plan: &Plan, model: &PlannedModel) -> ResultRow {
    let mut row = planned(plan, model);
    let place = folder.model(&model.id);
    row.status = place.status();
    match row.status {
        Status::Finished => match Outcome::read(&place, plan, model) {
            Ok(outcome) => outcome.fill(&mut row),
            Err(problem) => {
                row.status = Status::Broken;
                row.problem =
                    Some(format!("{problem}: remove {} and run the sweep again", place.path().display()));
            }
        },
        Status::Failed => {
            let said = place.failure().map(|failure| failure.error);
            row.problem = said.or_else(|| Some("its failure.json cannot be read".to_owned()));
        }
        Status::Partial => row.problem = Some("its training is not finished".to_owned()),
        Status::Missing | Status::Broken => row.problem = Some("it was not begun".to_owned()),
    }
    row
}

/// What a study says of a model.
fn planned(plan: &Plan, model: &PlannedModel) -> ResultRow {
    let settings = &model.settings;
    ResultRow {
        study: plan.study.name.clone(),
        id: model.id.to_string(),
        status: Status::Missing,
        problem: None,
        kind: model.kind,
        configuration: model.configuration.to_string(),
        matched: model.matched.to_string(),
        original: model.original.as_ref().map(ModelId::to_string),
        dataset: plan.study.dataset.name.clone(),
        split_seed: settings.split_seed,
        train_fraction: settings.train_fraction,
        train_images: None,
        recurrent_blocks: model.matched_recurrent_blocks(),
        iterations: settings.iterations,
        readout: (model.kind != Kind::FeedForward).then_some(settings.readout),
        channels: settings.channels,
        activation: settings.activation,
        first_block: settings.first_block,
        loss: settings.loss,
        seed: settings.seed,
        multi_path: settings.multi_path,
        lengths_removed: settings.lengths_removed.clone(),
        parameters: None,
        neurons: None,
        neurons_without_ceiling: None,
        cc_raw: None,
        cc_raw_median: None,
        cc_raw_std: None,
        cc_raw2: None,
        cc_max: None,
        cc_norm2: None,
        cc_norm2_median: None,
        cc_norm2_std: None,
        average_path_length: None,
        length_std: None,
        diversity_nats: None,
        effective_paths: None,
        distribution: BTreeMap::new(),
        steps: None,
        best_validation_loss: None,
        seconds: None,
        device: None,
        version: None,
        model_sha256: None,
        dataset_sha256: None,
    }
}

/// What the files of a finished model say.
struct Outcome {
    record: Record,
    scores: Scores,
    measures: analysis_file::Measures,
}

impl Outcome {
    /// # Errors
    ///
    /// What is wrong with the files.
    fn read(place: &ModelFolder, plan: &Plan, model: &PlannedModel) -> Result<Self, String> {
        let settings = read_settings(&place.file(SETTINGS)).map_err(|error| error.to_string())?;
        let id = ModelId::of(&plan.study.dataset.name, &settings);
        if id != model.id {
            return Err(format!("{} is of the model {id}", place.file(SETTINGS).display()));
        }
        let record = read_record(&place.file(RECORD)).map_err(|error| error.to_string())?;
        if !record.finished {
            return Err(format!("{} says that its training is not finished", place.file(RECORD).display()));
        }
        if record.dataset != plan.study.dataset.name {
            return Err(format!(
                "it was trained on '{}', expected '{}'",
                record.dataset, plan.study.dataset.name
            ));
        }
        let evaluation = Evaluation::read(&place.file(EVALUATION)).map_err(|error| error.to_string())?;
        let measures =
            analysis_file::read(&place.analysis(), settings.readout).map_err(|error| error.to_string())?;
        if evaluation.model.sha256 != measures.model_sha256 {
            return Err(format!("{EVALUATION} and analysis.json are of different networks"));
        }
        Ok(Self { record, scores: evaluation.scores, measures })
    }

    fn fill(self, row: &mut ResultRow) {
        let Self { record, scores, measures } = self;
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
        row.average_path_length = measures.average_path_length;
        row.length_std = measures.length_std;
        row.diversity_nats = measures.diversity_nats;
        row.effective_paths = measures.effective_paths;
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

/// Median and standard deviation, the latter with n - 1.
fn spread(values: impl Iterator<Item = f64>) -> (Option<f64>, Option<f64>) {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let n = values.len();
    if n == 0 {
        return (None, None);
    }
    let median = f64::midpoint(values[(n - 1) / 2], values[n / 2]);
    let mean = values.iter().sum::<f64>() / n as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (Some(median), (n > 1).then(|| (squares / (n - 1) as f64).sqrt()))
}

/// One hash of all files of a data set.
fn joint_hash(files: &BTreeMap<String, String>) -> String {
    let mut hash = Sha256::new();
    for (name, sha256) in files {
        hash.update(format!("{sha256}  {name}\n"));
    }
    hexadecimal(&hash.finalize())
}

fn warnings(rows: &[ResultRow]) -> Vec<String> {
    let mut warnings = Vec::new();
    let differ = |of: fn(&ResultRow) -> Option<&String>| {
        let mut values: Vec<&String> = rows.iter().filter_map(of).collect();
        values.sort();
        values.dedup();
        values.len() > 1
    };
    if differ(|row| row.dataset_sha256.as_ref()) {
        warnings.push(
            "not all models were trained on the same files of the data set: see the column dataset_sha256"
                .to_owned(),
        );
    }
    if differ(|row| row.version.as_ref()) {
        warnings.push(
            "not all models were trained by the same version of pathscope: see the column version".to_owned(),
        );
    }
    warnings
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
