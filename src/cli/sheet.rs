//! The option `--width`: the sheet that figures are drawn for.

use clap::Args;
use pathscope::figures::Sheet;
use pathscope::output::Printer;
use std::fmt::Display;

/// The option for the sheet of all figures of a command.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct SheetArgs {
    /// Figure width in mm, such as 89 or 183 for one or two columns of a journal: type is 6 to 8 pt, and
    /// the layout fits a page of that width and 247 mm height [default: the natural width, with type of 7.5
    /// to 10 pt]
    #[arg(long, value_name = "MM", value_parser = parse_sheet)]
    width: Option<Sheet>,
}

impl SheetArgs {
    pub(super) fn sheet(self) -> Sheet {
        self.width.unwrap_or_default()
    }
}

/// Parses a width in millimetres.
pub(super) fn parse_sheet(text: &str) -> Result<Sheet, String> {
    let number = text.strip_suffix("mm").unwrap_or(text).trim_end();
    let millimetres: f64 =
        number.parse().map_err(|_| "expected a width in mm, such as 89 or 183".to_owned())?;
    Sheet::of_width(millimetres).map_err(|error| error.to_string())
}

/// Warns about a figure that does not fit on its sheet.
pub(super) fn warn_of_misfit(sheet: Sheet, name: impl Display, svg: &str, printer: &Printer) {
    if let Some(misfit) = sheet.misfit(svg) {
        printer.warning(format_args!("{name} does not fit: {misfit}"));
    }
}
