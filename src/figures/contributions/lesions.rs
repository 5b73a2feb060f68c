//! The cost of removing paths against their strength and their contribution.

use super::framed;
use crate::figures::axis::Marks;
use crate::figures::canvas::{Anchor, Canvas, Point, Text};
use crate::figures::mark::{RADIUS, Style};
use crate::figures::scatter_axes::ScatterAxes;
use crate::figures::style::{INK, LABEL, MOST_PARTS, MUTED, SMALL, text_width};
use crate::figures::{FigureError, Sheet, numbers};
use pathscope_core::analysis::lesion::{Correlations, Lesion, Lesions};

/// The largest side of a panel.
const LONGEST: f64 = 230.0;
/// The room between panels and around their axes.
const BETWEEN: f64 = 70.0;

/// The remark below the figure on what the two measures mean.
const CAUTION: &str = "contributions are under the gates of each image, which stay; drops are the effect of removing the paths, which changes gates downstream";

/// The measure on a panel's horizontal axis.
type Measure = fn(&Lesion) -> Option<f64>;

/// A rectangle: left, top, right and bottom.
type Extent = [f64; 4];

/// Draws as SVG the drop in CC_raw when the paths of some lengths are removed.
///
/// One panel shows it against the probability of these paths by strength, the other against their share of
/// mean |C|. Each network and set of lengths is a point with the lengths beside it.
///
/// # Arguments
///
/// * `lesions` - the lesions of one or several networks
/// * `sheet` - the sheet that the figure is drawn for; panels are below each other if there is no room side
///   by side
///
/// # Errors
///
/// [`FigureError::TooLarge`] if there are too many points to be drawn.
pub fn lesions(lesions: &Lesions, sheet: Sheet) -> Result<String, FigureError> {
    let all: Vec<&Lesion> = lesions.models.iter().flat_map(|model| &model.lesions).collect();
    if all.len() > MOST_PARTS {
        let advice = "measure fewer ablations at once";
        return Err(FigureError::TooLarge { parts: all.len(), limit: MOST_PARTS, advice });
    }
    let beside = sheet.width() >= 2.0 * (LONGEST * 0.7 + BETWEEN);
    let side = if beside { sheet.width() / 2.0 - BETWEEN } else { sheet.width() - BETWEEN }.min(LONGEST);
    let mut canvas = Canvas::default();
    let panels: [(&str, Measure); 2] = [
        ("strength: probability of what is removed", |lesion| lesion.probability),
        ("contribution: share of mean |C| of what is removed", |lesion| lesion.share),
    ];
    let (mut place, mut unnamed) = ((0.0, 0.0), 0);
    for (name, of) in panels {
        let (drawn, left_out) = panel(&all, name, of, side);
        unnamed += left_out;
        let (_, (_, bottom)) = drawn.bounds();
        canvas.insert(drawn, place);
        place = if beside { (side + BETWEEN, 0.0) } else { (0.0, bottom + side + 24.0) };
    }
    let mut remarks: Vec<String> = lesions
        .models
        .iter()
        .map(|model| {
            let agreement = model.agreement;
            let said = |name: &str, found: Correlations| {
                let r = found.pearson.map_or("none".to_owned(), numbers::three_digits);
                format!("r with {name}: {r}")
            };
            let (strength, contribution) = (agreement.strength, agreement.contribution);
            format!("{}: {}, {}", model.name, said("strength", strength), said("contribution", contribution))
        })
        .collect();
    if unnamed > 0 {
        remarks.push(format!("{unnamed} points have no room for their removed lengths; see lesions.csv"));
    }
    remarks.push(CAUTION.to_owned());
    framed(canvas, "Strength, contribution, lesion", &[], &remarks, sheet)
}

fn panel(lesions: &[&Lesion], name: &str, of: Measure, side: f64) -> (Canvas, usize) {
    let points: Vec<(String, [f64; 2])> = lesions
        .iter()
        .filter_map(|lesion| Some((lesion.removed.to_string(), [of(lesion)?, lesion.drop.cc_raw])))
        .collect();
    let axes = ScatterAxes {
        x: Marks::covering(points.iter().map(|(_, [x, _])| *x).chain([0.0])),
        y: Marks::with_room(points.iter().map(|(_, [_, y])| *y).chain([0.0])),
        side,
    };
    let mut canvas = Canvas::default();
    axes.draw_behind(&mut canvas);
    let zero = [axes.x.values().next().unwrap_or(0.0), axes.x.values().last().unwrap_or(0.0)];
    canvas.line(&zero.map(|x| axes.at([x, 0.0])), MUTED, 0.8);
    axes.draw_lines(&mut canvas);
    let places: Vec<Point> = points.iter().map(|(_, point)| axes.at(*point)).collect();
    places.iter().for_each(|&place| Style::of_kind(0).point(&mut canvas, place, RADIUS));
    let names: Vec<&str> = points.iter().map(|(removed, _)| removed.as_str()).collect();
    let unnamed = name_points(&mut canvas, &places, &names, side);
    if points.is_empty() {
        canvas.text("no lesion to show", (side * 0.5, -side * 0.5), Text::new(LABEL, MUTED));
    }
    axes.draw_names(&mut canvas, [name, "drop in CC_raw"]);
    (canvas, unnamed)
}

/// Writes names beside points if there is room for them within the axes.
///
/// # Returns
///
/// The number of names that do not fit.
fn name_points(canvas: &mut Canvas, places: &[Point], names: &[&str], side: f64) -> usize {
    let around = |&(x, y): &Point| [x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS];
    let mut taken: Vec<Extent> = places.iter().map(around).collect();
    let mut unnamed = 0;
    for (&(x, y), name) in places.iter().zip(names) {
        let (width, half) = (text_width(name, SMALL), SMALL * 0.6);
        let offsets = [
            (0.0, -1.0),
            (1.0, 0.0),
            (-1.0, 0.0),
            (0.0, 1.0),
            (1.0, -1.0),
            (-1.0, -1.0),
            (-1.0, 1.0),
            (1.0, 1.0),
        ];
        let extent = |(across, down): (f64, f64)| {
            let middle = (x + across * (width / 2.0 + RADIUS + 2.5), y + down * (half + RADIUS + 1.0));
            [middle.0 - width / 2.0, middle.1 - half, middle.0 + width / 2.0, middle.1 + half]
        };
        let is_free = |[left, top, right, bottom]: &Extent| {
            let inside = *left >= 0.0 && *right <= side && *top >= -side && *bottom <= 0.0;
            inside && taken.iter().all(|[l, t, r, b]| left >= r || l >= right || top >= b || t >= bottom)
        };
        match offsets.into_iter().map(extent).find(is_free) {
            Some(extent) => {
                let place = (extent[0], (extent[1] + extent[3]) / 2.0);
                canvas.text(*name, place, Text::new(SMALL, INK).anchored(Anchor::Start));
                taken.push(extent);
            }
            None => unnamed += 1,
        }
    }
    unnamed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_room_are_counted() {
        let mut canvas = Canvas::default();
        let apart = [(50.0, -50.0), (50.0, -100.0)];
        assert_eq!(name_points(&mut canvas, &apart, &["1", "2"], 200.0), 0);
        // Only four names fit around one point.
        assert_eq!(name_points(&mut canvas, &[(100.0, -100.0); 12], &["1"; 12], 200.0), 8);
    }
}
