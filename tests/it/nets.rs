//! The hand-built nets, against the arithmetic of fixtures/README.md. All numbers are exact.

use pathscope_core::analysis::report::path_row;
use pathscope_core::analysis::{Analysis, AnalysisOptions};
use pathscope_core::circuit::Readout;
use pathscope_core::model::layout::Given;
use pathscope_core::paths::strength::BatchNormStrength;
use std::path::{Path, PathBuf};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/nets").join(name).with_extension("safetensors")
}

fn analysis(name: &str) -> Analysis {
    Analysis::of_file(&file(name), &AnalysisOptions::default()).unwrap()
}

/// Checks the (length, number of paths, strength) of the only ensemble, and its average length.
#[track_caller]
fn assert_lengths(analysis: &Analysis, expected: &[(usize, u64, f64)], average: f64) {
    let [ensemble] = analysis.ensembles.as_slice() else { panic!("expected one ensemble") };
    let found: Vec<_> = ensemble
        .lengths
        .iter()
        .map(|share| (share.length, share.paths.to_u64().unwrap(), share.strength.to_f64().unwrap()))
        .collect();
    assert_eq!(found, expected);
    let moments = ensemble.moments.unwrap();
    assert!((moments.average_path_length - average).abs() < 1e-12, "{}", moments.average_path_length);
}

/// Returns the components and strength of every path that the readout sees, in the order of listing.
fn paths(analysis: &Analysis) -> Vec<(String, f64)> {
    let ensemble = &analysis.ensembles[0];
    let reading = analysis.reading(ensemble);
    reading
        .paths()
        .map(|path| {
            let strength = reading.strength(&path);
            let row = path_row(analysis, &path, strength, ensemble.total_strength);
            (row.path.join(" "), row.strength.unwrap())
        })
        .collect()
}

#[track_caller]
fn assert_paths(analysis: &Analysis, expected: &[(&str, f64)]) {
    let found = paths(analysis);
    let found: Vec<(&str, f64)> = found.iter().map(|(path, strength)| (path.as_str(), *strength)).collect();
    assert_eq!(found, expected);
}

#[test]
fn fig5() {
    let analysis = analysis("fig5");
    assert_lengths(&analysis, &[(1, 1, 1.0), (2, 1, 0.5), (3, 1, 0.5)], 1.75);
    assert_paths(
        &analysis,
        &[
            ("conv[2].bottom_up bn[2,3]", 1.0),
            ("conv[2].bottom_up bn[2,2] conv[2].lateral bn[2,3]", 0.5),
            ("conv[2].bottom_up bn[2,1] conv[2].lateral bn[2,2] conv[2].lateral bn[2,3]", 0.5),
        ],
    );
    let moments = analysis.ensembles[0].moments.unwrap();
    assert!((moments.length_std - 0.6875_f64.sqrt()).abs() < 1e-12);
    assert!((moments.diversity_nats - 1.5 * 2_f64.ln()).abs() < 1e-12);
    assert!((moments.effective_paths - 2_f64.powf(1.5)).abs() < 1e-12);
}

#[test]
fn gamma_alone() {
    let options =
        AnalysisOptions { batch_norm_strength: BatchNormStrength::Gamma, ..AnalysisOptions::default() };
    let analysis = Analysis::of_file(&file("fig5"), &options).unwrap();
    // With γ alone, every normalization has 7/4 of its effective strength.
    let s = 1.75;
    assert_lengths(&analysis, &[(1, 1, s), (2, 1, 0.5 * s * s), (3, 1, 0.5 * s * s * s)], {
        let total = s + 0.5 * s * s + 0.5 * s * s * s;
        (s + 2.0 * 0.5 * s * s + 3.0 * 0.5 * s * s * s) / total
    });
}

#[test]
fn four_readout_modes() {
    let analysis = analysis("readouts");
    let found: Vec<_> = analysis
        .ensembles
        .iter()
        .map(|ensemble| {
            let strengths: Vec<f64> =
                ensemble.lengths.iter().map(|share| share.strength.to_f64().unwrap()).collect();
            (ensemble.readout.unwrap(), strengths)
        })
        .collect();
    let expected = [
        (Readout::NoAvg, vec![4.0, 2.0]),
        (Readout::EarlyAvg, vec![3.0, 1.0]),
        (Readout::LateAvg, vec![3.0, 1.0]),
        (Readout::TwoAvg, vec![2.5, 0.5]),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_missing_readout_mode_can_be_given() {
    let given = Given { readout: Some(Readout::TwoAvg), ..Given::default() };
    let options = AnalysisOptions { given, ..AnalysisOptions::default() };
    let analysis = Analysis::of_file(&file("readouts"), &options).unwrap();
    assert_lengths(&analysis, &[(1, 2, 2.5), (2, 1, 0.5)], 7.0 / 6.0);
}

#[test]
fn two_blocks() {
    let analysis = analysis("two-blocks");
    assert_lengths(&analysis, &[(2, 2, 1.5), (3, 2, 1.5)], 2.5);
    assert_paths(
        &analysis,
        &[
            ("conv[2].bottom_up bn[2,1] conv[3].bottom_up bn[3,1]", 1.0),
            ("conv[2].bottom_up bn[2,2] conv[3].bottom_up bn[3,2]", 0.5),
            ("conv[2].bottom_up bn[2,1] conv[2].lateral bn[2,2] conv[3].bottom_up bn[3,2]", 1.0),
            ("conv[2].bottom_up bn[2,1] conv[3].bottom_up bn[3,1] conv[3].lateral bn[3,2]", 0.5),
        ],
    );
}

#[test]
fn feed_forward() {
    let analysis = analysis("feed-forward");
    assert_lengths(&analysis, &[(2, 1, 3.0)], 2.0);
    assert_eq!(analysis.checkpoint().unwrap().complexity.recurrent_skip_coefficient, None);
}

#[test]
fn held_block() {
    let analysis = analysis("held-block");
    assert_lengths(&analysis, &[(2, 1, 4.0), (3, 1, 4.0), (4, 1, 2.0)], 2.8);
}

#[test]
fn top_down() {
    let analysis = analysis("top-down");
    assert_lengths(&analysis, &[(2, 1, 1.0), (3, 2, 2.0), (4, 1, 2.0)], 3.2);
    assert_eq!(analysis.checkpoint().unwrap().complexity.recurrent_depth, 2.0);
    assert_eq!(analysis.checkpoint().unwrap().complexity.feedforward_depth, 3.0);
}

#[test]
fn skip() {
    let analysis = analysis("skip");
    assert_lengths(&analysis, &[(0, 1, 2.0), (1, 1, 2.0), (2, 1, 4.0), (3, 2, 6.0)], 2.0);
}

#[test]
fn multi_path() {
    let analysis = analysis("multi-path");
    assert_lengths(&analysis, &[(1, 2, 2.5), (2, 1, 0.5)], 7.0 / 6.0);
    assert_paths(
        &analysis,
        &[
            ("conv[2].bottom_up bn[2,1]", 1.5),
            ("conv[2].bottom_up bn[2,2]", 1.0),
            ("conv[2].bottom_up bn[2,1,1] conv[2].lateral bn[2,2,1]", 0.5),
        ],
    );
}

#[test]
fn ablated() {
    let analysis = analysis("ablated");
    assert_lengths(&analysis, &[(2, 2, 3.0), (3, 1, 2.0)], 2.4);
    assert_paths(
        &analysis,
        &[
            ("conv[2].bottom_up bn[2,1] conv[2].lateral bn[2,2]", 1.0),
            ("conv[2].bottom_up bn[2,2,1] conv[2].lateral bn[2,3]", 2.0),
            ("conv[2].bottom_up bn[2,1,1] conv[2].lateral bn[2,2,2] conv[2].lateral bn[2,3,1]", 2.0),
        ],
    );
}
