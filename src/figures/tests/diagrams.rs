//! Tests of diagrams of one network.

use super::super::*;
use super::{held, labels, multi_path, plausible, with_feedback};
use pathscope_core::circuit::{Circuit, Readout};
use pathscope_core::files::checkpoint::Checkpoint;
use pathscope_core::graph::unroll::UnrolledCircuit;
use pathscope_core::model::layout;
use pathscope_core::paths::ensemble::Ensemble;
use std::path::Path;

const NETS: [&str; 9] = [
    "fig5",
    "readouts",
    "two-blocks",
    "feed-forward",
    "held-block",
    "top-down",
    "skip",
    "multi-path",
    "ablated",
];
const PUBLISHED: [&str; 3] = [
    "feedforward-1block",
    "recurrent-2block-t5-late-avg-softplus",
    "multipath-1block-t5-late-avg-removed-1-2",
];

fn network_on(sheet: Sheet, file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(file);
    let checkpoint = Checkpoint::open(&path, None).unwrap();
    let model = layout::recognize(&checkpoint, &Default::default()).unwrap();
    network_diagram(&model, &model.tensor_uses(&checkpoint), sheet).unwrap()
}

fn network_svg(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(file);
    let checkpoint = Checkpoint::open(&path, None).unwrap();
    let model = layout::recognize(&checkpoint, &Default::default()).unwrap();
    network_diagram(&model, &model.tensor_uses(&checkpoint), Sheet::default()).unwrap()
}

fn net_on(sheet: Sheet, name: &str) -> String {
    network_on(sheet, &format!("nets/{name}.safetensors"))
}

fn net_svg(name: &str) -> String {
    network_svg(&format!("nets/{name}.safetensors"))
}

fn published_on(sheet: Sheet, name: &str) -> String {
    network_on(sheet, &format!("reference/{name}/best.pth"))
}

fn published_svg(name: &str) -> String {
    network_svg(&format!("reference/{name}/best.pth"))
}

fn flow_on(sheet: Sheet, circuit: &Circuit) -> String {
    information_flow(circuit, &UnrolledCircuit::new(circuit).unwrap(), sheet).unwrap()
}

fn flow_svg(circuit: &Circuit) -> String {
    information_flow(circuit, &UnrolledCircuit::new(circuit).unwrap(), Sheet::default()).unwrap()
}

fn lengths_on(sheet: Sheet, circuit: &Circuit, readout: Readout) -> String {
    let unrolled = UnrolledCircuit::new(circuit).unwrap();
    let strengths = plausible(&unrolled);
    let found = &Ensemble::of_readouts(&unrolled, &strengths, &[readout])[0];
    path_lengths(circuit, &unrolled, &strengths, found, sheet).unwrap()
}

fn lengths_svg(circuit: &Circuit, readout: Readout) -> String {
    let unrolled = UnrolledCircuit::new(circuit).unwrap();
    let strengths = plausible(&unrolled);
    let found = &Ensemble::of_readouts(&unrolled, &strengths, &[readout])[0];
    path_lengths(circuit, &unrolled, &strengths, found, Sheet::default()).unwrap()
}

fn texts(svg: &str) -> Vec<String> {
    labels(svg).into_iter().map(|label| label.text).collect()
}

/// Draws every diagram of small and large networks of all kinds.
pub(super) fn gallery(sheet: Sheet) -> Vec<(&'static str, String)> {
    let recurrent = Circuit::of_recurrent_blocks;
    let mut figures: Vec<(&'static str, String)> = NETS.map(|name| (name, net_on(sheet, name))).into();
    figures.extend(PUBLISHED.map(|name| (name, published_on(sheet, name))));
    figures.extend([
        ("readout-modes-1", readout_modes(1, Some(Readout::NoAvg), sheet).unwrap()),
        ("readout-modes-2", readout_modes(2, Some(Readout::EarlyAvg), sheet).unwrap()),
        ("readout-modes-7", readout_modes(7, Some(Readout::TwoAvg), sheet).unwrap()),
        ("readout-modes-64", readout_modes(64, Some(Readout::LateAvg), sheet).unwrap()),
        ("information-3", flow_on(sheet, &recurrent(1, 3))),
        ("information-7", flow_on(sheet, &recurrent(2, 7))),
        ("information-64", flow_on(sheet, &recurrent(2, 64))),
        ("information-feedback", flow_on(sheet, &with_feedback())),
        ("information-held", flow_on(sheet, &held())),
        ("information-multi-path", flow_on(sheet, &multi_path(1, 4))),
        ("path-lengths-3", lengths_on(sheet, &recurrent(1, 3), Readout::NoAvg)),
        ("path-lengths-7", lengths_on(sheet, &recurrent(2, 7), Readout::TwoAvg)),
        ("path-lengths-multi-path", lengths_on(sheet, &multi_path(1, 4), Readout::LateAvg)),
    ]);
    figures
}

#[test]
fn feed_forward_networks_have_no_recurrent_blocks() {
    let circuit = Circuit::of_recurrent_blocks(2, 1);
    let figures = [
        net_svg("feed-forward"),
        published_svg("feedforward-1block"),
        flow_svg(&circuit),
        lengths_svg(&circuit, Readout::NoAvg),
    ];
    for svg in figures {
        let texts = texts(&svg);
        assert!(texts.iter().any(|text| text.starts_with("CPB")), "{texts:?}");
        assert!(!texts.iter().any(|text| text.contains("RCPB") || text.contains("lateral")), "{texts:?}");
        assert!(!texts.iter().any(|text| text.contains("recurrent block")), "{texts:?}");
    }
}

#[test]
fn a_network_says_its_sizes() {
    let texts = texts(&published_svg("recurrent-2block-t5-late-avg-softplus"));
    for expected in [
        "2 recurrent blocks, T = 5, late-avg",
        "k = 9",
        "8 channels",
        "T = 5",
        "7 neurons",
        "softplus",
        "conv 3 × 3, lateral",
        "BN, one for each t",
    ] {
        assert!(texts.iter().any(|text| text == expected), "{expected} is not in {texts:?}");
    }
    // Two blocks of this kind, of which one is shown from inside.
    assert_eq!(texts.iter().filter(|text| *text == "RCPB").count(), 2);
    assert_eq!(texts.iter().filter(|text| *text == "lateral").count(), 2);
}

#[test]
fn what_lies_around_the_blocks_may_be_unknown() {
    let texts = texts(&net_svg("skip"));
    assert!(texts.iter().any(|text| text.starts_with("what lies around the blocks is not known:")));
    assert!(texts.iter().any(|text| text == "readout") && !texts.iter().any(|text| text == "pooling"));
    for expected in ["identity", "RCPB, block 3", "first CPB", "own output at t − 1"] {
        assert!(texts.iter().any(|text| text == expected), "{expected} is not in {texts:?}");
    }
}

#[test]
fn only_the_first_iteration_is_as_in_a_feed_forward_network() {
    let dashes = |svg: &str| svg.matches("<polyline").count();
    let (one, three) =
        (flow_svg(&Circuit::of_recurrent_blocks(1, 1)), flow_svg(&Circuit::of_recurrent_blocks(1, 3)));
    assert!(!texts(&one).iter().any(|text| text == "in a recurrent model only"));
    // Each dash is a separate line.
    assert!(dashes(&three) > 10 * dashes(&one), "{} {}", dashes(&three), dashes(&one));
    let folded = texts(&flow_svg(&Circuit::of_recurrent_blocks(2, 7)));
    for expected in ["t = 3", "t = 4 … 6", "t = 7"] {
        assert!(folded.iter().any(|text| text == expected), "{expected} is not in {folded:?}");
    }
}

#[test]
fn golden_diagrams() {
    insta::assert_snapshot!("network", published_svg("recurrent-2block-t5-late-avg-softplus"));
    insta::assert_snapshot!("network_top_down", net_svg("top-down"));
    insta::assert_snapshot!(
        "readout_modes",
        readout_modes(5, Some(Readout::TwoAvg), Sheet::default()).unwrap()
    );
    insta::assert_snapshot!("information_flow", flow_svg(&Circuit::of_recurrent_blocks(2, 3)));
    insta::assert_snapshot!("path_lengths", lengths_svg(&Circuit::of_recurrent_blocks(1, 3), Readout::NoAvg));
}
