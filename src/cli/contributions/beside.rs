//! The contributions that `pathscope contributions --out` has written next to a model.

use pathscope::output::Printer;
use pathscope_core::analysis::Analysis;
use pathscope_core::analysis::contributions::{CONTRIBUTIONS, ContributionsDocument, Mark};
use std::path::PathBuf;

/// Returns the contributions by path length next to a model, with their file, if they match the model.
pub(crate) fn contributions_beside(
    analysis: &Analysis,
    printer: &Printer,
) -> Option<(ContributionsDocument, PathBuf)> {
    let path = analysis.path.with_file_name(CONTRIBUTIONS);
    let document = match ContributionsDocument::read(&path) {
        Ok(document) => document,
        Err(error) if error.is_missing() => return None,
        Err(error) => {
            printer.note(format_args!("the contributions next to the model are ignored: {error}"));
            return None;
        }
    };
    if document.source.sha256 != analysis.sha256 || document.summary.mark != Mark::Length {
        printer.note(format_args!(
            "{} does not hold the contributions of this model by path length, so it is ignored",
            path.display()
        ));
        return None;
    }
    Some((document, path))
}
