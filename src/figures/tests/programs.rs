//! Tests of figures of programs.

use crate::figures::{
    DrawnModel, EnsembleOptions, ProgramOptions, Sheet, Width, distribution, ensemble, rolled_program,
    rolled_program_dot, unrolled_program, unrolled_program_dot,
};
use pathscope_core::analysis::testing::program;
use pathscope_core::analysis::{Analysis, AnalysisOptions};
use std::path::Path;
use std::sync::OnceLock;

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

/// Analyzes a program of the fixtures.
fn fixture(name: &str) -> Analysis {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/programs").join(name);
    Analysis::of_file(&folder.join("model.pt2"), &AnalysisOptions::default()).unwrap()
}

/// Draws the graphs of programs, by uses and by modules.
pub(super) fn gallery(sheet: Sheet) -> Vec<(&'static str, String)> {
    static PROGRAMS: OnceLock<Vec<Analysis>> = OnceLock::new();
    let names = ["conv-gru", "dense-concat-smooth", "recurrent-two-blocks-max-pool", "staged-skip-areas"];
    let programs = PROGRAMS.get_or_init(|| names.into_iter().map(fixture).collect());
    let mut figures = Vec::new();
    for (name, analysis) in names.into_iter().zip(programs) {
        let program = analysis.program().unwrap();
        let by = |width| ProgramOptions { width, depth: None, sheet };
        let unrolled = |width| unrolled_program(program, &analysis.strengths, &by(width)).unwrap();
        figures.push((name, unrolled(Width::Paths)));
        figures.push((name, unrolled(Width::Strength)));
        figures.push((name, rolled_program(program, &by(Width::Paths)).unwrap()));
    }
    figures
}

#[test]
fn golden_graphs_of_programs() {
    let analysis = fixture("conv-gru");
    let program = analysis.program().unwrap();
    let by = |width| ProgramOptions { width, ..Default::default() };
    let unrolled = |width| unrolled_program(program, &analysis.strengths, &by(width)).unwrap();
    insta::assert_snapshot!("conv-gru-paths", unrolled(Width::Paths));
    insta::assert_snapshot!("conv-gru-modules", rolled_program(program, &by(Width::Paths)).unwrap());
    let dot = unrolled_program_dot(program, &analysis.strengths, &by(Width::Strength)).unwrap();
    insta::assert_snapshot!("conv-gru-dot", dot);
    insta::assert_snapshot!("conv-gru-modules-dot", rolled_program_dot(program, &by(Width::Paths)).unwrap());
}

#[test]
fn a_folded_program_says_how_to_unfold_it() {
    let analysis = fixture("staged-skip-areas");
    let program = analysis.program().unwrap();
    let options = ProgramOptions { depth: Some(1), ..Default::default() };
    let note = "30 components in 5 rows: modules folded at depth 1 (--depth 2 draws all)";
    for figure in [
        unrolled_program(program, &analysis.strengths, &options).unwrap(),
        unrolled_program_dot(program, &analysis.strengths, &options).unwrap(),
        rolled_program(program, &options).unwrap(),
        rolled_program_dot(program, &options).unwrap(),
    ] {
        assert!(figure.contains(note), "{figure}");
    }
    let all = ProgramOptions { depth: Some(2), ..Default::default() };
    assert!(!unrolled_program(program, &analysis.strengths, &all).unwrap().contains("modules folded"));
}

#[test]
fn a_narrow_sheet_has_fewer_columns() {
    let analysis = fixture("recurrent-two-blocks-max-pool");
    let program = analysis.program().unwrap();
    let sheet = Sheet::of_width(89.0).unwrap();
    let options = ProgramOptions { sheet, ..Default::default() };
    let svg = unrolled_program(program, &analysis.strengths, &options).unwrap();
    assert!(svg.contains("in columns that are left out"), "{svg}");
    assert_eq!(sheet.misfit(&svg), None);
}
