//! Tests of figures that compare strength, contribution and lesions.

use super::super::*;
use super::labels;
use pathscope_core::analysis::comparison::{MeasureComparison, MeasuredModel};
use pathscope_core::analysis::contributions::testing::{document_of, random_contributions};
use pathscope_core::analysis::lesion::testing::lesioned;
use pathscope_core::analysis::lesion::{Lesions, RunningStatistics};
use pathscope_core::model::ablation::PathNormalization;
use pathscope_core::statistics::Bootstrap;

fn comparison(models: usize, lengths: usize) -> MeasureComparison {
    let model = |index: usize| {
        let document = document_of(&random_contributions([6, 2, lengths], index as u64), None);
        MeasuredModel::of(&format!("model {index}"), &document).unwrap()
    };
    MeasureComparison::new(
        (0..models).map(model).collect(),
        &Bootstrap { resamples: 100, ..Bootstrap::default() },
    )
}

/// Draws every kind of figure with the most and the least that it can contain.
pub(super) fn gallery(sheet: Sheet) -> Vec<(&'static str, String)> {
    let of = |models| Lesions::new(PathNormalization::PerPath, RunningStatistics::Copied, models);
    vec![
        ("strength-contribution", strength_contribution(&comparison(4, 3), sheet).unwrap()),
        ("strength-contribution-120", strength_contribution(&comparison(3, 120), sheet).unwrap()),
        ("strength-contribution-none", strength_contribution(&comparison(0, 3), sheet).unwrap()),
        ("lesions", lesions(&of(vec![lesioned()]), sheet).unwrap()),
        ("lesions-none", lesions(&of(Vec::new()), sheet).unwrap()),
    ]
}

#[test]
fn every_length_is_in_the_legend() {
    let svg = strength_contribution(&comparison(4, 3), Sheet::default()).unwrap();
    let found = labels(&svg);
    for length in ["length 1", "length 2", "length 3"] {
        assert_eq!(found.iter().filter(|label| label.text == length).count(), 1, "{length}");
    }
    let all: String = found.into_iter().map(|label| label.text + " ").collect();
    assert!(all.contains("over 12 lengths of 4") && all.contains("(95 % interval over models"), "{all}");
}

#[test]
fn both_panels_of_lesions_name_what_was_removed() {
    for (sheet, panels) in [(Sheet::default(), 2), (Sheet::of_width(60.0).unwrap(), 2)] {
        let svg = lesions(
            &Lesions::new(PathNormalization::PerPath, RunningStatistics::Copied, vec![lesioned()]),
            sheet,
        );
        let found = labels(&svg.unwrap());
        assert_eq!(found.iter().filter(|label| label.text == "2-3").count(), panels);
        let all: String = found.into_iter().map(|label| label.text + " ").collect();
        assert!(all.contains("drops are the effect of removing the paths"), "{all}");
    }
}
