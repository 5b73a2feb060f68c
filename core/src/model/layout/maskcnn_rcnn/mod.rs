//! The published family `maskcnn-rcnn`: the feed-forward, recurrent and multi-path models of the paper, as
//! saved by the authors' implementation.
//!
//! The names below `moduledict.bl_stack.`, where k is the RCPB and t the iteration, both from 0, and R is the
//! number of RCPBs:
//!
//! | name | what |
//! |---|---|
//! | `layer_list.{k}.b_conv.weight` | bottom-up convolution |
//! | `layer_list.{k}.l_conv.weight` | lateral convolution; none at T = 1 |
//! | `bn_layer_list.{t·R + k}.*` | batch normalization |
//! | `bn_layer_add_list_{k}_{t}.{j}.*` | multi-path models with one normalization for each path: the further ones of (k, t) |
//!
//! `moduledict.bn_input`, `conv0` and `bn0` are the input normalization and the first CPB. `moduledict.fc` is
//! the factorized readout.

mod config;
mod names;

use super::model::{Description, InputFile, other_roles};
use super::{Given, LayoutError, Model, TensorMismatch, settle};
use crate::circuit::{
    Activation, Circuit, ConnectionName, INPUT_BLOCK, MultiPath, Normalization, Readout, TensorName,
};
use crate::files::checkpoint::{Checkpoint, sha256};
use crate::model::network::UnknownNetwork;
use config::Config;
use names::{BlStackNames, FoundNames};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::Path;

/// The name of this layout.
pub const NAME: &str = "maskcnn-rcnn";

/// The file that describes a published model. It is looked for beside the checkpoint.
pub const CONFIG_FILE: &str = "config_extra.json";

/// The ε of the family's batch normalizations, which its configuration does not state.
const EPSILON: f64 = 1e-3;

const PREFIX: &str = "moduledict.bl_stack.";

/// Returns whether a checkpoint has the names of exactly one model of this family, with or without a
/// wrapper's prefix.
pub fn recognizes(checkpoint: &Checkpoint) -> bool {
    wrapper(checkpoint).is_some()
}

/// Returns the prefix of this family's names, with its dot. The result is `None` if there is no model of the
/// family, or more than one.
fn wrapper(checkpoint: &Checkpoint) -> Option<String> {
    let wrappers = wrappers(checkpoint);
    match wrappers.len() {
        1 => wrappers.into_iter().next(),
        _ => wrappers.into_iter().find(String::is_empty),
    }
}

/// Returns the prefix of the names of each model of this family in the checkpoint.
pub(super) fn wrappers(checkpoint: &Checkpoint) -> BTreeSet<String> {
    let before = |name: &String| {
        let wrapper = &name[..name.find(PREFIX)?];
        (wrapper.is_empty() || wrapper.ends_with('.')).then(|| wrapper.to_owned())
    };
    checkpoint.tensors().keys().filter_map(before).collect()
}

/// Reads a checkpoint of this family.
///
/// Without its `config_extra.json`, blocks and iterations are inferred from the names, and readout and
/// activation are unknown unless they are given.
///
/// # Errors
///
/// [`LayoutError::Mismatch`] if tensors are missing or superfluous; [`LayoutError::Contradiction`] if
/// configuration, names and given values differ.
pub fn read(checkpoint: &Checkpoint, given: &Given) -> Result<Model, LayoutError> {
    let path = checkpoint.path();
    let config_path = match &given.config {
        Some(config) => Some(config.clone()),
        None => checkpoint.folder().map(|folder| folder.join(CONFIG_FILE)).filter(|config| config.is_file()),
    };
    let config = config_path.as_deref().map(Config::read).transpose()?;
    let stated_by = config_path.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
    let wrapper = wrapper(checkpoint).unwrap_or_default();
    let prefix = format!("{wrapper}{PREFIX}");
    let found =
        FoundNames::new(checkpoint.tensors().keys().filter_map(|name| name.strip_prefix(prefix.as_str())));

    let recurrent_blocks = match &config {
        Some(config) => config.recurrent_blocks(),
        None => found.blocks,
    };
    check_blocks(checkpoint, &prefix, recurrent_blocks, config_path.as_deref())?;
    let from_names = || (found.iterations(recurrent_blocks), "its list of names".to_owned());
    let stated = config.as_ref().map_or_else(from_names, |config| (config.iterations(), stated_by.clone()));
    let iterations = settle(path, "the number of iterations", Some(stated), given.iterations)?.unwrap_or(0);
    let stated = config.as_ref().map(|config| (config.readout(), stated_by.clone()));
    let readout: Option<Readout> = settle(path, "the readout", stated, given.readout)?;
    let stated = config.as_ref().map(|config| (config.activation(), stated_by.clone()));
    let activation: Option<Activation> = settle(path, "the activation", stated, given.activation)?;

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
        // An ablated model keeps the normalizations of its removed paths, so names cannot distinguish it from
        // a full one.
        None if found.further_normalizations => {
            return Err(LayoutError::ConfigNeeded { path: path.to_owned(), config: CONFIG_FILE });
        }
        None => {}
    }
    for block in &mut circuit.blocks {
        block.normalization = normalization;
    }

    let evidence = evidence(&prefix, &circuit, config_path.as_deref(), found.further_normalizations);
    let input_files = config_path
        .as_deref()
        .map(|path| {
            Ok::<_, LayoutError>(InputFile { role: "config", path: path.to_owned(), sha256: sha256(path)? })
        })
        .transpose()?;
    let ablated = !circuit.lengths_removed().is_empty();
    let other_layers = names::OTHER_LAYERS.map(|(prefix, layer)| (format!("{wrapper}{prefix}"), layer));
    let names = BlStackNames { prefix: prefix.clone(), circuit: &circuit, config: config.as_ref() };
    let description = Description {
        layout: NAME.to_owned(),
        described_in: config_path.as_deref().unwrap_or(path),
        epsilon: EPSILON,
        evidence,
        input_files: input_files.into_iter().collect(),
        network: match &config {
            Some(config) => config.network(),
            None => Err(UnknownNetwork::NoConfiguration(CONFIG_FILE)),
        },
        other_roles: other_roles(checkpoint, &other_layers),
        mismatches: first_cpb_mismatch(checkpoint, &wrapper).into_iter().collect(),
        exhaustive: Box::new(move |name| !ablated && name.starts_with(&prefix)),
        hint: config_path.as_deref().map(config_hint).unwrap_or_default(),
        circuit: circuit.clone(),
    };
    Model::new(checkpoint, description, &names)
}

/// Refuses numbers of blocks that the checkpoint cannot have.
fn check_blocks(
    checkpoint: &Checkpoint,
    prefix: &str,
    recurrent_blocks: usize,
    config: Option<&Path>,
) -> Result<(), LayoutError> {
    // Every block has a bottom-up convolution. Blocks that cannot have one are not even counted, because a
    // name may contain any number.
    if recurrent_blocks == 0 || recurrent_blocks > checkpoint.tensors().len() {
        let weight = |index: usize| format!("{prefix}layer_list.{index}.b_conv.weight");
        let index = (0..recurrent_blocks)
            .find(|&index| !checkpoint.tensors().contains_key(&weight(index)))
            .unwrap_or(0);
        let missing = TensorMismatch::Missing {
            name: weight(index),
            role: ConnectionName::bottom_up(INPUT_BLOCK + 1 + index).to_string(),
            expected: None,
            nearest: None,
            named_at: None,
        };
        return Err(LayoutError::Mismatch {
            path: checkpoint.path().to_owned(),
            layout: NAME.to_owned(),
            mismatches: vec![missing],
            hint: config.map(config_hint).unwrap_or_default(),
        });
    }
    Ok(())
}

fn config_hint(config: &Path) -> String {
    format!(
        "\nwhich {} describes; if that belongs to another model, give the right one with --config",
        config.display()
    )
}

/// Returns a mismatch between the first CPB and the first RCPB, if any.
fn first_cpb_mismatch(checkpoint: &Checkpoint, wrapper: &str) -> Option<TensorMismatch> {
    let shape = |name: &str| checkpoint.tensors().get(name).map(|info| info.shape.as_slice());
    let first = format!("{wrapper}moduledict.conv0.weight");
    let bottom_up = format!("{wrapper}{PREFIX}layer_list.0.b_conv.weight");
    let (found, &channels) = (shape(&first)?, shape(&bottom_up)?.get(1)?);
    (found.first() != Some(&channels)).then(|| TensorMismatch::Shape {
        name: first.clone(),
        role: TensorName::FIRST_WEIGHT.in_words(),
        found: found.to_vec(),
        expected: format!("{channels} output channels, the input channels of {bottom_up}"),
    })
}

fn evidence(
    prefix: &str,
    circuit: &Circuit,
    config: Option<&Path>,
    further_normalizations: bool,
) -> Vec<String> {
    let unknown = |known: Option<&dyn Display>| known.map_or("unknown".to_owned(), ToString::to_string);
    let mut evidence = vec![
        format!("its names begin with '{prefix}': the published family {NAME}"),
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
