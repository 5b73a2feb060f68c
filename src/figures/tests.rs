//! Golden figures, and properties of every figure: nothing is cut off and no two labels overlap.

mod comparisons;
mod contributions;
mod diagrams;
mod measures;
mod programs;
mod sheets;

use super::style::text_width;
use super::*;
use pathscope_core::circuit::{Circuit, Connection, MultiPath, Normalization, Operation, Readout};
use pathscope_core::graph::unroll::{Component, UnrolledCircuit};
use pathscope_core::paths::ensemble::Ensemble;
use pathscope_core::paths::strength::Strengths;
use std::sync::OnceLock;

/// Returns strengths like those of a trained model: below and around 1, different for every component.
fn plausible(unrolled: &UnrolledCircuit) -> Strengths {
    Strengths::new(unrolled.components(), |component| match *component {
        Component::Convolution { connection, .. } => [0.986, 0.742, 0.913, 0.655][connection % 4],
        Component::Identity { .. } => 1.0,
        Component::Normalization { iteration, path_use, .. } => {
            0.59 + 0.083 * ((iteration.unwrap_or(1) * 3 + path_use) % 7) as f64
        }
        Component::ConnectionNormalization { .. } => 0.81,
    })
}

fn connect(from: usize, to: usize, delay: usize) -> Connection {
    Connection::new(from, to, delay, Operation::Convolution)
}

fn with_feedback() -> Circuit {
    let mut circuit = Circuit::of_recurrent_blocks(3, 4);
    circuit.connections.extend([connect(3, 2, 1), connect(2, 4, 0), connect(1, 3, 0)]);
    circuit
}

fn held() -> Circuit {
    let mut circuit = Circuit::of_recurrent_blocks(3, 5);
    circuit.blocks[0].iterations = 2;
    circuit.blocks[1].normalization = Normalization::None;
    circuit.connections.push(connect(3, 3, 2));
    circuit.connections.push(Connection { operation: Operation::Identity, ..connect(2, 4, 0) });
    circuit.connections.push(connect(1, 2, 0));
    circuit.read_from = 3;
    circuit.connections.push(connect(4, 3, 2));
    circuit
}

/// Returns a circuit of two blocks, of which the one that is read out is computed at two of five iterations.
fn held_readout() -> Circuit {
    let mut circuit = Circuit::of_recurrent_blocks(2, 5);
    circuit.blocks[1].iterations = 2;
    circuit
}

fn ablated(normalization: Normalization) -> Circuit {
    let mut circuit = Circuit::of_recurrent_blocks(1, 5);
    circuit.multi_path = Some(MultiPath { lengths_removed: [2, 3].into() });
    circuit.blocks[0].normalization = normalization;
    circuit
}

fn multi_path(recurrent_blocks: usize, iterations: usize) -> Circuit {
    let mut circuit = Circuit::of_recurrent_blocks(recurrent_blocks, iterations);
    circuit.multi_path = Some(MultiPath::default());
    for block in &mut circuit.blocks {
        block.normalization = Normalization::PerPath;
    }
    circuit
}

fn unrolled_svg(circuit: &Circuit, readout: Readout, width: Width, fold: Option<usize>) -> String {
    unrolled_on(Sheet::default(), circuit, readout, width, fold)
}

fn unrolled_on(
    sheet: Sheet,
    circuit: &Circuit,
    readout: Readout,
    width: Width,
    fold: Option<usize>,
) -> String {
    let unrolled = UnrolledCircuit::new(circuit).unwrap();
    let options = UnrolledOptions { width, readout, fold, sheet, ..Default::default() };
    unrolled_circuit(circuit, &unrolled, &plausible(&unrolled), &options).unwrap()
}

fn ensemble_svg(circuit: &Circuit, readout: Readout, paths: usize) -> String {
    ensemble_on(Sheet::default(), circuit, readout, paths)
}

fn ensemble_on(sheet: Sheet, circuit: &Circuit, readout: Readout, paths: usize) -> String {
    let unrolled = UnrolledCircuit::new(circuit).unwrap();
    let strengths = plausible(&unrolled);
    let found = &Ensemble::of_readouts(&unrolled, &strengths, &[readout])[0];
    let model = DrawnModel::of_circuit(circuit, &unrolled, &strengths);
    ensemble(&model, found, &EnsembleOptions { paths, sheet }).unwrap()
}

fn distribution_svg(circuit: &Circuit, readout: Readout) -> String {
    distribution_on(Sheet::default(), circuit, readout)
}

fn distribution_on(sheet: Sheet, circuit: &Circuit, readout: Readout) -> String {
    let unrolled = UnrolledCircuit::new(circuit).unwrap();
    let strengths = plausible(&unrolled);
    let found = &Ensemble::of_readouts(&unrolled, &strengths, &[readout])[0];
    distribution(&DrawnModel::of_circuit(circuit, &unrolled, &strengths), found, sheet).unwrap()
}

/// Draws one figure of every kind of circuit.
fn gallery(sheet: Sheet) -> Vec<(&'static str, String)> {
    use Readout::{EarlyAvg, LateAvg, NoAvg, TwoAvg};
    use Width::{Paths, Strength};
    let recurrent = Circuit::of_recurrent_blocks;
    let mut figures = vec![
        ("one-block-paths", unrolled_on(sheet, &recurrent(1, 3), NoAvg, Paths, None)),
        ("one-block-strength", unrolled_on(sheet, &recurrent(1, 3), NoAvg, Strength, None)),
        ("two-blocks-seven-iterations", unrolled_on(sheet, &recurrent(2, 7), TwoAvg, Paths, None)),
        (
            "two-blocks-seven-iterations-strength",
            unrolled_on(sheet, &recurrent(2, 7), TwoAvg, Strength, None),
        ),
        ("deep-folded", unrolled_on(sheet, &recurrent(8, 64), EarlyAvg, Paths, Some(3))),
        ("feed-forward", unrolled_on(sheet, &recurrent(2, 1), NoAvg, Paths, None)),
        ("feedback", unrolled_on(sheet, &with_feedback(), EarlyAvg, Paths, None)),
        ("feedback-strength-folded", unrolled_on(sheet, &with_feedback(), EarlyAvg, Strength, Some(2))),
        ("held", unrolled_on(sheet, &held(), LateAvg, Paths, None)),
        ("held-folded", unrolled_on(sheet, &held(), LateAvg, Paths, Some(2))),
        ("held-readout", unrolled_on(sheet, &held_readout(), LateAvg, Paths, None)),
        ("held-readout-strength", unrolled_on(sheet, &held_readout(), NoAvg, Strength, Some(1))),
        ("ablated", unrolled_on(sheet, &ablated(Normalization::Shared), LateAvg, Strength, None)),
        ("ablated-separate", unrolled_on(sheet, &ablated(Normalization::PerPath), NoAvg, Paths, None)),
        ("multi-path", unrolled_on(sheet, &multi_path(1, 4), TwoAvg, Paths, None)),
        ("multi-path-strength", unrolled_on(sheet, &multi_path(2, 4), NoAvg, Strength, None)),
        ("multi-path-capped", unrolled_on(sheet, &multi_path(2, 6), TwoAvg, Strength, None)),
        ("rolled", rolled_circuit(&recurrent(2, 3), sheet).unwrap()),
        ("rolled-feedback", rolled_circuit(&with_feedback(), sheet).unwrap()),
        ("rolled-held", rolled_circuit(&held(), sheet).unwrap()),
        ("ensemble-3", ensemble_on(sheet, &recurrent(1, 3), NoAvg, 12)),
        ("ensemble-20", ensemble_on(sheet, &recurrent(2, 7), TwoAvg, 20)),
        ("ensemble-deep", ensemble_on(sheet, &recurrent(8, 64), NoAvg, 6)),
        ("ensemble-ablated", ensemble_on(sheet, &ablated(Normalization::Shared), LateAvg, 4)),
        ("distribution-ablated", distribution_on(sheet, &ablated(Normalization::Shared), LateAvg)),
        ("distribution-1", distribution_on(sheet, &recurrent(1, 1), NoAvg)),
        ("distribution-3", distribution_on(sheet, &recurrent(1, 3), NoAvg)),
        ("distribution-7", distribution_on(sheet, &recurrent(2, 7), TwoAvg)),
        ("distribution-64", distribution_on(sheet, &recurrent(8, 64), EarlyAvg)),
    ];
    figures.extend(comparisons::gallery(sheet));
    figures.extend(contributions::gallery(sheet));
    figures.extend(diagrams::gallery(sheet));
    figures.extend(measures::gallery(sheet));
    figures.extend(programs::gallery(sheet));
    figures.extend(study::tests::gallery(sheet));
    figures
}

/// Returns the names and the SVG of all figures on sheets of all kinds.
fn every_gallery() -> impl Iterator<Item = (&'static str, &'static str)> {
    static GALLERIES: OnceLock<Vec<(String, String)>> = OnceLock::new();
    let all = GALLERIES.get_or_init(|| draw_galleries().collect());
    all.iter().map(|(name, svg)| (name.as_str(), svg.as_str()))
}

fn draw_galleries() -> impl Iterator<Item = (String, String)> {
    [None, Some(89.0), Some(183.0)].into_iter().flat_map(|width| {
        let sheet = width.map_or(Sheet::default(), |width| Sheet::of_width(width).unwrap());
        let on = width.map_or(String::new(), |width| format!(" on {width} mm"));
        gallery(sheet).into_iter().map(move |(name, svg)| (format!("{name}{on}"), svg))
    })
}

/// A label of a figure with its estimated corners.
#[derive(Debug)]
struct Label {
    text: String,
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

fn attribute<'a>(tag: &'a str, name: &str) -> &'a str {
    let (_, rest) = tag.split_once(&format!(" {name}=\"")).unwrap_or_else(|| panic!("no {name} in {tag}"));
    rest.split_once('"').unwrap().0
}

fn number(tag: &str, name: &str) -> f64 {
    attribute(tag, name).parse().unwrap()
}

/// Returns a text without subscripts, as screen readers see it.
fn plain<'a>(attributes: &'a str, text: &'a str) -> &'a str {
    if attributes.contains("aria-label=") { attribute(attributes, "aria-label") } else { text.trim() }
}

fn labels(svg: &str) -> Vec<Label> {
    let tags = svg.split("<text").skip(1).map(|rest| rest.split_once("</text>").unwrap().0);
    tags.filter_map(|tag| {
        let (attributes, text) = tag.split_once(">\n").unwrap();
        let text = plain(attributes, text).replace("&apos;", "'").replace("&gt;", ">").replace("&lt;", "<");
        let (x, y, size) =
            (number(attributes, "x"), number(attributes, "y"), number(attributes, "font-size"));
        let width = text_width(&text, size);
        let (before, after) = match attribute(attributes, "text-anchor") {
            "start" => (0.0, width),
            "end" => (width, 0.0),
            _ => (width / 2.0, width / 2.0),
        };
        let half = size * 0.5;
        let label = if attributes.contains("rotate(270") {
            Label { left: x - half, right: x + half, top: y - after, bottom: y + before, text }
        } else {
            Label { left: x - before, right: x + after, top: y - half, bottom: y + half, text }
        };
        (!label.text.is_empty()).then_some(label)
    })
    .collect()
}

#[test]
fn no_two_labels_overlap_and_none_is_cut_off() {
    let mut wrong = Vec::new();
    for (name, svg) in every_gallery() {
        let view_box: Vec<f64> =
            attribute(svg, "viewBox").split(' ').map(|number| number.parse().unwrap()).collect();
        let labels = labels(svg);
        assert!(labels.len() > 4, "{name}");
        for (index, label) in labels.iter().enumerate() {
            let inside = label.left >= 0.0
                && label.top >= 0.0
                && label.right <= view_box[2]
                && label.bottom <= view_box[3];
            if !inside {
                wrong.push(format!("{name}: {label:?} is outside of {view_box:?}"));
            }
            for other in &labels[..index] {
                let apart = label.left >= other.right
                    || other.left >= label.right
                    || label.top >= other.bottom
                    || other.top >= label.bottom;
                if !apart {
                    wrong.push(format!("{name}: {label:?} overlaps {other:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn equal_arguments_give_equal_bytes() {
    for ((name, first), (_, second)) in gallery(Sheet::default()).into_iter().zip(gallery(Sheet::default())) {
        assert!(first == second, "{name}");
    }
}

#[test]
fn folded_figures_name_what_is_left_out() {
    let folded = unrolled_svg(&Circuit::of_recurrent_blocks(8, 64), Readout::NoAvg, Width::Paths, Some(3));
    let texts: Vec<String> = labels(&folded).into_iter().map(|label| label.text).collect();
    for expected in ["t = 3", "t = 4 … 63", "t = 64", "no-avg, T = 64, 1.06×10¹⁰ paths"] {
        assert!(texts.iter().any(|text| text == expected), "{expected} in {texts:?}");
    }
    assert!(!texts.iter().any(|text| text == "t = 5"));
}

#[test]
fn iterations_of_a_held_readout_have_no_column() {
    let texts = |readout| {
        let svg = unrolled_svg(&held_readout(), readout, Width::Paths, None);
        labels(&svg).into_iter().map(|label| label.text).collect::<Vec<_>>()
    };
    let late = texts(Readout::LateAvg);
    let columns: Vec<&String> = late.iter().filter(|text| text.starts_with("t = ")).collect();
    assert_eq!(columns, ["t = 1", "t = 2"]);
    for expected in ["block 2", "block 3, held from t = 3", "0.800, read at t = 2 to 5"] {
        assert!(late.iter().any(|text| text == expected), "{expected} in {late:?}");
    }
    assert!(texts(Readout::NoAvg).iter().any(|text| text == "1.00, read at t = 5"));
}

#[test]
fn every_figure_of_an_ablated_model_says_so() {
    for normalization in [Normalization::Shared, Normalization::PerPath] {
        let circuit = ablated(normalization);
        let unrolled = UnrolledCircuit::new(&circuit).unwrap();
        let dot = unrolled_dot(&circuit, &unrolled, &plausible(&unrolled), &UnrolledOptions::default());
        for figure in [
            unrolled_svg(&circuit, Readout::LateAvg, Width::Paths, None),
            ensemble_svg(&circuit, Readout::LateAvg, 3),
            distribution_svg(&circuit, Readout::LateAvg),
            dot,
        ] {
            assert!(figure.contains("-avg, T = 5, multi-path, without lengths 2, 3; "), "{figure}");
        }
    }
}

#[test]
fn chains_of_a_multi_path_model_are_capped() {
    let svg = unrolled_svg(&multi_path(2, 6), Readout::TwoAvg, Width::Paths, None);
    // C(7, 2) + … + C(2, 2) = 56 paths.
    assert!(svg.contains("2-avg, T = 6, multi-path, 56 paths"));
    assert!(svg.contains("… and 32 more chains"));
    let first_convolutions = labels(&svg).iter().filter(|label| label.text == "bottom-up 2").count();
    assert_eq!(first_convolutions, 24);
}

#[test]
fn the_longer_path_comes_below_the_shorter_one() {
    let svg = ensemble_svg(&Circuit::of_recurrent_blocks(1, 3), Readout::NoAvg, 2);
    assert!(svg.contains("the 2 strongest of 3 paths, ordered by length"));
    let lengths: Vec<String> =
        labels(&svg).into_iter().map(|label| label.text).filter(|text| text.len() == 1).collect();
    assert_eq!(lengths, ["1", "2"]);
}

#[test]
fn strengths_that_are_all_zero_leave_a_note() {
    for circuit in [Circuit::of_recurrent_blocks(2, 3), multi_path(1, 3)] {
        let unrolled = UnrolledCircuit::new(&circuit).unwrap();
        let strengths = Strengths::new(unrolled.components(), |_| 0.0);
        let options = UnrolledOptions { width: Width::Strength, ..Default::default() };
        let svg = unrolled_circuit(&circuit, &unrolled, &strengths, &options).unwrap();
        assert!(svg.contains("all strengths are 0"));
        let hidden = UnrolledOptions { hide_unused: true, ..options };
        unrolled_circuit(&circuit, &unrolled, &strengths, &hidden).unwrap();
        unrolled_dot(&circuit, &unrolled, &strengths, &hidden);
        let found = &Ensemble::of_readouts(&unrolled, &strengths, &[Readout::EarlyAvg])[0];
        let model = DrawnModel::of_circuit(&circuit, &unrolled, &strengths);
        assert!(distribution(&model, found, Sheet::default()).unwrap().contains("nothing to normalize"));
        let options = EnsembleOptions::default();
        let svg = ensemble(&model, found, &options).unwrap();
        assert!(svg.contains("no path to show"));
    }
}

#[test]
fn numbers_beyond_f64_are_drawn() {
    // 3^1200 paths, of strengths around 10^±36000.
    let mut circuit = Circuit::of_recurrent_blocks(1, 1200);
    circuit.connections.extend([connect(2, 2, 1), connect(2, 2, 1)]);
    let unrolled = UnrolledCircuit::new(&circuit).unwrap();
    for strength in [1e-30, 1e30] {
        let strengths = Strengths::new(unrolled.components(), |_| strength);
        for width in [Width::Paths, Width::Strength] {
            let options = UnrolledOptions { width, fold: Some(2), ..Default::default() };
            let svg = unrolled_circuit(&circuit, &unrolled, &strengths, &options).unwrap();
            assert!(svg.contains("×10⁵⁷² paths"), "{width:?}");
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{width:?}");
            let dot = unrolled_dot(&circuit, &unrolled, &strengths, &options);
            assert!(!dot.contains("NaN") && !dot.contains("inf"), "{width:?}");
        }
        let found = &Ensemble::of_readouts(&unrolled, &strengths, &[Readout::NoAvg])[0];
        let model = DrawnModel::of_circuit(&circuit, &unrolled, &strengths);
        distribution(&model, found, Sheet::default()).unwrap();
        ensemble(&model, found, &EnsembleOptions { paths: 3, ..Default::default() }).unwrap();
    }
}

#[test]
fn a_circuit_too_large_for_a_figure_says_what_to_do() {
    let circuit = Circuit::of_recurrent_blocks(2, 5000);
    let unrolled = UnrolledCircuit::new(&circuit).unwrap();
    let strengths = Strengths::new(unrolled.components(), |_| 1.0);
    let error = unrolled_circuit(&circuit, &unrolled, &strengths, &UnrolledOptions::default()).unwrap_err();
    assert!(error.to_string().contains("`graph --fold 3`"), "{error}");
}

#[test]
fn golden_figures() {
    let circuit = Circuit::of_recurrent_blocks(1, 3);
    let unrolled = UnrolledCircuit::new(&circuit).unwrap();
    let strengths = plausible(&unrolled);
    let strength = UnrolledOptions { width: Width::Strength, ..Default::default() };
    insta::assert_snapshot!("unrolled", unrolled_svg(&circuit, Readout::NoAvg, Width::Paths, None));
    insta::assert_snapshot!("rolled", rolled_circuit(&circuit, Sheet::default()).unwrap());
    insta::assert_snapshot!("ensemble", ensemble_svg(&circuit, Readout::NoAvg, 12));
    insta::assert_snapshot!("distribution", distribution_svg(&circuit, Readout::TwoAvg));
    insta::assert_snapshot!("unrolled_dot", unrolled_dot(&circuit, &unrolled, &strengths, &strength));
    insta::assert_snapshot!("rolled_dot", rolled_dot(&circuit));
}
