//! The progress of a sweep's models, as a frame.

use super::{TableError, frame, integers, strings};
use crate::study::sweep::{ModelStatus, SweepStatus};
use polars::prelude::DataFrame;

/// Returns a table with one row for each model of a sweep: `id`, `kind`, `status`, `running`, `attempts`,
/// `error` and `slurm`. Failed models have `attempts` and `error`, models with altered files have `error`,
/// and `slurm` is the state of an unfinished model's task on a cluster.
///
/// # Errors
///
/// [`TableError`] if polars runs out of memory.
pub fn model_status(status: &SweepStatus) -> Result<DataFrame, TableError> {
    let models = &status.models;
    let text = |name: &str, of: fn(&ModelStatus) -> Option<String>| strings(name, models.iter().map(of));
    frame(vec![
        text("id", |model| Some(model.model.id.to_string())),
        text("kind", |model| Some(model.model.kind.to_string())),
        text("status", |model| Some(model.status.to_string())),
        text("running", |model| Some(model.running.to_string())),
        integers("attempts", models.iter().map(|model| Some(model.failure.as_ref()?.attempts))),
        text("error", |model| model.error().map(ToOwned::to_owned)),
        text("slurm", |model| Some(model.slurm.as_ref()?.to_string())),
    ])
}
