//! Checkpoints: files of named tensors.
//!
//! Opening a checkpoint reads names, types and shapes. The elements of a tensor are read on demand. Nothing
//! in a file is ever executed.

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

use crate::files::documents::{hexadecimal, open_regular};
use ndarray::{ArrayD, IxDyn};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use strum::Display;

/// The file format of a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Display)]
#[serde(rename_all = "kebab-case")]
pub enum Container {
    /// `torch.save` since PyTorch 1.6.
    #[strum(to_string = "PyTorch zip archive")]
    PytorchZip,
    /// `torch.save` of PyTorch 0.1.10 to 1.5.
    #[strum(to_string = "PyTorch legacy pickle stream")]
    PytorchLegacy,
    /// `torch.save` before PyTorch 0.1.10.
    #[strum(to_string = "PyTorch tar archive")]
    PytorchTar,
    /// A bare pickle.
    #[strum(to_string = "pickle")]
    Pickle,
    /// safetensors.
    #[strum(to_string = "safetensors")]
    Safetensors,
}

/// The type and shape of a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorInfo {
    /// The type of its elements.
    pub element_type: ElementType,
    /// Its extents, outermost first; empty for a scalar.
    pub shape: Vec<usize>,
}

impl TensorInfo {
    /// Returns the number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Returns whether the tensor has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// An open checkpoint.
pub struct Checkpoint {
    path: PathBuf,
    /// The bytes of a checkpoint in memory.
    memory: Option<Arc<[u8]>>,
    container: Container,
    key: Option<String>,
    others: Vec<String>,
    shards: Vec<PathBuf>,
    /// The names shown to the user with the stored names, in file order.
    names: Vec<(String, String)>,
    /// The positions in `names`, by the name shown to the user.
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

/// A tensor as the reader of a file format finds it.
struct StoredTensor {
    /// Its name, prefixed with the keys of the enclosing dictionaries.
    name: String,
    /// The length of the prefix of the name that these keys form, without the dot.
    entry: usize,
    info: TensorInfo,
}

/// The contents that the reader of a file format finds.
struct Contents {
    container: Container,
    /// The tensors, in file order.
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
    /// * `path` - a `.pt`, `.pth` or `.safetensors` file; the contents determine the format, not the name.
    ///   For a checkpoint in several files, its `….index.json` or the folder that contains it
    /// * `key` - where the weights are: an entry of the saved dictionary, at any depth, or a prefix of their
    ///   names up to a dot; [`EVERYTHING`] for the dictionary itself. Without a key, [`USUAL_KEYS`] are
    ///   tried, then [`AVERAGED_KEYS`], then the dictionary itself
    ///
    /// # Errors
    ///
    /// [`CheckpointError`]. If the file is not a checkpoint, it describes what the file is.
    ///
    /// # Complexity
    ///
    /// O(tensors) time and memory, regardless of their sizes; O(file) for the tar format.
    pub fn open(path: &Path, key: Option<&str>) -> Result<Self, CheckpointError> {
        let index = if path.is_dir() { index_in(path) } else { None };
        let path = index.as_deref().unwrap_or(path);
        let (contents, shards) =
            if sharded::is_index(path) { sharded::open(path)? } else { (contents(path)?, Vec::new()) };
        Self::of_contents(path, contents, shards, key)
    }

    /// Opens a checkpoint in memory.
    ///
    /// # Arguments
    ///
    /// * `name` - the name of the checkpoint in messages
    /// * `bytes` - the bytes of a `.safetensors` file
    /// * `key` - where the weights are, as for [`Self::open`]
    ///
    /// # Errors
    ///
    /// The same as [`Self::open`].
    ///
    /// # Complexity
    ///
    /// O(tensors) time and memory, regardless of their sizes.
    pub fn in_memory(name: &Path, bytes: Arc<[u8]>, key: Option<&str>) -> Result<Self, CheckpointError> {
        let contents = safetensors::in_memory(name, Arc::clone(&bytes))?;
        let opened = Self::of_contents(name, contents, Vec::new(), key)?;
        Ok(Self { memory: Some(bytes), ..opened })
    }

    /// Opens the same checkpoint with another key.
    ///
    /// # Errors
    ///
    /// The same as [`Self::open`].
    pub fn reopen(&self, key: &str) -> Result<Self, CheckpointError> {
        match &self.memory {
            Some(bytes) => Self::in_memory(&self.path, Arc::clone(bytes), Some(key)),
            None => Self::open(&self.path, Some(key)),
        }
    }

    fn of_contents(
        path: &Path,
        contents: Contents,
        shards: Vec<PathBuf>,
        key: Option<&str>,
    ) -> Result<Self, CheckpointError> {
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
            memory: None,
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

    /// Returns the path of the file, or the name of a checkpoint in memory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the folder of the file; `None` for a checkpoint in memory, which has no files beside it.
    pub fn folder(&self) -> Option<&Path> {
        if self.memory.is_some() { None } else { self.path.parent() }
    }

    /// Returns the SHA-256 of the file or of the bytes in memory, in hexadecimal.
    ///
    /// # Errors
    ///
    /// The same as [`sha256`].
    ///
    /// # Complexity
    ///
    /// O(file).
    pub fn sha256(&self) -> Result<String, CheckpointError> {
        match &self.memory {
            Some(bytes) => Ok(hexadecimal(&Sha256::digest(bytes))),
            None => sha256(&self.path),
        }
    }

    /// Returns the format of the file.
    pub fn container(&self) -> Container {
        self.container
    }

    /// Returns the entry of the saved dictionary that holds the tensors; `None` if they come from all of it.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Returns other entries of the saved dictionary that hold kernels. Each can be given as a key.
    pub fn other_weights(&self) -> &[String] {
        &self.others
    }

    /// Returns the files that an index names, if the checkpoint is an index.
    pub fn shards(&self) -> &[PathBuf] {
        &self.shards
    }

    /// Returns the names of the tensors in file order, with an effective kernel at the place of its first
    /// part.
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

    /// Returns the names and shapes of the tensors.
    ///
    /// A prefix that `DataParallel` or `torch.compile` put before every name is removed. Where a layer is
    /// reparametrized (weight or spectral normalization, pruning), its effective kernel replaces the stored
    /// parts.
    pub fn tensors(&self) -> &BTreeMap<String, TensorInfo> {
        &self.tensors.given
    }

    /// Returns the effective kernels: name, reparametrization and stored tensors.
    pub fn effective_kernels(&self) -> impl Iterator<Item = (&str, Reparametrization, Vec<&str>)> {
        self.tensors.effective()
    }

    /// Returns remarks for the user about how the tensors were read, one sentence each. There are none if the
    /// tensors are used as they are stored.
    pub fn remarks(&self) -> Vec<String> {
        self.tensors.remarks()
    }

    /// Returns the stored parts of kernels that cannot be computed: name, type and shape, and reason.
    pub fn unresolved_parts(&self) -> impl Iterator<Item = (&str, &TensorInfo, &str)> {
        self.tensors.unresolved()
    }

    /// Returns why there is no tensor of that name although a related one is stored. It is either a part of
    /// an effective kernel, or an effective kernel with a missing part.
    pub fn refusal(&self, name: &str) -> Option<&str> {
        self.tensors.refusal(name)
    }

    /// Returns the number of trainable parameters in a tensor, or in the tensors that it is computed from.
    /// Running statistics and masks have none.
    pub fn parameters(&self, name: &str) -> usize {
        self.tensors.parameters(name)
    }

    /// Returns the text metadata of a safetensors file.
    pub fn metadata(&self) -> &HashMap<String, String> {
        &self.metadata
    }

    /// Reads the elements of one tensor. Effective kernels are computed, in double precision.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::NoSuchTensor`]; [`CheckpointError::NotEffective`] for a part of an effective
    /// kernel, or a kernel with a missing part; [`CheckpointError::ElementType`] if the tensor does not hold
    /// floating-point numbers; [`CheckpointError::Damaged`] if the file is cut off or its checksum is wrong.
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

/// Returns the bytes of a stored tensor, and whether they are little-endian.
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

/// Returns the SHA-256 of a file, in hexadecimal.
///
/// # Errors
///
/// [`CheckpointError::Open`] and [`CheckpointError::File`] if the file cannot be read or is not a regular
/// file.
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
    Ok(hexadecimal(&hasher.finalize()))
}
