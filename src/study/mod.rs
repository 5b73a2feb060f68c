//! Studies: grids of models as files (paper, Table 2 and appendices C.2, E and G).
//!
//! A [`Study`] is a TOML file with the axes of a grid; a [`Plan`] is every model that it asks for, each
//! with its resolved settings and an [identity](ModelId) that depends on nothing else.
//!
//! ```toml
//! schema = "pathscope/study/1"
//! name = "pilot"
//!
//! [dataset]
//! name = "demo"                  # `name` in the data set's dataset.toml
//! folder = "../demo-data"        # optional, relative to this file; or --data
//!
//! [settings]                     # of every model: the names of the flags of `pathscope train`
//! crop = 54
//!
//! [axes]                         # every combination
//! train-fraction = [0.5, 1.0]
//! seed = [0, 1]
//!
//! [recurrent]                    # further axes of the recurrent models
//! recurrent-blocks = [1]
//! iterations = [2, 7]
//! readout = ["no-avg", "2-avg"]
//!
//! [feed-forward]                 # for each recurrent size the feed-forward models of that size
//! matched = true
//!
//! [[multi-path]]                 # of each of these recurrent models its multi-path model
//! of = { train-fraction = [1.0] }
//!
//! [[ablated]]                    # … and those without some lengths
//! of = { iterations = [7] }
//! lengths = ["1", "1-3"]         # one model each
//! adjacent = [2]                 # and one for every two adjacent lengths
//!
//! [[exclude]]                    # models that are left out
//! kind = ["ablated"]
//! seed = [1]
//! ```
//!
//! In comes a study's file, out come the models that it asks for, trained by a [`sweep`] and collected into
//! [`results`]. Read [`Plan`] first.

mod error;
mod file;
mod grid;
mod identity;
mod model;
mod plan;
pub mod results;
pub mod run;
pub mod sweep;
#[cfg(test)]
mod tests;

pub use error::StudyError;
pub use file::{FeedForward, Series, Study, StudyDataset};
pub use identity::{ModelId, NoIdentity};
pub use model::PlannedModel;
pub use plan::Plan;
