//! The models of a study as a frame.

use super::TableError;
use crate::study::results::{ResultRow, columns_of_plan, frame_of_rows};
use crate::study::{Plan, PlannedModel};
use polars::prelude::DataFrame;

/// The columns that are the same for all models of a study.
const OF_STUDY: [&str; 2] = ["study", "dataset"];

/// Returns a table with one row for each model of a study.
///
/// # Errors
///
/// [`TableError`] if polars runs out of memory.
pub fn planned_models(plan: &Plan) -> Result<DataFrame, TableError> {
    let row = |model: &PlannedModel| ResultRow {
        // In results, feed-forward models have the size of their recurrent ones and no readout mode. Here a model is as
        // it is trained.
        recurrent_blocks: model.settings.recurrent_blocks,
        readout: Some(model.settings.readout),
        ..model.row(&plan.study)
    };
    let columns = columns_of_plan().filter(|column| !OF_STUDY.contains(&column.name));
    frame_of_rows(columns, plan.models.iter().map(row))
}
