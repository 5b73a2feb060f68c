//! A sample of a data set's images side by side.

use super::canvas::{Canvas, Text};
use super::picture::encoded;
use super::style::{INK, MUTED, PANEL_BORDER, PAPER, SMALL, TITLE};
use super::{FigureError, Sheet};
use ndarray::ArrayView3;
use pathscope_core::data::Dataset;

/// The most images on a sheet.
const MOST: usize = 48;
/// The most images in a row.
const MOST_COLUMNS: usize = 8;
/// The longer side of an image.
const SIDE: f64 = 76.0;
const GAP: f64 = 10.0;

/// Draws up to 48 images of a data set, evenly spaced over it, with their indices from 0.
///
/// Images of one channel are grey, those of three are red, green and blue; of any other number the first
/// channel is shown. Pixels from 0 to 1 go from black to white. If some lie outside this range, the smallest
/// one shown is black, the largest is white, and the caption says so.
///
/// # Arguments
///
/// * `dataset` - the data set
/// * `sheet` - the sheet that the figure is drawn for; a narrow one has fewer columns, and fewer images if
///   they would be higher than a page
///
/// # Errors
///
/// [`FigureError::Drawing`].
///
/// # Complexity
///
/// O(pixels of the images shown).
pub fn contact_sheet(dataset: &Dataset, sheet: Sheet) -> Result<String, FigureError> {
    let (count, channels, height, width) = dataset.images.dim();
    let scale = SIDE / height.max(width) as f64;
    let size = (width as f64 * scale, height as f64 * scale);
    let pitch = (size.0.max(30.0) + GAP, size.1 + SMALL + 6.0 + GAP);
    let columns = (((sheet.limit() + GAP) / pitch.0) as usize).clamp(1, MOST_COLUMNS);
    let rows = (((sheet.height() - 60.0) / pitch.1) as usize).max(1);
    let most = MOST.min(columns * rows);
    let shown: Vec<usize> = (0..count.min(most)).map(|index| index * count / count.min(most)).collect();
    let (low, high) = shown
        .iter()
        .flat_map(|&image| dataset.images.index_axis(ndarray::Axis(0), image))
        .fold((0.0_f32, 1.0_f32), |(low, high), &pixel| (low.min(pixel), high.max(pixel)));

    let mut canvas = Canvas::default();
    for (slot, &image) in shown.iter().enumerate() {
        let corner = ((slot % columns) as f64 * pitch.0, (slot / columns) as f64 * pitch.1);
        let pixels = dataset.images.index_axis(ndarray::Axis(0), image);
        // The frame gives white images an edge.
        let outer = ((corner.0 - 0.5, corner.1 - 0.5), (corner.0 + size.0 + 0.5, corner.1 + size.1 + 0.5));
        canvas.rectangle(outer.0, outer.1, PAPER, PANEL_BORDER, 1.0);
        canvas.picture(corner, size, png(pixels, low, high)?);
        let below = (corner.0 + size.0 / 2.0, corner.1 + size.1 + 4.0 + SMALL / 2.0);
        canvas.text(image.to_string(), below, Text::new(SMALL, MUTED));
    }
    let across = (columns.min(shown.len()) as f64 * pitch.0).max(300.0);
    let colour = match channels {
        1 => String::new(),
        3 => ", red, green and blue".to_owned(),
        _ => format!(", the first of {channels} channels"),
    };
    let which = if shown.len() == count { "all".to_owned() } else { format!("{} of", shown.len()) };
    let range =
        if (low, high) == (0.0, 1.0) { String::new() } else { format!(", black {low}, white {high}") };
    let caption = format!("{which} {count} images of {height} × {width} pixels{colour}{range}");
    let y = canvas.lines_above(&caption, (0.0, -14.0), across, Text::new(SMALL, MUTED));
    canvas.lines_above(dataset.name(), (0.0, y - 5.0), across, Text::new(TITLE, INK).bold());
    canvas.into_svg(sheet)
}

/// Encodes an image \[C, H, W\] as a PNG file.
fn png(pixels: ArrayView3<'_, f32>, low: f32, high: f32) -> Result<Vec<u8>, FigureError> {
    let (channels, height, width) = pixels.dim();
    let colour = channels == 3;
    let byte = |pixel: f32| ((pixel - low) / (high - low) * 255.0).round() as u8;
    let mut bytes = Vec::with_capacity(height * width * if colour { 3 } else { 1 });
    for y in 0..height {
        for x in 0..width {
            bytes.extend((0..if colour { 3 } else { 1 }).map(|channel| byte(pixels[[channel, y, x]])));
        }
    }
    encoded(&bytes, (width, height), colour)
}
