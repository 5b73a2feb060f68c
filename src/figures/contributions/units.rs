//! The contributions of paths of each length to each unit.

use super::{axis_name, finished};
use crate::figures::canvas::{Anchor, Canvas, Text};
use crate::figures::distribution::label_step;
use crate::figures::style::{INK, LABEL, MOST_PARTS, MUTED, PANEL_BORDER, SMALL};
use crate::figures::{FigureError, Sheet, numbers};
use pathscope_core::analysis::contributions::{ContributionSummary, Summary};
use plotters::style::RGBColor;

/// The largest width of the place of a mark.
const WIDEST_CELL: f64 = 34.0;
/// The smallest and the largest height of the row of a unit.
const ROW: [f64; 2] = [2.0, 15.0];
/// The height of all rows together if there are many.
const HEIGHT: f64 = 360.0;
/// The width of the numbers of units and the name of their axis.
const AXIS: f64 = 84.0;
/// The height of the title, the scale and the notes above and below the rows.
const AROUND: f64 = 190.0;
/// The size of the scale.
const SCALE: (f64, f64) = (120.0, 10.0);
/// The steps of the scale.
const STEPS: usize = 24;

/// Draws as SVG the share of mean |C| of the paths of each length for each unit. Darker shades are larger
/// shares.
///
/// The top row is for all units together. Units are sorted by average path length (or mean mark), from short
/// to long. If there are too many, units evenly spaced in this order are shown, and a remark says so.
///
/// # Arguments
///
/// * `summary` - the summary of contributions
/// * `title` - the title above the figure, such as the name of the model
/// * `sheet` - the sheet that the figure is drawn for
///
/// # Errors
///
/// [`FigureError::TooLarge`] if there are too many marks to be drawn.
///
/// # Complexity
///
/// O(units · (log units + marks)).
pub fn unit_contributions(
    summary: &ContributionSummary,
    title: &str,
    sheet: Sheet,
) -> Result<String, FigureError> {
    let marks: Vec<usize> = summary.population.parts.iter().filter_map(|part| part.mark).collect();
    let most_rows = ((sheet.height() - AROUND).min(HEIGHT) / ROW[0]) as usize;
    let shown = shown(&summary.units, most_rows);
    let parts = (shown.len() + 1) * marks.len();
    if parts > MOST_PARTS {
        return Err(FigureError::TooLarge { parts, limit: MOST_PARTS, advice: "count fewer operations" });
    }
    let row = ((sheet.height() - AROUND).min(HEIGHT) / shown.len().max(1) as f64).clamp(ROW[0], ROW[1]);
    let cell = (sheet.width() - AXIS) / marks.len().max(1) as f64;
    let grid = Grid { cell: cell.min(WIDEST_CELL), row, largest: largest(summary, &shown) };
    let mut canvas = Canvas::default();
    grid.draw_row(&mut canvas, &summary.population, -ROW[1] - 6.0, ROW[1]);
    canvas.text("all", (-6.0, -ROW[1] / 2.0 - 6.0), Text::new(SMALL, INK).anchored(Anchor::End));
    let every = (SMALL * 1.2 / row).ceil().max(1.0) as usize;
    for (index, unit) in shown.iter().enumerate() {
        let y = index as f64 * row;
        grid.draw_row(&mut canvas, unit, y, row);
        if let Some(number) = unit.unit.filter(|_| index % every == 0) {
            let place = (-6.0, y + row / 2.0);
            canvas.text(number.to_string(), place, Text::new(SMALL, INK).anchored(Anchor::End));
        }
    }
    let (width, bottom) = (grid.cell * marks.len() as f64, row * shown.len() as f64);
    canvas.frame((0.0, -ROW[1] - 6.0), (width, -6.0), PANEL_BORDER, 0.8);
    canvas.frame((0.0, 0.0), (width, bottom), PANEL_BORDER, 0.8);
    let every = label_step(marks.last().copied().unwrap_or(0), grid.cell);
    for (index, mark) in marks.iter().enumerate().filter(|(index, _)| index % every == 0) {
        let x = (index as f64 + 0.5) * grid.cell;
        canvas.text(mark.to_string(), (x, bottom + 11.0), Text::new(LABEL, INK));
    }
    let text = Text::new(LABEL, INK);
    canvas.text(axis_name(&summary.mark), (width / 2.0, bottom + 29.0), text);
    let axis = canvas.bounds().0.0 - 10.0;
    canvas.text("unit", (axis, bottom / 2.0), text.upward());
    grid.draw_scale(&mut canvas, bottom + 48.0);
    let mut remarks = Vec::new();
    if let Some(name) = summary.mark.average_name() {
        remarks.push(format!("units in the order of their {name}"));
    }
    let left_out = summary.units.len() - shown.len();
    if left_out > 0 {
        remarks.push(format!("{left_out} of {} units are left out", summary.units.len()));
    }
    finished(canvas, title, &[], &remarks, sheet)
}

/// Returns the units that are shown, in ascending order of their mean marks.
fn shown(units: &[Summary], most: usize) -> Vec<&Summary> {
    let mut sorted: Vec<&Summary> = units.iter().collect();
    let average = |unit: &&Summary| unit.average.unwrap_or(f64::INFINITY);
    sorted.sort_by(|one, other| average(one).total_cmp(&average(other)));
    let count = sorted.len().min(most.max(1));
    (0..count).map(|index| sorted[index * sorted.len() / count]).collect()
}

fn largest(summary: &ContributionSummary, shown: &[&Summary]) -> f64 {
    let all = shown.iter().copied().chain([&summary.population]);
    all.flat_map(|unit| &unit.parts).filter_map(|part| part.share).fold(0.0, f64::max)
}

struct Grid {
    cell: f64,
    row: f64,
    /// The share with the darkest shade.
    largest: f64,
}

impl Grid {
    fn draw_row(&self, canvas: &mut Canvas, unit: &Summary, top: f64, height: f64) {
        for (index, part) in unit.parts.iter().enumerate() {
            let left = index as f64 * self.cell;
            let colour = grey(part.share.map_or(0.0, |share| share / self.largest));
            canvas.rectangle((left, top), (left + self.cell, top + height), colour, colour, 0.0);
        }
        if unit.parts.iter().all(|part| part.share.is_none()) && height >= self.row.max(SMALL) {
            let width = self.cell * unit.parts.len() as f64;
            canvas.text("nothing", (width / 2.0, top + height / 2.0), Text::new(SMALL, MUTED));
        }
    }

    /// Draws the scale of the shades.
    fn draw_scale(&self, canvas: &mut Canvas, top: f64) {
        let step = SCALE.0 / STEPS as f64;
        for index in 0..STEPS {
            let left = index as f64 * step;
            let colour = grey(index as f64 / (STEPS - 1) as f64);
            canvas.rectangle((left, top), (left + step, top + SCALE.1), colour, colour, 0.0);
        }
        canvas.frame((0.0, top), (SCALE.0, top + SCALE.1), PANEL_BORDER, 0.8);
        let middle = top + SCALE.1 / 2.0;
        let text = Text::new(SMALL, INK);
        canvas.text("0", (-6.0, middle), text.anchored(Anchor::End));
        let most = format!("{}: share of mean |C|", numbers::three_digits(self.largest));
        canvas.text(most, (SCALE.0 + 6.0, middle), text.anchored(Anchor::Start));
    }
}

/// Returns a shade of grey: the colour of paper for 0, nearly black for 1.
fn grey(part: f64) -> RGBColor {
    let part = if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 };
    let level = (255.0 - part * 235.0).round() as u8;
    RGBColor(level, level, level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pathscope_core::analysis::contributions::testing::{document_of, random_contributions};

    #[test]
    fn units_are_sorted_and_thinned() {
        let document = document_of(&random_contributions([4, 50, 3], 3), None);
        let all = shown(&document.summary.units, 100);
        assert_eq!(all.len(), 50);
        assert!(all.is_sorted_by(|one, next| one.average <= next.average));
        let some = shown(&document.summary.units, 20);
        assert_eq!((some.len(), some[0], some[10]), (20, all[0], all[25]));
    }

    #[test]
    fn greys_go_from_paper_to_ink() {
        assert_eq!([0.0, 1.0, f64::NAN, 2.0].map(grey).map(|colour| colour.0), [255, 20, 255, 20]);
    }
}
