//! Pairs of models against each other (paper, Figs. 4c, 4d, 12 and 13).

use super::FigureError;
use super::axis::Marks;
use super::canvas::{Anchor, Canvas, Text};
use super::numbers;
use super::style::{
    GRID, INK, LABEL, MOST_PARTS, MUTED, PAPER, SMALL, TITLE, readout_colour, shortened, text_width,
};
use crate::circuit::Readout;
use crate::comparison::PearsonR;
use plotters::style::RGBColor;

/// Both axes are this long.
const SIDE: f64 = 250.0;

/// A number of each of two models.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScatterPoint {
    /// Of the first model.
    pub x: f64,
    /// Of the second.
    pub y: f64,
    /// The readout mode, which gives the point its colour.
    pub readout: Option<Readout>,
}

/// Numbers of pairs of models.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PairScatter {
    /// What the numbers are.
    pub quantity: String,
    /// What the first models are, on the horizontal axis.
    pub x: String,
    /// What the second models are, on the vertical axis.
    pub y: String,
    /// The pairs.
    pub points: Vec<ScatterPoint>,
}

/// Draws a number of pairs of models as SVG, after Figs. 4c and 4d of the paper: a point a pair in the
/// colour of its readout mode, on equal axes, with the identity line dashed, and the number of
/// pairs and Pearson's r in the title.
///
/// Points that are not finite are left out and not counted.
///
/// # Errors
///
/// [`FigureError::TooLarge`] where there are too many points to be drawn.
///
/// # Examples
///
/// ```
/// use pathscope::circuit::Readout;
/// use pathscope::figures::{PairScatter, ScatterPoint, pair_scatter};
///
/// let point = |x, y| ScatterPoint { x, y, readout: Some(Readout::TwoAvg) };
/// let svg = pair_scatter(&PairScatter {
///     quantity: "average path length".to_owned(),
///     x: "recurrent".to_owned(),
///     y: "multi-path".to_owned(),
///     points: vec![point(1.5, 1.6), point(2.0, 1.9), point(3.1, 3.0)],
/// })?;
/// assert!(svg.contains("average path length, n = 3, r = 0.994"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn pair_scatter(scatter: &PairScatter) -> Result<String, FigureError> {
    let points: Vec<&ScatterPoint> =
        scatter.points.iter().filter(|point| point.x.is_finite() && point.y.is_finite()).collect();
    if points.len() > MOST_PARTS {
        let advice = "compare fewer pairs at once";
        return Err(FigureError::TooLarge { parts: points.len(), limit: MOST_PARTS, advice });
    }
    let marks = Marks::with_room(points.iter().flat_map(|point| [point.x, point.y]));
    let at = |number: f64| marks.share(number) * SIDE;

    let mut canvas = Canvas::default();
    let text = Text::new(LABEL, INK);
    let widest = marks.values().map(|value| text_width(&marks.label(value), LABEL)).fold(0.0, f64::max);
    let distance = SIDE / (marks.values().count() - 1) as f64;
    // Numbers with many digits would touch each other.
    let every = ((widest + 6.0) / distance).ceil().max(1.0) as usize;
    for (index, value) in marks.values().enumerate() {
        let place = at(value);
        canvas.line(&[(0.0, -place), (SIDE, -place)], GRID, 0.8);
        canvas.line(&[(place, -SIDE), (place, 0.0)], GRID, 0.8);
        canvas.line(&[(-4.0, -place), (0.0, -place)], INK, 1.0);
        canvas.line(&[(place, 0.0), (place, 4.0)], INK, 1.0);
        canvas.text(marks.label(value), (-8.0, -place), text.anchored(Anchor::End));
        if index % every == 0 {
            canvas.text(marks.label(value), (place, 13.0), text);
        }
    }
    canvas.dashes((0.0, 0.0), (SIDE, -SIDE), MUTED, 1.0);
    canvas.line(&[(0.0, -SIDE), (0.0, 0.0), (SIDE, 0.0)], INK, 1.0);
    for point in &points {
        canvas.circle((at(point.x), -at(point.y)), 3.2, colour(point.readout), PAPER, 0.6);
    }
    if points.is_empty() {
        canvas.text("no pair to show", (SIDE * 0.68, -SIDE * 0.15), Text::new(LABEL, MUTED));
    }
    legend(&mut canvas, &points);
    canvas.text(shortened(&scatter.x, LABEL, SIDE), (SIDE / 2.0, 32.0), text);
    let axis = canvas.bounds().0.0 - 12.0;
    canvas.text(shortened(&scatter.y, LABEL, SIDE), (axis, -SIDE / 2.0), text.upward());

    let r = PearsonR::of(&points.iter().map(|point| (point.x, point.y)).collect::<Vec<_>>());
    let left = canvas.bounds().0.0;
    let mut top = -SIDE - 16.0;
    let mut title = format!("{}, n = {}", shortened(&scatter.quantity, TITLE, SIDE), points.len());
    match (r.reason(), r.value()) {
        (Some(reason), _) => {
            canvas.text(reason, (left, top), Text::new(SMALL, MUTED).anchored(Anchor::Start));
            top -= 18.0;
        }
        (None, value) => title.push_str(&format!(", r = {}", numbers::three_digits(value.unwrap_or(0.0)))),
    }
    canvas.text(title, (left, top), Text::new(TITLE, INK).anchored(Anchor::Start).bold());
    canvas.into_svg()
}

/// Says which colour is which readout mode, where there are several.
fn legend(canvas: &mut Canvas, points: &[&ScatterPoint]) {
    let modes = Readout::ALL.map(Some).into_iter().chain([None]);
    let shown: Vec<Option<Readout>> =
        modes.filter(|mode| points.iter().any(|point| point.readout == *mode)).collect();
    if shown.len() < 2 {
        return;
    }
    for (index, mode) in shown.into_iter().enumerate() {
        let y = -SIDE + 8.0 + index as f64 * 17.0;
        canvas.circle((SIDE + 18.0, y), 3.2, colour(mode), PAPER, 0.6);
        let name = mode.map_or("other", Readout::as_str);
        canvas.text(name, (SIDE + 27.0, y), Text::new(LABEL, INK).anchored(Anchor::Start));
    }
}

fn colour(readout: Option<Readout>) -> RGBColor {
    readout.map_or(MUTED, readout_colour)
}
