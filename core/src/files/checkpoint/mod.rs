//! Checkpoints: a file as named tensors.
//!
//! Opening one reads names, types and shapes; the numbers of a tensor are read when they are asked
//! for. Nothing in a file is ever executed.

mod effective;
mod element_type;
mod error;
mod identify;
mod pickle;
mod pytorch;
mod safetensors;
mod selection;
mod sharded;
mod view;

pub use effective::{EffectiveKernel, Reparametrization};
pub use element_type::ElementType;
pub use error::CheckpointError;
pub use selection::{AVERAGED_KEYS, EVERYTHING, USUAL_KEYS};
pub use sharded::{index_beside, index_in};
pub(crate) use view::View;

use crate::files::documents::open_regular;
use ndarray::{ArrayD, IxDyn};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

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
    others: Vec<String>,
    shards: Vec<PathBuf>,
    /// The names that are given out and those that are stored, in the order of the file.
    names: Vec<(String, String)>,
    /// The places in `names`, by the name that is given out.
    places: BTreeMap<String, usize>,
    tensors: effective::Tensors,
    metadata: HashMap<String, String>,
    source: Source,
}

enum Source {
    Pytorch(pytorch::Tensors),
    Safetensors(safetensors::Tensors),
    Sharded(sharded::Tensors),
}

/// A tensor as a container's reader finds it.
struct StoredTensor {
    /// Its name, which begins with the keys of the dictionaries that it is in.
    name: String,
    /// The length of the part of the name that these keys make, without the dot.
    entry: usize,
    info: TensorInfo,
}

/// What a container's reader finds.
struct Contents {
    container: Container,
    /// The tensors, in the order of the file.
    tensors: Vec<StoredTensor>,
    metadata: HashMap<String, String>,
    source: Source,
}

/// Reads one file.
fn contents(path: &Path) -> Result<Contents, CheckpointError> {
    match identify::identify(path)? {
        identify::Kind::Safetensors => safetensors::open(path),
        identify::Kind::Pytorch => pytorch::open(path),
    }
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
    /// * `path` - a `.pt`, `.pth` or `.safetensors` file; what is inside decides, not the name. Of a
    ///   checkpoint in several files, its `….index.json` or the folder that has one
    /// * `key` - where the weights are: an entry of the saved dictionary, at any depth, or how their
    ///   names begin up to a dot; [`EVERYTHING`] for the dictionary itself. Without one
    ///   [`USUAL_KEYS`] are tried, then [`AVERAGED_KEYS`], then the dictionary itself
    ///
    /// # Errors
    ///
    /// [`CheckpointError`], for anything that is no checkpoint with what it is instead.
    ///
    /// # Complexity
    ///
    /// O(tensors) time and memory, whatever their sizes; O(file) for the tar container.
    pub fn open(path: &Path, key: Option<&str>) -> Result<Self, CheckpointError> {
        let index = if path.is_dir() { index_in(path) } else { None };
        let path = index.as_deref().unwrap_or(path);
        let (contents, shards) =
            if sharded::is_index(path) { sharded::open(path)? } else { (contents(path)?, Vec::new()) };
        if contents.tensors.is_empty() {
            return Err(CheckpointError::NoTensors { path: path.to_owned() });
        }
        let selection = selection::select(path, &contents.tensors, key)?;
        let infos =
            selection.names.iter().map(|(name, at)| (name.clone(), contents.tensors[*at].info.clone()));
        let tensors = effective::Tensors::new(infos.collect());
        let stored = |(name, at): (String, usize)| (name, contents.tensors[at].name.clone());
        let names: Vec<(String, String)> = selection.names.into_iter().map(stored).collect();
        let places = names.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
        Ok(Self {
            path: path.to_owned(),
            container: contents.container,
            key: selection.key,
            others: selection.others,
            shards,
            names,
            places,
            tensors,
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

    /// Other entries of the saved dictionary that hold kernels, each of which can be given as a key.
    pub fn other_weights(&self) -> &[String] {
        &self.others
    }

    /// The files that an index names, if it is one.
    pub fn shards(&self) -> &[PathBuf] {
        &self.shards
    }

    /// The names of its tensors in the order of the file, an effective kernel at its first part.
    pub fn names_in_order(&self) -> Vec<&str> {
        let kernels = self.effective_kernels().flat_map(|(kernel, _, parts)| {
            parts.into_iter().map(move |part| (part, kernel)).collect::<Vec<_>>()
        });
        let kernel_of: HashMap<&str, &str> = kernels.collect();
        let mut seen = HashSet::new();
        let names = self.names.iter().map(|(name, _)| name.as_str());
        names
            .map(|name| kernel_of.get(name).copied().unwrap_or(name))
            .filter(|name| self.tensors.given.contains_key(*name) && seen.insert(*name))
            .collect()
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

    /// Returns remarks for the user about how the tensors were read, one sentence each; none where they are given out
    /// as they are stored.
    pub fn remarks(&self) -> Vec<String> {
        self.tensors.remarks()
    }

    /// Stored parts of kernels that cannot be computed: the name, type and shape, and why not.
    pub fn unresolved_parts(&self) -> impl Iterator<Item = (&str, &TensorInfo, &str)> {
        self.tensors.unresolved()
    }

    /// Returns why there is no tensor of that name though something alike is stored: it is a part of an effective kernel,
    /// or an effective kernel of which a part is missing.
    pub fn refusal(&self, name: &str) -> Option<&str> {
        self.tensors.refusal(name)
    }

    /// Returns how many of the numbers in a tensor, or in those that it is computed from, training changes. Running
    /// statistics and masks have none.
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
        let wrong_type = || CheckpointError::ElementType {
            path: self.path.clone(),
            tensor: name.to_owned(),
            found: info.element_type.as_str(),
        };
        if !info.element_type.is_read() {
            return Err(wrong_type());
        }
        let stored = self.places.get(name).map_or(name, |&at| &self.names[at].1);
        let (bytes, little_endian) = bytes(&self.path, &self.source, stored)?;
        let numbers = info.element_type.decode(&bytes, little_endian).ok_or_else(wrong_type)?;
        ArrayD::from_shape_vec(IxDyn(&info.shape), numbers).map_err(|error| CheckpointError::Damaged {
            path: self.path.clone(),
            detail: format!("tensor {name}: {error}"),
        })
    }
}

/// The bytes of a stored tensor, and whether numbers in them begin with the least significant one.
fn bytes(path: &Path, source: &Source, name: &str) -> Result<(Vec<u8>, bool), CheckpointError> {
    match source {
        Source::Pytorch(tensors) => Ok((tensors.read(path, name)?, tensors.little_endian())),
        Source::Safetensors(tensors) => Ok((tensors.read(path, name)?, true)),
        Source::Sharded(tensors) => match tensors.file_of(name) {
            Some((path, source)) => bytes(path, source, name),
            None => Err(CheckpointError::NoSuchTensor { path: path.to_owned(), tensor: name.to_owned() }),
        },
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
