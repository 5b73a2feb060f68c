//! The results of a study: one row a model.
//!
//! `pathscope sweep collect` makes these rows from the folders of a sweep, and the paper's figures and
//! tables are drawn from them. A row of a model that was not finished says why and has no scores; it is
//! listed and never averaged.

mod row;

pub use row::{Kind, ResultRow, Status};
