//! What was analysed, in a few words.

use crate::analysis::ProgramSubject;
use crate::circuit::{Activation, Block, Circuit, Readout};
use crate::program::{Counted, Extent, OffPath};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The circuit in a few words.
#[derive(Debug, Serialize)]
pub struct CircuitSummary<'a> {
    /// How many there are.
    pub recurrent_blocks: usize,
    /// T
    pub iterations: usize,
    /// null where nothing says it.
    pub activation: Option<Activation>,
    /// The readout mode; null where nothing says it.
    pub readout: Option<Readout>,
    /// Whether it is a multi-path model.
    pub multi_path: bool,
    /// The lengths whose paths it lacks.
    pub lengths_removed: BTreeSet<usize>,
    /// The recurrent blocks.
    pub blocks: Vec<BlockSummary<'a>>,
}

/// A block in a few words.
#[derive(Debug, Serialize)]
pub struct BlockSummary<'a> {
    /// Its number: the first recurrent block is 2.
    pub number: usize,
    /// What its author calls it.
    pub name: &'a str,
    /// T' ≤ T, after which its output is held.
    pub iterations: usize,
}

impl<'a> CircuitSummary<'a> {
    /// Returns a circuit in a few words.
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

/// A program in a few words.
#[derive(Debug, Serialize)]
pub struct ProgramSummary<'a> {
    /// Where paths begin: the name of an input or the path of a module.
    pub from: &'a str,
    /// Where paths end: `output`, with its number where there are several, or the path of a module.
    pub to: &'a str,
    /// The shapes of the model's inputs; null for an extent that is known only when the model runs.
    pub inputs: &'a [Vec<Extent>],
    /// The number of outputs that the model has.
    pub outputs: usize,
    /// The output where paths end, counted from 0; null where they end at a module.
    pub output: Option<usize>,
    /// What counts for the length of a path.
    pub count: Counted,
    /// How many operations there are of each kind.
    pub operations: &'a BTreeMap<String, usize>,
    /// The components that no path leads through.
    pub off_path: &'a [OffPath],
}

impl<'a> ProgramSummary<'a> {
    /// Returns a program in a few words.
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
