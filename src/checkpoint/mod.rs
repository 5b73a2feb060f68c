//! Checkpoints: a file as named tensors.
//!
//! Opening one reads names, types and shapes; the numbers of a tensor are read when they are asked
//! for. Nothing in a file is ever executed.

mod effective;
mod error;
mod identify;
mod pytorch;
mod safetensors;

pub use effective::{EffectiveKernel, Reparametrization};
pub use error::CheckpointError;

use crate::documents::open_regular;
use half::{bf16, f16};
use ndarray::{ArrayD, IxDyn};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

/// Names under which training scripts usually keep the weights beside the optimizer's state.
pub const USUAL_KEYS: [&str; 3] = ["model", "state_dict", "model_state_dict"];

/// What wraps a whole model's names in PyTorch: `DataParallel` and `torch.compile`.
const WRAPPERS: [&str; 2] = ["module.", "_orig_mod."];

/// The kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Container {
    /// `torch.save` since PyTorch 1.6.
    PytorchZip,
    /// `torch.save` of PyTorch 0.1.10 to 1.5.
    PytorchLegacy,
    /// `torch.save` before PyTorch 0.1.10.
    PytorchTar,
    /// A bare pickle.
    Pickle,
    /// safetensors.
    Safetensors,
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::PytorchZip => "PyTorch zip archive",
            Self::PytorchLegacy => "PyTorch legacy pickle stream",
            Self::PytorchTar => "PyTorch tar archive",
            Self::Pickle => "pickle",
            Self::Safetensors => "safetensors",
        })
    }
}

/// The type of a tensor's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ElementType {
    Float64,
    Float32,
    Float16,
    Bfloat16,
    /// Integers, booleans and anything else that no weight is made of.
    Other,
}

impl ElementType {
    /// The name PyTorch gives it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Float64 => "float64",
            Self::Float32 => "float32",
            Self::Float16 => "float16",
            Self::Bfloat16 => "bfloat16",
            Self::Other => "integer",
        }
    }

    /// The elements of a native-endian buffer; `None` for [`ElementType::Other`].
    fn decode(self, bytes: &[u8]) -> Option<Vec<f64>> {
        fn each<const N: usize>(bytes: &[u8], decode: impl Fn([u8; N]) -> f64) -> Vec<f64> {
            bytes.as_chunks::<N>().0.iter().map(|chunk| decode(*chunk)).collect()
        }
        match self {
            Self::Float64 => Some(each(bytes, f64::from_ne_bytes)),
            Self::Float32 => Some(each(bytes, |chunk| f32::from_ne_bytes(chunk).into())),
            Self::Float16 => Some(each(bytes, |chunk| f16::from_ne_bytes(chunk).into())),
            Self::Bfloat16 => Some(each(bytes, |chunk| bf16::from_ne_bytes(chunk).into())),
            Self::Other => None,
        }
    }
}

/// Type and shape of a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorInfo {
    /// The type of its elements.
    pub element_type: ElementType,
    /// Its extents, outermost first; empty for a scalar.
    pub shape: Vec<usize>,
}

impl TensorInfo {
    /// The number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// An open checkpoint.
pub struct Checkpoint {
    path: PathBuf,
    container: Container,
    key: Option<String>,
    wrapper: String,
    tensors: effective::Tensors,
    metadata: HashMap<String, String>,
    source: Source,
}

enum Source {
    Pytorch(pytorch::Tensors),
    Safetensors(safetensors::Tensors),
}

/// What a container's reader finds.
struct Contents {
    container: Container,
    key: Option<String>,
    tensors: BTreeMap<String, TensorInfo>,
    metadata: HashMap<String, String>,
    source: Source,
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoint")
            .field("path", &self.path)
            .field("container", &self.container)
            .field("key", &self.key)
            .field("tensors", &self.tensors.given)
            .finish_non_exhaustive()
    }
}

impl Checkpoint {
    /// Opens a checkpoint.
    ///
    /// # Arguments
    ///
    /// * `path` - a `.pt`, `.pth` or `.safetensors` file; what is inside decides, not the name
    /// * `key` - the entry of the saved dictionary that holds the weights; without one
    ///   [`USUAL_KEYS`] are tried and then the dictionary itself
    ///
    /// # Errors
    ///
    /// [`CheckpointError`], for anything that is no checkpoint with what it is instead.
    ///
    /// # Complexity
    ///
    /// O(tensors) time and memory, whatever their sizes; O(file) for the tar container.
    pub fn open(path: &Path, key: Option<&str>) -> Result<Self, CheckpointError> {
        let contents = match identify::identify(path)? {
            identify::Kind::Safetensors => safetensors::open(path, key)?,
            identify::Kind::Pytorch => pytorch::open(path, key)?,
        };
        if contents.tensors.is_empty() {
            return Err(CheckpointError::NoTensors { path: path.to_owned() });
        }
        let mut tensors = contents.tensors;
        let mut wrapper = String::new();
        while let Some(prefix) =
            WRAPPERS.into_iter().find(|prefix| tensors.keys().all(|name| name.starts_with(prefix)))
        {
            tensors =
                tensors.into_iter().map(|(name, info)| (name[prefix.len()..].to_owned(), info)).collect();
            wrapper.push_str(prefix);
        }
        Ok(Self {
            path: path.to_owned(),
            container: contents.container,
            key: contents.key,
            wrapper,
            tensors: effective::Tensors::new(tensors),
            metadata: contents.metadata,
            source: contents.source,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What kind of file it is.
    pub fn container(&self) -> Container {
        self.container
    }

    /// The entry of the saved dictionary that the tensors are from, if not from all of it.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The names and shapes of its tensors. A prefix that `DataParallel` or `torch.compile` put
    /// before every name is left out, and where a layer is reparametrized (weight or spectral
    /// normalization, pruning) its effective kernel stands in the place of the parts that are stored.
    pub fn tensors(&self) -> &BTreeMap<String, TensorInfo> {
        &self.tensors.given
    }

    /// The tensors that are computed from several stored ones: the name, how, and from which.
    pub fn effective_kernels(&self) -> impl Iterator<Item = (&str, Reparametrization, Vec<&str>)> {
        self.tensors.effective()
    }

    /// What its user should know about how its tensors were read, in sentences; empty where they are
    /// given out as they are stored.
    pub fn remarks(&self) -> Vec<String> {
        self.tensors.remarks()
    }

    /// Stored parts of kernels that cannot be computed: the name, type and shape, and why not.
    pub fn unresolved_parts(&self) -> impl Iterator<Item = (&str, &TensorInfo, &str)> {
        self.tensors.unresolved()
    }

    /// Why there is no tensor of that name though something alike is stored: it is a part of an
    /// effective kernel, or an effective kernel of which a part is missing.
    pub fn refusal(&self, name: &str) -> Option<&str> {
        self.tensors.refusal(name)
    }

    /// How many of the numbers in a tensor, or in those that it is computed from, training changes:
    /// none of a running statistic's or a mask's.
    pub fn parameters(&self, name: &str) -> usize {
        self.tensors.parameters(name)
    }

    /// The text that a safetensors file carries beside its tensors.
    pub fn metadata(&self) -> &HashMap<String, String> {
        &self.metadata
    }

    /// Reads the numbers of one tensor; those of an effective kernel are computed, in double precision.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::NoSuchTensor`], [`CheckpointError::NotEffective`] for a part of an effective
    /// kernel or one that lacks a part, [`CheckpointError::ElementType`] where it holds no
    /// floating-point numbers, [`CheckpointError::Damaged`] where the file ends before it does or
    /// its checksum is wrong.
    ///
    /// # Complexity
    ///
    /// O(elements).
    pub fn read(&self, name: &str) -> Result<ArrayD<f64>, CheckpointError> {
        self.tensors.read(&self.path, name, &|name, info| self.read_stored(name, info))
    }

    fn read_stored(&self, name: &str, info: &TensorInfo) -> Result<ArrayD<f64>, CheckpointError> {
        let stored = format!("{}{name}", self.wrapper);
        let bytes = match &self.source {
            Source::Pytorch(tensors) => tensors.read(&self.path, &stored)?,
            Source::Safetensors(tensors) => tensors.read(&self.path, &stored)?,
        };
        let numbers = info.element_type.decode(&bytes).ok_or_else(|| CheckpointError::ElementType {
            path: self.path.clone(),
            tensor: name.to_owned(),
        })?;
        ArrayD::from_shape_vec(IxDyn(&info.shape), numbers).map_err(|error| CheckpointError::Damaged {
            path: self.path.clone(),
            detail: format!("tensor {name}: {error}"),
        })
    }
}

/// The SHA-256 of a file, in hexadecimal.
///
/// # Errors
///
/// [`CheckpointError::Open`] and [`CheckpointError::File`] where it cannot be read or is no regular file.
pub fn sha256(path: &Path) -> Result<String, CheckpointError> {
    let unreadable = |source| CheckpointError::Open { path: path.to_owned(), source };
    let mut reader = io::BufReader::with_capacity(1 << 16, open_regular(path)?);
    let mut hasher = Sha256::new();
    loop {
        let bytes = reader.fill_buf().map_err(unreadable)?;
        if bytes.is_empty() {
            break;
        }
        hasher.update(bytes);
        let read = bytes.len();
        reader.consume(read);
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
