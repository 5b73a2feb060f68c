//! The sheet of paper that a figure is drawn for.

use super::canvas::Point;
use thiserror::Error;

/// The height of a sheet in millimetres, which is that of the type area of a journal's page.
const HEIGHT: f64 = 247.0;
/// The allowed widths of a sheet in millimetres. On a narrower sheet hardly a word fits, and no printer takes
/// a wider one.
const WIDTHS: std::ops::RangeInclusive<f64> = 40.0..=1200.0;

/// The millimetres of a unit if no width is given: a pixel, so that type is 7.5 to 10 pt.
const PIXEL: f64 = 25.4 / 96.0;
/// The millimetres of a unit if a width is given. The smallest type, of 10 units, is then 6 pt.
const SMALL_UNIT: f64 = 6.0 / super::style::SMALL * 25.4 / 72.0;

/// The width in units up to which panels are side by side if no width is given: 183 mm, the page of most
/// journals.
const PAGE: f64 = 690.0;
/// The largest width in units of a panel that is alone on its sheet, without a given width and with one.
const WIDEST_PANEL: [f64; 2] = [300.0, 430.0];
/// The margins around the figure, without a given width and with one. A journal adds its own margins.
const MARGINS: [f64; 2] = [12.0, 3.0];
/// The distance by which lines and points at the ends of a figure extend beyond it.
const LINES: f64 = 3.0;

/// The sheet that a figure is drawn for. Its width decides how panels are arranged.
///
/// If a width is given, type has the same size at every width: at least 6 pt, 6.6 pt on axes and 7.8 pt in
/// titles. On a narrower sheet figures have fewer panels in a row, narrower panels and fewer iterations.
/// Pages are 247 mm high. By default a figure takes the width that it needs, with panels side by side up to
/// 183 mm and type of 7.5 to 10 pt.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sheet {
    width: Option<f64>,
}

/// A width that a sheet cannot have.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error("a figure can be 40 to 1200 mm wide, not {0}")]
pub struct SheetError(pub f64);

impl Sheet {
    /// Returns a sheet of a width in millimetres. One and two columns of a journal are 89 and 183 mm wide.
    ///
    /// # Errors
    ///
    /// [`SheetError`] if the width is below 40 or above 1200.
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope::figures::Sheet;
    ///
    /// assert!(Sheet::of_width(89.0).is_ok());
    /// assert_eq!(Sheet::of_width(8.9).unwrap_err().to_string(), "a figure can be 40 to 1200 mm wide, not 8.9");
    /// ```
    pub fn of_width(millimetres: f64) -> Result<Self, SheetError> {
        if WIDTHS.contains(&millimetres) {
            Ok(Self { width: Some(millimetres) })
        } else {
            Err(SheetError(millimetres))
        }
    }

    /// Returns the width of the sheet in millimetres, if one was given.
    pub fn millimetres(self) -> Option<f64> {
        self.width
    }

    /// Returns a description of how a figure exceeds the sheet that it was drawn for, or `None` if it fits.
    /// Any figure fits if the sheet has no given width.
    ///
    /// # Arguments
    ///
    /// * `svg` - a figure that a function of [`figures`](super) drew for this sheet
    ///
    /// # Examples
    ///
    /// ```
    /// use pathscope::figures::Sheet;
    ///
    /// let sheet = Sheet::of_width(89.0)?;
    /// assert_eq!(sheet.misfit(r#"<svg width="89mm" height="60mm">"#), None);
    /// let said = sheet.misfit(r#"<svg width="104.5mm" height="300mm">"#).unwrap_or_default();
    /// assert!(said.contains("104.5 mm wide") && said.contains("300 mm high"), "{said}");
    /// # Ok::<(), pathscope::figures::SheetError>(())
    /// ```
    pub fn misfit(self, svg: &str) -> Option<String> {
        let wanted = self.width?;
        let [width, height] = ["width", "height"].map(|name| millimetres(svg, name));
        let (width, height) = (width?, height?);
        let too_wide = (width > wanted + 0.05).then(|| format!("{width} mm wide and not {wanted}"));
        let too_high =
            (height > HEIGHT).then(|| format!("{height} mm high, more than the {HEIGHT} of a page"));
        let said = [too_wide, too_high].into_iter().flatten().collect::<Vec<_>>().join(" and ");
        (!said.is_empty()).then(|| format!("it is {said} (otherwise its type would be smaller than 6 pt)"))
    }

    /// Returns whether the width of the sheet was given.
    pub(super) fn is_given(self) -> bool {
        self.width.is_some()
    }

    fn chosen(self, [default, given]: [f64; 2]) -> f64 {
        if self.is_given() { given } else { default }
    }

    /// Returns the width that a figure fills, in units.
    pub(super) fn width(self) -> f64 {
        self.width.map_or(PAGE, |width| width / SMALL_UNIT - 2.0 * self.margin() - LINES)
    }

    /// Returns the largest height of a figure, in units.
    pub(super) fn height(self) -> f64 {
        HEIGHT / self.unit() - 2.0 * self.margin() - 2.0
    }

    /// Returns the margin around the figure, in units.
    pub(super) fn margin(self) -> f64 {
        self.chosen(MARGINS)
    }

    /// Returns the largest width of a panel that is alone on the sheet.
    pub(super) fn widest_panel(self) -> f64 {
        self.chosen(WIDEST_PANEL).min(self.width())
    }

    /// Returns the largest width of a drawing that takes the width that it needs.
    pub(super) fn limit(self) -> f64 {
        if self.is_given() { self.width() + LINES } else { f64::INFINITY }
    }

    /// Returns the largest height of a drawing of which some parts could be left out.
    pub(super) fn limit_of_height(self) -> f64 {
        if self.is_given() { self.height() } else { f64::INFINITY }
    }

    fn unit(self) -> f64 {
        self.chosen([PIXEL, SMALL_UNIT])
    }

    /// Returns the size in units of a figure with its margins, and its upper left corner.
    pub(super) fn placed(self, (low, high): (Point, Point)) -> (Point, Point) {
        let margin = self.margin();
        let (across, down) = (high.0 - low.0 + 2.0 * margin, high.1 - low.1 + 2.0 * margin);
        let width = self.width.map_or(across, |width| (width / SMALL_UNIT).max(across));
        ((width, down), (low.0 - (width - (high.0 - low.0)) / 2.0, low.1 - margin))
    }

    /// Returns a length as the value of an SVG attribute.
    pub(super) fn length(self, units: f64) -> String {
        let length = units * self.unit();
        let rounded = (length * 1000.0).round() / 1000.0;
        match self.width {
            // The given width itself, without rounding errors.
            Some(wanted) if (rounded - wanted).abs() < 0.02 => format!("{wanted}mm"),
            _ => format!("{rounded}mm"),
        }
    }
}

/// Returns a length in the first element of a figure.
fn millimetres(svg: &str, name: &str) -> Option<f64> {
    let rest = &svg[svg.find(&format!(" {name}=\""))? + name.len() + 3..];
    rest[..rest.find("mm\"")?].parse().ok()
}
