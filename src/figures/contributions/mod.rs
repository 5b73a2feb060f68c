//! Figures of contributions: by length beside strength, unit by unit, against recordings, and as linear
//! filters.

mod distribution;
mod lesions;
mod partial_sums;
mod plot;
mod receptive_fields;
mod strength;
mod units;

pub use distribution::contribution_distribution;
pub use lesions::lesions;
pub use partial_sums::partial_sums;
pub use receptive_fields::{ReceptiveFields, receptive_fields};
pub use strength::strength_contribution;
pub use units::unit_contributions;

use super::canvas::{Anchor, Canvas, Text};
use super::legend::{self, Key};
use super::style::{INK, MUTED, SMALL, TITLE, wrapped};
use super::{FigureError, Sheet};
use pathscope_core::analysis::contributions::{ContributionSummary, Mark};
use pathscope_core::files::text::number;
use plotters::style::RGBColor;

/// The colour of lines of contributions.
const CONTRIBUTION: RGBColor = RGBColor(0x00, 0x72, 0xb2);
/// The colour of bars of contributions. Error bars are visible on it, and in grey it differs from that of
/// strength.
const BAR: RGBColor = RGBColor(0x56, 0xb4, 0xe9);

/// The sentence below every figure of contributions.
const CAUTION: &str = "gates are those of the image and stay: this is not the effect of removing paths, which `ablate` measures";

/// Returns the name of the axis for a kind of mark.
fn axis_name(mark: &Mark) -> String {
    match mark {
        Mark::Length => "path length".to_owned(),
        Mark::Path => "path, by its rank".to_owned(),
        other => other.to_string(),
    }
}

/// Returns the plural name of a kind of mark.
fn plural(mark: &Mark) -> &'static str {
    match mark {
        Mark::Length => "lengths",
        Mark::Block(_) | Mark::Connection(_) => "numbers of uses",
        Mark::Iteration => "iterations",
        Mark::Path => "paths",
    }
}

/// Returns the key of error bars, which states the confidence of intervals.
fn interval_key(summary: &ContributionSummary) -> Key {
    Key::interval(&format!("{} % interval over images", number(100.0 * summary.bootstrap.confidence)))
}

/// Adds the legend, remarks and caution below a figure and its title above, and returns it as SVG.
///
/// # Arguments
///
/// * `remarks` - the remarks above the caution
fn finished(
    canvas: Canvas,
    title: &str,
    keys: &[Key],
    remarks: &[String],
    sheet: Sheet,
) -> Result<String, FigureError> {
    let remarks: Vec<String> = remarks.iter().cloned().chain([CAUTION.to_owned()]).collect();
    framed(canvas, title, keys, &remarks, sheet)
}

/// Adds the legend and remarks below a figure and its title above, and returns it as SVG.
fn framed(
    mut canvas: Canvas,
    title: &str,
    keys: &[Key],
    remarks: &[String],
    sheet: Sheet,
) -> Result<String, FigureError> {
    let ((left, top), (right, bottom)) = canvas.bounds();
    let width = (right - left).max(sheet.widest_panel().min(sheet.width()));
    legend::draw(&mut canvas, keys, (left, bottom + 16.0), width);
    let mut y = canvas.bounds().1.1 + 12.0;
    let text = Text::new(SMALL, MUTED).anchored(Anchor::Start);
    for remark in remarks {
        for line in wrapped(remark, SMALL, width) {
            canvas.text(line, (left, y), text);
            y += SMALL * 1.3;
        }
    }
    canvas.lines_above(title, (left, top - 14.0), width, Text::new(TITLE, INK).bold());
    canvas.into_svg(sheet)
}
