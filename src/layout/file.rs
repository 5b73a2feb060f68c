//! Layout files: a model of any shape, described in TOML.
//!
//! ```toml
//! name = "my-model"
//! iterations = 3
//! activation = "relu"       # relu or softplus
//! readout = "no-avg"        # no-avg, early-avg, late-avg or 2-avg
//! epsilon = 1e-5            # of the batch normalizations
//! first_iteration = 0       # what {t} is at the first iteration
//!
//! [[block]]
//! name = "v1"
//! normalization = "bn1.{t}" # the layer's name; with {t} one for each iteration, without it a shared one
//!
//! [[connection]]
//! from = "input"            # the input of the recurrent stage, or a block
//! to = "v1"
//! weight = "conv1.weight"   # the convolution's kernel; without it an identity
//!
//! [[connection]]
//! from = "v1"
//! to = "v1"
//! delay = 1
//! weight = "lateral1.weight"
//! ```
//!
//! `iterations`, `activation` and `readout` may be left to the command line. A block may have
//! `iterations` of its own and is held after them; `read_from` names the block that the readout
//! sees, the last one by default. A `normalization` whose tensors are not `….weight` and
//! `….running_var` is written as `{ weight = "…", running_var = "…" }`, either of which may be left out.

use super::model::{Description, InputFile, Names};
use super::{ComponentTensors, Given, LayoutError, Model, settle};
use crate::checkpoint::{Checkpoint, sha256};
use crate::circuit::{
    Activation, Block, Circuit, Connection, INPUT_BLOCK, Normalization, Operation, Readout,
};
use crate::documents::Kind;
use crate::unroll::Component;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use toml::Spanned;

/// What a connection's `from` calls the input of the recurrent stage.
pub const INPUT: &str = "input";

const PLACEHOLDER: &str = "{t}";
const KIND: Kind = Kind { what: "a layout file", most_bytes: 16 << 20, ..Kind::PLAIN };
/// ε of PyTorch's batch normalization.
const DEFAULT_EPSILON: f64 = 1e-5;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayoutFile {
    name: String,
    iterations: Option<Spanned<usize>>,
    activation: Option<Spanned<Activation>>,
    readout: Option<Spanned<Readout>>,
    epsilon: Option<Spanned<f64>>,
    #[serde(default)]
    first_iteration: usize,
    read_from: Option<Spanned<String>>,
    #[serde(default)]
    block: Vec<BlockEntry>,
    #[serde(default)]
    connection: Vec<ConnectionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BlockEntry {
    name: Spanned<String>,
    iterations: Option<Spanned<usize>>,
    normalization: Option<Spanned<NormalizationEntry>>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected the name of a layer, or { weight = \"…\", running_var = \"…\" }")]
enum NormalizationEntry {
    Layer(String),
    Tensors(NormalizationTensors),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NormalizationTensors {
    weight: Option<String>,
    running_var: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConnectionEntry {
    from: Spanned<String>,
    to: Spanned<String>,
    #[serde(default)]
    delay: usize,
    weight: Option<Spanned<String>>,
}

impl NormalizationEntry {
    fn tensors(&self) -> ComponentTensors {
        match self {
            Self::Layer(layer) => ComponentTensors::batch_normalization(layer),
            Self::Tensors(NormalizationTensors { weight, running_var }) => {
                ComponentTensors { weight: weight.clone(), running_variance: running_var.clone() }
            }
        }
    }
}

/// Places in the text of a layout file.
struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Source<'_> {
    /// Line and column, from 1, of a byte.
    fn position(&self, byte: usize) -> (usize, usize) {
        let before = &self.text[..byte.min(self.text.len())];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    fn error<T>(&self, at: &Spanned<T>, detail: &str) -> LayoutError {
        let (line, column) = self.position(at.span().start);
        LayoutError::Malformed {
            path: self.path.to_owned(),
            detail: format!("line {line}, column {column}: {detail}"),
        }
    }
}

/// Reads a checkpoint by a layout file.
///
/// # Errors
///
/// [`LayoutError::Malformed`] with line and column for what is wrong in the file;
/// [`LayoutError::Mismatch`] for tensors that the checkpoint does not have, with the nearest that it
/// does; [`LayoutError::IterationsUnknown`] where nobody says T.
pub fn read(path: &Path, checkpoint: &Checkpoint, given: &Given) -> Result<Model, LayoutError> {
    let text = KIND.text(path)?;
    let file: LayoutFile = KIND.toml(&text, path)?;
    let source = Source { path, text: &text };

    let circuit = circuit(&file, &source, checkpoint.path(), given)?;
    let epsilon = match &file.epsilon {
        None => DEFAULT_EPSILON,
        Some(epsilon) if epsilon.get_ref().is_finite() && *epsilon.get_ref() >= 0.0 => *epsilon.get_ref(),
        Some(epsilon) => return Err(source.error(epsilon, "epsilon is a finite number of at least 0")),
    };
    let description = Description {
        layout: file.name.clone(),
        described_in: path,
        circuit,
        epsilon,
        evidence: vec![format!("{} describes it as '{}'", path.display(), file.name)],
        input_files: vec![InputFile { role: "layout", path: path.to_owned(), sha256: sha256(path)? }],
        network: Err("a layout file describes the recurrent stage alone".to_owned()),
        other_roles: BTreeMap::new(),
        exhaustive: Box::new(|_| false),
        mismatches: Vec::new(),
        hint: String::new(),
    };
    Model::new(checkpoint, description, &FileNames { file: &file, source })
}

fn circuit(
    file: &LayoutFile,
    source: &Source<'_>,
    checkpoint: &Path,
    given: &Given,
) -> Result<Circuit, LayoutError> {
    let by = || source.path.display().to_string();
    let stated = file.iterations.as_ref().map(|iterations| (*iterations.get_ref(), by()));
    let iterations = settle(checkpoint, "the number of iterations", stated, given.iterations)?
        .ok_or_else(|| LayoutError::IterationsUnknown { path: source.path.to_owned() })?;
    if iterations == 0 {
        let detail = "iterations is 0, expected at least 1";
        return Err(file.iterations.as_ref().map_or_else(
            || LayoutError::Malformed { path: source.path.to_owned(), detail: detail.to_owned() },
            |at| source.error(at, detail),
        ));
    }
    let mut numbers: HashMap<&str, usize> = HashMap::from([(INPUT, INPUT_BLOCK)]);
    let mut blocks = Vec::new();
    for (index, entry) in file.block.iter().enumerate() {
        let name = entry.name.get_ref();
        if numbers.insert(name, INPUT_BLOCK + 1 + index).is_some() {
            return Err(source
                .error(&entry.name, &format!("there are two blocks named '{name}' (and 'input' is taken)")));
        }
        let own_iterations = match &entry.iterations {
            None => iterations,
            Some(own) if (1..=iterations).contains(own.get_ref()) => *own.get_ref(),
            Some(own) => {
                let detail = format!("a block's iterations are from 1 to the {iterations} of the circuit");
                return Err(source.error(own, &detail));
            }
        };
        blocks.push(Block {
            name: name.clone(),
            iterations: own_iterations,
            normalization: normalization(entry.normalization.as_ref(), source)?,
        });
    }
    let number = |name: &Spanned<String>| {
        numbers.get(name.get_ref().as_str()).copied().ok_or_else(|| {
            let known: Vec<&str> = std::iter::once(INPUT)
                .chain(file.block.iter().map(|block| block.name.get_ref().as_str()))
                .collect();
            source.error(
                name,
                &format!("there is no block '{}', expected one of {}", name.get_ref(), known.join(", ")),
            )
        })
    };
    let mut connections = Vec::new();
    for entry in &file.connection {
        let to = number(&entry.to)?;
        if to == INPUT_BLOCK {
            return Err(source.error(&entry.to, "no connection ends at the input"));
        }
        let operation = match &entry.weight {
            None => Operation::Identity,
            Some(weight) if weight.get_ref().contains(PLACEHOLDER) => Operation::ConvolutionPerIteration,
            Some(_) => Operation::Convolution,
        };
        connections.push(Connection { from: number(&entry.from)?, to, delay: entry.delay, operation });
    }
    let read_from = match &file.read_from {
        Some(name) if name.get_ref() == INPUT => {
            return Err(source.error(name, "the readout sees a block, not the input"));
        }
        Some(name) => number(name)?,
        None => INPUT_BLOCK + blocks.len(),
    };
    let readout = file.readout.as_ref().map(|readout| (*readout.get_ref(), by()));
    let activation = file.activation.as_ref().map(|activation| (*activation.get_ref(), by()));
    Ok(Circuit {
        iterations,
        blocks,
        connections,
        read_from,
        readout: settle(checkpoint, "the readout", readout, given.readout)?,
        activation: settle(checkpoint, "the activation", activation, given.activation)?,
        multi_path: None,
    })
}

fn normalization(
    entry: Option<&Spanned<NormalizationEntry>>,
    source: &Source<'_>,
) -> Result<Normalization, LayoutError> {
    let Some(entry) = entry else { return Ok(Normalization::None) };
    let tensors = entry.get_ref().tensors();
    let mut names = tensors.weight.iter().chain(&tensors.running_variance);
    let Some(first) = names.next() else {
        return Err(source.error(entry, "a normalization names its weight, its running_var or both"));
    };
    let by_iteration = first.contains(PLACEHOLDER);
    if names.any(|name| name.contains(PLACEHOLDER) != by_iteration) {
        return Err(
            source.error(entry, "either both of a normalization's tensors have {t} in their names, or none")
        );
    }
    Ok(if by_iteration { Normalization::PerIteration } else { Normalization::Shared })
}

/// Names as a layout file gives them.
struct FileNames<'a> {
    file: &'a LayoutFile,
    source: Source<'a>,
}

impl FileNames<'_> {
    fn block(&self, number: usize) -> &BlockEntry {
        &self.file.block[number - INPUT_BLOCK - 1]
    }

    fn at(&self, name: &str, iteration: Option<usize>) -> String {
        match iteration {
            None => name.to_owned(),
            Some(t) => name.replace(PLACEHOLDER, &(t - 1 + self.file.first_iteration).to_string()),
        }
    }
}

impl Names for FileNames<'_> {
    fn tensors(&self, component: &Component) -> ComponentTensors {
        let (tensors, iteration) = match *component {
            Component::Identity { .. } => return ComponentTensors::default(),
            Component::Convolution { connection, iteration } => {
                let weight = self.file.connection[connection].weight.as_ref();
                let weight = weight.map(|weight| weight.get_ref().clone());
                (ComponentTensors { weight, running_variance: None }, iteration)
            }
            Component::Normalization { block, iteration, .. } => {
                let entry = self.block(block).normalization.as_ref();
                (entry.map(|entry| entry.get_ref().tensors()).unwrap_or_default(), iteration)
            }
        };
        let filled = |name: Option<String>| name.map(|name| self.at(&name, iteration));
        ComponentTensors {
            weight: filled(tensors.weight),
            running_variance: filled(tensors.running_variance),
        }
    }

    fn named_at(&self, component: &Component) -> Option<(usize, usize)> {
        let span = match *component {
            Component::Convolution { connection, .. } | Component::Identity { connection } => {
                self.file.connection[connection].weight.as_ref()?.span()
            }
            Component::Normalization { block, .. } => self.block(block).normalization.as_ref()?.span(),
        };
        Some(self.source.position(span.start))
    }
}
