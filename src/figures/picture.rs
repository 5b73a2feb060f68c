//! Pictures of pixels, which plotters' SVG does not have.

use super::canvas::{Point, SCALE};
use base64::prelude::{BASE64_STANDARD, Engine};

/// A PNG file stretched over a rectangle, with square pixels.
pub struct Picture {
    pub corner: Point,
    pub size: Point,
    pub png: Vec<u8>,
}

impl Picture {
    /// Its element, given how places become coordinates.
    pub fn to_svg(&self, place: impl Fn(Point) -> (i32, i32)) -> String {
        let ((x, y), (width, height)) = (place(self.corner), (self.size.0 * SCALE, self.size.1 * SCALE));
        let data = BASE64_STANDARD.encode(&self.png);
        format!(
            "<image x=\"{x}\" y=\"{y}\" width=\"{width:.0}\" height=\"{height:.0}\" image-rendering=\"pixelated\" href=\"data:image/png;base64,{data}\"/>\n"
        )
    }
}
