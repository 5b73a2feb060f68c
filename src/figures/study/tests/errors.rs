//! Tests of the errors for tables that lack what a figure shows.

use super::table::study;
use super::{number, with_dataset};
use crate::figures::study::{Study, StudyOptions};
use crate::study::results::{Kind, ResultRow, Status};
use pathscope_core::circuit::Readout;
use pathscope_core::data::scores::Score;

#[track_caller]
fn refused(rows: &[ResultRow], options: StudyOptions, figure: &str) -> String {
    Study::new(rows, options).draw(number(figure)).unwrap_err().to_string()
}

fn only(keep: impl Fn(&ResultRow) -> bool) -> Vec<ResultRow> {
    study().into_iter().filter(|row| keep(row)).collect()
}

#[test]
fn what_is_missing_is_named() {
    let plain = StudyOptions::default;
    for (rows, options, figure, expected) in [
        (
            study(),
            with_dataset("ns225O"),
            "3a",
            "figure 3a: no model was trained on 'ns225O': the results have imagenet8k, ns2250; did you mean ns2250?",
        ),
        (
            only(|row| row.status != Status::Finished),
            plain(),
            "6a",
            "figure 6a: the results have 1 recurrent model (ns2250, 100 % (1400), 1 recurrent block, split seed 0), but no finished one; resume with `pathscope sweep run`",
        ),
        (
            only(|row| row.kind == Kind::Recurrent),
            plain(),
            "3a",
            "figure 3a: no recurrent model (ns2250) has its feed-forward one of the same size and settings in the results; train both in one study",
        ),
        (
            study(),
            StudyOptions { readout: Some(Readout::NoAvg), iterations: Some(5), ..plain() },
            "3b",
            "figure 3b: there is no panel of no-avg, T = 5: the results have no-avg, early-avg, late-avg, 2-avg with T = 2, 3, 7",
        ),
        (
            study(),
            StudyOptions { train_fraction: Some(0.4), ..plain() },
            "4c",
            "figure 4c: no model of ns2250 was trained on a fraction of 0.4 of the training images: there are 1, 0.5, 0.25",
        ),
    ] {
        assert_eq!(refused(&rows, options, figure), expected);
    }
}

#[test]
fn recordings_without_a_ceiling_have_another_metric() {
    let without = |row: ResultRow| ResultRow { cc_norm2: None, ..row };
    let rows: Vec<ResultRow> = study().into_iter().map(without).collect();
    for figure in ["3a", "3d", "6c"] {
        let error = refused(&rows, StudyOptions::default(), figure);
        assert!(
            error.ends_with(
                "has a CC_norm²: without repeated trials there is no ceiling, and `--score cc-raw2` compares by CC_raw²"
            ),
            "{error}"
        );
        let options = StudyOptions { metric: Some(Score::CcRaw2), ..StudyOptions::default() };
        let drawn = Study::new(&rows, options).draw(number(figure)).unwrap();
        assert!(drawn.svg.contains("CC_raw²") && !drawn.svg.contains("CC_norm²"), "{figure}");
    }
}

#[test]
fn panels_without_models_are_left_out_of_a_figure() {
    let rows = only(|row| row.recurrent_blocks == 1);
    let drawn = Study::new(&rows, StudyOptions::default()).draw(number("14")).unwrap();
    assert_eq!(
        drawn.left_out,
        ["figure 14b: no model of ns2250 has 2 recurrent blocks: there are models with 1"]
    );
    assert!(drawn.svg.contains("\n1 recurrent block, 50 % (700), n = 2\n"));
}

/// A study of two other data sets has the figures of both of the paper's.
#[test]
fn own_data_sets_stand_in_for_the_papers() {
    let renamed = |row: ResultRow| {
        let dataset = if row.dataset == "ns2250" { "v1-mine" } else { "v2-mine" };
        ResultRow { dataset: dataset.to_owned(), ..row }
    };
    let rows: Vec<ResultRow> = study().into_iter().map(renamed).collect();
    let drawn = |figure| Study::new(&rows, StudyOptions::default()).draw(number(figure)).unwrap().svg;
    assert!(drawn("9").contains("v1-mine") && drawn("10").contains("v2-mine"));
    let rows = only(|row| row.dataset == "imagenet8k");
    let drawn = |figure| Study::new(&rows, StudyOptions::default()).draw(number(figure)).unwrap().svg;
    assert!(drawn("9").contains("imagenet8k") && drawn("10").contains("imagenet8k"));
}
