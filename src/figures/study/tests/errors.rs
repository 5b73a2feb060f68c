//! Tests of the errors for tables that lack what a figure shows.

use super::table::{paper_sized, study};
use super::{number, with_dataset};
use crate::figures::study::{Study, StudyOptions};
use crate::study::results::{Kind, Metric, ResultRow, Status};
use pathscope_core::circuit::Readout;

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
            vec![],
            plain(),
            "3a",
            "figure 3a needs models, and the table has none: `pathscope sweep collect` writes one",
        ),
        (
            study(),
            with_dataset("ns225O"),
            "3a",
            "no model was trained on 'ns225O': the results have imagenet8k, ns2250; did you mean ns2250?",
        ),
        (
            paper_sized(),
            plain(),
            "10",
            "figure 10 shows a second data set, and the table has only ns2250: `--dataset ns2250` draws it of that one",
        ),
        (
            only(|row| row.train_fraction > 0.3),
            plain(),
            "3f",
            "figure 3f needs models trained on a third amount of data, and ns2250 has 100 % (1400), 50 % (700)",
        ),
        (
            study(),
            with_dataset("ns2250"),
            "26",
            "figure 26 needs models of a second split into training, validation and test images, and ns2250 has only that of seed 0",
        ),
        (
            only(|row| row.recurrent_blocks == 1),
            plain(),
            "6b",
            "figure 6b needs models with 2 recurrent blocks, and ns2250 has 1",
        ),
        (
            only(|row| row.kind != Kind::Recurrent),
            plain(),
            "3d",
            "figure 3d needs finished recurrent models (ns2250, 100 % (1400)), and the table has none: the study did not plan any",
        ),
        (
            only(|row| row.status != Status::Finished),
            plain(),
            "6a",
            "figure 6a needs finished recurrent models (ns2250, 100 % (1400), 1 recurrent block), and none of 1 is: `pathscope sweep run` goes on with them",
        ),
        (
            only(|row| row.kind == Kind::Recurrent),
            plain(),
            "3a",
            "figure 3a shows recurrent models against feed-forward ones of the same size and settings, and no recurrent model (ns2250) has its feed-forward one in the table: train both in one study",
        ),
        (
            study(),
            StudyOptions { readout: Some(Readout::NoAvg), iterations: Some(5), ..plain() },
            "3b",
            "figure 3b has no panel of no-avg, T = 5: the table has no-avg, early-avg, late-avg, 2-avg with T = 2, 3, 7",
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
                "has: without repeated trials there is no ceiling, and `--metric cc-raw2` compares by CC_raw²"
            ),
            "{error}"
        );
        let options = StudyOptions { metric: Some(Metric::CcRaw2), ..StudyOptions::default() };
        let drawn = Study::new(&rows, options).draw(number(figure)).unwrap();
        assert!(drawn.svg.contains("CC_raw²") && !drawn.svg.contains("CC_norm²"), "{figure}");
    }
}

#[test]
fn panels_without_models_are_left_out_of_a_figure() {
    let rows = only(|row| row.recurrent_blocks == 1);
    let drawn = Study::new(&rows, StudyOptions::default()).draw(number("14")).unwrap();
    assert_eq!(drawn.left_out, ["figure 14b needs models with 2 recurrent blocks, and ns2250 has 1"]);
    assert!(drawn.svg.contains("\n1 recurrent block, 50 % (700), n = 2\n"));
}

/// A study of two data sets of one's own has the figures of both of the paper's.
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
