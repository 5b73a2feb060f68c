//! A canvas that collects shapes and writes them as SVG through plotters.

use super::picture::Picture;
use super::style::{text_width, wrapped};
use super::{FigureError, Sheet, subscript};
use plotters::prelude::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontFamily, FontStyle, FontTransform, IntoTextStyle, RGBColor, ShapeStyle, TextStyle,
};

/// A point, with x to the right and y downward.
pub(super) type Point = (f64, f64);

/// The factor by which everything is enlarged, because plotters' coordinates and line widths are integers.
/// The view box scales it back. With a factor of 50, font sizes are integers, too.
pub(super) const SCALE: f64 = 50.0;

/// The divisor that plotters applies to font sizes.
const PLOTTERS_FONT_FACTOR: f64 = 1.24;

/// The fonts of text in order of preference.
const FONTS: &str = "Helvetica, Arial, sans-serif";

/// The largest side of a figure that stays within plotters' range of coordinates.
const LARGEST_SIDE: f64 = 100_000_000.0;

/// The horizontal alignment of text at its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// The style of text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text {
    pub size: f64,
    pub colour: RGBColor,
    pub anchor: Anchor,
    pub bold: bool,
    pub upward: bool,
}

impl Text {
    /// Returns the style of plain text that is centred at its point.
    pub(super) fn new(size: f64, colour: RGBColor) -> Self {
        Self { size, colour, anchor: Anchor::Middle, bold: false, upward: false }
    }

    pub(super) fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(super) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// Returns the style turned so that text reads upward.
    pub(super) fn upward(self) -> Self {
        Self { upward: true, ..self }
    }
}

enum Shape {
    /// A circle, filled if it has no line width.
    Circle {
        centre: Point,
        radius: f64,
        colour: RGBColor,
        width: Option<f64>,
    },
    Line {
        points: Vec<Point>,
        colour: RGBColor,
        width: f64,
    },
    Area {
        points: Vec<Point>,
        colour: RGBColor,
    },
    Text {
        text: String,
        place: Point,
        style: Text,
    },
}

impl Shape {
    fn draw(
        &self,
        backend: &mut SVGBackend<'_>,
        place: impl Fn(Point) -> (i32, i32),
    ) -> Result<(), FigureError> {
        let drawn = match self {
            Self::Circle { centre, radius, colour, width } => {
                let style = line_style(*colour, width.unwrap_or(0.0));
                let radius = (radius * SCALE).round() as u32;
                backend.draw_circle(place(*centre), radius, &style, width.is_none())
            }
            Self::Line { points, colour, width } => {
                backend.draw_path(points.iter().copied().map(place), &line_style(*colour, *width))
            }
            Self::Area { points, colour } => {
                backend.fill_polygon(points.iter().copied().map(place), &colour.filled())
            }
            Self::Text { text, place: at, style } => {
                backend.draw_text(&subscript::marked(text), &text_style(style), place(*at))
            }
        };
        drawn.map_err(|error| FigureError::Drawing(error.to_string()))
    }

    fn moved(self, by: impl Fn(Point) -> Point) -> Self {
        let all = |points: Vec<Point>| -> Vec<Point> { points.into_iter().map(&by).collect() };
        match self {
            Self::Circle { centre, radius, colour, width } => {
                Self::Circle { centre: by(centre), radius, colour, width }
            }
            Self::Line { points, colour, width } => Self::Line { points: all(points), colour, width },
            Self::Area { points, colour } => Self::Area { points: all(points), colour },
            Self::Text { text, place, style } => Self::Text { text, place: by(place), style },
        }
    }
}

/// Shapes in the order in which they are drawn. The figure grows with them.
#[derive(Default)]
pub(super) struct Canvas {
    shapes: Vec<Shape>,
    /// The pictures, which lie above all shapes.
    pictures: Vec<Picture>,
    bounds: Option<(Point, Point)>,
}

impl Canvas {
    /// Draws a line through `points`.
    pub(super) fn line(&mut self, points: &[Point], colour: RGBColor, width: f64) {
        self.grow(points, width / 2.0);
        self.shapes.push(Shape::Line { points: points.to_vec(), colour, width });
    }

    /// Draws a dashed line between two points.
    pub(super) fn dashes(&mut self, from: Point, to: Point, colour: RGBColor, width: f64) {
        self.dashed_line(&[from, to], colour, width);
    }

    /// Draws a dotted line between two points.
    pub(super) fn dots(&mut self, from: Point, to: Point, colour: RGBColor, width: f64) {
        self.broken_line(&[from, to], colour, width, &[width, 2.5]);
    }

    /// Draws a dashed line through `points`.
    pub(super) fn dashed_line(&mut self, points: &[Point], colour: RGBColor, width: f64) {
        self.broken_line(points, colour, width, &[4.0, 3.0]);
    }

    /// Draws a line through `points` with gaps. `pattern` alternates lengths of dashes and gaps and continues
    /// around corners. An empty pattern gives a line without gaps.
    pub(super) fn broken_line(&mut self, points: &[Point], colour: RGBColor, width: f64, pattern: &[f64]) {
        let Some(&first) = pattern.first() else { return self.line(points, colour, width) };
        let (mut part, mut left) = (0, first);
        let mut dash: Vec<Point> = points.first().copied().into_iter().collect();
        for ends in points.windows(2) {
            let (from, to) = (ends[0], ends[1]);
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            let mut done = 0.0;
            while length - done > left {
                done += left;
                let share = done / length;
                let here = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
                dash.push(here);
                if part % 2 == 0 {
                    self.line(&dash, colour, width);
                }
                part += 1;
                left = pattern[part % pattern.len()];
                dash = vec![here];
            }
            left -= length - done;
            dash.push(to);
        }
        if part % 2 == 0 && dash.len() > 1 {
            self.line(&dash, colour, width);
        }
    }

    /// Draws a filled polygon.
    pub(super) fn area(&mut self, points: &[Point], colour: RGBColor) {
        self.grow(points, 0.0);
        self.shapes.push(Shape::Area { points: points.to_vec(), colour });
    }

    /// Draws a filled polygon with a border.
    pub(super) fn polygon(&mut self, corners: &[Point], fill: RGBColor, border: RGBColor, width: f64) {
        self.area(corners, fill);
        if let (true, [first, second, ..]) = (width > 0.0, corners) {
            // The line goes past the first corner again, so that this is as sharp as the others.
            let around: Vec<Point> = corners.iter().chain([first, second]).copied().collect();
            self.line(&around, border, width);
        }
    }

    /// Draws a filled rectangle with a border between two opposite corners.
    pub(super) fn rectangle(&mut self, a: Point, b: Point, fill: RGBColor, border: RGBColor, width: f64) {
        let corners = [a, (b.0, a.1), b, (a.0, b.1)];
        self.area(&corners, fill);
        if width > 0.0 {
            self.frame(a, b, border, width);
        }
    }

    /// Draws the outline of a rectangle between two opposite corners.
    pub(super) fn frame(&mut self, a: Point, b: Point, colour: RGBColor, width: f64) {
        // The line goes past the first corner again, so that this is as sharp as the others.
        let middle = ((a.0 + b.0) / 2.0, a.1);
        self.line(&[middle, (b.0, a.1), b, (a.0, b.1), a, middle], colour, width);
    }

    /// Draws a filled circle with a border.
    pub(super) fn circle(
        &mut self,
        centre: Point,
        radius: f64,
        fill: RGBColor,
        border: RGBColor,
        width: f64,
    ) {
        let corners = [(centre.0 - radius, centre.1 - radius), (centre.0 + radius, centre.1 + radius)];
        self.grow(&corners, 0.0);
        self.shapes.push(Shape::Circle { centre, radius, colour: fill, width: None });
        if width > 0.0 {
            self.ring(centre, radius, border, width);
        }
    }

    /// Draws the outline of a circle.
    pub(super) fn ring(&mut self, centre: Point, radius: f64, colour: RGBColor, width: f64) {
        let corners = [(centre.0 - radius, centre.1 - radius), (centre.0 + radius, centre.1 + radius)];
        self.grow(&corners, width / 2.0);
        self.shapes.push(Shape::Circle { centre, radius, colour, width: Some(width) });
    }

    /// Draws three dots in a row, which show that something is left out.
    pub(super) fn ellipsis(&mut self, centre: Point, colour: RGBColor) {
        for step in [-1.0, 0.0, 1.0] {
            self.circle((centre.0 + step * 8.0, centre.1), 1.8, colour, colour, 0.0);
        }
    }

    /// Draws a triangle with its tip at `tip` that points along the unit vector `direction`.
    pub(super) fn arrow_head(&mut self, tip: Point, direction: Point, line_width: f64, colour: RGBColor) {
        let (half, length) = (2.2 + line_width * 0.6, arrow_length(line_width));
        let base = (tip.0 - direction.0 * length, tip.1 - direction.1 * length);
        let aside = (-direction.1 * half, direction.0 * half);
        self.area(&[tip, (base.0 + aside.0, base.1 + aside.1), (base.0 - aside.0, base.1 - aside.1)], colour);
    }

    /// Draws a line of text that is vertically centred on a point.
    pub(super) fn text(&mut self, text: impl Into<String>, place: Point, style: Text) {
        let text = text.into();
        let width = text_width(&text, style.size) * if style.bold { 1.1 } else { 1.0 };
        let (before, after) = match style.anchor {
            Anchor::Start => (0.0, width),
            Anchor::Middle => (width / 2.0, width / 2.0),
            Anchor::End => (width, 0.0),
        };
        let half = style.size * 0.6;
        let corners = if style.upward {
            [(place.0 - half, place.1 - after), (place.0 + half, place.1 + before)]
        } else {
            [(place.0 - before, place.1 - half), (place.0 + after, place.1 + half)]
        };
        self.grow(&corners, 0.0);
        self.shapes.push(Shape::Text { text, place, style });
    }

    /// Draws text in as many lines of at most `width` as it needs. The point is that of the last line.
    ///
    /// # Returns
    ///
    /// The y coordinate of a line above them.
    pub(super) fn lines_above(&mut self, text: &str, (x, mut y): Point, width: f64, style: Text) -> f64 {
        // Widths are estimated for regular type; bold type is wider.
        let width = if style.bold { width / 1.1 } else { width };
        for line in wrapped(text, style.size, width).into_iter().rev() {
            self.text(line, (x, y), style.anchored(Anchor::Start));
            y -= style.size * 1.3;
        }
        y
    }

    /// Draws a PNG image stretched over a rectangle, above all shapes.
    pub(super) fn picture(&mut self, corner: Point, size: Point, png: Vec<u8>) {
        self.grow(&[corner, (corner.0 + size.0, corner.1 + size.1)], 0.0);
        self.pictures.push(Picture { corner, size, png });
    }

    /// Inserts everything on another canvas, moved by `(x, y)`.
    pub(super) fn insert(&mut self, other: Self, (x, y): Point) {
        let moved = |(from, above): Point| (from + x, above + y);
        if let Some((low, high)) = other.bounds {
            self.grow(&[moved(low), moved(high)], 0.0);
        }
        self.shapes.extend(other.shapes.into_iter().map(|shape| shape.moved(moved)));
        let pictures = other.pictures.into_iter();
        self.pictures.extend(pictures.map(|picture| Picture { corner: moved(picture.corner), ..picture }));
    }

    /// Returns the top left and bottom right corners of the shapes drawn so far.
    pub(super) fn bounds(&self) -> (Point, Point) {
        self.bounds.unwrap_or(((0.0, 0.0), (0.0, 0.0)))
    }

    fn grow(&mut self, points: &[Point], by: f64) {
        for &(x, y) in points {
            let (low, high) = self.bounds.unwrap_or(((x, y), (x, y)));
            self.bounds =
                Some(((low.0.min(x - by), low.1.min(y - by)), (high.0.max(x + by), high.1.max(y + by))));
        }
    }

    /// Returns the figure as SVG text for a sheet.
    pub(super) fn into_svg(self, sheet: Sheet) -> Result<String, FigureError> {
        let (size, corner) = sheet.placed(self.bounds());
        if !(size.0 * SCALE < LARGEST_SIDE && size.1 * SCALE < LARGEST_SIDE) {
            return Err(FigureError::Drawing(format!("it would be {:.0} by {:.0} pixels", size.0, size.1)));
        }
        let whole = ((size.0 * SCALE) as u32, (size.1 * SCALE).ceil() as u32);
        let place = |(x, y): Point| {
            (((x - corner.0) * SCALE).round() as i32, ((y - corner.1) * SCALE).round() as i32)
        };
        let mut svg = String::new();
        let failed = |error: &dyn std::fmt::Display| FigureError::Drawing(error.to_string());
        let mut backend = SVGBackend::with_string(&mut svg, whole);
        let paper = super::style::PAPER.filled();
        backend
            .draw_rect((0, 0), (whole.0 as i32, whole.1 as i32), &paper, true)
            .map_err(|error| failed(&error))?;
        for shape in &self.shapes {
            shape.draw(&mut backend, place)?;
        }
        backend.present().map_err(|error| failed(&error))?;
        drop(backend);
        if let Some(end) = svg.rfind("</svg>") {
            // plotters cannot write pictures into SVG without bitmap support.
            svg.insert_str(
                end,
                &self.pictures.iter().map(|picture| picture.to_svg(place)).collect::<String>(),
            );
        }
        let drawn = format!(r#"width="{}" height="{}""#, whole.0, whole.1);
        let length = |units: u32| sheet.length(f64::from(units) / SCALE);
        let said = format!(r#"width="{}" height="{}""#, length(whole.0), length(whole.1));
        Ok(subscript::written(&svg.replacen(&drawn, &said, 1)))
    }
}

/// Returns the length of the arrow head of a line.
pub(super) fn arrow_length(line_width: f64) -> f64 {
    5.0 + line_width * 0.5
}

fn line_style(colour: RGBColor, width: f64) -> ShapeStyle {
    let stroke_width = ((width * SCALE).round() as u32).max(1);
    ShapeStyle { color: colour.to_rgba(), filled: false, stroke_width }
}

fn text_style(style: &Text) -> TextStyle<'_> {
    let anchor = match style.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let weight = if style.bold { FontStyle::Bold } else { FontStyle::Normal };
    let turned = if style.upward { FontTransform::Rotate270 } else { FontTransform::None };
    (FontFamily::Name(FONTS), style.size * SCALE * PLOTTERS_FONT_FACTOR, weight)
        .into_text_style(&(1, 1))
        .color(&style.colour)
        .pos(Pos::new(anchor, VPos::Center))
        .transform(turned)
}

/// Returns the line through `points` with rounded corners.
pub(super) fn rounded(points: &[Point], radius: f64) -> Vec<Point> {
    let mut line = Vec::with_capacity(points.len() * 4);
    for (index, &corner) in points.iter().enumerate() {
        let neighbours =
            index.checked_sub(1).and_then(|before| points.get(before)).zip(points.get(index + 1));
        let Some((&before, &after)) = neighbours else {
            line.push(corner);
            continue;
        };
        let towards = |other: Point| {
            let length = (other.0 - corner.0).hypot(other.1 - corner.1);
            let share = if length > 0.0 { (radius / length).min(0.5) } else { 0.0 };
            (corner.0 + (other.0 - corner.0) * share, corner.1 + (other.1 - corner.1) * share)
        };
        let (start, end) = (towards(before), towards(after));
        for step in 0..=4 {
            let t = f64::from(step) / 4.0;
            let mix =
                |a: f64, b: f64, c: f64| (1.0 - t) * (1.0 - t) * a + 2.0 * t * (1.0 - t) * b + t * t * c;
            line.push((mix(start.0, corner.0, end.0), mix(start.1, corner.1, end.1)));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::style::INK;

    #[test]
    fn the_figure_holds_all_that_is_drawn() {
        let mut canvas = Canvas::default();
        canvas.line(&[(-50.0, 0.0), (30.0, 20.0)], INK, 2.0);
        let svg = canvas.into_svg(Sheet::default()).unwrap();
        // 80 and 20 between the ends, 1 and 12 on either side.
        assert!(
            svg.starts_with(r#"<svg width="28.046mm" height="12.171mm" viewBox="0 0 5300 2300""#),
            "{svg}"
        );
        assert!(svg.contains(r#"stroke-width="100" points="650,650 4650,1650 ""#), "{svg}");
    }

    #[test]
    fn a_canvas_is_inserted_in_another_one() {
        let mut part = Canvas::default();
        part.line(&[(0.0, 0.0), (10.0, 0.0)], INK, 2.0);
        part.ring((5.0, 5.0), 3.0, INK, 1.0);
        let mut whole = Canvas::default();
        whole.line(&[(0.0, 0.0), (10.0, 0.0)], INK, 2.0);
        whole.insert(part, (20.0, 5.0));
        assert_eq!(whole.bounds(), ((-1.0, -1.0), (31.0, 13.5)));
        let svg = whole.into_svg(Sheet::default()).unwrap();
        assert!(
            svg.contains(r#"points="1650,900 2150,900 ""#) && svg.contains(r#"cx="1900" cy="1150""#),
            "{svg}"
        );
    }

    #[test]
    fn text_is_escaped() {
        let mut canvas = Canvas::default();
        canvas.text("a<b & \"c\"", (0.0, 0.0), Text::new(10.0, INK));
        let svg = canvas.into_svg(Sheet::default()).unwrap();
        assert!(svg.contains("a&lt;b &amp; &quot;c&quot;"), "{svg}");
        assert!(svg.contains(r#"font-size="500""#), "{svg}");
    }

    #[test]
    fn a_figure_beyond_the_range_of_plotters_is_an_error() {
        let mut canvas = Canvas::default();
        canvas.line(&[(0.0, 0.0), (1e9, 0.0)], INK, 1.0);
        assert!(matches!(canvas.into_svg(Sheet::default()), Err(FigureError::Drawing(_))));
    }

    #[test]
    fn dashes_go_around_corners() {
        let mut canvas = Canvas::default();
        canvas.dashed_line(&[(0.0, 0.0), (9.0, 0.0), (9.0, 9.0)], INK, 1.0);
        let lines: Vec<&[Point]> = canvas
            .shapes
            .iter()
            .map(|shape| match shape {
                Shape::Line { points, .. } => points.as_slice(),
                _ => panic!("only lines are drawn"),
            })
            .collect();
        // 4 drawn, 3 not, and so on: from 0, from 7 and from 14 to 18.
        let around = [(7.0, 0.0), (9.0, 0.0), (9.0, 2.0)];
        assert_eq!(lines, [&[(0.0, 0.0), (4.0, 0.0)][..], &around, &[(9.0, 5.0), (9.0, 9.0)]]);
    }

    #[test]
    fn rounded_corners_stay_between_their_neighbours() {
        let line = rounded(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)], 4.0);
        assert_eq!((line[0], *line.last().unwrap()), ((0.0, 0.0), (10.0, 10.0)));
        assert!(line.contains(&(6.0, 0.0)) && line.contains(&(10.0, 4.0)) && !line.contains(&(10.0, 0.0)));
    }
}
