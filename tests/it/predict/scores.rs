//! Scores of predictions that another program made, the choice of scores and neurons, and intervals.

use super::support::*;
use crate::alone::Alone;
use crate::cmd::assert_says;
use crate::common::fixture;
use ndarray::{Array2, Axis, s};
use pathscope_core::data::evaluation::Evaluation;
use pathscope_core::data::scores::{Score, ScoreTable};
use pathscope_core::files::arrays::npy_bytes;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A folder with the simulated recording and predictions of `fixtures/scores`.
fn simulated(images: usize) -> Alone {
    let alone = Alone::new();
    fs::create_dir(alone.path("data")).unwrap();
    let array = |name: &str| {
        let all = numbers(&fixture("scores").join(name));
        all.slice_axis(Axis(0), (0..images).into()).to_owned()
    };
    alone.write("data/images.npy", &array("images.npy").mapv(|pixel| pixel as u8));
    alone.write("data/responses.npy", &array("responses.npy").mapv(|count| count as f32));
    alone.write("predictions.npy", &array("predictions.npy").mapv(|rate| rate as f32));
    fs::write(alone.path("data/dataset.toml"), "name = \"simulated\"\n").unwrap();
    alone
}

const EVALUATE: [&str; 5] = ["evaluate", "--predictions", "predictions.npy", "--data", "data"];

fn evaluated(alone: &Alone, more: &[&str]) -> Evaluation {
    let said = alone.run(&[&EVALUATE, more, &["--format", "json"]].concat());
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    Evaluation::from_json(said.stdout.as_bytes(), Path::new("said")).unwrap()
}

fn all_scores(evaluation: &Evaluation) -> &ScoreTable {
    evaluation.all_scores.as_ref().unwrap()
}

#[test]
fn predictions_of_another_program_are_scored() {
    let alone = simulated(400);
    let all = evaluated(&alone, &["--out", "scores"]);
    assert_eq!((all.settings.images, all.model.path.as_str()), (400, "predictions.npy"));
    let reference: Value =
        serde_json::from_slice(&fs::read(fixture("scores/reference.json")).unwrap()).unwrap();
    for (neuron, found) in all_scores(&all).by_neuron.iter().enumerate() {
        let expected = &reference["neurons"][neuron];
        for (score, name) in [
            (Score::CcMax, "cc_max_schoppe"),
            (Score::R2Er, "r2_er"),
            (Score::Feve, "feve_cadena"),
            (Score::SnrCorrected, "snr_er"),
            (Score::CeiledR2, "r2_sb_normed_all_splits"),
        ] {
            let (found, expected) = (found.scores.get(score).unwrap(), expected[name].as_f64().unwrap());
            assert!((found - expected).abs() < 1e-6, "{neuron} {name}: {found} {expected}");
        }
    }
    assert_eq!(Evaluation::read(&alone.path("scores/evaluation.json")).unwrap(), all);
    let csv = fs::read_to_string(alone.path("scores/neurons.csv")).unwrap();
    assert!(csv.lines().next().unwrap().ends_with("split_half,spearman_brown"), "{csv}");

    let said = alone.run(&[&EVALUATE[..], &["--score", "r2-er", "--score", "feve"]].concat());
    assert_says(
        &said.stdout,
        &["simulated, 400 images", "r²_ER", "FEVE", "mean r²_ER 0.339893, median 0.254462", "(20 neurons)"],
    );
    assert!(!said.stdout.contains("CC_norm²"), "{}", said.stdout);
    assert_says(&said.stderr, &["1 neuron is predicted against its responses (3)"]);
    let test = evaluated(&alone, &["--split", "test"]);
    assert_eq!(test.settings.images, 80);
}

#[test]
fn neurons_are_chosen_by_reliability() {
    let alone = simulated(400);
    let chosen = evaluated(&alone, &["--min-fev", "0.15", "--min-snr", "0.3"]);
    let choice = chosen.choice.as_ref().unwrap();
    assert_eq!((choice.of, chosen.scores.neurons), (20, 20 - choice.left_out.len()));
    assert_eq!(choice.left_out, [0, 3, 4, 8, 14]);
    let all = evaluated(&alone, &[]);
    let kept = |evaluation: &Evaluation, neuron| {
        all_scores(evaluation).by_neuron.iter().find(|row| row.neuron == neuron).cloned()
    };
    assert_eq!(kept(&chosen, 9), kept(&all, 9));
    assert_eq!((kept(&chosen, 8), all.choice), (None, None));
    let said = alone.run(&[&EVALUATE[..], &["--min-fev", "0.15"]].concat());
    assert_says(
        &said.stderr,
        &["4 of 20 neurons are left out, without an FEV of at least 0.15: 3, 4, 8, 14"],
    );
    alone.assert_refused(&[&EVALUATE[..], &["--min-fev", "2"]].concat(), &["no neuron is left", "--min-fev"]);
}

#[test]
fn intervals_come_from_images_and_neurons() {
    let alone = simulated(60);
    let with = |more: &[&str]| evaluated(&alone, &[&["--resamples", "40"], more].concat());
    let evaluation = with(&[]);
    assert_eq!(evaluation, with(&[]), "the same seed gives the same intervals");
    assert_ne!(evaluation, with(&["--seed", "1"]));
    let table = all_scores(&evaluation);
    for (score, average) in table.averages.iter().filter(|(score, _)| **score != Score::CcMax) {
        let interval = average.interval.unwrap();
        assert!(interval.low < interval.high, "{score}: {interval:?}");
    }
    let r2_er = table.by_neuron[11].r2_er_interval.unwrap();
    assert!(r2_er.low > 0.99 && r2_er.high <= 1.0, "{r2_er:?}");
    let text = alone.run(&[&EVALUATE[..], &["--resamples", "40"]].concat()).stdout;
    assert_says(&text, &["mean r²_ER 0.", " [0.", "95 % of 40 resamples of images and neurons"]);
    let csv = alone.run(&[&EVALUATE[..], &["--resamples", "40", "--format", "csv"]].concat()).stdout;
    assert!(csv.lines().next().unwrap().ends_with(",r2_er_low,r2_er_high"), "{csv}");
}

#[test]
fn predictions_in_other_units_are_noticed() {
    let alone = simulated(60);
    let thousandth = numbers(&alone.path("predictions.npy")).mapv(|rate| rate as f32 / 1000.0);
    alone.write("predictions.npy", &thousandth);
    let said = alone.run(&[&EVALUATE[..], &["--score", "feve"]].concat());
    assert_says(&said.stderr, &["of the median neuron are 0.001", "FEVE needs both in the same units"]);
    let other = alone.run(&[&EVALUATE[..], &["--score", "r2-er"]].concat());
    assert!(!other.stderr.contains("units"), "{}", other.stderr);
    assert_says(&other.stderr, &["all images are scored", "--split test"]);
    let test = alone.run(&[&EVALUATE[..], &["--split", "test"]].concat());
    assert!(!test.stderr.contains("all images"), "{}", test.stderr);
    // Documents hold FEVE, whatever is printed.
    let document = alone.run(&[&EVALUATE[..], &["--score", "r2-er", "--format", "json"]].concat());
    assert_says(&document.stderr, &["FEVE needs both in the same units"]);
}

#[test]
fn scores_that_are_not_defined_have_a_reason() {
    let alone = simulated(60);
    let responses = numbers(&alone.path("data/responses.npy"));
    let first = responses.slice(s![.., ..1, ..]).mapv(|count| count as f32);
    alone.write("data/responses.npy", &first.into_dyn());
    let said =
        alone.run(&[&EVALUATE[..], &["--score", "feve", "--score", "single-trial-correlation"]].concat());
    assert_says(&said.stdout, &["no neuron has FEVE", "mean single-trial correlation 0."]);
    assert_says(&said.stderr, &["20 of 20 neurons have no FEVE: each image has a single trial"]);
}

#[test]
fn predictions_that_do_not_fit_are_refused() {
    let alone = simulated(60);
    let write = |array: &Array2<f32>| fs::write(alone.path("predictions.npy"), npy_bytes(array)).unwrap();
    let given = numbers(&alone.path("predictions.npy")).mapv(|value| value as f32);
    let given = given.into_dimensionality().unwrap();
    let cases: [(Array2<f32>, &[&str]); 3] = [
        (
            given.slice(s![..59, ..]).to_owned(),
            &["predictions.npy: has predictions of 59 images", "60 images"],
        ),
        (given.slice(s![.., ..3]).to_owned(), &["3 neurons", "and 20 neurons"]),
        (given.t().to_owned(), &["has predictions of 20 images and 60 neurons", "transpose the array"]),
    ];
    for (array, words) in cases {
        write(&array);
        alone.assert_refused(&EVALUATE, words);
    }
    let mut nan = given;
    nan[[7, 2]] = f32::NAN;
    write(&nan);
    alone.assert_refused(&EVALUATE, &["the prediction of neuron 2 for image 7 is NaN"]);
    let usage = |arguments: &[&str], words: &[&str]| {
        let said = alone.run(arguments);
        assert_eq!(said.code, Some(2), "{}", said.stderr);
        assert_says(&said.stderr, words);
    };
    usage(&["evaluate", "--data", "data"], &["RUN|FILE"]);
    usage(&[&["evaluate", "best.pth"], &EVALUATE[1..]].concat(), &["cannot be used with"]);
    usage(&EVALUATE[..3], &["--data"]);
    usage(&[&EVALUATE[..], &["--score", "r2"]].concat(), &["r2-er", "feve"]);
}
