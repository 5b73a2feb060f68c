//! Properties of every figure on every sheet: legible type, nothing cut off, and a legend for every mark.

use super::super::mark::{Shape, Style};
use super::super::*;
use super::{attribute, every_gallery, gallery, labels, number};
use pathscope_core::circuit::Readout;

/// The smallest type in points, and the tolerance for rounding.
const SMALLEST: f64 = 6.0;
const ROUNDING: f64 = 0.005;

/// Returns the millimetres of a unit of the view box.
fn unit(svg: &str) -> f64 {
    let size = |name: &str| attribute(svg, name).strip_suffix("mm").unwrap().parse::<f64>().unwrap();
    let view_box: Vec<f64> =
        attribute(svg, "viewBox").split(' ').map(|number| number.parse().unwrap()).collect();
    (size("width") / view_box[2]).min(size("height") / view_box[3])
}

fn font_sizes(svg: &str) -> impl Iterator<Item = f64> {
    svg.split(" font-size=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0.parse().unwrap())
}

#[test]
fn type_is_never_smaller_than_six_points() {
    for (name, svg) in every_gallery() {
        let smallest = font_sizes(svg).fold(f64::INFINITY, f64::min);
        let points = smallest * unit(svg) / 25.4 * 72.0;
        assert!(points >= SMALLEST - ROUNDING, "{name}: {points}");
    }
}

#[test]
fn a_figure_is_as_wide_as_asked_or_says_that_it_is_not() {
    let mut too_large = 0;
    for width in [89.0, 183.0] {
        let sheet = Sheet::of_width(width).unwrap();
        for (name, svg) in gallery(sheet) {
            let asked = format!(" width=\"{width}mm\"");
            match sheet.misfit(&svg) {
                None => assert!(svg[..200].contains(&asked), "{name}: {}", &svg[..120]),
                Some(_) => too_large += 1,
            }
        }
    }
    // A few do not fit: circuits with many connections, and figures of many panels.
    assert!(too_large > 0 && too_large < 40, "{too_large}");
}

#[test]
fn the_narrowest_and_the_widest_sheets_have_type_of_six_points_too() {
    for width in [40.0, 1200.0] {
        for (name, svg) in gallery(Sheet::of_width(width).unwrap()) {
            let smallest = font_sizes(&svg).fold(f64::INFINITY, f64::min) * unit(&svg) / 25.4 * 72.0;
            assert!(smallest >= SMALLEST - ROUNDING, "{name}: {smallest}");
        }
    }
}

#[test]
fn nothing_is_cut() {
    // The gallery also has names that no figure has room for.
    let long = |name: &str| name.contains("long-names");
    for (name, svg) in every_gallery().filter(|(name, _)| !long(name)) {
        for label in labels(svg) {
            assert!(!label.text.ends_with('…'), "{name}: {label:?}");
        }
    }
}

#[test]
fn fonts_have_something_to_fall_back_to() {
    for (name, svg) in every_gallery() {
        for family in svg.split(" font-family=\"").skip(1) {
            assert!(family.starts_with("Helvetica, Arial, sans-serif\""), "{name}");
        }
    }
}

/// Returns the elements that are filled with a colour.
fn filled<'a>(svg: &'a str, colour: &'a str) -> impl Iterator<Item = &'a str> {
    let attribute = format!(" fill=\"{colour}\"");
    svg.split('<').filter(move |element| element.contains(&attribute) && !element.starts_with("text"))
}

fn hexadecimal(readout: Readout) -> String {
    let colour = Style::of(readout).colour;
    format!("#{:02X}{:02X}{:02X}", colour.0, colour.1, colour.2)
}

/// Returns the number of corners of a polygon without the one that closes it.
fn corners(element: &str) -> usize {
    let points: Vec<&str> = attribute(element, "points").split_whitespace().collect();
    if points.first() == points.last() { points.len() - 1 } else { points.len() }
}

#[test]
fn modes_have_marks_of_their_own_which_are_in_the_legend() {
    let figures = ["3d", "6a", "6c", "11", "14", "16", "18", "21", "27", "4d"];
    for (name, svg) in every_gallery() {
        if !figures.iter().any(|figure| name == *figure || name.starts_with(&format!("{figure} on"))) {
            continue;
        }
        for readout in Readout::ALL {
            let shape = Style::of(readout).shape;
            let colour = hexadecimal(readout);
            let matches = |element: &str| match shape {
                Shape::Circle => element.starts_with("circle"),
                Shape::Triangle => element.starts_with("polygon") && corners(element) == 3,
                Shape::Square | Shape::Diamond => element.starts_with("polygon") && corners(element) == 4,
            };
            let marks: Vec<&str> = filled(svg, &colour).filter(|element| matches(element)).collect();
            // Bars of distributions are rectangles; everything else of this colour is a mark.
            let others = filled(svg, &colour).filter(|element| !matches(element));
            let others =
                others.filter(|element| !element.starts_with("polygon") || corners(element) != 4).count();
            assert!(marks.len() > 1 && others == 0, "{name}: {readout} {} {others}", marks.len());
            // The mark in the legend is to the left of the mode's name.
            let legend = labels(svg).into_iter().filter(|label| label.text.starts_with(readout.as_str()));
            let y = |element: &str| match shape {
                Shape::Circle => number(element, "cy"),
                _ => {
                    let heights = attribute(element, "points")
                        .split_whitespace()
                        .map(|point| point.split_once(',').unwrap().1.parse::<f64>().unwrap());
                    let (low, high) =
                        heights.fold((f64::INFINITY, 0.0_f64), |(low, high), y| (low.min(y), high.max(y)));
                    (low + high) / 2.0
                }
            };
            let near = |label: &super::Label| {
                let middle = (label.top + label.bottom) / 2.0;
                marks.iter().any(|mark| (y(mark) - middle).abs() < 100.0)
            };
            assert!(legend.into_iter().any(|label| near(&label)), "{name}: {readout} is in no legend");
        }
    }
}

#[test]
fn lines_error_bars_rings_and_frames_are_in_a_legend() {
    let drawn: Vec<(&str, &str)> = every_gallery().collect();
    for (figure, said) in [
        (
            "3d",
            &["feed-forward", "feed-forward ± one standard error", "error bars: ± one standard error"][..],
        ),
        ("6c", &["feed-forward", "similar lengths"]),
        ("6e", &["average path length"]),
        (
            "6i",
            &[
                "full multi-path model, mean of 2",
                "error bars: ± one standard error",
                "lowest without three lengths",
            ],
        ),
        ("24", &["full multi-path model", "lowest without three lengths"]),
        ("4c", &["equal"]),
        ("3a", &["equal"]),
        ("pair-scatter", &["equal", "no-avg"]),
        ("ablation-scores", &["original recurrent model", "lowest without three lengths"]),
    ] {
        for (name, svg) in
            drawn.iter().filter(|(name, _)| *name == figure || name.starts_with(&format!("{figure} on")))
        {
            let texts: Vec<String> = labels(svg).into_iter().map(|label| label.text).collect();
            let all = texts.join("\n");
            for expected in said {
                // An entry of the legend may have several lines.
                let found = all.contains(expected) || expected.split(' ').all(|word| all.contains(word));
                assert!(found, "{name}: {expected} in {texts:?}");
            }
        }
    }
}

#[test]
fn letters_of_panels_that_are_missing_are_named() {
    let rows = study::tests::study_rows();
    let one_block: Vec<_> = rows.into_iter().filter(|row| row.recurrent_blocks == 1).collect();
    let figure = study::Study::new(&one_block, Default::default()).draw("16".parse().unwrap()).unwrap();
    assert!(figure.svg.contains("not drawn: b, d"), "{}", figure.svg);
}
