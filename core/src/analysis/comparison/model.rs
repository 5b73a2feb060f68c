//! One of the models in a comparison.

use crate::analysis::report::{Conventions, EnsembleSummary, Input};
use crate::analysis::{Analysis, AnalysisError, AnalysisOptions, ProgramSubject};
use crate::circuit::{Activation, Circuit, Readout};
use crate::data::TrialUse;
use crate::data::evaluation::{EVALUATION, EvaluatedData, EvaluatedPart, Evaluation, EvaluationSettings};
use crate::data::scores::{NeuronChoice, Score, ScoreAverage};
use crate::model::ablation::Ablation;
use crate::model::layout::own::MODEL_FILE;
use crate::paths::PathCount;
use crate::paths::ensemble::Ensemble;
use crate::program::Counted;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Returns whether a folder is that of a training run, which holds one model.
pub fn is_run(folder: &Path) -> bool {
    folder.join(MODEL_FILE).is_file()
}

/// A model with its ensemble of paths and its prediction score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparedModel {
    /// The name of the model in tables and figures.
    pub name: String,
    /// The checkpoint or program file.
    pub path: String,
    /// The SHA-256 of the file.
    pub sha256: String,
    /// The files that were read beside it.
    pub inputs: Vec<Input>,
    /// A summary of the circuit; null for a program.
    pub circuit: Option<ComparedCircuit>,
    /// Where the paths of a program begin and end; left out for a checkpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<ComparedProgram>,
    /// The conventions that the numbers of the ensemble depend on.
    pub conventions: Conventions,
    /// The readout mode of this ensemble; null where paths end at an output of a program.
    pub readout: Option<Readout>,
    /// The number of trainable parameters.
    pub parameters: usize,
    /// The number of paths.
    pub paths: PathCount,
    /// Average path length and diversity.
    #[serde(flatten)]
    pub summary: EnsembleSummary,
    /// The path length distribution, by ascending length.
    pub lengths: Vec<ComparedLength>,
    /// Mean CC_norm² over the neurons that have a ceiling; null where it was not measured.
    pub cc_norm2: Option<f64>,
    /// The median of CC_norm², which a single neuron with a low ceiling cannot dominate.
    pub cc_norm2_median: Option<f64>,
    /// The averages of all scores; left out where they were not computed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub scores: BTreeMap<Score, ScoreAverage>,
    /// What the scores were measured on; null where they were not measured.
    pub measured: Option<Measured>,
}

/// A summary of a circuit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComparedCircuit {
    /// The number of recurrent blocks.
    pub recurrent_blocks: usize,
    /// The number of iterations T.
    pub iterations: usize,
    /// The activation; null where the checkpoint states none.
    pub activation: Option<Activation>,
    /// Whether the model is a multi-path model.
    pub multi_path: bool,
    /// The path lengths that were removed.
    pub lengths_removed: BTreeSet<usize>,
}

impl ComparedCircuit {
    fn of(circuit: &Circuit) -> Self {
        Self {
            recurrent_blocks: circuit.blocks.len(),
            iterations: circuit.iterations,
            activation: circuit.activation,
            multi_path: circuit.multi_path.is_some(),
            lengths_removed: circuit.lengths_removed(),
        }
    }
}

/// The places where the paths of a program begin and end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComparedProgram {
    /// The name of an input, or the path of a module.
    pub from: String,
    /// `output`, with its number where there are several, or the path of a module.
    pub to: String,
    /// What counts towards the length of a path.
    pub count: Counted,
}

impl ComparedProgram {
    fn of(program: &ProgramSubject) -> Self {
        Self { from: program.from.clone(), to: program.to.clone(), count: program.count }
    }
}

/// The paths of one length.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparedLength {
    /// The number of convolutions.
    pub length: usize,
    /// The number of paths of that length.
    pub paths: PathCount,
    /// The sum of their normalized strengths; null where all strengths are 0.
    pub probability: Option<f64>,
}

/// The data and settings that CC_norm² was measured with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// The number of neurons, with or without a ceiling.
    pub neurons: usize,
    /// The number of neurons without a ceiling, which the mean leaves out.
    pub without_ceiling: usize,
    /// The mean of CC_raw² over all neurons, for comparisons where neurons have no ceiling.
    pub cc_raw2: f64,
    /// The neurons that were left out as unreliable; left out if none were to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice: Option<NeuronChoice>,
    /// The trials and images that scores and ceilings are of; null for evaluations by older versions.
    pub trials: Option<TrialUse>,
    /// The data set.
    pub dataset: EvaluatedData,
    /// How the model was read out, and on which images.
    pub settings: EvaluationSettings,
}

impl Measured {
    /// Returns the number of trials per image that were used, if not all of them were.
    pub fn first_trials(&self) -> Option<usize> {
        self.trials?.first
    }

    /// Returns the properties that determine the predicted images: split, seed, number, crop and
    /// downsampling.
    pub(super) fn images(&self) -> (EvaluatedPart, u64, usize, usize, usize) {
        let EvaluationSettings { split, split_seed, images, crop, downsample, .. } = self.settings;
        (split, split_seed, images, crop, downsample)
    }
}

/// A model that was opened for comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedModel {
    /// One model for its readout mode, or one for each mode where the checkpoint names none.
    pub models: Vec<ComparedModel>,
    /// Why the `evaluation.json` beside it is not used, with the remedy.
    pub warning: Option<String>,
}

impl OpenedModel {
    /// Returns a model that was analyzed, with the `evaluation.json` in the same folder.
    ///
    /// # Arguments
    ///
    /// * `name` - the name of the model in tables and figures
    pub fn of(name: &str, analysis: &Analysis) -> Self {
        let mut models = ComparedModel::of_analysis(name, analysis);
        let warning = match beside(&analysis.path, &models) {
            Ok(None) => None,
            Ok(Some(evaluation)) => {
                models.iter_mut().for_each(|model| model.set_evaluation(&evaluation));
                None
            }
            Err(warning) => Some(warning),
        };
        Self { models, warning }
    }
}

impl ComparedModel {
    /// Opens a checkpoint or the folder of a training run, with the `evaluation.json` in the same folder.
    ///
    /// An evaluation is used if it is of this exact file, read out at its last iteration. Evaluations do not
    /// state the readout mode: if the checkpoint names none, give the mode that the evaluation used.
    ///
    /// # Arguments
    ///
    /// * `name` - the name of the model in tables and figures
    /// * `place` - the checkpoint, or the folder that holds [`MODEL_FILE`](crate::model::layout::own::MODEL_FILE)
    ///
    /// # Errors
    ///
    /// The same as [`Analysis::of_file`]. An evaluation that cannot be used is a warning, not an error.
    ///
    /// # Complexity
    ///
    /// The same as [`Analysis::of_file`].
    pub fn open(name: &str, place: &Path, options: &AnalysisOptions) -> Result<OpenedModel, AnalysisError> {
        let file = if place.is_dir() { place.join(MODEL_FILE) } else { place.to_owned() };
        Ok(OpenedModel::of(name, &Analysis::of_file(&file, options)?))
    }

    /// Returns the ensembles of an analysis without CC_norm²: one for each readout mode, or the one of a
    /// program.
    ///
    /// # Arguments
    ///
    /// * `name` - the name of the model in tables and figures
    pub fn of_analysis(name: &str, analysis: &Analysis) -> Vec<Self> {
        let of = |ensemble: &Ensemble| Self {
            name: name.to_owned(),
            path: analysis.path.display().to_string(),
            sha256: analysis.sha256.clone(),
            inputs: Input::all(analysis),
            circuit: analysis.checkpoint().map(|checkpoint| ComparedCircuit::of(&checkpoint.model.circuit)),
            program: analysis.program().map(ComparedProgram::of),
            conventions: Conventions::of(analysis),
            readout: ensemble.readout,
            parameters: analysis.parameters,
            paths: ensemble.paths.clone(),
            summary: ensemble.into(),
            lengths: ensemble
                .lengths
                .iter()
                .map(|share| ComparedLength {
                    length: share.length,
                    paths: share.paths.clone(),
                    probability: share.probability,
                })
                .collect(),
            cc_norm2: None,
            cc_norm2_median: None,
            scores: BTreeMap::new(),
            measured: None,
        };
        analysis.ensembles.iter().map(of).collect()
    }

    /// Returns the mean of a score over neurons; `None` if it was not measured.
    pub fn score(&self, score: Score) -> Option<f64> {
        match score {
            Score::CcNorm2 => self.cc_norm2,
            Score::CcRaw2 => Some(self.measured.as_ref()?.cc_raw2),
            other => self.scores.get(&other).map(|average| average.mean),
        }
    }

    /// Takes the scores from an evaluation of this model.
    pub fn set_evaluation(&mut self, evaluation: &Evaluation) {
        self.cc_norm2 = evaluation.scores.mean_cc_norm2;
        self.cc_norm2_median = evaluation.scores.median_cc_norm2;
        self.scores = evaluation.all_scores.as_ref().map(|all| all.averages.clone()).unwrap_or_default();
        self.measured = Some(Measured {
            neurons: evaluation.scores.neurons,
            without_ceiling: evaluation.scores.without_ceiling,
            cc_raw2: evaluation.scores.mean_cc_raw2,
            choice: evaluation.choice.clone(),
            trials: evaluation.trials,
            dataset: evaluation.dataset.clone(),
            settings: evaluation.settings.clone(),
        });
    }

    /// Returns whether the scores are those of all neurons for the test images of a data set.
    ///
    /// # Arguments
    ///
    /// * `data` - the SHA-256 of each file of the data set
    /// * `trials` - the number of trials of each image, if only the first ones were used
    pub fn is_measured_on(&self, data: &BTreeMap<String, String>, trials: Option<usize>) -> bool {
        self.measured.as_ref().is_some_and(|measured| {
            measured.dataset.sha256 == *data
                && measured.settings.split == EvaluatedPart::Test
                && measured.choice.is_none()
                // Evaluations by older versions may have a ceiling of other trials than their score.
                && measured.trials.is_some()
                && (trials.is_none() || measured.first_trials() == trials)
        })
    }

    /// Removes the scores and the description of what they were measured on.
    pub fn clear_evaluation(&mut self) {
        self.scores.clear();
        self.cc_norm2 = None;
        self.cc_norm2_median = None;
        self.measured = None;
    }

    /// Returns the kind of model: `program`, `feed-forward`, `recurrent`, `multi-path`, or `without 1-3` for
    /// a multi-path model whose paths of these lengths were removed.
    pub fn kind(&self) -> String {
        let Some(circuit) = &self.circuit else { return "program".to_owned() };
        if !circuit.lengths_removed.is_empty() {
            format!("without {}", Ablation::new(circuit.lengths_removed.clone()))
        } else if circuit.multi_path {
            "multi-path".to_owned()
        } else if circuit.iterations == 1 {
            "feed-forward".to_owned()
        } else {
            "recurrent".to_owned()
        }
    }

    /// Returns the readout mode and the number of iterations, or where the paths of a program begin and end.
    pub fn setting(&self) -> String {
        let readout = self.readout.map(|readout| readout.to_string());
        let iterations = self.circuit.as_ref().map(|circuit| format!("T = {}", circuit.iterations));
        let ends = self.program.as_ref().map(|program| format!("{} to {}", program.from, program.to));
        [readout, iterations, ends].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// Returns the evaluation beside a checkpoint, or why it cannot be used.
fn beside(file: &Path, models: &[ComparedModel]) -> Result<Option<Evaluation>, String> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let path = folder.join(EVALUATION);
    let Some(model) = models.first().filter(|_| path.is_file()) else { return Ok(None) };
    let evaluation = Evaluation::read(&path)
        .map_err(|error| format!("{error}; until then {} has no CC_norm²", model.name))?;
    let in_run = file.file_name().is_some_and(|name| name == MODEL_FILE);
    if evaluation.model.sha256 != model.sha256 {
        // With several checkpoints in a folder, the evaluation may belong to another one. That is not an
        // error.
        return if in_run {
            Err(stale(&path, folder, "is of another model than the one beside it"))
        } else {
            Ok(None)
        };
    }
    let Some(circuit) = &model.circuit else { return Ok(None) };
    let (read_at, iterations) = (evaluation.settings.iterations, circuit.iterations);
    if let Some(read_at) = read_at.filter(|&read_at| read_at != iterations) {
        let reason = format!("was read out at iteration {read_at}, but the network has {iterations}");
        return Err(stale(&path, folder, &reason));
    }
    if models.len() > 1 {
        return Err(format!(
            "{}: states no readout mode, and neither does the checkpoint: give it with --readout",
            path.display()
        ));
    }
    Ok(Some(evaluation))
}

fn stale(path: &Path, folder: &Path, reason: &str) -> String {
    let run: PathBuf = if folder.as_os_str().is_empty() { ".".into() } else { folder.to_owned() };
    let run = run.display();
    format!(
        "{}: {reason}, so its CC_norm² is not used: `pathscope evaluate {run} --data DIR --out {run}` writes it anew",
        path.display()
    )
}
