//! Sweeps: every model of a [study](crate::study) trained, evaluated and analyzed.
//!
//! The folder of a sweep holds its complete state. It can be stopped, killed and restarted at any time, and
//! several processes can work on it at once:
//!
//! | file | what is in it |
//! |---|---|
//! | `sweep.json` | the study, the data set and the version that began the sweep ([`SweepRecord`]) |
//! | `study.toml` | the study |
//! | `models/ID/` | the run of a model, as `pathscope train` makes it |
//! | `models/ID/evaluation.json` | its performance on the test images |
//! | `models/ID/finished.json` | the hashes of all these files, to detect altered or missing ones |
//! | `models/ID/analysis.json` | its ensemble of paths; written last, so it marks a finished model |
//! | `models/ID/contributions.json` | the contributions by path length to its responses to the test images, if the study asks for them; computed when results are collected, and recomputed if it was removed |
//! | `models/ID/failure.json` | the reason why it failed ([`Failure`]) |
//! | `.hashes.json` | hashes of networks, to avoid hashing unchanged files again; may be deleted |
//! | `models/ID/.claim` | locked by the process that works on the model |
//!
//! Folders of models from versions whose identities had no letter in front are named by the digits alone.
//!
//! [`Runner`] works on the models on this machine, [`SweepStatus`] counts them, and [`collect`] makes their
//! [results](crate::study::results). None of this loads libtorch: each model is trained by a process of
//! `pathscope-torch`.

mod analysis_file;
mod collect;
mod contributions;
mod error;
mod folder;
mod hashes;
mod model_error;
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
