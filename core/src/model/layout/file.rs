//! Layout files, which describe a model of any shape in TOML.
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
//! `iterations`, `activation` and `readout` can be given on the command line instead. A block can have
//! `iterations` of its own, after which its output is held. `read_from` names the block that is read out, by
//! default the last one. If the tensors of a `normalization` are not `….weight` and `….running_var`, it is
//! written as `{ weight = "…", running_var = "…" }`. Either of the two can be left out, and each may contain
//! `{t}` or not. Without a running variance, the strength is the mean of |γ|. If the names do not follow one
//! pattern, a list has one entry for each iteration: `["bn.0", { weight = "gn.weight" }, "bn.2"]`.
//!
//! A connection can also have
//!
//! ```toml
//! iterations = "1"          # when it is active: "1", "2-", "1-3" or "1,3"; otherwise always
//! normalization = "bn2"     # of what it carries, before the sum at its target
//! factor = 0.5              # what it multiplies by, such as a leak; its strength is |factor| times the kernel's
//! transposed = true         # its convolution is a transposed one: [input, output, …kernel]
//! groups = 4                # its convolution keeps so many groups of channels apart
//! ```
//!
//! and a block can have `start = 3`: it computes from iteration 3 of the circuit, for instance because the
//! block below has then finished its 2 iterations. Its own `iterations`, the `iterations` of connections that
//! end at it, and `{t}` in their names then count from that iteration. Delays still count iterations of the
//! circuit.

use super::model::{Description, InputFile, Names};
use super::{ComponentTensors, Given, LayoutError, Model, settle};
use crate::circuit::{
    Activation, Block, Circuit, Connection, INPUT_BLOCK, Normalization, Operation, ParseIterationsError,
    Readout,
};
use crate::files::checkpoint::{Checkpoint, sha256};
use crate::files::documents::Kind;
use crate::files::output::protect_read;
use crate::graph::unroll::Component;
use crate::model::network::UnknownNetwork;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use toml::Spanned;

/// The name that a connection's `from` uses for the input of the recurrent stage.
pub const INPUT: &str = "input";

const PLACEHOLDER: &str = "{t}";
const KIND: Kind = Kind { what: "a layout file", most_bytes: 16 << 20, ..Kind::PLAIN };
/// The default ε of PyTorch's batch normalization.
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
    start: Option<Spanned<usize>>,
    iterations: Option<Spanned<usize>>,
    normalization: Option<Spanned<NormalizationEntry>>,
}

impl BlockEntry {
    /// Returns the first iteration of the circuit at which the block computes.
    fn start(&self) -> usize {
        self.start.as_ref().map_or(1, |start| *start.get_ref())
    }
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected the name of a layer, { weight = \"…\", running_var = \"…\" }, or a list of these with one for each iteration"
)]
enum NormalizationEntry {
    /// One entry. With `{t}` in its names it describes one normalization for each iteration, otherwise a
    /// shared one.
    One(NormalizationLayer),
    Each(Vec<NormalizationLayer>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NormalizationLayer {
    Named(String),
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
    iterations: Option<Spanned<String>>,
    normalization: Option<Spanned<NormalizationEntry>>,
    factor: Option<Spanned<f64>>,
    transposed: Option<Spanned<bool>>,
    groups: Option<Spanned<usize>>,
}

impl NormalizationEntry {
    fn layers(&self) -> &[NormalizationLayer] {
        match self {
            Self::One(layer) => std::slice::from_ref(layer),
            Self::Each(layers) => layers,
        }
    }

    /// Returns the tensors at an iteration of the block, counted from 0.
    fn tensors(&self, iteration: usize) -> ComponentTensors {
        match self {
            Self::One(layer) => layer.tensors(),
            Self::Each(layers) => layers.get(iteration).map(NormalizationLayer::tensors).unwrap_or_default(),
        }
    }
}

impl NormalizationLayer {
    fn tensors(&self) -> ComponentTensors {
        match self {
            Self::Named(layer) => ComponentTensors::batch_normalization(layer),
            Self::Tensors(NormalizationTensors { weight, running_var }) => {
                ComponentTensors { weight: weight.clone(), running_variance: running_var.clone() }
            }
        }
    }
}

/// The text of a layout file, for the positions of errors.
struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Source<'_> {
    /// Returns the line and column, from 1, of a byte.
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
/// [`LayoutError::Malformed`] with line and column for an error in the file; [`LayoutError::Mismatch`] for
/// tensors that the checkpoint lacks, with the most similar names; [`LayoutError::IterationsUnknown`] if T is
/// not given anywhere.
pub fn read(path: &Path, checkpoint: &Checkpoint, given: &Given) -> Result<Model, LayoutError> {
    protect_read(path);
    let text = KIND.text(path)?;
    let input = InputFile { role: "layout", path: path.to_owned(), sha256: sha256(path)? };
    model_of(&text, path, checkpoint, given, vec![input])
}

/// Reads a model from the text of a layout file. `path` is used in messages.
pub(super) fn model_of(
    text: &str,
    path: &Path,
    checkpoint: &Checkpoint,
    given: &Given,
    input_files: Vec<InputFile>,
) -> Result<Model, LayoutError> {
    let file: LayoutFile = KIND.toml(text, path)?;
    let source = Source { path, text };

    let circuit = circuit(&file, &source, checkpoint.path(), given)?;
    let epsilon = match &file.epsilon {
        None => DEFAULT_EPSILON,
        Some(epsilon) if epsilon.get_ref().is_finite() && *epsilon.get_ref() >= 0.0 => *epsilon.get_ref(),
        Some(epsilon) => return Err(source.error(epsilon, "epsilon must be a finite number of at least 0")),
    };
    let description = Description {
        layout: file.name.clone(),
        described_in: path,
        circuit,
        epsilon,
        evidence: vec![format!("{} describes it as '{}'", path.display(), file.name)],
        input_files,
        network: Err(UnknownNetwork::LayoutFile),
        other_roles: BTreeMap::new(),
        exhaustive: Box::new(|_| false),
        mismatches: Vec::new(),
        hint: String::new(),
    };
    let targets = description.circuit.connections.iter().map(|connection| connection.to).collect();
    Model::new(checkpoint, description, &FileNames { file: &file, source, targets })
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
        let last = last_iteration(entry, iterations, source)?;
        let own = last + 1 - entry.start();
        let normalization = normalization(entry.normalization.as_ref(), own, source)?;
        blocks.push(Block { name: name.clone(), iterations: last, normalization });
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
        let block = to - INPUT_BLOCK - 1;
        let clock = (file.block[block].start(), blocks[block].iterations);
        connections.push(connection(entry, (number(&entry.from)?, to), clock, source)?);
    }
    let read_from = match &file.read_from {
        Some(name) if name.get_ref() == INPUT => {
            return Err(source.error(name, "only a block can be read out, not the input"));
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

/// Returns the last iteration of the circuit at which a block computes.
fn last_iteration(entry: &BlockEntry, iterations: usize, source: &Source<'_>) -> Result<usize, LayoutError> {
    if let Some(start) = entry.start.as_ref().filter(|start| !(1..=iterations).contains(start.get_ref())) {
        let detail = format!("a block's start must be from 1 to the {iterations} iterations of the circuit");
        return Err(source.error(start, &detail));
    }
    let left = iterations - (entry.start() - 1);
    match &entry.iterations {
        None => Ok(iterations),
        Some(own) if (1..=left).contains(own.get_ref()) => Ok(entry.start() - 1 + own.get_ref()),
        Some(own) if entry.start.is_none() => {
            let detail = format!("a block's iterations must be from 1 to the {iterations} of the circuit");
            Err(source.error(own, &detail))
        }
        Some(own) => {
            let detail = format!(
                "a block that starts at iteration {} of {iterations} has from 1 to {left} iterations",
                entry.start()
            );
            Err(source.error(own, &detail))
        }
    }
}

/// Returns the connection that an entry describes.
///
/// # Arguments
///
/// * `ends` - the numbers of the source and target blocks
/// * `clock` - the first and the last iteration of the target block
fn connection(
    entry: &ConnectionEntry,
    ends: (usize, usize),
    clock: (usize, usize),
    source: &Source<'_>,
) -> Result<Connection, LayoutError> {
    let operation = match &entry.weight {
        None => Operation::Identity,
        Some(weight) if weight.get_ref().contains(PLACEHOLDER) => Operation::ConvolutionPerIteration,
        Some(_) => Operation::Convolution,
    };
    let mut connection = Connection::new(ends.0, ends.1, entry.delay, operation);
    if let Some(iterations) = &entry.iterations {
        connection.iterations = iterations
            .get_ref()
            .parse()
            .map_err(|error: ParseIterationsError| source.error(iterations, &error.to_string()))?;
    }
    connection.iterations = connection.iterations.counted_from(clock.0);
    connection.normalization = normalization(entry.normalization.as_ref(), clock.1 + 1 - clock.0, source)?;
    if let Some(factor) = &entry.factor {
        connection.factor = *factor.get_ref();
        if !connection.factor.is_finite() {
            return Err(source.error(factor, "a factor must be a finite number"));
        }
    }
    let identity = "it applies to a convolution, but this connection names no weight";
    if let Some(transposed) = &entry.transposed {
        connection.transposed = *transposed.get_ref();
        if operation == Operation::Identity {
            return Err(source.error(transposed, identity));
        }
    }
    if let Some(groups) = &entry.groups {
        connection.groups = *groups.get_ref();
        if operation == Operation::Identity {
            return Err(source.error(groups, identity));
        }
        if connection.groups == 0 {
            return Err(source.error(groups, "groups must be at least 1"));
        }
    }
    Ok(connection)
}

/// Returns the normalization that an entry describes.
///
/// # Arguments
///
/// * `iterations` - the number of iterations of the block
fn normalization(
    entry: Option<&Spanned<NormalizationEntry>>,
    iterations: usize,
    source: &Source<'_>,
) -> Result<Normalization, LayoutError> {
    let Some(entry) = entry else { return Ok(Normalization::None) };
    let layers: Vec<ComponentTensors> =
        entry.get_ref().layers().iter().map(NormalizationLayer::tensors).collect();
    if layers.iter().any(|layer| layer.names().next().is_none()) {
        return Err(source.error(entry, "a normalization must name its weight, its running_var or both"));
    }
    let by_iteration = match entry.get_ref() {
        NormalizationEntry::One(_) => {
            layers.iter().flat_map(ComponentTensors::names).any(|name| name.contains(PLACEHOLDER))
        }
        NormalizationEntry::Each(_) if layers.len() < iterations => {
            let detail = format!(
                "the list has {} of the {iterations} normalizations that its block needs, one for each iteration",
                layers.len()
            );
            return Err(source.error(entry, &detail));
        }
        NormalizationEntry::Each(_) => true,
    };
    Ok(if by_iteration { Normalization::PerIteration } else { Normalization::Shared })
}

/// The tensor names of a layout file.
struct FileNames<'a> {
    file: &'a LayoutFile,
    source: Source<'a>,
    /// The numbers of the connections' target blocks.
    targets: Vec<usize>,
}

impl FileNames<'_> {
    fn block(&self, number: usize) -> &BlockEntry {
        &self.file.block[number - INPUT_BLOCK - 1]
    }
}

impl Names for FileNames<'_> {
    fn tensors(&self, component: &Component) -> ComponentTensors {
        let (block, iteration) = match *component {
            Component::Identity { .. } => return ComponentTensors::default(),
            Component::Normalization { block, iteration, .. } => (self.block(block), iteration),
            Component::Convolution { connection, iteration }
            | Component::ConnectionNormalization { connection, iteration } => {
                (self.block(self.targets[connection]), iteration)
            }
        };
        // Iterations of the circuit, counted from the start of the block.
        let own = iteration.map(|t| t.saturating_sub(block.start()));
        let layer = |entry: &Option<Spanned<NormalizationEntry>>| {
            entry.as_ref().map(|entry| entry.get_ref().tensors(own.unwrap_or(0))).unwrap_or_default()
        };
        let tensors = match *component {
            Component::Convolution { connection, .. } | Component::Identity { connection } => {
                let weight = self.file.connection[connection].weight.as_ref();
                ComponentTensors {
                    weight: weight.map(|weight| weight.get_ref().clone()),
                    running_variance: None,
                }
            }
            Component::Normalization { .. } => layer(&block.normalization),
            Component::ConnectionNormalization { connection, .. } => {
                layer(&self.file.connection[connection].normalization)
            }
        };
        let filled = |name: Option<String>| match own {
            None => name,
            Some(own) => {
                name.map(|name| name.replace(PLACEHOLDER, &(own + self.file.first_iteration).to_string()))
            }
        };
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
            Component::ConnectionNormalization { connection, .. } => {
                self.file.connection[connection].normalization.as_ref()?.span()
            }
        };
        Some(self.source.position(span.start))
    }
}
