//! The four readout modes (paper, Fig. 2 and Eqs. 2a-e).

use super::{FOLDED, MOST_ITERATIONS, arrow};
use crate::figures::canvas::{Anchor, Canvas, Point, Text};
use crate::figures::mark::Style;
use crate::figures::style::{
    INK, LABEL, MUTED, PANEL, PAPER, SMALL, TITLE, UNUSED, readout_colour, text_width,
};
use crate::figures::{FigureError, Sheet};
use pathscope_core::circuit::Readout;
use plotters::style::RGBColor;

/// The usual and the smallest distance from one iteration to the next.
const PITCH: f64 = 32.0;
const CLOSEST: f64 = 26.0;
/// The radius of an output.
const RADIUS: f64 = 5.0;
/// The distance between panels, and between a panel's frame and its contents.
const GAP: f64 = 16.0;
const PADDING: f64 = 12.0;

/// The lower and upper ends of the boxes, with the outputs at 0.
const EARLY: (f64, f64) = (-24.0, -44.0);
const READ: (f64, f64) = (-62.0, -148.0);
const LATE: (f64, f64) = (-166.0, -186.0);
/// The y coordinate of the prediction.
const PREDICTION: f64 = -208.0;

/// The note beside the network's own mode.
const THIS: &str = ", this network";
/// The operations from the outputs to the prediction.
const STEPS: &str = "pool, FC, act";

/// Draws the four readout modes over the iterations of a network as SVG, after Fig. 2 of the paper.
///
/// Circles at the bottom are the outputs of the last block, one for each iteration. On the way to the
/// prediction they are averaged nowhere (no-avg), before pooling (early-avg), after the activation (late-avg)
/// or at both places (2-avg). The network's own mode is set off. Of more than eight iterations the first
/// three and the last are drawn.
///
/// # Arguments
///
/// * `iterations` - the number of iterations T
/// * `own` - the network's readout mode, if it is known
/// * `sheet` - the sheet that the figure is drawn for; a narrow one has fewer iterations
///
/// # Errors
///
/// [`FigureError::Drawing`] if plotters fails.
///
/// # Examples
///
/// ```
/// use pathscope_core::circuit::Readout;
/// use pathscope::figures::{Sheet, readout_modes};
///
/// let svg = readout_modes(5, Some(Readout::TwoAvg), Sheet::default())?;
/// assert!(svg.contains("2-avg, this network") && svg.contains("late-avg"));
/// # Ok::<(), pathscope::figures::FigureError>(())
/// ```
pub fn readout_modes(iterations: usize, own: Option<Readout>, sheet: Sheet) -> Result<String, FigureError> {
    let room = (sheet.limit() - GAP - 4.0) / 2.0 - 2.0 * PADDING;
    let columns = columns(iterations, (room / CLOSEST) as usize);
    let pitch = PITCH.min(room / columns.len() as f64);
    let name_width =
        |readout: Readout| text_width(&format!("{readout}{THIS}"), LABEL) * 1.1 + 2.0 * RADIUS + 3.0;
    let title_width = |readout: Readout| name_width(readout) + 12.0 + text_width(equation_of(readout), SMALL);
    let mut widest = Readout::ALL.into_iter().map(title_width).fold(0.0, f64::max);
    // The equation gets its own line if it does not fit beside the title.
    let below_title = if widest > room { 15.0 } else { 0.0 };
    if below_title > 0.0 {
        widest = Readout::ALL.into_iter().map(name_width).fold(room, f64::max);
    }
    let width = (columns.len() as f64 * pitch).max(widest) + 2.0 * PADDING;
    let height = TITLE - PREDICTION + 34.0 + 2.0 * PADDING + below_title;
    let mut canvas = Canvas::default();
    for (index, readout) in Readout::ALL.into_iter().enumerate() {
        let corner = ((index % 2) as f64 * (width + GAP), (index / 2) as f64 * (height + GAP));
        let (fill, border, thickness) =
            if own == Some(readout) { (PANEL, readout_colour(readout), 1.6) } else { (PAPER, UNUSED, 0.8) };
        canvas.rectangle(corner, (corner.0 + width, corner.1 + height), fill, border, thickness);
        let shift = (width - columns.len() as f64 * pitch) / 2.0;
        let origin = (corner.0 + shift, corner.1 + height - PADDING - 22.0);
        Panel { readout, columns: &columns, origin, pitch }.draw(&mut canvas);
        let this = if own == Some(readout) { THIS } else { "" };
        let y = corner.1 + PADDING + TITLE * 0.5;
        let at = (corner.0 + PADDING + 2.0 * RADIUS + 3.0, y);
        Style::of(readout).point(&mut canvas, (corner.0 + PADDING + RADIUS, y), 4.0);
        let title = Text::new(LABEL, readout_colour(readout)).anchored(Anchor::Start).bold();
        canvas.text(format!("{readout}{this}"), at, title);
        let equation = Text::new(SMALL, MUTED).anchored(Anchor::End);
        canvas.text(equation_of(readout), (corner.0 + width - PADDING, y + below_title), equation);
    }
    let mut below = canvas.bounds().1.1;
    let text = Text::new(SMALL, MUTED).anchored(Anchor::Start);
    for note in [
        "circles: outputs of the last block by iteration t",
        "pool, FC, act: average pooling, factorized",
        "fully-connected layer and activation",
    ] {
        below += 16.0;
        canvas.text(note, (0.0, below), text);
    }
    let title = match own {
        _ if iterations == 1 => "readout modes, T = 1: all are the same".to_owned(),
        Some(_) => format!("readout modes, T = {iterations}"),
        None => format!("readout modes, T = {iterations}, none named"),
    };
    canvas.text(title, (0.0, -16.0), Text::new(TITLE, INK).anchored(Anchor::Start).bold());
    canvas.into_svg(sheet)
}

/// Returns the iterations that have a column. `None` stands for several.
///
/// # Arguments
///
/// * `most` - the most columns that there is room for
fn columns(iterations: usize, most: usize) -> Vec<Option<usize>> {
    if iterations <= MOST_ITERATIONS.min(most) {
        return (1..=iterations).map(Some).collect();
    }
    (1..=FOLDED.min(most.saturating_sub(2)).max(1)).map(Some).chain([None, Some(iterations)]).collect()
}

fn equation_of(readout: Readout) -> &'static str {
    match readout {
        Readout::NoAvg => "Eq. 2a",
        Readout::EarlyAvg => "Eq. 2b",
        Readout::LateAvg => "Eq. 2c",
        Readout::TwoAvg => "Eqs. 2d, 2e",
    }
}

/// The panel of a readout mode.
struct Panel<'a> {
    readout: Readout,
    columns: &'a [Option<usize>],
    /// The left end of the first column, at the height of the outputs.
    origin: Point,
    /// The distance from one column to the next.
    pitch: f64,
}

impl Panel<'_> {
    fn draw(&self, canvas: &mut Canvas) {
        let last = self.columns.len() - 1;
        let middle = last as f64 / 2.0;
        let early = matches!(self.readout, Readout::EarlyAvg | Readout::TwoAvg);
        let late = matches!(self.readout, Readout::LateAvg | Readout::TwoAvg);
        for (column, iteration) in self.columns.iter().enumerate() {
            let read = self.readout != Readout::NoAvg || column == last;
            let Some(iteration) = iteration else {
                self.ellipsis(canvas, column, late);
                continue;
            };
            let ink = if read { INK } else { UNUSED };
            let here = column as f64;
            canvas.circle(self.at(here, 0.0), RADIUS, ink, ink, 0.0);
            canvas.text(iteration.to_string(), self.at(here, 17.0), Text::new(SMALL, INK));
            match self.readout {
                Readout::NoAvg if column == last => self.up(canvas, here, -RADIUS, READ.0),
                Readout::NoAvg => {}
                Readout::EarlyAvg => self.up(canvas, here, -RADIUS, EARLY.0),
                Readout::LateAvg => self.up(canvas, here, -RADIUS, READ.0),
                Readout::TwoAvg => {
                    self.up(canvas, here, -RADIUS, EARLY.0);
                    self.average(canvas, (here, here), EARLY);
                    self.up(canvas, here, EARLY.1, READ.0);
                }
            }
            if late {
                self.steps(canvas, here);
                self.up(canvas, here, READ.1, LATE.0);
            }
        }
        if self.readout == Readout::TwoAvg {
            // The average over all iterations so far continues into the next.
            let y = (EARLY.0 + EARLY.1) / 2.0;
            for column in 0..last {
                let half = 12.0 / self.pitch;
                let ends = [column as f64 + half, (column + 1) as f64 - half];
                let points = ends.map(|column| self.at(column, y));
                let from_gap = self.columns[column].is_none();
                let into_gap = self.columns[column + 1].is_none();
                if !from_gap && !into_gap {
                    arrow(canvas, &points, INK, false);
                } else if from_gap {
                    arrow(canvas, &[self.at(column as f64 + 0.35, y), points[1]], INK, false);
                } else {
                    canvas.line(&[points[0], self.at((column + 1) as f64 - 0.35, y)], INK, 1.2);
                }
            }
        }
        if early && !late {
            self.average(canvas, (0.0, last as f64), EARLY);
            self.up(canvas, middle, EARLY.1, READ.0);
        }
        let end = if self.readout == Readout::NoAvg { last as f64 } else { middle };
        if !late {
            self.steps(canvas, end);
        }
        if late {
            self.average(canvas, (0.0, last as f64), LATE);
        }
        self.up(canvas, end, if late { LATE.1 } else { READ.1 }, PREDICTION + 8.0);
        let half = text_width("prediction", SMALL) / 2.0;
        let (left, right) = (self.at(-0.5, 0.0).0, self.at(last as f64 + 0.5, 0.0).0);
        let x = self.at(end, 0.0).0;
        let x = x.min(right - half).max(left + half.min((right - left) / 2.0));
        canvas.text("prediction", (x, self.origin.1 + PREDICTION), Text::new(SMALL, INK));
    }

    fn at(&self, column: f64, y: f64) -> Point {
        (self.origin.0 + (column + 0.5) * self.pitch, self.origin.1 + y)
    }

    fn up(&self, canvas: &mut Canvas, column: f64, from: f64, to: f64) {
        arrow(canvas, &[self.at(column, from), self.at(column, to)], INK, false);
    }

    fn colour(&self) -> RGBColor {
        readout_colour(self.readout)
    }

    /// Draws an average over the outputs of some columns.
    fn average(&self, canvas: &mut Canvas, (first, last): (f64, f64), (low, high): (f64, f64)) {
        let half = 12.0 / self.pitch;
        let (from, to) = (self.at(first - half, low), self.at(last + half, high));
        canvas.rectangle(from, to, PAPER, self.colour(), 1.4);
        let name = if last - first > 1.5 { "average" } else { "avg" };
        let name = if first == last { "avg" } else { name };
        canvas.text(name, self.at((first + last) / 2.0, (low + high) / 2.0), Text::new(SMALL, INK));
    }

    /// Draws pooling, fully-connected layer and activation.
    fn steps(&self, canvas: &mut Canvas, column: f64) {
        let half = 9.0 / self.pitch;
        let corners = (self.at(column - half, READ.0), self.at(column + half, READ.1));
        canvas.rectangle(corners.0, corners.1, PAPER, INK, 1.2);
        let at = self.at(column, (READ.0 + READ.1) / 2.0);
        canvas.text(STEPS, at, Text::new(SMALL, INK).upward());
    }

    fn ellipsis(&self, canvas: &mut Canvas, column: usize, late: bool) {
        let here = column as f64;
        canvas.ellipsis(self.at(here, 0.0), MUTED);
        if late {
            canvas.ellipsis(self.at(here, (READ.0 + READ.1) / 2.0), MUTED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_iterations_are_folded() {
        assert_eq!(columns(3, 100), [Some(1), Some(2), Some(3)]);
        assert_eq!(columns(8, 100).len(), 8);
        assert_eq!(columns(9, 100), [Some(1), Some(2), Some(3), None, Some(9)]);
        assert_eq!(columns(7, 6), [Some(1), Some(2), Some(3), None, Some(7)]);
    }

    #[test]
    fn one_iteration_has_one_mode() {
        assert!(readout_modes(1, None, Sheet::default()).unwrap().contains("all are the same"));
        let unnamed = readout_modes(4, None, Sheet::default()).unwrap();
        assert!(unnamed.contains("none named") && !unnamed.contains("this network"));
    }
}
