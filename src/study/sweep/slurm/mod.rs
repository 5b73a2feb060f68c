//! Sweeps on a cluster with Slurm: its models as tasks of job arrays.
//!
//! A task works on a chunk of models, one after the other, by `pathscope sweep work`. Nothing is passed between
//! machines but files in the folder of the sweep, which all nodes must see under the same path:
//!
//! | file | what is in it |
//! |---|---|
//! | `slurm/N/submission.json` | which model is in which task of which job ([`Submission`]) |
//! | `slurm/N/array-K.sh` | the batch script of an array |
//! | `slurm/N/K-I.txt` | the models of task I of array K, an identity a line |
//! | `slurm/JOB_I.log` | what task I of a job said |
//! | `slurm/.lock` | locked by the process that submits |
//!
//! Tasks that are requeued start again and go on from the state of their models. Shortly before its time limit
//! a task saves the state, ends and requeues itself. What was cancelled or failed is for the next submission,
//! which leaves out models that are queued or running already.
//!
//! Every job has a comment that no other has. Where `sbatch` had no answer, as the controller was busy, a job may have
//! been taken all the same: it is found by its comment, recorded, and not submitted twice.
//!
//! [`Submitter`] submits, [`states_of_models`] asks Slurm how it goes. It is tested with Slurm 22.05.

mod accounting;
mod command;
mod error;
mod limits;
mod lost;
mod options;
mod quoting;
mod refusal;
mod sbatch_option;
mod script;
mod states;
mod submission;
mod submit;
mod task;

#[cfg(test)]
mod tests;

pub use error::SlurmError;
pub use limits::Limits;
pub use options::SlurmOptions;
pub use script::BatchScript;
pub use states::{ModelTask, SlurmStates, blocked, states_of_models};
pub use submission::{Array, Submission};
pub use submit::{Preview, Submitted, Submitter};
pub use task::{Ending, SlurmState, TaskId};
