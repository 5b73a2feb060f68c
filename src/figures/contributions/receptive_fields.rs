//! Paths as linear filters, unit by unit and length by length.

use super::{axis_name, finished, plural};
use crate::figures::canvas::{Anchor, Canvas, Text};
use crate::figures::picture::encoded;
use crate::figures::style::{INK, LABEL, MUTED, PANEL_BORDER, SMALL};
use crate::figures::{FigureError, Sheet};
use ndarray::{ArrayView3, ArrayView5, Axis, s};
use pathscope_core::analysis::contributions::Mark;

/// The largest and the smallest length of a filter's longer side.
const SIDE: f64 = 52.0;
const SHORTEST: f64 = 34.0;
const GAP: f64 = 6.0;
/// The width of the numbers of units and the name of their axis.
const AXIS: f64 = 64.0;
/// The height of title, names and notes above and below the filters.
const AROUND: f64 = 170.0;
/// The most units that are shown.
const MOST_UNITS: usize = 12;
/// The most lengths that are shown.
const MOST_MARKS: usize = 16;
/// The grey of 0.
const MIDDLE: f64 = 127.5;

/// The linear filters of units, averaged over images.
#[derive(Clone, Copy, Debug)]
pub struct ReceptiveFields<'a> {
    /// The property of paths that distinguishes them, such as their length.
    pub mark: &'a Mark,
    /// The values of the mark.
    pub marks: &'a [usize],
    /// The indices of the units, from 0.
    pub units: &'a [usize],
    /// The filters \[units, marks, channels, height, width\].
    pub filters: ArrayView5<'a, f64>,
}

/// Draws as SVG the paths of each length to some units as linear filters. Weights are white if they excite,
/// black if they inhibit, and grey if they are 0.
///
/// Each filter has its own scale. The number below it is its largest weight as a fraction of the largest
/// weight of its unit. Filters of three channels are red, green and blue, each grey at 0. Of any other number
/// of channels only the one with the most weight in all filters is shown, and a remark names it. If there are
/// too many units or marks, evenly spaced units and the marks with the largest weights are shown, and a
/// remark states how many are left out.
///
/// # Arguments
///
/// * `fields` - the filters
/// * `title` - the title above the figure, such as the name of the model
/// * `sheet` - the sheet that the figure is drawn for
///
/// # Errors
///
/// [`FigureError::Drawing`] if plotters fails, or if the numbers of units and marks do not match the filters.
///
/// # Complexity
///
/// O(filters).
pub fn receptive_fields(
    fields: &ReceptiveFields<'_>,
    title: &str,
    sheet: Sheet,
) -> Result<String, FigureError> {
    let (units, marks, channels, height, width) = fields.filters.dim();
    if units != fields.units.len() || marks != fields.marks.len() {
        return Err(FigureError::Drawing(format!(
            "there are filters of {units} units and {marks} marks, but names of {} and {}",
            fields.units.len(),
            fields.marks.len()
        )));
    }
    let layout = Layout::new(fields, sheet);
    let mut canvas = Canvas::default();
    for (row, &unit) in layout.units.iter().enumerate() {
        let y = row as f64 * layout.pitch.1;
        let of_unit = fields.filters.index_axis(Axis(0), unit);
        let largest = size(of_unit.iter());
        let name = fields.units[unit].to_string();
        let place = (-GAP, y + layout.size.1 / 2.0);
        canvas.text(name, place, Text::new(LABEL, INK).anchored(Anchor::End));
        for (column, &mark) in layout.marks.iter().enumerate() {
            let filter = of_unit.index_axis(Axis(0), mark);
            let filter = filter.slice(s![layout.channels.clone(), .., ..]);
            let corner = (column as f64 * layout.pitch.0, y);
            draw_filter(&mut canvas, filter, corner, layout.size)?;
            let part = size(of_unit.index_axis(Axis(0), mark).iter()) / largest;
            let below = (corner.0 + layout.size.0 / 2.0, y + layout.size.1 + 3.0 + SMALL / 2.0);
            canvas.text(percentage(part), below, Text::new(SMALL, MUTED));
        }
    }
    layout.names(&mut canvas, fields);
    let mut remarks = vec![format!(
        "{height} × {width} pixels, averaged over images; white excites, black inhibits, each filter on its own scale; below \
         it its largest weight, as a part of the largest of the unit"
    )];
    match channels {
        1 => {}
        3 => remarks.push("red, green and blue, each grey at 0".to_owned()),
        _ => remarks.push(format!("channel {} of {channels}, counted from 0", layout.channels.start)),
    }
    for (left_out, all, what) in [
        (units - layout.units.len(), units, "units"),
        (marks - layout.marks.len(), marks, plural(fields.mark)),
    ] {
        if left_out > 0 {
            remarks.push(format!("{left_out} of {all} {what} are left out"));
        }
    }
    finished(canvas, title, &[], &remarks, sheet)
}

/// The filters that are shown, and their places.
struct Layout {
    /// The indices of the units that are shown.
    units: Vec<usize>,
    /// The indices of the marks that are shown.
    marks: Vec<usize>,
    /// The channels that are shown.
    channels: std::ops::Range<usize>,
    /// The size of a filter.
    size: (f64, f64),
    /// The distance from one filter to the next.
    pitch: (f64, f64),
}

impl Layout {
    fn new(fields: &ReceptiveFields<'_>, sheet: Sheet) -> Self {
        let (units, marks, channels, height, width) = fields.filters.dim();
        let room = sheet.width() - AXIS;
        let columns = ((room / (SHORTEST + GAP)) as usize).clamp(1, MOST_MARKS).min(marks.max(1));
        let side = (room / columns as f64 - GAP).clamp(SHORTEST, SIDE);
        let longer = height.max(width).max(1) as f64;
        let size = (width as f64 / longer * side, height as f64 / longer * side);
        // A number must fit below even the narrowest filter.
        let pitch = (size.0.max(SHORTEST) + GAP, size.1 + SMALL + 4.0 + GAP);
        let rows = (((sheet.height() - AROUND) / pitch.1) as usize).clamp(1, MOST_UNITS).min(units);
        Self {
            units: (0..rows).map(|row| row * units / rows).collect(),
            marks: largest_marks(fields, columns),
            channels: shown_channels(fields.filters, channels),
            size,
            pitch,
        }
    }

    /// Writes the marks above the filters, and the names of both axes.
    fn names(&self, canvas: &mut Canvas, fields: &ReceptiveFields<'_>) {
        let text = Text::new(LABEL, INK);
        for (column, &mark) in self.marks.iter().enumerate() {
            let x = column as f64 * self.pitch.0 + self.size.0 / 2.0;
            canvas.text(fields.marks[mark].to_string(), (x, -10.0), text);
        }
        let across = self.marks.len().max(1) as f64 * self.pitch.0 - GAP;
        canvas.text(axis_name(fields.mark), (across / 2.0, -28.0), text);
        let axis = canvas.bounds().0.0 - 10.0;
        let down = self.units.len().max(1) as f64 * self.pitch.1 - GAP;
        canvas.text("unit", (axis, down / 2.0), text.upward());
    }
}

/// Returns the indices of the marks with the largest weights in ascending order.
fn largest_marks(fields: &ReceptiveFields<'_>, most: usize) -> Vec<usize> {
    let sizes: Vec<f64> = fields.filters.axis_iter(Axis(1)).map(|filters| size(filters.iter())).collect();
    let mut places: Vec<usize> = (0..sizes.len()).collect();
    places.sort_by(|&one, &other| sizes[other].total_cmp(&sizes[one]));
    places.truncate(most);
    places.sort_unstable();
    places
}

/// Returns all three channels, or the one with the largest sum of squares.
fn shown_channels(filters: ArrayView5<'_, f64>, channels: usize) -> std::ops::Range<usize> {
    if channels == 3 {
        return 0..3;
    }
    let squares =
        |channel: usize| filters.index_axis(Axis(2), channel).iter().map(|weight| weight * weight).sum();
    let sums: Vec<f64> = (0..channels).map(squares).collect();
    let most = (0..channels).reduce(|best, next| if sums[next] > sums[best] { next } else { best });
    most.map_or(0..0, |most| most..most + 1)
}

/// Draws a filter of one or three channels.
fn draw_filter(
    canvas: &mut Canvas,
    filter: ArrayView3<'_, f64>,
    corner: (f64, f64),
    side: (f64, f64),
) -> Result<(), FigureError> {
    let (channels, height, width) = filter.dim();
    let end = (corner.0 + side.0, corner.1 + side.1);
    canvas.frame((corner.0 - 0.5, corner.1 - 0.5), (end.0 + 0.5, end.1 + 0.5), PANEL_BORDER, 0.8);
    if filter.is_empty() {
        return Ok(());
    }
    let largest = size(filter.iter());
    let level = |weight: f64| {
        let part = if largest > 0.0 { weight / largest } else { 0.0 };
        (MIDDLE + part * MIDDLE).round() as u8
    };
    let mut bytes = Vec::with_capacity(filter.len());
    for y in 0..height {
        for x in 0..width {
            bytes.extend((0..channels).map(|channel| level(filter[[channel, y, x]])));
        }
    }
    canvas.picture(corner, side, encoded(&bytes, (width, height), channels == 3)?);
    Ok(())
}

/// Returns the largest absolute value.
fn size<'a>(weights: impl Iterator<Item = &'a f64>) -> f64 {
    weights.fold(0.0, |largest: f64, weight| largest.max(weight.abs()))
}

fn percentage(part: f64) -> String {
    match 100.0 * part {
        percent if !percent.is_finite() => "0".to_owned(),
        0.0 => "0".to_owned(),
        percent if percent < 1.0 => "<1 %".to_owned(),
        percent => format!("{percent:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array5;

    #[test]
    fn the_channel_with_the_most_is_shown() {
        let mut filters = Array5::zeros((1, 1, 4, 2, 2));
        filters[[0, 0, 2, 1, 1]] = -3.0;
        filters[[0, 0, 1, 0, 0]] = 2.0;
        assert_eq!(shown_channels(filters.view(), 4), 2..3);
        assert_eq!(shown_channels(Array5::zeros((1, 1, 3, 2, 2)).view(), 3), 0..3);
    }

    #[test]
    fn the_largest_marks_are_shown_in_their_order() {
        let mut filters = Array5::zeros((2, 4, 1, 1, 1));
        for (mark, weight) in [0.5, -2.0, 0.1, 1.0].into_iter().enumerate() {
            filters[[mark % 2, mark, 0, 0, 0]] = weight;
        }
        let (marks, units) = ([2, 3, 5, 8], [0, 1]);
        let fields =
            ReceptiveFields { mark: &Mark::Length, marks: &marks, units: &units, filters: filters.view() };
        assert_eq!(largest_marks(&fields, 2), [1, 3]);
        assert_eq!(largest_marks(&fields, 9), [0, 1, 2, 3]);
    }

    #[test]
    fn names_and_filters_are_as_many() {
        let filters = Array5::zeros((2, 1, 1, 3, 3));
        let fields =
            ReceptiveFields { mark: &Mark::Length, marks: &[1], units: &[4], filters: filters.view() };
        let error = receptive_fields(&fields, "", Sheet::default()).unwrap_err().to_string();
        assert!(error.ends_with("there are filters of 2 units and 1 marks, but names of 1 and 1"), "{error}");
    }

    #[test]
    fn parts_are_percentages() {
        assert_eq!([1.0, 0.126, 0.004, 0.0, f64::NAN].map(percentage), ["100 %", "13 %", "<1 %", "0", "0"]);
    }
}
