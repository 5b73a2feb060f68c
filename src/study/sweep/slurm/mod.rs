//! Sweeps on a Slurm cluster, with the models as tasks of job arrays.
//!
//! A task works on a chunk of models, one after the other, by `pathscope sweep work`. Machines communicate
//! only through files in the folder of the sweep, which all nodes must see under the same path:
//!
//! | file | what is in it |
//! |---|---|
//! | `slurm/N/submission.json` | the assignment of models to tasks and jobs ([`Submission`]) |
//! | `slurm/N/array-K.sh` | the batch script of an array |
//! | `slurm/N/K-I.txt` | the models of task I of array K, one identity per line |
//! | `slurm/JOB_I.log` | the output of task I of a job |
//! | `slurm/.lock` | locked by the process that submits |
//!
//! Requeued tasks start again and resume their models from the saved state. Shortly before its time limit,
//! a task saves the state, ends and requeues itself. Cancelled and failed tasks are left for the next
//! submission, which skips models that are already queued or running.
//!
//! Every job has a unique comment. If `sbatch` gets no answer from a busy controller, the job may have been
//! accepted all the same. It is then found by its comment, recorded, and not submitted twice.
//!
//! [`Submitter`] submits models, and [`states_of_models`] asks Slurm for their states. Tested with Slurm
//! 22.05.

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
