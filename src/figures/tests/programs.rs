//! Figures of programs.

use crate::analysis::testing::program;
use crate::figures::{DrawnModel, EnsembleOptions, Sheet, distribution, ensemble};

#[test]
fn paths_of_a_program_lead_from_its_input_to_its_output() {
    let analysis = program();
    let model = DrawnModel::of(&analysis);
    let svg = ensemble(&model, &analysis.ensembles[0], &EnsembleOptions::default()).unwrap();
    for text in ["x to output 1, total strength 3.00", "area.enter", "output 1"] {
        assert!(svg.contains(text), "{text}");
    }
    assert!(!svg.contains("readout"));
}

#[test]
fn distributions_of_a_program_name_its_ends() {
    let analysis = program();
    let svg = distribution(&DrawnModel::of(&analysis), &analysis.ensembles[0], Sheet::default()).unwrap();
    assert!(svg.contains("x to output 1, average path length 1.67"));
}
