//! A training run (paper, C.2 and C.3): its settings, and the files in its folder.
//!
//! `pathscope-torch` trains. Planning runs, watching them and collecting their results needs only this
//! module, and no libtorch.

mod record;
pub mod settings;

pub use pathscope_core::model::layout::own::MODEL_FILE as MODEL;
pub use record::{Record, SCHEMA, Validation, read_record, read_settings};
pub use settings::Settings;

/// The file of the resolved settings.
pub const SETTINGS: &str = "settings.toml";
/// The file with the origin and the progress of the run.
pub const RECORD: &str = "run.json";
/// The log, with a line for every validation.
pub const LOG: &str = "log.jsonl";
/// The figure of the training and validation loss.
pub const CURVE: &str = "learning-curve.svg";
/// The state from which an unfinished run resumes. Its name differs from those of checkpoints, so that it
/// is not mistaken for a result.
pub const STATE: &str = "training.state";
