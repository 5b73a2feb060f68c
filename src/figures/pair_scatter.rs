//! Paired models against each other (paper, Figs. 4c, 4d, 12 and 13).

use super::axis::Marks;
use super::canvas::{Anchor, Canvas, Text};
use super::legend::{self, Key};
use super::mark::Style;
use super::scatter_axes::ScatterAxes;
use super::style::{INK, LABEL, MOST_PARTS, MUTED, SMALL, TITLE};
use super::{FigureError, Sheet, numbers};
use pathscope_core::analysis::comparison::PearsonR;
use pathscope_core::circuit::Readout;

/// The largest length of the axes.
const LONGEST: f64 = 250.0;

/// A pair of models, with a value for each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScatterPoint {
    /// The value of the first model.
    pub x: f64,
    /// The value of the second model.
    pub y: f64,
    /// The readout mode, which gives the point its colour.
    pub readout: Option<Readout>,
}

/// Pairs of models to draw against each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PairScatter {
    /// The name of the quantity.
    pub quantity: String,
    /// The name of the first models, on the horizontal axis.
    pub x: String,
    /// The name of the second models, on the vertical axis.
    pub y: String,
    /// The pairs.
    pub points: Vec<ScatterPoint>,
}

/// Draws a quantity of paired models against each other as SVG, after Figs. 4c and 4d of the paper.
///
/// Each pair is a point with the colour and shape of its readout mode. Both axes have the same range, and a
/// dashed line is the identity. The title gives the number of pairs and Pearson's r.
///
/// Points that are not finite are left out and not counted.
///
/// # Arguments
///
/// * `scatter` - the pairs
/// * `sheet` - the sheet that the figure is drawn for
///
/// # Errors
///
/// [`FigureError::TooLarge`] if there are too many points to be drawn.
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::Readout;
/// use pathscope::figures::{PairScatter, ScatterPoint, Sheet, pair_scatter};
///
/// let point = |x, y| ScatterPoint { x, y, readout: Some(Readout::TwoAvg) };
/// let svg = pair_scatter(&PairScatter {
///     quantity: "average path length".to_owned(),
///     x: "recurrent".to_owned(),
///     y: "multi-path".to_owned(),
///     points: vec![point(1.5, 1.6), point(2.0, 1.9), point(3.1, 3.0)],
/// }, Sheet::default())?;
/// assert!(svg.contains("average path length, n = 3, r = 0.994"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn pair_scatter(scatter: &PairScatter, sheet: Sheet) -> Result<String, FigureError> {
    let side = LONGEST.min(sheet.width() - 80.0);
    let points: Vec<&ScatterPoint> =
        scatter.points.iter().filter(|point| point.x.is_finite() && point.y.is_finite()).collect();
    if points.len() > MOST_PARTS {
        let advice = "compare fewer pairs at once";
        return Err(FigureError::TooLarge { parts: points.len(), limit: MOST_PARTS, advice });
    }
    let numbers = || points.iter().flat_map(|point| [point.x, point.y]);
    let axes = ScatterAxes { x: Marks::with_room(numbers()), y: Marks::with_room(numbers()), side };

    let mut canvas = Canvas::default();
    axes.draw_behind(&mut canvas);
    axes.draw_identity(&mut canvas);
    axes.draw_lines(&mut canvas);
    for point in &points {
        Style::of_known(point.readout).point(&mut canvas, axes.at([point.x, point.y]), 3.2);
    }
    if points.is_empty() {
        canvas.text("no pair to show", (side * 0.68, -side * 0.15), Text::new(LABEL, MUTED));
    }
    axes.draw_names(&mut canvas, [&scatter.x, &scatter.y]);
    let ((left, _), (_, bottom)) = canvas.bounds();
    legend::draw(&mut canvas, &keys(&points), (left, bottom + 14.0), side - left);

    let r = PearsonR::of(&points.iter().map(|point| (point.x, point.y)).collect::<Vec<_>>());
    let mut top = -side - 16.0;
    let mut title = format!("{}, n = {}", scatter.quantity, points.len());
    match (r.reason(), r.value()) {
        (Some(reason), _) => {
            canvas.text(reason, (left, top), Text::new(SMALL, MUTED).anchored(Anchor::Start));
            top -= 18.0;
        }
        (None, value) => title.push_str(&format!(", r = {}", numbers::three_digits(value.unwrap_or(0.0)))),
    }
    canvas.lines_above(&title, (left, top), side - left, Text::new(TITLE, INK).bold());
    canvas.into_svg(sheet)
}

/// Returns the legend of the marks of readout modes.
fn keys(points: &[&ScatterPoint]) -> Vec<Key> {
    let modes = Readout::ALL.map(Some).into_iter().chain([None]);
    // Without a known mode there is nothing to distinguish.
    let known = points.iter().any(|point| point.readout.is_some());
    let shown = modes.filter(|mode| known && points.iter().any(|point| point.readout == *mode));
    let name = |mode: Option<Readout>| mode.map_or("other", Readout::as_str).to_owned();
    shown.map(|mode| Key::point(Style::of_known(mode), name(mode))).chain([Key::identity()]).collect()
}
