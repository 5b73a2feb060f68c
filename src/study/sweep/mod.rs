//! Sweeps: every model of a [study](crate::study) trained, measured and taken apart.
//!
//! A sweep is a folder, and the folder is all its state, so that it can be stopped, killed and
//! started again at any time, by several processes at once:
//!
//! | file | what is in it |
//! |---|---|
//! | `sweep.json` | which study and data, and the version that began it ([`SweepRecord`]) |
//! | `study.toml` | the study |
//! | `models/ID/` | the run of a model, as `pathscope train` makes it |
//! | `models/ID/evaluation.json` | how well it predicts the test images |
//! | `models/ID/finished.json` | the hashes of all these files, by which it is seen that none was altered or lost |
//! | `models/ID/analysis.json` | its ensemble of paths; written last, so a model that has it is finished |
//! | `models/ID/contributions.json` | what paths of each length bring to its responses to the test images, where the study asks for it; computed when results are collected, and again where it was removed |
//! | `models/ID/failure.json` | why it could not be finished ([`Failure`]) |
//! | `.hashes.json` | hashes of networks, as long as their files stay as they are; may be removed |
//! | `models/ID/.claim` | locked by the process that works on the model |
//!
//! Folders of models that a version began whose identities had no letter in front have their digits for a name.
//!
//! [`Runner`] works on the models of this machine, [`SweepStatus`] counts them, [`collect`] makes the
//! [results](crate::study::results) of them. None of this loads libtorch: models are trained by `pathscope-torch`, a
//! process each.

mod analysis_file;
mod collect;
mod contributions;
mod error;
mod folder;
mod hashes;
mod model_folder;
mod outcome;
mod runner;
mod seal;
pub mod slurm;
mod status;
mod trainer;

pub use collect::{Collected, collect, unsealed_warning};
pub use contributions::add_contributions;
pub use error::SweepError;
pub use folder::{SweepFolder, SweepRecord};
pub use model_folder::{Claim, Failure, ModelFolder};
pub use runner::{Event, Runner, RunnerSummary};
pub use status::{Counts, ModelStatus, SweepStatus};
pub use trainer::{Companion, Ended};
