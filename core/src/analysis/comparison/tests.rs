use super::*;
use crate::analysis::AnalysisOptions;
use crate::circuit::Readout;
use crate::data::evaluation::{
    EVALUATION, EvaluatedData, EvaluatedModel, EvaluatedPart, Evaluation, EvaluationSettings, NeuronScore,
    Scores,
};
use crate::data::scores::{NeuronChoice, Reliability};
use crate::data::{FormulaUse, TrialUse};
use crate::model::layout::Given;
use crate::model::layout::own::MODEL_FILE;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn net(name: &str) -> PathBuf {
    let nets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/nets");
    nets.join(name).with_extension("safetensors")
}

fn open(place: &Path) -> OpenedModel {
    ComparedModel::open("model", place, &AnalysisOptions::default()).unwrap()
}

fn model(name: &str) -> ComparedModel {
    let mut opened = ComparedModel::open(name, &net(name), &AnalysisOptions::default()).unwrap();
    opened.models.remove(0)
}

/// Returns an evaluation of a model with a CC_norm² of 0.25 and as many neurons without a ceiling.
fn evaluation(model: &ComparedModel, without_ceiling: usize) -> Evaluation {
    let score = |neuron: usize| {
        let has_ceiling = neuron >= without_ceiling;
        NeuronScore {
            neuron,
            cc_raw: 0.25,
            cc_max: has_ceiling.then_some(0.5),
            cc_norm2: has_ceiling.then_some(0.25),
        }
    };
    Evaluation {
        schema: crate::data::evaluation::SCHEMA.to_owned(),
        generator: "a test".to_owned(),
        model: EvaluatedModel { path: model.path.clone(), sha256: model.sha256.clone() },
        dataset: EvaluatedData {
            name: "demo".to_owned(),
            sha256: [("images.npy".into(), "00".into())].into(),
        },
        settings: EvaluationSettings {
            iterations: Some(model.circuit.as_ref().unwrap().iterations),
            split: EvaluatedPart::Test,
            split_seed: 0,
            images: 60,
            crop: 0,
            downsample: 1,
        },
        trials: None,
        pixels: None,
        choice: None,
        all_scores: None,
        scores: Scores {
            neurons: 5,
            without_ceiling,
            mean_cc_raw: 0.25,
            mean_cc_raw2: 0.0625,
            mean_cc_max: (without_ceiling < 5).then_some(0.5),
            mean_cc_norm2: (without_ceiling < 5).then_some(0.25),
            median_cc_norm2: (without_ceiling < 5).then_some(0.25),
            by_neuron: (0..5).map(score).collect(),
        },
    }
}

const TRIALS: TrialUse = TrialUse {
    first: None,
    formula: FormulaUse::EqualTrials,
    fewest: 8,
    most: 8,
    ceiling_images: 300,
    scored_images: 60,
    neurons_with_few_images: 0,
    noise_ratio: Some(1.0),
};

/// Returns a run whose network is one of the fixtures, with its evaluation changed by `change`.
fn run(name: &str, change: impl FnOnce(&mut Evaluation)) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut evaluation = evaluation(&model(name), 2);
    change(&mut evaluation);
    fs::copy(net(name), folder.path().join(MODEL_FILE)).unwrap();
    fs::write(folder.path().join(EVALUATION), serde_json::to_string_pretty(&evaluation).unwrap()).unwrap();
    folder
}

#[track_caller]
fn assert_not_used(opened: &OpenedModel, parts: &[&str]) {
    assert!(opened.models.iter().all(|model| model.cc_norm2.is_none() && model.measured.is_none()));
    let warning = opened.warning.as_ref().unwrap();
    for part in parts {
        assert!(warning.contains(part), "{part:?} is not in: {warning}");
    }
}

#[test]
fn the_evaluation_of_a_run_is_its_own() {
    let folder = run("fig5", |_| ());
    // Open it by folder and by file.
    for place in [folder.path().to_owned(), folder.path().join(MODEL_FILE)] {
        let OpenedModel { models, warning } = open(&place);
        assert_eq!(warning, None);
        assert_eq!((models.len(), models[0].cc_norm2), (1, Some(0.25)));
        let measured = models[0].measured.as_ref().unwrap();
        assert_eq!((measured.neurons, measured.without_ceiling), (5, 2));
        assert_eq!(measured.dataset.name, "demo");
    }
}

#[test]
fn evaluations_of_something_else_are_not_used() {
    let other = run("fig5", |evaluation| evaluation.model.sha256 = "00".to_owned());
    let remedy = format!("`pathscope evaluate {0} --data DIR --out {0}`", other.path().display());
    assert_not_used(&open(other.path()), &["evaluation.json: is of another model", &remedy]);
    let earlier = run("fig5", |evaluation| evaluation.settings.iterations = Some(2));
    assert_not_used(
        &open(earlier.path()),
        &["read out at iteration 2, but the network has 3", "pathscope evaluate"],
    );
    let damaged = run("fig5", |_| ());
    fs::write(damaged.path().join(EVALUATION), "{}").unwrap();
    assert_not_used(&open(damaged.path()), &["not an evaluation: missing field `schema`", "no CC_norm²"]);
}

#[test]
fn a_checkpoint_that_names_no_readout_mode_needs_one_for_its_evaluation() {
    let folder = run("readouts", |_| ());
    let opened = open(folder.path());
    assert_eq!(opened.models.len(), 4);
    assert_not_used(&opened, &["states no readout mode", "--readout"]);
    let given = Given { readout: Some(Readout::TwoAvg), ..Given::default() };
    let options = AnalysisOptions { given, ..AnalysisOptions::default() };
    let opened = ComparedModel::open("model", folder.path(), &options).unwrap();
    assert_eq!((opened.models.len(), opened.models[0].cc_norm2), (1, Some(0.25)));
}

#[test]
fn one_evaluation_among_several_checkpoints() {
    let folder = run("fig5", |_| ());
    let (its_own, other) = (folder.path().join("a.safetensors"), folder.path().join("b.safetensors"));
    fs::rename(folder.path().join(MODEL_FILE), &its_own).unwrap();
    fs::copy(net("skip"), &other).unwrap();
    assert_eq!(open(&its_own).models[0].cc_norm2, Some(0.25));
    let OpenedModel { models, warning } = open(&other);
    assert_eq!((models[0].cc_norm2, warning), (None, None));
}

#[test]
fn a_folder_without_a_model_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = ComparedModel::open("model", folder.path(), &AnalysisOptions::default()).unwrap_err();
    assert!(error.to_string().contains("model.safetensors: cannot be read"), "{error}");
}

/// Returns models that are evaluated alike, except for one that is evaluated on something else.
fn evaluated(change: impl FnOnce(&mut Evaluation)) -> Vec<ComparedModel> {
    let mut models: Vec<ComparedModel> = ["fig5", "skip", "top-down"].map(model).into();
    for model in &mut models {
        model.set_evaluation(&evaluation(model, 0));
    }
    let mut other = evaluation(&models[2], 0);
    change(&mut other);
    models[2].set_evaluation(&other);
    models
}

/// Returns the choice of all neurons of the demonstration data.
fn reliable() -> NeuronChoice {
    let reliability = Reliability { min_fev: Some(0.15), min_snr: None };
    NeuronChoice { reliability, of: 5, left_out: Vec::new() }
}

/// Returns a model that is evaluated on chosen neurons.
fn chosen() -> ComparedModel {
    let mut model = model("fig5");
    let evaluation = Evaluation { choice: Some(reliable()), ..evaluation(&model, 0) };
    model.set_evaluation(&evaluation);
    model
}

#[test]
fn scores_of_chosen_neurons_are_not_those_of_a_data_set() {
    let mut all = model("fig5");
    let mut chosen = all.clone();
    let evaluation = Evaluation { trials: Some(TRIALS), ..evaluation(&all, 0) };
    all.set_evaluation(&evaluation);
    chosen.set_evaluation(&Evaluation { choice: Some(reliable()), ..evaluation });
    let data = &all.measured.as_ref().unwrap().dataset.sha256;
    assert!(all.is_measured_on(data, None) && !chosen.is_measured_on(data, None));
}

#[test]
fn scores_of_different_things_are_warned_of() {
    let warnings = |change: fn(&mut Evaluation)| Comparison::new(evaluated(change)).warnings;
    assert_eq!(warnings(|_| ()), [""; 0]);
    let [neurons] = &warnings(|evaluation| evaluation.scores.neurons = 4)[..] else { panic!() };
    assert!(neurons.starts_with("fig5 was evaluated on 5 neurons and top-down on 4: "), "{neurons}");
    let [choice] = &warnings(|evaluation| evaluation.choice = Some(reliable()))[..] else { panic!() };
    assert!(choice.contains("different choices of neurons") && choice.contains("--min-fev"), "{choice}");
    let [chosen] = &Comparison::new(vec![chosen()]).warnings[..] else { panic!() };
    assert!(chosen.contains("averages over chosen neurons: ") && chosen.contains("0.15"), "{chosen}");
    let [data] = &warnings(|evaluation| {
        evaluation.dataset.sha256.clear();
        evaluation.settings.images = 7;
    })[..] else {
        panic!()
    };
    assert!(data.contains("top-down on demo, which are different data sets of that name"), "{data}");
    let [split] = &warnings(|evaluation| evaluation.settings.split = EvaluatedPart::Train)[..] else {
        panic!()
    };
    assert!(split.contains("split test") && split.contains("top-down on 60 images (split train"), "{split}");
}

#[test]
fn pairs_count_where_both_have_the_number() {
    let mut pairs: Vec<(ComparedModel, ComparedModel)> = Vec::new();
    for (index, name) in ["fig5", "two-blocks", "top-down", "held-block"].into_iter().enumerate() {
        let (mut first, mut second) = (model(name), model(name));
        first.summary.average_path_length = Some(index as f64);
        second.summary.average_path_length = Some(index as f64 * 2.0 + 1.0);
        first.cc_norm2 = Some(0.5);
        second.cc_norm2 = (index > 0).then_some(0.5 + index as f64 / 8.0);
        pairs.push((first, second));
    }
    let comparison = Comparison::of_pairs(pairs);
    let statistics = comparison.pairs.clone().unwrap();
    assert_eq!((statistics.pairs, statistics.average_path_length.n), (4, 4));
    // Differences 1, 2, 3 and 4.
    assert_eq!(statistics.average_path_length.mean_difference, Some(2.5));
    assert!((statistics.average_path_length.pearson_r.value().unwrap() - 1.0).abs() < 1e-12);
    assert_eq!((statistics.cc_norm2.n, statistics.cc_norm2.mean_difference), (3, Some(0.25)));
    assert_eq!(statistics.cc_norm2.pearson_r, PearsonR::Constant);
    let text = comparison.text();
    assert!(
        text.contains("average path length: 4 pairs, Pearson's r 1, mean difference (with - model) 2.5\n"),
        "{text}"
    );
    assert!(text.contains("CC_norm²: 3 of 4 pairs, no Pearson's r of equal numbers, mean"), "{text}");
    let json = serde_json::to_value(&comparison).unwrap();
    assert_eq!(json["pairs"]["cc_norm2"]["pearson_r"], 0.0);
    assert_eq!(comparison.paired_models().count(), 4);
}

#[test]
fn models_are_told_apart_by_kind() {
    let kinds = ["fig5", "multi-path", "ablated", "feed-forward"].map(|name| model(name).kind());
    assert_eq!(kinds, ["recurrent", "multi-path", "without 1", "feed-forward"]);
}

#[test]
fn text_says_what_all_scores_were_measured_on() {
    let alike = "  CC_norm²: mean over 5 of 5 neurons, 60 images of demo (split test)\n";
    assert!(Comparison::new(evaluated(|_| ())).text().contains(alike));
    let differing = Comparison::new(evaluated(|evaluation| evaluation.settings.split_seed = 1));
    assert!(!differing.text().contains("mean over"));
    let with = |first| {
        let mut models = evaluated(|_| ());
        for measured in models.iter_mut().filter_map(|model| model.measured.as_mut()) {
            measured.trials = Some(TrialUse { first, ..TRIALS });
        }
        models
    };
    let text = Comparison::new(with(None)).text();
    assert!(text.contains("(split test); CC_max by Eq. 3c, of 8 trials of each image\n"), "{text}");
    let warnings = Comparison::new([with(None), with(Some(4))].concat()).warnings.concat();
    assert!(
        warnings.contains("(CC_max by Eq. 3c, of the first 4 trials of each image; CC_max by"),
        "{warnings}"
    );
    // No measurement line appears where nothing was measured.
    assert!(Comparison::new(Vec::new()).text().starts_with("Models\n"));
}

#[test]
fn a_program_is_told_by_its_ends() {
    let program = ComparedModel::of_analysis("program", &crate::analysis::testing::program()).remove(0);
    assert_eq!((program.kind().as_str(), program.setting().as_str()), ("program", "x to output 1"));
    let comparison = Comparison::new(vec![program, model("fig5")]);
    assert_eq!(comparison.not_measured(), 1);
    let text = comparison.text();
    let row = text.lines().find(|line| line.trim_start().starts_with("program")).unwrap();
    let cells: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(cells[..8], ["program", "program", "-", "-", "-", "9", "2", "1.66667"]);
    let json = serde_json::to_value(&comparison).unwrap();
    assert_eq!(json["models"][0]["circuit"], serde_json::Value::Null);
    assert_eq!(json["models"][0]["program"]["to"], "output 1");
    assert_eq!(json["models"][1].get("program"), None);
}
