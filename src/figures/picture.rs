//! Pictures of pixels, which plotters does not write into SVG.

use super::FigureError;
use super::canvas::{Point, SCALE};
use base64::prelude::{BASE64_STANDARD, Engine};

/// A PNG image stretched over a rectangle.
pub(super) struct Picture {
    pub corner: Point,
    pub size: Point,
    pub png: Vec<u8>,
}

impl Picture {
    /// Returns the picture as an SVG element, given a function from points to coordinates.
    pub(super) fn to_svg(&self, place: impl Fn(Point) -> (i32, i32)) -> String {
        let ((x, y), (width, height)) = (place(self.corner), (self.size.0 * SCALE, self.size.1 * SCALE));
        let data = BASE64_STANDARD.encode(&self.png);
        format!(
            "<image x=\"{x}\" y=\"{y}\" width=\"{width:.0}\" height=\"{height:.0}\" image-rendering=\"pixelated\" href=\"data:image/png;base64,{data}\"/>\n"
        )
    }
}

/// Encodes rows of pixels as a PNG file.
///
/// # Arguments
///
/// * `bytes` - one byte for each pixel, or three for red, green and blue
/// * `size` - the width and the height in pixels
///
/// # Errors
///
/// [`FigureError::Drawing`] if there are no pixels or their number does not match the size.
pub(super) fn encoded(
    bytes: &[u8],
    (width, height): (usize, usize),
    colour: bool,
) -> Result<Vec<u8>, FigureError> {
    let failed = |error: &dyn std::fmt::Display| FigureError::Drawing(error.to_string());
    let side = |pixels: usize| u32::try_from(pixels).map_err(|error| failed(&error));
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side(width)?, side(height)?);
    encoder.set_color(if colour { png::ColorType::Rgb } else { png::ColorType::Grayscale });
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(|error| failed(&error))?;
    writer.write_image_data(bytes).map_err(|error| failed(&error))?;
    writer.finish().map_err(|error| failed(&error))?;
    Ok(file)
}
