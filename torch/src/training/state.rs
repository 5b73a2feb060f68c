//! The file of a run's state. A run that resumes from it continues exactly as without the interruption.

use super::TrainingError;
use super::adam::Adam;
use super::schedule::Schedule;
use super::trainer::{Best, State, Sums};
use crate::checkpoint::{from_bytes, to_bytes};
use crate::error::NetworkError;
use crate::network::Network;
use crate::weights::Weights;
use pathscope::study::ModelId;
use pathscope::study::run::Validation;
use pathscope_core::files::documents::open_regular;
use pathscope_core::files::output::write_file;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use tch::{Device, Tensor};

const SCHEMA: &str = "pathscope/training-state/2";
/// The first schema, whose states have no checksum and do not name their settings.
const FIRST_SCHEMA: &str = "pathscope/training-state/1";
const METADATA_KEY: &str = "pathscope";
const PRESENT: &str = "present/";
const BEST: &str = "best/";
const AVERAGE: &str = "average/";
const FIRST_MOMENT: &str = "adam.first";
const SECOND_MOMENT: &str = "adam.second";

/// The text before the checksum at the end of the file, which is the SHA-256 of all bytes before this text.
const CHECKSUM: &[u8] = b"\npathscope-checksum sha256:";
/// The number of hexadecimal digits of the checksum.
const DIGITS: usize = 64;

/// The part of a state that is not tensors.
#[derive(Serialize, Deserialize)]
struct Header {
    schema: String,
    /// The identity of the data set and the settings.
    #[serde(default)]
    of: Option<ModelId>,
    schedule: Schedule,
    sums: Sums,
    adam_steps: u64,
    best_adam_steps: Option<u64>,
    validations: Vec<Validation>,
}

/// Writes the state to a temporary file and renames it.
///
/// # Arguments
///
/// * `of` - the identity of the data set and the settings
///
/// # Errors
///
/// [`TrainingError::Save`]
pub(super) fn save(path: &Path, state: &State, of: &ModelId) -> Result<(), TrainingError> {
    let header = Header {
        schema: SCHEMA.to_owned(),
        of: Some(of.clone()),
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
    if let Some(average) = &state.average {
        tensors.extend(average.iter().map(|(name, tensor)| (format!("{AVERAGE}{name}"), tensor)));
    }
    let mut bytes = to_bytes(tensors, BTreeMap::from([(METADATA_KEY.to_owned(), header)]))?;
    let checksum = checksum(&bytes);
    bytes.extend(CHECKSUM);
    bytes.extend(checksum.bytes());
    bytes.push(b'\n');
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

fn checksum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Removes the checksum from the bytes of a state, and returns whether there was one.
///
/// # Errors
///
/// Returns a description of the problem if the checksum does not match the bytes before it.
fn verified(bytes: &mut Vec<u8>) -> Result<bool, String> {
    let Some(end) = bytes.len().checked_sub(CHECKSUM.len() + DIGITS + 1) else { return Ok(false) };
    let Some(stated) = bytes[end..].strip_prefix(CHECKSUM) else { return Ok(false) };
    if *stated != *format!("{}\n", checksum(&bytes[..end])).as_bytes() {
        return Err("it was altered after it was written, since its checksum does not match".to_owned());
    }
    bytes.truncate(end);
    Ok(true)
}

/// Reads a state into a new network of the same architecture.
///
/// # Arguments
///
/// * `of` - the identity of the data set and the settings of the resumed run
///
/// # Returns
///
/// The state, and whether it has a checksum. States of the first version have none.
///
/// # Errors
///
/// Returns [`TrainingError::State`] if the file is not the state of such a run, was altered, or belongs to
/// other settings.
pub(super) fn load(
    path: &Path,
    network: Network,
    device: Device,
    of: &ModelId,
) -> Result<(State, bool), TrainingError> {
    let wrong = |reason: String| TrainingError::State { path: path.to_owned(), reason };
    let mut bytes = Vec::new();
    open_regular(path)?.read_to_end(&mut bytes).map_err(|error| wrong(error.to_string()))?;
    let has_checksum = verified(&mut bytes).map_err(wrong)?;
    let header = header(&bytes).map_err(wrong)?;
    if (header.schema == SCHEMA) != has_checksum {
        return Err(wrong(
            "it was cut short or altered, since the checksum at its end is missing".to_owned(),
        ));
    }
    if header.of.as_ref().is_some_and(|begun_with| begun_with != of) {
        return Err(wrong(
            "its settings are not those in settings.toml: undo the changes there to resume it".to_owned(),
        ));
    }
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
    let average = with_prefix(AVERAGE, &mut tensors, device).map_err(lacking)?;
    state.average = (average.parameter_count() > 0).then_some(average);
    (state.schedule, state.sums, state.validations) = (header.schedule, header.sums, header.validations);
    Ok((state, has_checksum))
}

fn header(bytes: &[u8]) -> Result<Header, String> {
    let (_, metadata) = safetensors::SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let text = metadata.metadata().as_ref().and_then(|entries| entries.get(METADATA_KEY));
    let text = text.ok_or("it is not the state of a training run")?;
    let header: Header = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if ![SCHEMA, FIRST_SCHEMA].contains(&header.schema.as_str()) {
        return Err(format!("it is written as '{}', expected '{SCHEMA}'", header.schema));
    }
    Ok(header)
}

/// Takes the tensors whose names begin with a prefix.
fn with_prefix(
    prefix: &str,
    tensors: &mut BTreeMap<String, Tensor>,
    device: Device,
) -> Result<Weights, NetworkError> {
    let mut weights = Weights::default();
    let names: Vec<String> = tensors.keys().filter(|name| name.starts_with(prefix)).cloned().collect();
    for name in names {
        let tensor = tensors.remove(&name).ok_or(NetworkError::MissingTensor { name: name.clone() })?;
        weights.insert(&name[prefix.len()..], tensor.f_to_device(device)?);
    }
    Ok(weights)
}

fn take(
    prefix: &str,
    tensors: &mut BTreeMap<String, Tensor>,
    steps: u64,
    device: Device,
) -> Result<(Weights, Adam), NetworkError> {
    let mut weights = with_prefix(prefix, tensors, device)?;
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
