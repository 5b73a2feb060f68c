//! A training run (paper, C.2 and C.3): what it is told, and what it leaves in its folder.
//!
//! `pathscope-torch` trains; whoever plans runs, watches them or collects what they found needs
//! only this, and no libtorch.

mod record;
pub mod settings;

pub use pathscope_core::model::layout::own::MODEL_FILE as MODEL;
pub use record::{Record, SCHEMA, Validation, read_record, read_settings};
pub use settings::Settings;

/// The resolved settings.
pub const SETTINGS: &str = "settings.toml";
/// What the run was made from and how it went.
pub const RECORD: &str = "run.json";
/// A line for every validation.
pub const LOG: &str = "log.jsonl";
/// Training and validation loss.
pub const CURVE: &str = "learning-curve.svg";
/// The state that an unfinished run goes on from. Its name is none of a checkpoint's, so that nobody
/// takes it for a result.
pub const STATE: &str = "training.state";
