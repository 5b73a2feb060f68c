//! Summaries of the analyzed circuit or program.

use crate::analysis::ProgramSubject;
use crate::circuit::{Activation, Block, Circuit, Readout};
use crate::program::{Counted, Extent, OffPath};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A summary of a circuit.
#[derive(Debug, Serialize)]
pub struct CircuitSummary<'a> {
    /// The number of recurrent blocks.
    pub recurrent_blocks: usize,
    /// The number of iterations T.
    pub iterations: usize,
    /// The activation; null where the checkpoint states none.
    pub activation: Option<Activation>,
    /// The readout mode; null where the checkpoint states none.
    pub readout: Option<Readout>,
    /// Whether the model is a multi-path model.
    pub multi_path: bool,
    /// The path lengths that were removed.
    pub lengths_removed: BTreeSet<usize>,
    /// The recurrent blocks.
    pub blocks: Vec<BlockSummary<'a>>,
}

/// A summary of a block.
#[derive(Debug, Serialize)]
pub struct BlockSummary<'a> {
    /// The number of the block: the first recurrent block is 2.
    pub number: usize,
    /// The author's name for the block.
    pub name: &'a str,
    /// The iteration T' ≤ T after which the block's output is held.
    pub iterations: usize,
}

impl<'a> CircuitSummary<'a> {
    /// Returns the summary of a circuit.
    pub fn of(circuit: &'a Circuit) -> Self {
        let blocks = circuit.block_numbers().zip(&circuit.blocks);
        let summary = |(number, block): (usize, &'a Block)| BlockSummary {
            number,
            name: &block.name,
            iterations: block.iterations,
        };
        Self {
            recurrent_blocks: circuit.blocks.len(),
            iterations: circuit.iterations,
            activation: circuit.activation,
            readout: circuit.readout,
            multi_path: circuit.multi_path.is_some(),
            lengths_removed: circuit.lengths_removed(),
            blocks: blocks.map(summary).collect(),
        }
    }
}

/// A summary of a program.
#[derive(Debug, Serialize)]
pub struct ProgramSummary<'a> {
    /// Where paths begin: the name of an input or the path of a module.
    pub from: &'a str,
    /// Where paths end: `output`, with its number if there are several, or the path of a module.
    pub to: &'a str,
    /// The shapes of the model's inputs; null for an extent that is known only when the model runs.
    pub inputs: &'a [Vec<Extent>],
    /// The number of outputs that the model has.
    pub outputs: usize,
    /// The output where paths end, counted from 0; null where they end at a module.
    pub output: Option<usize>,
    /// What counts towards the length of a path.
    pub count: Counted,
    /// The number of operations of each kind.
    pub operations: &'a BTreeMap<String, usize>,
    /// The components that no path leads through.
    pub off_path: &'a [OffPath],
}

impl<'a> ProgramSummary<'a> {
    /// Returns the summary of a program.
    pub fn of(program: &'a ProgramSubject) -> Self {
        Self {
            from: &program.from,
            to: &program.to,
            inputs: &program.inputs,
            outputs: program.outputs,
            output: program.output,
            count: program.count,
            operations: &program.operations,
            off_path: &program.off_path,
        }
    }
}
