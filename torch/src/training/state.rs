//! The state of a run as one file, from which it goes on exactly as if it had not been interrupted.

use super::TrainingError;
use super::adam::Adam;
use super::schedule::Schedule;
use super::trainer::{Best, State, Sums};
use crate::checkpoint::{from_bytes, to_bytes};
use crate::error::NetworkError;
use crate::network::Network;
use crate::weights::Weights;
use pathscope::output::write_file;
use pathscope::run::Validation;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use tch::{Device, Tensor};

const SCHEMA: &str = "pathscope/training-state/1";
const METADATA_KEY: &str = "pathscope";
const PRESENT: &str = "present/";
const BEST: &str = "best/";
const FIRST_MOMENT: &str = "adam.first";
const SECOND_MOMENT: &str = "adam.second";

/// What is no tensor.
#[derive(Serialize, Deserialize)]
struct Header {
    schema: String,
    schedule: Schedule,
    sums: Sums,
    adam_steps: u64,
    best_adam_steps: Option<u64>,
    validations: Vec<Validation>,
}

/// Writes the state beside its place and then renames it.
///
/// # Errors
///
/// [`TrainingError::Save`]
pub fn save(path: &Path, state: &State) -> Result<(), TrainingError> {
    let header = Header {
        schema: SCHEMA.to_owned(),
        schedule: state.schedule.clone(),
        sums: state.sums,
        adam_steps: state.adam.steps,
        best_adam_steps: state.best.as_ref().map(|best| best.adam.steps),
        validations: state.validations.clone(),
    };
    let header = serde_json::to_string(&header).expect("numbers and strings");
    let mut tensors = named(PRESENT, state.network.weights(), &state.adam);
    if let Some(best) = &state.best {
        tensors.extend(named(BEST, &best.weights, &best.adam));
    }
    let bytes = to_bytes(tensors, BTreeMap::from([(METADATA_KEY.to_owned(), header)]))?;
    write_file(path, bytes).map_err(crate::checkpoint::SaveError::from)?;
    Ok(())
}

fn named<'a>(prefix: &str, weights: &'a Weights, adam: &'a Adam) -> Vec<(String, &'a Tensor)> {
    let mut tensors: Vec<(String, &Tensor)> =
        weights.iter().map(|(name, tensor)| (format!("{prefix}{name}"), tensor)).collect();
    tensors.push((format!("{prefix}{FIRST_MOMENT}"), &adam.first));
    tensors.push((format!("{prefix}{SECOND_MOMENT}"), &adam.second));
    tensors
}

/// Reads a state into a new network of the same architecture.
///
/// # Errors
///
/// [`TrainingError::State`] for a file that is not the state of such a run.
pub fn load(path: &Path, network: Network, device: Device) -> Result<State, TrainingError> {
    let wrong = |reason: String| TrainingError::State { path: path.to_owned(), reason };
    let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let header = header(&bytes).map_err(wrong)?;
    let mut tensors = from_bytes(&bytes).map_err(|error| wrong(error.to_string()))?;
    let mut state = State::new(network)?;
    let lacking = |error: NetworkError| wrong(error.to_string());
    let (weights, adam) = take(PRESENT, &mut tensors, header.adam_steps, device).map_err(lacking)?;
    state.network.weights_mut().assign(&weights).map_err(lacking)?;
    state.adam = adam;
    if let Some(steps) = header.best_adam_steps {
        let (weights, adam) = take(BEST, &mut tensors, steps, device).map_err(lacking)?;
        state.best = Some(Best { weights, adam });
    }
    (state.schedule, state.sums, state.validations) = (header.schedule, header.sums, header.validations);
    Ok(state)
}

fn header(bytes: &[u8]) -> Result<Header, String> {
    let (_, metadata) = safetensors::SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let text = metadata.metadata().as_ref().and_then(|entries| entries.get(METADATA_KEY));
    let text = text.ok_or("it is no state of a training run")?;
    let header: Header = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if header.schema != SCHEMA {
        return Err(format!("it is written as '{}', expected '{SCHEMA}'", header.schema));
    }
    Ok(header)
}

fn take(
    prefix: &str,
    tensors: &mut BTreeMap<String, Tensor>,
    steps: u64,
    device: Device,
) -> Result<(Weights, Adam), NetworkError> {
    let mut weights = Weights::default();
    let names: Vec<String> = tensors.keys().filter(|name| name.starts_with(prefix)).cloned().collect();
    for name in names {
        let tensor = tensors.remove(&name).ok_or(NetworkError::MissingTensor { name: name.clone() })?;
        weights.insert(&name[prefix.len()..], tensor.f_to_device(device)?);
    }
    let moment = |weights: &mut Weights, name: &str| {
        weights.remove(name).ok_or_else(|| NetworkError::MissingTensor { name: format!("{prefix}{name}") })
    };
    let (first, second) = (moment(&mut weights, FIRST_MOMENT)?, moment(&mut weights, SECOND_MOMENT)?);
    let expected = weights.parameter_count();
    for (name, tensor) in [(FIRST_MOMENT, &first), (SECOND_MOMENT, &second)] {
        if tensor.size() != [expected as i64] {
            let expected = format!("[{expected}], as there are parameters");
            return Err(NetworkError::Shape { name: name.to_owned(), found: tensor.size(), expected });
        }
    }
    Ok((weights, Adam { first, second, steps }))
}
