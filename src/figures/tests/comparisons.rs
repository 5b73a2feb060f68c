//! Tests of figures of several models.

use super::super::*;
use super::labels;
use pathscope_core::analysis::AnalysisOptions;
use pathscope_core::analysis::comparison::ComparedModel;
use pathscope_core::circuit::Readout;
use std::path::Path;

/// Returns a number between 0 and 1 that looks random.
fn scattered(index: usize) -> f64 {
    ((index * 7919 + 13) % 1009) as f64 / 1009.0
}

fn point(x: f64, y: f64, readout: Option<Readout>) -> ScatterPoint {
    ScatterPoint { x, y, readout }
}

fn scatter(points: Vec<ScatterPoint>) -> PairScatter {
    let text = str::to_owned;
    PairScatter { quantity: text("CC_norm²"), x: text("recurrent"), y: text("multi-path"), points }
}

fn scatter_svg(points: Vec<ScatterPoint>) -> String {
    pair_scatter(&scatter(points), Sheet::default()).unwrap()
}

fn scatter_on(sheet: Sheet, points: Vec<ScatterPoint>) -> String {
    pair_scatter(&scatter(points), sheet).unwrap()
}

fn many_pairs() -> Vec<ScatterPoint> {
    let pair = |index: usize| {
        let x = 1.0 + 4.0 * scattered(index);
        point(x, x + scattered(index * index + 5) - 0.5, Some(Readout::ALL[index % 4]))
    };
    (0..200).map(pair).collect()
}

fn compared(name: &str) -> Vec<ComparedModel> {
    let nets = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/nets");
    let file = nets.join(name).with_extension("safetensors");
    ComparedModel::open(name, &file, &AnalysisOptions::default()).unwrap().models
}

/// Returns twelve models of all kinds, one with a name that is too long.
fn twelve() -> Vec<ComparedModel> {
    let names = [
        "fig5",
        "readouts",
        "two-blocks",
        "ablated",
        "multi-path",
        "feed-forward",
        "held-block",
        "skip",
        "top-down",
    ];
    let mut models: Vec<ComparedModel> = names.into_iter().flat_map(compared).collect();
    models[5].name = "a-study/of-many-settings/and-a-name-that-is-far-too-long/model.safetensors".to_owned();
    assert_eq!(models.len(), 12);
    models
}

fn without(lengths: impl IntoIterator<Item = usize>, scores: Vec<f64>) -> AblationPoint {
    AblationPoint { lengths_removed: lengths.into_iter().collect(), scores }
}

/// Returns ablations with four models per point, in which the shorter paths matter more.
fn ablations(longest: usize, several: &[usize]) -> Vec<AblationPoint> {
    let scores = |count: usize, first: usize| {
        let base = 0.52 - 0.05 * count as f64 / first as f64;
        (0..4).map(|model| base + 0.03 * scattered(model + 10 * first + count)).collect()
    };
    let series = |&count: &usize| {
        (1..=longest + 1 - count).map(move |first| without(first..first + count, scores(count, first)))
    };
    several.iter().flat_map(series).collect()
}

fn full_study() -> AblationScores {
    AblationScores {
        title: "2-avg, T = 7".to_owned(),
        score_name: "CC_norm²".to_owned(),
        readout: Some(Readout::TwoAvg),
        full: vec![0.53, 0.55],
        original: vec![0.56],
        ablations: ablations(7, &[1, 2, 3]),
    }
}

/// Returns single removals of which one is missing, and removals that form no series.
fn odd_removals() -> AblationScores {
    let mut study = AblationScores { ablations: ablations(7, &[1]), ..full_study() };
    study.ablations[2].scores.clear();
    study.ablations.push(without([1, 3, 5], vec![0.4]));
    study.ablations.push(without((1..30).filter(|length| length % 3 > 0), vec![0.42, 0.47]));
    study
}

/// Draws every kind of figure with the most and the least that it can contain.
pub(super) fn gallery(sheet: Sheet) -> Vec<(&'static str, String)> {
    let models = twelve();
    let digits = [(0.5000001, 0.5000002), (0.5000003, 0.5000004), (0.5000002, 0.5000001)];
    let long_name = "a name of a group of models that is far too long for the axis of any figure".to_owned();
    let study = |ablations| ablation_scores(&AblationScores { ablations, ..full_study() }, sheet).unwrap();
    vec![
        ("pair-scatter", scatter_on(sheet, many_pairs())),
        ("pair-scatter-1", scatter_on(sheet, vec![point(0.3, 0.4, None)])),
        ("pair-scatter-equal", scatter_on(sheet, vec![point(2.0, 2.0, Some(Readout::NoAvg)); 7])),
        ("pair-scatter-digits", scatter_on(sheet, digits.map(|(x, y)| point(x, y, None)).to_vec())),
        (
            "pair-scatter-long-names",
            pair_scatter(
                &PairScatter {
                    quantity: long_name.clone(),
                    x: long_name.clone(),
                    y: long_name.clone(),
                    ..scatter(many_pairs())
                },
                sheet,
            )
            .unwrap(),
        ),
        ("distributions-1", distributions(&models[..1], sheet).unwrap()),
        ("distributions-2", distributions(&models[1..3], sheet).unwrap()),
        ("distributions-12", distributions(&models, sheet).unwrap()),
        ("ablation-scores", ablation_scores(&full_study(), sheet).unwrap()),
        ("ablation-scores-odd", ablation_scores(&odd_removals(), sheet).unwrap()),
        ("ablation-scores-1", study(vec![without([1, 2, 3], vec![0.5])])),
        ("ablation-scores-64", study(ablations(64, &[1, 3]))),
        ("ablation-scores-none", study(Vec::new())),
        (
            "ablation-scores-long-names",
            ablation_scores(
                &AblationScores { title: long_name.repeat(3), score_name: long_name, ..full_study() },
                sheet,
            )
            .unwrap(),
        ),
    ]
}

fn texts(svg: &str) -> Vec<String> {
    labels(svg).into_iter().map(|label| label.text).collect()
}

#[track_caller]
fn assert_says(svg: &str, expected: &[&str]) {
    let texts = texts(svg);
    for expected in expected {
        assert!(texts.iter().any(|text| text == expected), "{expected} is not in {texts:?}");
    }
}

#[test]
fn scatters_say_why_they_have_no_r() {
    let at = |numbers: &[(f64, f64)]| scatter_svg(numbers.iter().map(|&(x, y)| point(x, y, None)).collect());
    assert_says(&at(&[(1.0, 2.0), (2.0, 4.0), (3.0, 3.0)]), &["CC_norm², n = 3, r = 0.500"]);
    assert_says(&at(&[(1.0, 2.0), (2.0, 4.0)]), &["CC_norm², n = 2", "too few pairs for Pearson's r"]);
    let equal = at(&[(1.0, 2.0), (2.0, 2.0), (3.0, 2.0)]);
    assert_says(&equal, &["CC_norm², n = 3", "no Pearson's r of equal numbers"]);
    assert_says(&at(&[]), &["CC_norm², n = 0", "no pair to show"]);
    assert_says(&at(&[(f64::NAN, 1.0), (1.0, f64::INFINITY), (1.0, 1.0)]), &["CC_norm², n = 1"]);
}

#[test]
fn readout_modes_have_a_legend() {
    let of = |modes: &[Option<Readout>]| {
        let points = modes.iter().enumerate().map(|(index, &mode)| point(index as f64, 1.0, mode));
        texts(&scatter_svg(points.collect()))
    };
    let shown = |texts: &[String], name: &str| texts.iter().any(|text| text == name);
    let one = of(&[Some(Readout::TwoAvg); 3]);
    assert!(shown(&one, "2-avg"), "{one:?}");
    let unknown = of(&[None; 3]);
    assert!(!shown(&unknown, "other"), "{unknown:?}");
    let three = of(&[Some(Readout::TwoAvg), Some(Readout::NoAvg), None]);
    for name in ["2-avg", "no-avg", "other"] {
        assert!(shown(&three, name), "{three:?}");
    }
    assert!(!shown(&three, "late-avg"), "{three:?}");
}

#[test]
fn panels_name_their_models() {
    let svg = distributions(&twelve(), Sheet::default()).unwrap();
    let expected = [
        "fig5",
        "no-avg, T = 3",
        "average 1.75",
        "average 2.40",
        "multi-path, without 1",
        "2-avg, T = 2",
        "average path length",
    ];
    assert_says(&svg, &expected);
    let mut zero = compared("fig5");
    zero[0].summary.average_path_length = None;
    zero[0].lengths.iter_mut().for_each(|share| share.probability = None);
    let svg = distributions(&zero, Sheet::default()).unwrap();
    assert_says(&svg, &["no-avg, T = 3", "no average", "all strengths are 0"]);
    assert_says(&distributions(&[], Sheet::default()).unwrap(), &["no model to show"]);
    let error = distributions(&vec![zero[0].clone(); 61], Sheet::default()).unwrap_err();
    assert!(error.to_string().ends_with("compare fewer models at once"), "{error}");
}

#[test]
fn ablations_are_in_the_panel_of_their_series() {
    let svg = ablation_scores(&odd_removals(), Sheet::default()).unwrap();
    let expected = [
        "1 length removed, n = 0 to 4",
        "other removals, n = 1 to 2",
        "1, 3, 5",
        "full multi-path model, mean of 2",
        "original recurrent model",
    ];
    assert_says(&svg, &expected);
    assert!(!texts(&svg).iter().any(|text| text.starts_with("2 lengths")), "{svg}");
}

#[test]
fn golden_figures_of_several_models() {
    insta::assert_snapshot!("pair_scatter", scatter_svg(many_pairs()[..12].to_vec()));
    insta::assert_snapshot!("distributions", distributions(&twelve()[2..7], Sheet::default()).unwrap());
    insta::assert_snapshot!("ablation_scores", ablation_scores(&full_study(), Sheet::default()).unwrap());
}

#[test]
fn programs_stand_beside_checkpoints() {
    let program =
        ComparedModel::of_analysis("program", &pathscope_core::analysis::testing::program()).remove(0);
    let mut models = compared("fig5");
    models.push(program);
    let comparison = pathscope_core::analysis::comparison::Comparison::new(models);
    let drawn = distributions(&comparison.models, Sheet::default()).unwrap();
    assert!(labels(&drawn).iter().any(|label| label.text == "program"), "{drawn}");
}
