//! PyTorch's containers, through the crate `pytorch-reader`, which interprets pickles without
//! executing anything.

use super::{CheckpointError, Container, Contents, ElementType, Source, TensorInfo, USUAL_KEYS, identify};
use pytorch_reader::{DType, FileFormat, PickleValue, PytorchError, PytorchReader, Tensor};
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::Path;

/// A file may unpack to this many times its size, and a little more. `torch.save` compresses
/// nothing, and trained weights hardly compress.
const EXPANSION: u128 = 4;
/// How much more a tensor may be, as a view that repeats what is stored.
const TENSOR_SLACK: u128 = 1 << 20;
/// How much more the entries of an archive may be. A pickle is interpreted to some 200 times its
/// size.
const ENTRY_SLACK: u128 = 1 << 16;

/// Archives up to this many bytes are checked in memory.
const READ_AT_ONCE: u64 = 1 << 20;

pub(super) struct Tensors {
    by_name: HashMap<String, Tensor>,
    file_size: u64,
}

pub(super) fn open(path: &Path, key: Option<&str>) -> Result<Contents, CheckpointError> {
    let file_size = file_size(path)?;
    check_archive(path, file_size)?;
    let reader = match key {
        Some(key) => with_key(path, key)?,
        None => PytorchReader::new(path).map_err(|error| damaged(path, &error))?,
    };
    let container = match reader.metadata().format_type {
        FileFormat::Zip => Container::PytorchZip,
        FileFormat::Legacy => Container::PytorchLegacy,
        FileFormat::Tar => Container::PytorchTar,
        FileFormat::Pickle => Container::Pickle,
    };
    let mut stored = reader.into_tensors();
    let mut key = key.map(str::to_owned);
    if key.is_none()
        && let Some(usual) = usual_key(&stored)
    {
        let within = |name: String| name.strip_prefix(usual)?.strip_prefix('.').map(str::to_owned);
        stored = stored.into_iter().filter_map(|(name, tensor)| Some((within(name)?, tensor))).collect();
        key = Some(usual.to_owned());
    }
    let tensors: BTreeMap<String, TensorInfo> = stored
        .iter()
        .map(|(name, tensor)| {
            let element_type = match tensor.dtype() {
                DType::F64 => ElementType::Float64,
                DType::F32 => ElementType::Float32,
                DType::F16 => ElementType::Float16,
                DType::BF16 => ElementType::Bfloat16,
                _ => ElementType::Other,
            };
            (name.clone(), TensorInfo { element_type, shape: tensor.shape().to_vec() })
        })
        .collect();
    Ok(Contents {
        container,
        key,
        tensors,
        metadata: HashMap::new(),
        source: Source::Pytorch(Tensors { by_name: stored, file_size }),
    })
}

/// What training scripts save beside the weights, by how its names begin.
const TRAINING_STATE: [&str; 6] = ["optim", "scheduler", "lr_scheduler", "scaler", "ema", "model_ema"];

/// The usual key that all weights are under. Everything else must be the state of the training:
/// where a model has a part called 'model', its other parts are not dropped.
fn usual_key(tensors: &HashMap<String, Tensor>) -> Option<&'static str> {
    let is_under = |name: &str, key: &str| name.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
    USUAL_KEYS.into_iter().find(|key| {
        tensors.keys().any(|name| is_under(name, key))
            && tensors
                .keys()
                .all(|name| is_under(name, key) || TRAINING_STATE.iter().any(|state| name.starts_with(state)))
    })
}

impl Tensors {
    pub(super) fn read(&self, path: &Path, name: &str) -> Result<Vec<u8>, CheckpointError> {
        let tensor = self.by_name.get(name).ok_or_else(|| CheckpointError::NoSuchTensor {
            path: path.to_owned(),
            tensor: name.to_owned(),
        })?;
        // A view with stride 0 has more elements than the file has bytes.
        let declared = tensor.byte_len() as u128;
        check_expansion(path, || format!("tensor {name}"), declared, self.file_size, TENSOR_SLACK)?;
        tensor
            .read()
            .map_err(|error| CheckpointError::Damaged { path: path.to_owned(), detail: error.to_string() })
    }
}

fn with_key(path: &Path, key: &str) -> Result<PytorchReader, CheckpointError> {
    PytorchReader::with_top_level_key(path, key).map_err(|error| {
        // Whatever is wrong with the key, only a file that can be read without it is sound.
        let whole = match PytorchReader::new(path) {
            Ok(whole) if matches!(error, PytorchError::KeyNotFound(_) | PytorchError::InvalidFormat(_)) => {
                whole
            }
            _ => return damaged(path, &error),
        };
        CheckpointError::NoSuchKey {
            path: path.to_owned(),
            key: key.to_owned(),
            available: keys_with_tensors(path, &whole),
        }
    })
}

/// The entries of the saved dictionary that are dictionaries with tensors in them.
fn keys_with_tensors(path: &Path, whole: &PytorchReader) -> Vec<String> {
    // The names of the tensors alone do not tell an entry 'bn' from a layer of that name.
    let Ok(PickleValue::Dict(entries)) = PytorchReader::read_pickle_data(path, None) else {
        return Vec::new();
    };
    let holds_tensors = |key: &str| {
        let within = |name: &String| name.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
        whole.tensors().keys().any(within)
    };
    let dictionaries = entries.into_iter().filter(|(_, value)| matches!(value, PickleValue::Dict(_)));
    let mut keys: Vec<String> = dictionaries.map(|(key, _)| key).filter(|key| holds_tensors(key)).collect();
    keys.sort();
    keys
}

fn damaged(path: &Path, error: &PytorchError) -> CheckpointError {
    let detail = error.to_string();
    // Of a whole module the legacy container also saves the source code, under an identifier of
    // four fields where a tensor's has five or six.
    if detail.contains("persistent id has 4 fields") {
        return CheckpointError::OtherKind {
            path: path.to_owned(),
            found: "a whole module in PyTorch's legacy container".to_owned(),
            remedy:
                "load it in PyTorch and save its weights with torch.save(model.state_dict(), 'weights.pt')"
                    .to_owned(),
        };
    }
    CheckpointError::Damaged { path: path.to_owned(), detail }
}

fn file_size(path: &Path) -> Result<u64, CheckpointError> {
    let metadata =
        fs::metadata(path).map_err(|source| CheckpointError::Open { path: path.to_owned(), source })?;
    Ok(metadata.len())
}

fn check_expansion(
    path: &Path,
    what: impl FnOnce() -> String,
    declared: u128,
    file_size: u64,
    slack: u128,
) -> Result<(), CheckpointError> {
    if declared <= EXPANSION * u128::from(file_size) + slack {
        return Ok(());
    }
    Err(CheckpointError::Expands { path: path.to_owned(), what: what(), declared, file_size })
}

/// Refuses archives that are something else or would unpack to far more than their size, before
/// anything in them is unpacked.
fn check_archive(path: &Path, file_size: u64) -> Result<(), CheckpointError> {
    let unreadable = |source| CheckpointError::Open { path: path.to_owned(), source };
    let mut head = Vec::new();
    let mut file = File::open(path).map_err(unreadable)?;
    file.by_ref().take(512).read_to_end(&mut head).map_err(unreadable)?;
    file.rewind().map_err(unreadable)?;
    let declared = if head.starts_with(b"PK") {
        // The directory is read in many small steps, each of which costs a call to the system.
        if file_size <= READ_AT_ONCE {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map_err(unreadable)?;
            zip_declares(path, Cursor::new(bytes))?
        } else {
            zip_declares(path, BufReader::new(file))?
        }
    } else if identify::is_tar(&head) {
        tar_declares(path, file)?
    } else {
        return Ok(());
    };
    check_expansion(path, || "its entries together".to_owned(), declared, file_size, ENTRY_SLACK)
}

fn zip_declares(path: &Path, file: impl Read + Seek) -> Result<u128, CheckpointError> {
    let broken = |error: zip::result::ZipError| CheckpointError::Damaged {
        path: path.to_owned(),
        detail: format!("zip archive: {error}"),
    };
    let mut archive = zip::ZipArchive::new(file).map_err(broken)?;
    {
        let names = archive.file_names().collect::<Result<Vec<_>, _>>().map_err(broken)?;
        if let Some((found, remedy)) = identify::identify_zip(names.iter().map(AsRef::as_ref)) {
            return Err(CheckpointError::OtherKind {
                path: path.to_owned(),
                found: found.to_owned(),
                remedy: remedy.to_owned(),
            });
        }
    }
    let mut declared = 0u128;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(broken)?;
        declared += u128::from(entry.size());
    }
    Ok(declared)
}

/// A sparse entry, which `torch.save` never wrote, takes a few bytes for any number of zeros.
fn tar_declares(path: &Path, file: File) -> Result<u128, CheckpointError> {
    let broken = |error: io::Error| CheckpointError::Damaged {
        path: path.to_owned(),
        detail: format!("tar archive: {error}"),
    };
    let mut archive = tar::Archive::new(BufReader::new(file));
    let mut declared = 0u128;
    for entry in archive.entries_with_seek().map_err(broken)? {
        declared += u128::from(entry.map_err(broken)?.size());
    }
    Ok(declared)
}
