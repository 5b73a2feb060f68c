//! Tests of figures of studies: golden files, and properties of every figure of every table.

mod errors;
mod paths;
mod table;

use super::*;
use crate::study::results::{Configuration, Pair, Status, configurations, pairs};
use pathscope_core::circuit::Readout;
use proptest::prelude::*;
use series::Performances;
use table::{paper_sized, study};

pub(crate) use table::study as study_rows;

/// The figures that are drawn here.
const DRAWN: [&str; 36] = [
    "3a", "3b", "3c", "3d", "3e", "3f", "4c", "4d", "6a", "6b", "6c", "6d", "6e", "6f", "6g", "6h", "6i",
    "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24", "25",
    "26", "27",
];

fn number(text: &str) -> FigureNumber {
    text.parse().unwrap()
}

fn with_dataset(name: &str) -> StudyOptions {
    StudyOptions { dataset: Some(name.to_owned()), ..StudyOptions::default() }
}

#[track_caller]
fn draw(rows: &[ResultRow], options: StudyOptions, figure: &str) -> String {
    let drawn = Study::new(rows, options).draw(number(figure));
    drawn.unwrap_or_else(|error| panic!("{figure}: {error}")).svg
}

/// Draws every kind of figure from the fixed table and from one of the paper's size.
pub(crate) fn gallery(sheet: Sheet) -> Vec<(&'static str, String)> {
    let (small, large) = (study(), paper_sized());
    let options = StudyOptions { sheet, ..StudyOptions::default() };
    let of_large =
        [("study-3-large", "3"), ("study-6-large", "6"), ("study-9-large", "9"), ("study-16-large", "16")];
    let mut figures: Vec<(&'static str, String)> =
        DRAWN.into_iter().map(|figure| (figure, draw(&small, options.clone(), figure))).collect();
    let large = of_large.map(|(name, figure)| (name, draw(&large, options.clone(), figure)));
    figures.extend(large);
    figures
}

#[test]
fn golden_figures_of_a_study() {
    let rows = study();
    for figure in ["3a", "3b", "3c", "4c", "4d", "6a", "6c", "6e", "6i", "11", "12", "16", "25", "26"] {
        insta::assert_snapshot!(format!("figure-{figure}"), draw(&rows, StudyOptions::default(), figure));
    }
}

#[test]
fn the_order_of_the_rows_does_not_matter() {
    let rows = study();
    let backward: Vec<ResultRow> = rows.iter().rev().cloned().collect();
    for figure in DRAWN {
        let [forward, backward] = [&rows, &backward].map(|rows| draw(rows, StudyOptions::default(), figure));
        assert!(forward == backward, "{figure}");
    }
}

#[test]
fn unfinished_models_are_said_and_not_drawn() {
    let rows = study();
    let absurd = |row: &ResultRow| match row.status {
        Status::Finished => row.clone(),
        _ => ResultRow { cc_norm2: Some(9.0), average_path_length: Some(99.0), ..row.clone() },
    };
    let with_scores: Vec<ResultRow> = rows.iter().map(absurd).collect();
    assert_ne!(rows, with_scores);
    for figure in DRAWN {
        let [without, with] = [&rows, &with_scores].map(|rows| draw(rows, StudyOptions::default(), figure));
        assert!(without == with, "{figure}");
    }
    let notes = |figure| Study::new(&rows, StudyOptions::default()).draw(number(figure)).unwrap().notes;
    assert_eq!(notes("3e"), ["1 model that is not finished left out"]);
    assert_eq!(notes("3d"), ["2 models that are not finished left out"]);
    assert_eq!(notes("3f"), [""; 0]);
    assert_eq!(notes("11"), ["11c: 1 model that is not finished left out"]);
}

#[test]
fn data_sets_never_mix() {
    let rows = study();
    let only = |dataset: &str| -> Vec<ResultRow> {
        rows.iter().filter(|row| row.dataset == dataset).cloned().collect()
    };
    // A hash that does not distinguish data sets, as another tool might write.
    let mut confused = rows.clone();
    for row in &mut confused {
        for name in [&mut row.configuration, &mut row.matched] {
            *name = format!("{}-{:?}", row.recurrent_blocks, row.loss);
        }
        if row.kind == Kind::Recurrent {
            row.configuration = format!("{:?}-{}-{}", row.readout, row.iterations, row.configuration);
        }
    }
    let [first, second] = ["ns2250", "imagenet8k"].map(|dataset| (dataset, only(dataset)));
    for (dataset, own) in [&first, &second] {
        for figure in ["3a", "3d", "6b", "6d", "9", "11", "17"] {
            let expected = draw(own, with_dataset(dataset), figure);
            assert!(draw(&rows, with_dataset(dataset), figure) == expected, "{figure} of {dataset}");
            let own_confused: Vec<ResultRow> =
                confused.iter().filter(|row| row.dataset == *dataset).cloned().collect();
            let expected = draw(&own_confused, with_dataset(dataset), figure);
            assert!(draw(&confused, with_dataset(dataset), figure) == expected, "{figure} of {dataset}");
        }
    }
    assert_ne!(draw(&rows, with_dataset("ns2250"), "9"), draw(&rows, with_dataset("imagenet8k"), "9"));
    assert_eq!(draw(&rows, with_dataset("imagenet8k"), "9"), draw(&rows, StudyOptions::default(), "10"));
}

#[test]
fn any_figure_is_drawn_of_any_amount_of_data() {
    let rows = study();
    let of = |part, figure| {
        draw(&rows, StudyOptions { train_fraction: Some(part), ..StudyOptions::default() }, figure)
    };
    let published = |figure| draw(&rows, StudyOptions::default(), figure);
    // Figs. 3d to 3f differ only in their amounts of data, and the whole of Fig. 6 has the largest.
    for (part, figure) in [(1.0, "3d"), (0.5, "3e"), (0.25, "3f")] {
        assert!(of(part, "3d") == published(figure), "{figure}");
    }
    assert!(of(1.0, "6") == published("6"));
    // One of the three is enough then.
    assert_eq!(of(0.5, "3").matches("iterations T").count(), 1);
    assert_eq!(published("3").matches("iterations T").count(), 3);
    assert_ne!(of(0.5, "4c"), published("4c"));
    assert!(of(0.5, "4c").contains("50 % (700)"));
}

#[test]
fn pairs_are_of_one_size_and_settings() {
    for rows in [study(), paper_sized()] {
        let configurations = configurations(&rows);
        for dataset in ["ns2250", "imagenet8k"] {
            let of_dataset: Vec<&Configuration<'_>> =
                configurations.iter().filter(|each| each.settings.dataset == dataset).collect();
            let (pairs, unpaired) = pairs(&of_dataset);
            let recurrent = of_dataset.iter().filter(|each| each.settings.kind == Kind::Recurrent).count();
            assert_eq!((pairs.len(), unpaired), (recurrent, 0), "{dataset}");
            for Pair { feed_forward, recurrent } in pairs {
                let settings = |row: &ResultRow| {
                    let amount = row.train_fraction.to_bits();
                    (
                        row.dataset.clone(),
                        row.split_seed,
                        amount,
                        row.recurrent_blocks,
                        row.channels,
                        row.loss,
                    )
                };
                let (one, other) = (feed_forward.settings, recurrent.settings);
                assert_eq!((one.kind, other.kind), (Kind::FeedForward, Kind::Recurrent));
                assert_eq!(settings(one), settings(other));
                assert_eq!(one.configuration, other.matched);
                assert!(feed_forward.models.iter().all(|model| model.configuration == one.configuration));
            }
        }
    }
}

/// There are 2 × 24 sizes at each amount of data.
#[test]
fn a_study_of_the_papers_size_has_its_panels() {
    let rows = paper_sized();
    let svg = draw(&rows, StudyOptions::default(), "9");
    assert!(svg.contains("\nns2250, n = 144 pairs per panel\n"), "{}", &svg[..2000]);
    assert_eq!(svg.matches("\nn = 144\n").count(), 24);
    assert!(svg.contains("\n50 % (700), n = 48 per panel\n"));
    assert!(draw(&rows, StudyOptions::default(), "3d").contains("\n100 % (1400), n = 48\n"));
    let svg = draw(&rows, StudyOptions::default(), "14");
    assert!(svg.contains("\n1 recurrent block, 50 % (700), n = 24\n"), "{}", &svg[..2000]);
    assert!(draw(&rows, StudyOptions::default(), "3c").contains("\nno-avg, T = 7, n = 144\n"));
    assert!(draw(&rows, StudyOptions::default(), "3b").contains("\nlate-avg, T = 7, n = 144\n"));
    let chosen = StudyOptions { readout: Some(Readout::TwoAvg), iterations: Some(3), ..Default::default() };
    for figure in ["3b", "3c"] {
        assert!(draw(&rows, chosen.clone(), figure).contains("\n2-avg, T = 3, n = 144\n"));
    }
}

/// Two configurations with two seeds each have means 0.4 and 0.6, whose mean is 0.5 with a standard error of
/// 0.1.
#[test]
fn means_are_over_configurations() {
    let mut rows: Vec<ResultRow> =
        paper_sized().into_iter().filter(|row| row.train_fraction == 1.0).collect();
    rows.retain(|row| row.id.ends_with("avg-3-24") || row.id.ends_with("avg-3-25"));
    assert_eq!(rows.len(), 8);
    let mut both = Vec::new();
    for row in rows {
        let [low, high] = if row.id.ends_with('4') { [0.3, 0.5] } else { [0.55, 0.65] };
        for (seed, score) in [(0, low), (1, high)] {
            both.push(ResultRow {
                id: format!("{}-{seed}", row.id),
                seed,
                cc_norm2: Some(score),
                ..row.clone()
            });
        }
    }
    let study = Study::new(&both, StudyOptions::default());
    let series = Performances::select(&study, &number("3d").panels()[0].subset).unwrap().series;
    assert_eq!(series.iter().map(|series| series.readout).collect::<Vec<_>>(), Readout::ALL);
    for point in series.iter().flat_map(|series| &series.points) {
        assert_eq!((point.iterations, point.performance.n), (3, 2));
        assert!((point.performance.mean - 0.5).abs() < 1e-12, "{point:?}");
        assert!((point.performance.standard_error - 0.1).abs() < 1e-12, "{point:?}");
    }
    let drawn = study.draw(number("3d")).unwrap();
    assert!(drawn.svg.contains("\n100 % (1400), n = 2\n") && !drawn.svg.contains("\nfeed-forward\n"));
    assert_eq!(drawn.notes, ["no feed-forward models (ns2250, 100 % (1400)), so their line is missing"]);
}

fn mask(length: usize) -> impl Strategy<Value = Vec<bool>> {
    proptest::collection::vec(prop::bool::weighted(0.7), length)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// A model that is not finished is ignored, whatever its scores.
    #[test]
    fn unfinished_models_are_as_good_as_none(kept in mask(1013)) {
        let rows = study();
        prop_assert_eq!(rows.len(), kept.len());
        let mut failed = rows.clone();
        for (row, _) in failed.iter_mut().zip(&kept).filter(|(_, kept)| !**kept) {
            row.status = Status::Failed;
        }
        let only: Vec<ResultRow> =
            rows.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(row, _)| row.clone()).collect();
        for figure in ["3a", "3c", "3d", "6c", "11", "26"] {
            let [failed, only] = [&failed, &only].map(|rows| {
                Study::new(rows, StudyOptions::default()).draw(number(figure)).map(|drawn| drawn.svg)
            });
            prop_assert!(failed == only, "{}", figure);
        }
    }
}
