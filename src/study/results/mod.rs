//! The results of a study: one row a model.
//!
//! `pathscope sweep collect` makes these rows from the folders of a sweep, and the paper's figures and
//! tables are drawn from them. A row of a model that was not finished says why and has no scores; it is
//! listed and never averaged.
//!
//! Tables that a spreadsheet was at are refused with that reason: it turns lengths into dates, identities into rounded
//! numbers and commas into semicolons. Identities of models begin with `m-` and those of configurations with `c-`,
//! which it leaves alone; tables of the first versions, whose identities have no letter in front, get it when they are read.

mod agreement;
mod amount;
mod cell;
mod columns;
mod configuration;
mod datasets;
mod error;
mod frame;
mod identity;
mod metric;
mod read;
mod row;
mod spreadsheet;
mod write;

pub use amount::{Amount, amounts};
pub use columns::{ResultColumn, columns};
pub use configuration::{Configuration, Pair, configurations, pairs};
pub use datasets::{NoDataset, PaperDataset, UnknownDataset, choose_dataset, datasets_of_paper};
pub use error::ResultsError;
pub use frame::{FrameProblem, results_frame, results_of_frame};
pub(crate) use identity::{Identified, digits};
pub use metric::Metric;
pub use read::{Input, Results, read_results};
pub(crate) use row::unfinished_left_out;
pub use row::{Kind, ResultRow, Status};
pub use write::{ResultsFile, SCHEMA, write_results};

#[cfg(test)]
mod tests;
