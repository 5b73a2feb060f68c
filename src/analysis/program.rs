//! What an analysis knows of a program.

use crate::program::{Counted, Extent, OffPath, ProgramGraph};
use std::collections::BTreeMap;

/// An exported program, of which the paths between two places were taken apart.
#[derive(Clone, Debug)]
pub struct ProgramSubject {
    /// Where paths begin: the name of an input, or the path of the module whose output they begin at.
    pub from: String,
    /// Where paths end: `output`, with its number where there are several, or the path of the module whose output they end
    /// at.
    pub to: String,
    /// The shapes of the model's inputs, in the order of its arguments.
    pub inputs: Vec<Vec<Extent>>,
    /// The number of outputs that the model has.
    pub outputs: usize,
    /// The output where paths end, counted from 0; `None` where they end at a module.
    pub output: Option<usize>,
    /// What counts for the length of a path.
    pub count: Counted,
    /// The operations of the program by what they do, such as `conv2d`, and how many there are of each.
    pub operations: BTreeMap<String, usize>,
    /// The components that no path leads through.
    pub off_path: Vec<OffPath>,
    /// What the paths lead through.
    pub paths: ProgramGraph,
}
