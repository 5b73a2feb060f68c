//! Lesions as a frame.

use super::{TableError, frame, numbers, strings};
use pathscope_core::analysis::lesion::{Lesion, LesionedModel, Lesions};
use polars::prelude::DataFrame;

/// Returns a table with one row for each network and set of removed path lengths.
///
/// The columns are `model`, `sha256`, `removed` (the lengths), `strength` (their probability), `share` (of
/// mean |C|), `cc_raw` and `cc_norm2` without these paths, `full_cc_raw` and `full_cc_norm2` of the
/// multi-path network with all paths, and the differences `drop_cc_raw` and `drop_cc_norm2`.
///
/// # Errors
///
/// [`TableError`] if polars runs out of memory.
pub fn lesions(lesions: &Lesions) -> Result<DataFrame, TableError> {
    let rows: Vec<(&LesionedModel, &Lesion)> = lesions
        .models
        .iter()
        .flat_map(|model| model.lesions.iter().map(move |lesion| (model, lesion)))
        .collect();
    let models = || rows.iter().map(|&(model, _)| model);
    let lesions = || rows.iter().map(|&(_, lesion)| lesion);
    frame(vec![
        strings("model", models().map(|model| Some(model.name.clone()))),
        strings("sha256", models().map(|model| Some(model.model.sha256.clone()))),
        strings("removed", lesions().map(|lesion| Some(lesion.removed.to_string()))),
        numbers("strength", lesions().map(|lesion| lesion.probability)),
        numbers("share", lesions().map(|lesion| lesion.share)),
        numbers("cc_raw", lesions().map(|lesion| Some(lesion.score.cc_raw))),
        numbers("drop_cc_raw", lesions().map(|lesion| Some(lesion.drop.cc_raw))),
        numbers("cc_norm2", lesions().map(|lesion| lesion.score.cc_norm2)),
        numbers("drop_cc_norm2", lesions().map(|lesion| lesion.drop.cc_norm2)),
        numbers("full_cc_raw", models().map(|model| Some(model.full.cc_raw))),
        numbers("full_cc_norm2", models().map(|model| model.full.cc_norm2)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::to_csv;
    use pathscope_core::analysis::lesion::RunningStatistics;
    use pathscope_core::analysis::lesion::testing::lesioned;
    use pathscope_core::model::ablation::PathNormalization;

    #[test]
    fn a_row_for_each_set_of_lengths() {
        let found = Lesions::new(PathNormalization::Shared, RunningStatistics::Copied, vec![lesioned()]);
        let csv = to_csv(&mut lesions(&found).unwrap()).unwrap();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines.len(), 5, "{csv}");
        assert_eq!(lines[4], "net,00,2-3,0.75,0.5,0.375,0.125,0.25,0.25,0.5,0.5");
    }
}
