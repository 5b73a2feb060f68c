//! The sheet of paper that a figure is drawn for.

use super::canvas::Point;
use thiserror::Error;

/// The height of a sheet, which is that of the type area of a journal's page.
const HEIGHT: f64 = 247.0;
/// Widths that a sheet may have: on a narrower one hardly a word is legible, and no printer takes a wider one.
const WIDTHS: std::ops::RangeInclusive<f64> = 40.0..=1200.0;

/// Millimetres of a unit where no width is given: a pixel, so that type is 7.5 to 10 pt.
const PIXEL: f64 = 25.4 / 96.0;
/// Millimetres of a unit where a width is given: the smallest type, of 10 units, is 6 pt.
const SMALL_UNIT: f64 = 6.0 / super::style::SMALL * 25.4 / 72.0;

/// The width up to which panels stand side by side where none is given: 183 mm, the page of most journals.
const PAGE: f64 = 690.0;
/// The widest that a panel alone on its sheet is, in units, without a width and with one.
const WIDEST_PANEL: [f64; 2] = [300.0, 430.0];
/// The margins around the figure, without a width and with one: a journal has margins of its own.
const MARGINS: [f64; 2] = [12.0, 3.0];
/// The distance that lines and points at the ends of a figure go beyond it.
const LINES: f64 = 3.0;

/// The sheet that a figure is drawn for: how wide it is, and so how panels are arranged on it.
///
/// Type has the same size on every sheet of a given width: 6 pt at least, 6.6 pt on axes and 7.8 pt in titles. On a narrower sheet
/// figures have fewer panels a row, narrower panels and fewer iterations. Pages are 247 mm high. By
/// default a figure takes the width that it needs, with panels side by side up to 183 mm and type of 7.5 to 10 pt.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sheet {
    width: Option<f64>,
}

/// A width that no sheet has.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error("a figure can be 40 to 1200 mm wide, not {0}")]
pub struct SheetError(pub f64);

impl Sheet {
    /// A sheet of a width in millimetres, such as the 89 and 183 of one and two columns of a journal.
    ///
    /// # Errors
    ///
    /// [`SheetError`] for widths below 40 and above 1200.
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

    /// Returns the width of the sheet in millimetres, where one was asked for.
    pub fn millimetres(self) -> Option<f64> {
        self.width
    }

    /// Returns how a figure that was drawn for a sheet is larger than it; `None` where it fits. A figure without a width
    /// fits everywhere.
    ///
    /// # Arguments
    ///
    /// * `svg` - the figure, as any function of [`figures`](super) drew it for this sheet
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
        (!said.is_empty()).then(|| format!("it is {said}: its type would be smaller than 6 pt otherwise"))
    }

    /// Returns whether the width of the sheet was asked for.
    pub(super) fn is_given(self) -> bool {
        self.width.is_some()
    }

    fn chosen(self, [default, given]: [f64; 2]) -> f64 {
        if self.is_given() { given } else { default }
    }

    /// The width that a figure fills, in units.
    pub(super) fn width(self) -> f64 {
        self.width.map_or(PAGE, |width| width / SMALL_UNIT - 2.0 * self.margin() - LINES)
    }

    /// The height that a figure may have, in units.
    pub(super) fn height(self) -> f64 {
        HEIGHT / self.unit() - 2.0 * self.margin() - 2.0
    }

    /// The margin around the figure, in units.
    pub(super) fn margin(self) -> f64 {
        self.chosen(MARGINS)
    }

    /// The widest that a panel alone on it is.
    pub(super) fn widest_panel(self) -> f64 {
        self.chosen(WIDEST_PANEL).min(self.width())
    }

    /// The widest that a drawing is that takes what it needs.
    pub(super) fn limit(self) -> f64 {
        if self.is_given() { self.width() + LINES } else { f64::INFINITY }
    }

    /// The highest that a drawing of many parts is, of which some could be left out.
    pub(super) fn limit_of_height(self) -> f64 {
        if self.is_given() { self.height() } else { f64::INFINITY }
    }

    fn unit(self) -> f64 {
        self.chosen([PIXEL, SMALL_UNIT])
    }

    /// The size in units of what is drawn, with its margins, and where that begins.
    pub(super) fn placed(self, (low, high): (Point, Point)) -> (Point, Point) {
        let margin = self.margin();
        let (across, down) = (high.0 - low.0 + 2.0 * margin, high.1 - low.1 + 2.0 * margin);
        let width = self.width.map_or(across, |width| (width / SMALL_UNIT).max(across));
        ((width, down), (low.0 - (width - (high.0 - low.0)) / 2.0, low.1 - margin))
    }

    /// A length as an attribute of a figure says it.
    pub(super) fn length(self, units: f64) -> String {
        let length = units * self.unit();
        let rounded = (length * 1000.0).round() / 1000.0;
        match self.width {
            // The width that was asked for, and not its last bit.
            Some(wanted) if (rounded - wanted).abs() < 0.02 => format!("{wanted}mm"),
            _ => format!("{rounded}mm"),
        }
    }
}

/// A length in the first element of a figure.
fn millimetres(svg: &str, name: &str) -> Option<f64> {
    let rest = &svg[svg.find(&format!(" {name}=\""))? + name.len() + 3..];
    rest[..rest.find("mm\"")?].parse().ok()
}
