//! The published family `maskcnn-rcnn`: the feed-forward, recurrent and multi-path models of the
//! paper as their authors' implementation saves them (DESIGN §3).

mod config;
mod names;

use super::model::{Description, InputFile};
use super::{Given, LayoutError, Model, TensorMismatch, settle};
use crate::checkpoint::{Checkpoint, sha256};
use crate::circuit::{Activation, Circuit, INPUT_BLOCK, MultiPath, Normalization, Readout};
use config::Config;
use names::{BlStackNames, FoundNames};
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// The name of this layout.
pub const NAME: &str = "maskcnn-rcnn";

/// The file that describes a published model, looked for beside its checkpoint.
pub const CONFIG_FILE: &str = "config_extra.json";

/// ε of the family's batch normalizations (DESIGN §2).
const EPSILON: f64 = 1e-3;

const PREFIX: &str = "moduledict.bl_stack.";

/// Whether a checkpoint has the names of this family.
pub fn recognizes(checkpoint: &Checkpoint) -> bool {
    checkpoint.tensors().keys().any(|name| name.starts_with(PREFIX))
}

/// What stands before this family's names in `name`, if it is one of theirs under a key.
pub(super) fn key_before(name: &str) -> Option<&str> {
    name[..name.find(PREFIX)?].strip_suffix('.')
}

/// Reads a checkpoint of this family.
///
/// Without its `config_extra.json` blocks and iterations follow from the names, and the readout
/// and the activation remain unknown unless they are given.
///
/// # Errors
///
/// [`LayoutError::Mismatch`] where tensors are missing or one too many;
/// [`LayoutError::Contradiction`] where configuration, names and what was given differ.
pub fn read(checkpoint: &Checkpoint, given: &Given) -> Result<Model, LayoutError> {
    let path = checkpoint.path();
    let config_path = match &given.config {
        Some(config) => Some(config.clone()),
        None => beside(path).filter(|config| config.is_file()),
    };
    let config = config_path.as_deref().map(Config::read).transpose()?;
    let stated_by = config_path.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
    let found = FoundNames::new(checkpoint.tensors().keys().filter_map(|name| name.strip_prefix(PREFIX)));

    let recurrent_blocks = match &config {
        Some(config) => config.recurrent_blocks(),
        None => found.blocks,
    };
    // Every block has a bottom-up convolution. Blocks that cannot have one are not even counted up:
    // a name may hold any number.
    if recurrent_blocks == 0 || recurrent_blocks > checkpoint.tensors().len() {
        let weight = |index: usize| format!("{PREFIX}layer_list.{index}.b_conv.weight");
        let index = (0..recurrent_blocks)
            .find(|&index| !checkpoint.tensors().contains_key(&weight(index)))
            .unwrap_or(0);
        let missing = TensorMismatch::Missing {
            name: weight(index),
            role: format!("conv[{}].bottom_up", INPUT_BLOCK + 1 + index),
            expected: None,
            nearest: None,
            named_at: None,
        };
        return Err(LayoutError::Mismatch {
            path: path.to_owned(),
            layout: NAME.to_owned(),
            mismatches: vec![missing],
            hint: config_path.as_deref().map(config_hint).unwrap_or_default(),
        });
    }
    let from_names = || (found.iterations(recurrent_blocks), "the checkpoint's names".to_owned());
    let stated =
        config.as_ref().map(|config| (config.iterations(), stated_by.clone())).unwrap_or_else(from_names);
    let iterations = settle("the number of iterations", Some(stated), given.iterations)?.unwrap_or(0);
    let readout: Option<Readout> = settle(
        "the readout",
        config.as_ref().map(|config| (config.readout(), stated_by.clone())),
        given.readout,
    )?;
    let activation: Option<Activation> = settle(
        "the activation",
        config.as_ref().map(|config| (config.activation(), stated_by.clone())),
        given.activation,
    )?;

    let mut circuit = Circuit::of_recurrent_blocks(recurrent_blocks, iterations);
    circuit.readout = readout;
    circuit.activation = activation;
    let mut normalization = Normalization::PerIteration;
    match &config {
        Some(config) => {
            circuit.multi_path =
                config.lengths_removed(recurrent_blocks).map(|lengths_removed| MultiPath { lengths_removed });
            normalization = config.normalization();
        }
        None if found.further_normalizations => {
            circuit.multi_path = Some(MultiPath::default());
            normalization = Normalization::PerPath;
        }
        None => {}
    }
    for block in &mut circuit.blocks {
        block.normalization = normalization;
    }

    let evidence = evidence(&circuit, config_path.as_deref(), found.further_normalizations);
    let input_files = config_path
        .as_deref()
        .map(|path| {
            Ok::<_, LayoutError>(InputFile { role: "config", path: path.to_owned(), sha256: sha256(path)? })
        })
        .transpose()?;
    let description = Description {
        layout: NAME.to_owned(),
        described_in: config_path.as_deref().unwrap_or(path),
        epsilon: EPSILON,
        evidence,
        input_files: input_files.into_iter().collect(),
        other_roles: names::other_roles(checkpoint),
        // An ablated model keeps the normalizations of the paths that it lacks.
        exhaustive_prefix: circuit.lengths_removed().is_empty().then_some(PREFIX),
        hint: hint(config_path.as_deref(), &circuit),
        circuit: circuit.clone(),
    };
    let names = BlStackNames { circuit: &circuit, config: config.as_ref() };
    Model::new(checkpoint, description, &names)
}

fn beside(checkpoint: &Path) -> Option<PathBuf> {
    Some(checkpoint.parent()?.join(CONFIG_FILE))
}

fn config_hint(config: &Path) -> String {
    format!(
        "\nwhich {} describes; if that belongs to another model, give the right one with --config",
        config.display()
    )
}

fn hint(config: Option<&Path>, circuit: &Circuit) -> String {
    match config {
        Some(config) => config_hint(config),
        None if circuit.multi_path.is_some() => format!(
            "\nThis is a multi-path model, and which lengths it lacks is said in its {CONFIG_FILE}: put that beside it or give it with --config"
        ),
        None => String::new(),
    }
}

fn evidence(circuit: &Circuit, config: Option<&Path>, further_normalizations: bool) -> Vec<String> {
    let unknown = |known: Option<&dyn Display>| known.map_or("unknown".to_owned(), ToString::to_string);
    let mut evidence = vec![
        format!("its names begin with '{PREFIX}': the published family {NAME}"),
        match config {
            Some(config) => format!("{} describes it", config.display()),
            None => format!(
                "no {CONFIG_FILE} beside it, so the numbers of blocks and iterations are from its names"
            ),
        },
        format!(
            "{} recurrent block(s), {} iteration(s), readout {}, activation {}",
            circuit.blocks.len(),
            circuit.iterations,
            unknown(circuit.readout.as_ref().map(|readout| readout as &dyn Display)),
            unknown(circuit.activation.as_ref().map(|activation| activation as &dyn Display)),
        ),
    ];
    if further_normalizations {
        evidence
            .push("it has several normalizations for one block and iteration: a multi-path model".to_owned());
    }
    evidence
}
