//! Tests of figures of multi-path and ablated models against the numbers in their table.

use super::table::study;
use super::{draw, number};
use crate::figures::study::{Study, StudyFigure, StudyOptions};
use crate::study::results::{Kind, PathMeasure, ResultRow, Status};
use pathscope_core::circuit::Readout;
use pathscope_core::statistics::pearson;

fn drawn(rows: &[ResultRow], figure: &str) -> StudyFigure {
    Study::new(rows, StudyOptions::default()).draw(number(figure)).unwrap()
}

#[track_caller]
fn refused(rows: &[ResultRow], figure: &str) -> String {
    Study::new(rows, StudyOptions::default()).draw(number(figure)).unwrap_err().to_string()
}

fn only(keep: impl Fn(&ResultRow) -> bool) -> Vec<ResultRow> {
    study().into_iter().filter(|row| keep(row)).collect()
}

fn says(svg: &str, text: &str) -> bool {
    svg.contains(&format!("\n{text}\n"))
}

fn of_main_figure(row: &ResultRow) -> bool {
    row.dataset == "ns2250" && row.train_fraction == 1.0 && row.split_seed == 0
}

/// Returns rows with one seed each, so that a model is a configuration.
fn one_seed() -> Vec<ResultRow> {
    only(|row| row.seed == 0 && row.status == Status::Finished)
}

#[test]
fn multi_path_models_are_held_against_their_originals() {
    let rows = one_seed();
    let (mut recurrent, mut multi_path) = (Vec::new(), Vec::new());
    for row in rows.iter().filter(|row| row.kind == Kind::MultiPath && of_main_figure(row)) {
        let original = rows.iter().find(|other| Some(&other.id) == row.original.as_ref()).unwrap();
        recurrent.push(original.cc_norm2.unwrap());
        multi_path.push(row.cc_norm2.unwrap());
    }
    let r = pearson(&recurrent, &multi_path).unwrap();
    let n = recurrent.len();
    let difference = multi_path.iter().zip(&recurrent).map(|(y, x)| y - x).sum::<f64>() / n as f64;
    assert!(n > 10 && difference < 0.0, "{n} {difference}");
    let svg = drawn(&rows, "4c").svg;
    assert!(says(&svg, &format!("n = {n}, r = {r:.3}")), "{svg}");
    let about = format!("mean difference −{:.5}; ns2250, 100 % (1400)", -difference);
    assert!(says(&svg, &about), "{about} is not in {svg}");
}

#[test]
fn seeds_without_an_original_do_not_count() {
    let rows = study();
    let model = |row: &&ResultRow| {
        row.kind == Kind::MultiPath && row.status == Status::Finished && of_main_figure(row) && row.seed == 1
    };
    let of_second_seed = rows.iter().find(model).unwrap();
    let lost = of_second_seed.original.clone().unwrap();
    let without: Vec<ResultRow> = rows.iter().filter(|row| row.id != lost).cloned().collect();
    // The multi-path model of the removed original must not matter then.
    let absurd = |row: &ResultRow| match row.id == of_second_seed.id {
        true => ResultRow { cc_norm2: Some(9.0), average_path_length: Some(99.0), ..row.clone() },
        false => row.clone(),
    };
    let with_absurd: Vec<ResultRow> = without.iter().map(absurd).collect();
    for figure in ["4c", "4d"] {
        assert!(drawn(&without, figure).svg == drawn(&with_absurd, figure).svg, "{figure}");
    }
    let none = only(|row| row.kind != Kind::Recurrent);
    let error = refused(&none, "4c");
    assert!(
        error
            .ends_with("has the recurrent model that it was made from in the results; collect them together"),
        "{error}"
    );
    let seed = one_seed();
    let lost = seed.iter().find(|row| row.kind == Kind::MultiPath && of_main_figure(row)).unwrap();
    let original = lost.original.clone().unwrap();
    let without: Vec<ResultRow> = seed.iter().filter(|row| row.id != original).cloned().collect();
    let expected = "1 multi-path configuration without a measured recurrent original left out";
    assert_eq!(drawn(&without, "4c").notes, [expected]);
}

#[test]
fn ablations_count_models() {
    let rows = study();
    let ablated = |row: &&ResultRow| {
        row.kind == Kind::Ablated && of_main_figure(row) && row.readout == Some(Readout::TwoAvg)
    };
    let n = rows.iter().filter(ablated).filter(|row| row.lengths_removed.to_string() == "1-3").count();
    assert_eq!(n, 2);
    let figure = drawn(&rows, "6i");
    assert!(
        says(&figure.svg, "3 lengths removed, n = 2")
            && says(&figure.svg, "full multi-path model, mean of 2")
    );
    assert!(!says(&figure.svg, "1 length removed, n = 2"), "{}", figure.svg);
    assert_eq!(figure.notes, [""; 0]);

    let without_full = only(|row| row.kind != Kind::MultiPath);
    let figure = drawn(&without_full, "6i");
    let expected = "no full multi-path models (ns2250, 100 % (1400), 1 recurrent block, 2-avg), so their line is missing";
    assert_eq!(figure.notes, [expected]);
    assert!(!figure.svg.contains("full multi-path model"));
}

#[test]
fn one_kind_of_ablated_models_is_drawn_at_a_time() {
    let rows = study();
    let shorter = |row: &ResultRow| ResultRow {
        id: format!("{}-shorter", row.id),
        configuration: format!("{}-shorter", row.configuration),
        iterations: 5,
        cc_norm2: Some(9.0),
        ..row.clone()
    };
    let ablated = rows.iter().filter(|row| row.kind == Kind::Ablated && of_main_figure(row));
    let mixed: Vec<ResultRow> = rows.iter().cloned().chain(ablated.map(shorter)).collect();
    let figure = drawn(&mixed, "6g");
    assert!(figure.svg == drawn(&rows, "6g").svg);
    let note = &figure.notes[0];
    assert!(note.ends_with("left out: T = 5 and normalizations per-path"), "{note}");
}

#[test]
fn ablations_that_are_missing_are_named() {
    let no_mode = only(|row| row.kind != Kind::Ablated || row.readout != Some(Readout::TwoAvg));
    assert_eq!(
        refused(&no_mode, "6h"),
        "figure 6h: no finished ablated model (ns2250, 100 % (1400), 1 recurrent block) has readout mode 2-avg and 2 adjacent lengths removed; add some to the study"
    );
    let no_triples = only(|row| row.lengths_removed.removed().len() != 3);
    assert!(refused(&no_triples, "6i").contains("and 3 adjacent lengths removed"));
    // The other panels of the whole figure are drawn.
    assert!(says(&draw(&no_triples, StudyOptions::default(), "25"), "2 lengths removed, n = 2"));
}

#[test]
fn distributions_are_those_of_the_circled_models() {
    let figure = drawn(&study(), "6");
    for (mode, average) in [
        ("no-avg, T = 2", "average 1.63"),
        ("early-avg, T = 2", "average 1.52"),
        ("late-avg, T = 2", "average 1.46"),
        ("2-avg, T = 2", "average 1.40"),
    ] {
        for text in [mode, average] {
            assert!(says(&figure.svg, text), "{text} is not in {}", figure.svg);
        }
    }
    let without = |row: ResultRow| ResultRow { distribution: Default::default(), ..row };
    let none: Vec<ResultRow> = study().into_iter().map(without).collect();
    assert!(refused(&none, "6e").contains("has an average path length"), "{}", refused(&none, "6e"));
}

/// Contributions that are the strengths draw the same points under another name.
#[test]
fn figures_of_path_lengths_can_be_by_contribution() {
    let options = || StudyOptions { measure: PathMeasure::Contribution, ..StudyOptions::default() };
    let mut rows = study();
    let error = Study::new(&rows, options()).draw(number("6c")).unwrap_err().to_string();
    assert!(error.contains("by contribution; set `contributions = true`"), "{error}");
    for row in &mut rows {
        row.contribution_average_path_length = row.average_path_length;
        row.contribution_distribution.clone_from(&row.distribution);
    }
    let [by_contribution, by_strength] =
        [options(), StudyOptions::default()].map(|options| draw(&rows, options, "6c"));
    assert!(says(&by_contribution, "average path length by contribution"), "{by_contribution}");
    let circles = |svg: &str| -> Vec<String> {
        svg.lines().filter(|line| line.contains("<circle")).map(str::to_owned).collect()
    };
    assert!(!circles(&by_strength).is_empty() && circles(&by_contribution) == circles(&by_strength));
    assert!(says(&draw(&rows, options(), "4d"), "recurrent average path length by"));
    for row in &mut rows {
        row.contribution_distribution = [(1, 1.0)].into();
    }
    let distributions = draw(&rows, options(), "6e");
    assert!(says(&distributions, "ns2250, each with readout mode and iterations T; shares of the mean |C|"));
    assert_ne!(distributions, draw(&rows, StudyOptions::default(), "6e"));
}
