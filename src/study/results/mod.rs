//! The results of a study, with one row per model.
//!
//! `pathscope sweep collect` makes these rows from the folders of a sweep. The paper's figures and tables
//! are drawn from them. The row of an unfinished model holds the reason and no scores. It is listed and
//! never averaged. [`StudyModels::select`] chooses the models of a table, figure or notebook.
//!
//! Tables that were saved by a spreadsheet are refused with that reason: spreadsheets turn lengths into
//! dates, identities into rounded numbers and commas into semicolons. Identities begin with `m-` (models)
//! or `c-` (configurations), which spreadsheets leave alone. Tables of the first versions get these letters
//! when they are read.

mod agreement;
mod amount;
mod cell;
mod columns;
mod configuration;
mod datasets;
mod error;
mod frame;
mod identity;
mod path_measure;
mod performance;
mod read;
mod row;
mod selection;
mod spreadsheet;
mod write;

pub use amount::{Amount, amounts};
pub(crate) use columns::columns_of_plan;
pub use columns::{ColumnGroup, ResultColumn, columns};
pub use configuration::{Configuration, Pair, configurations, pairs};
pub use datasets::{PaperDataset, UnknownDataset, datasets_of_paper};
pub use error::ResultsError;
pub(crate) use frame::frame_of_rows;
pub use frame::{FrameProblem, results_frame, results_of_frame};
pub(crate) use identity::{Identified, digits};
pub use path_measure::PathMeasure;
pub use read::{Input, Results, read_results};
pub use row::{Kind, ResultRow, Status};
pub use selection::{Amounts, Selection, SelectionError, Split, StudyModels, Subset};
pub use write::{ResultsFile, SCHEMA, write_results};

#[cfg(test)]
mod tests;
