//! The models of a study as a frame.

use super::{TableError, frame, integers, numbers, strings};
use crate::study::run::Settings;
use crate::study::{Plan, PlannedModel};
use polars::prelude::DataFrame;

/// Returns a table with one row for each model of a study.
///
/// # Errors
///
/// [`TableError`] if polars runs out of memory.
pub fn planned_models(plan: &Plan) -> Result<DataFrame, TableError> {
    let models = &plan.models;
    let text = |name: &str, of: fn(&PlannedModel) -> Option<String>| strings(name, models.iter().map(of));
    let setting = |name: &str, of: fn(&Settings) -> String| {
        strings(name, models.iter().map(|model| Some(of(&model.settings))))
    };
    let whole = |name: &str, of: fn(&Settings) -> usize| {
        integers(name, models.iter().map(|model| Some(of(&model.settings))))
    };
    frame(vec![
        text("id", |model| Some(model.id.to_string())),
        text("kind", |model| Some(model.kind.to_string())),
        text("configuration", |model| Some(model.configuration.to_string())),
        text("matched", |model| Some(model.matched.to_string())),
        text("original", |model| model.original.as_ref().map(ToString::to_string)),
        setting("split_seed", |settings| settings.split_seed.to_string()),
        numbers("train_fraction", models.iter().map(|model| Some(model.settings.train_fraction))),
        whole("recurrent_blocks", |settings| settings.recurrent_blocks),
        whole("iterations", |settings| settings.iterations),
        setting("readout", |settings| settings.readout.to_string()),
        whole("channels", |settings| settings.channels),
        setting("activation", |settings| settings.activation.to_string()),
        setting("first_block", |settings| settings.first_block.to_string()),
        setting("loss", |settings| settings.loss.to_string()),
        setting("seed", |settings| settings.seed.to_string()),
        setting("multi_path", |settings| settings.multi_path.to_string()),
        setting("lengths_removed", |settings| settings.lengths_removed.to_string()),
    ])
}
