//! Tests of figures of contributions.

use super::super::*;
use super::labels;
use ndarray::{Array2, Array3, Array5};
use pathscope_core::analysis::contributions::testing::{document_of, of_parts, random_contributions};
use pathscope_core::analysis::contributions::{ContributionSummary, Contributions, Mark, Recordings};

/// Returns contributions of a network whose longer paths contribute less, with recordings that it partly
/// predicts.
fn summary(lengths: Vec<usize>, units: usize) -> ContributionSummary {
    let random = random_contributions([12, units, lengths.len()], 9);
    let shrink = |(part, value): (usize, f64)| value / (1.0 + part as f64).powi(2);
    let parts = Array3::from_shape_fn(random.parts.dim(), |(image, unit, part)| {
        shrink((part + unit % 3, random.parts[[image, unit, part]]))
    });
    let contributions = of_parts(lengths, parts);
    let noise = random_contributions([12, units, 1], 4).outputs;
    let recordings =
        Recordings { averages: &contributions.outputs + &(noise * 0.5), ceilings: vec![Some(0.8); units] };
    document_of(&contributions, Some(&recordings)).summary
}

fn filters(units: usize, marks: usize, channels: usize, side: usize) -> Array5<f64> {
    Array5::from_shape_fn((units, marks, channels, side, side), |(unit, mark, channel, y, x)| {
        let (y, x) = (y as f64 - side as f64 / 2.0, x as f64 - side as f64 / 2.0);
        let turned = x * (unit as f64).cos() + y * (unit as f64).sin();
        let near = (-(x * x + y * y) / (side as f64 * (mark + 1) as f64)).exp();
        near * (turned + channel as f64).cos() / (1.0 + mark as f64).powi(3)
    })
}

fn fields_svg(filters: &Array5<f64>, marks: &[usize], sheet: Sheet) -> String {
    let units: Vec<usize> = (0..filters.dim().0).map(|unit| 3 * unit).collect();
    let fields = ReceptiveFields { mark: &Mark::Length, marks, units: &units, filters: filters.view() };
    receptive_fields(&fields, "a model", sheet).unwrap()
}

/// Draws every kind of figure with the most and the least that it can contain.
pub(super) fn gallery(sheet: Sheet) -> Vec<(&'static str, String)> {
    let some = summary(vec![1, 2, 3], 5);
    let many = summary((5..=34).collect(), 300);
    let gaps = summary(vec![2, 4, 9], 2);
    let zero = of_parts(vec![1, 2], Array3::zeros((3, 2, 3)));
    let zero = document_of(&zero, None).summary;
    let uses = Contributions {
        mark: Mark::Connection("conv[2].lateral".to_owned()),
        marks: vec![0, 1, 2],
        outputs: Array2::zeros((4, 1)),
        ..random_contributions([4, 1, 3], 2)
    };
    let uses = document_of(&uses, None).summary;
    let distribution = |summary: &ContributionSummary| {
        contribution_distribution(summary, &summary.population, "a model", sheet).unwrap()
    };
    let marks: Vec<usize> = (22..=49).collect();
    vec![
        ("contributions", distribution(&some)),
        (
            "contributions-of-a-unit",
            contribution_distribution(&some, &some.units[3], "unit 3", sheet).unwrap(),
        ),
        ("contributions-30", distribution(&many)),
        ("contributions-gaps", distribution(&gaps)),
        ("contributions-zero", distribution(&zero)),
        ("contributions-uses", distribution(&uses)),
        ("contributions-units", unit_contributions(&some, "a model", sheet).unwrap()),
        ("contributions-units-300", unit_contributions(&many, "a model", sheet).unwrap()),
        ("contributions-units-zero", unit_contributions(&zero, "a model", sheet).unwrap()),
        ("partial-sums", partial_sums(&some, "a model", sheet).unwrap()),
        ("partial-sums-30", partial_sums(&many, "a model", sheet).unwrap()),
        ("partial-sums-none", partial_sums(&zero, "a model", sheet).unwrap()),
        ("receptive-fields", fields_svg(&filters(3, 3, 1, 15), &[1, 2, 3], sheet)),
        ("receptive-fields-colour", fields_svg(&filters(2, 2, 3, 9), &[1, 2], sheet)),
        ("receptive-fields-many", fields_svg(&filters(40, 28, 5, 8), &marks, sheet)),
        ("receptive-fields-zero", fields_svg(&Array5::zeros((1, 1, 1, 4, 2)), &[1], sheet)),
    ]
}

#[test]
fn golden_figures() {
    let drawn = gallery(Sheet::of_width(89.0).unwrap());
    for name in ["contributions", "contributions-units", "partial-sums"] {
        let (_, svg) = drawn.iter().find(|(found, _)| *found == name).unwrap();
        insta::assert_snapshot!(name, svg);
    }
}

#[test]
fn every_figure_says_that_gates_stay() {
    for (name, svg) in gallery(Sheet::default()) {
        let all: String = labels(&svg).into_iter().map(|label| label.text + " ").collect();
        assert!(all.contains("this is not the effect of removing paths"), "{name}: {all}");
    }
}

#[test]
fn what_is_left_out_is_said() {
    let drawn = gallery(Sheet::default());
    let said = |name: &str| {
        let (_, svg) = drawn.iter().find(|(found, _)| *found == name).unwrap();
        labels(svg).into_iter().map(|label| label.text + " ").collect::<String>()
    };
    assert!(said("contributions-units-300").contains("120 of 300 units are left out"));
    assert!(said("partial-sums-30").contains("100 of 300 units have no line of their own"));
    let fields = said("receptive-fields-many");
    assert!(fields.contains("28 of 40 units are left out") && fields.contains("channel "), "{fields}");
    assert!(fields.contains("13 of 28 lengths are left out"), "{fields}");
}
