//! Tests of what is selected from the fixed table, and of what it lacks.

use super::*;
use crate::study::results::read_results;
use pathscope_core::data::scores::Score;
use std::path::Path;

const FIRST: Subset = Subset::of(PaperDataset::First);
const SECOND: Subset = Subset::of(PaperDataset::Second);

/// The fixed table, with two data sets and some models that are not finished.
fn study() -> Vec<ResultRow> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/results/study.csv");
    read_results(&[file]).unwrap().rows
}

fn only(keep: impl Fn(&ResultRow) -> bool) -> Vec<ResultRow> {
    study().into_iter().filter(|row| keep(row)).collect()
}

#[test]
fn what_is_missing_is_named() {
    let recurrent = &[Kind::Recurrent][..];
    let both = &[Kind::FeedForward, Kind::Recurrent][..];
    let first_only = || only(|row| row.dataset == "ns2250");
    for (rows, subset, kinds, dataset, expected) in [
        (
            vec![],
            FIRST,
            recurrent,
            Some("ns2250"),
            "the results have no models; write a table with models with `pathscope sweep collect`",
        ),
        (
            study(),
            FIRST,
            recurrent,
            Some("ns225O"),
            "no model was trained on 'ns225O': the results have imagenet8k, ns2250; did you mean ns2250?",
        ),
        (
            first_only(),
            SECOND,
            recurrent,
            None,
            "a second data set is needed, and the results have only ns2250; use this one with `--dataset ns2250`",
        ),
        (
            first_only(),
            FIRST.split(Split::Second),
            recurrent,
            None,
            "a second split into training, validation and test images is needed, and ns2250 has only that of seed 0",
        ),
        (
            study(),
            SECOND.split(Split::Seed(7)),
            recurrent,
            None,
            "no model of imagenet8k has the split seed 7: there are 0, 1",
        ),
        (
            only(|row| row.train_fraction > 0.3),
            FIRST.amount(3),
            recurrent,
            None,
            "models trained on 3 amounts of data are needed, and ns2250 has only 100 % (1400), 50 % (700)",
        ),
        (
            only(|row| row.recurrent_blocks == 1),
            FIRST.blocks(2),
            recurrent,
            None,
            "no model of ns2250 has 2 recurrent blocks: there are models with 1",
        ),
        (
            only(|row| row.kind == Kind::MultiPath),
            FIRST.amount(1),
            both,
            None,
            "the results have no feed-forward or recurrent model (ns2250, 100 % (1400), split seed 0); add some to the study",
        ),
        (
            only(|row| row.status != Status::Finished),
            FIRST,
            &Kind::ALL,
            None,
            "the results have 4 models (ns2250, split seed 0), but no finished one; resume with `pathscope sweep run`",
        ),
    ] {
        let error = StudyModels::new(&rows).select(&subset, kinds, dataset).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn amounts_are_those_of_the_split() {
    let rows = study();
    let models = StudyModels::new(&rows);
    let fractions = |split: Split| {
        let selection = models.select(&SECOND.split(split), &[Kind::Recurrent], None).unwrap();
        selection.amounts.iter().map(|amount| amount.fraction).collect::<Vec<_>>()
    };
    assert_eq!(fractions(Split::Lowest), [1.0, 0.5, 0.25]);
    assert_eq!(fractions(Split::Second), [1.0]);
    assert_eq!(fractions(Split::Seed(1)), [1.0]);
}

#[test]
fn a_fraction_is_looked_up_and_the_largest_is_the_default() {
    let rows = study();
    let models = StudyModels::new(&rows);
    let selection = models.select(&FIRST, &[Kind::Recurrent], None).unwrap();
    assert_eq!(selection.amount(None).unwrap().images, Some(1400));
    assert_eq!(selection.amount(Some(0.5)).unwrap().images, Some(700));
    assert_eq!(
        selection.amount(Some(0.4)).unwrap_err().to_string(),
        "no model of ns2250 was trained on a fraction of 0.4 of the training images: there are 1, 0.5, 0.25"
    );
}

#[test]
fn a_measure_that_no_model_has_is_refused() {
    let mut rows = study();
    rows.iter_mut().for_each(|row| row.cc_norm2 = None);
    let models = StudyModels::new(&rows);
    let selection = models.select(&FIRST.amount(1), &[Kind::Recurrent], None).unwrap();
    assert_eq!(selection.metric(Some(Score::CcRaw2)), Ok(Score::CcRaw2));
    let error = selection.metric(None).unwrap_err().to_string();
    assert!(error.starts_with("no finished model (ns2250, 100 % (1400)) has a CC_norm²: "), "{error}");
}
