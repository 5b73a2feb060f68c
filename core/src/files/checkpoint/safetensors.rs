//! safetensors, in files and in memory. Opening one reads only the header; tensors are read on demand.

use super::pickle::MAX_TENSORS;
use super::{CheckpointError, Container, Contents, ElementType, Source, StoredTensor, TensorInfo};
use crate::files::documents::open_regular;
use safetensors::Dtype;
use safetensors::tensor::Metadata;
use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// What the bytes are read from.
trait Input: Read + Seek + Send {}

impl Input for File {}
impl Input for Cursor<Arc<[u8]>> {}

pub(super) struct Tensors {
    metadata: Metadata,
    /// The offset of the tensors' bytes.
    start: u64,
    input: Mutex<Box<dyn Input>>,
}

pub(super) fn open(path: &Path) -> Result<Contents, CheckpointError> {
    let file = open_regular(path)?;
    let unreadable = |source| CheckpointError::Open { path: path.to_owned(), source };
    let size = file.metadata().map_err(unreadable)?.len();
    contents(path, Box::new(file), size)
}

/// Opens the bytes of a file.
///
/// # Arguments
///
/// * `name` - the name in messages
pub(super) fn in_memory(name: &Path, bytes: Arc<[u8]>) -> Result<Contents, CheckpointError> {
    let size = bytes.len() as u64;
    contents(name, Box::new(Cursor::new(bytes)), size)
}

fn contents(path: &Path, mut input: Box<dyn Input>, size: u64) -> Result<Contents, CheckpointError> {
    let unreadable = |source| CheckpointError::Open { path: path.to_owned(), source };
    let damaged = |detail: String| CheckpointError::Damaged { path: path.to_owned(), detail };
    let mut length = [0; 8];
    input.read_exact(&mut length).map_err(unreadable)?;
    let length = u64::from_le_bytes(length);
    let start = length.checked_add(8).filter(|&start| start <= size).ok_or_else(|| {
        damaged(format!("its header of {length} bytes does not fit into the file of {size}"))
    })?;
    let mut header = Vec::new();
    input.by_ref().take(length).read_to_end(&mut header).map_err(unreadable)?;
    // The description of every tensor is between braces.
    if header.iter().filter(|&&byte| byte == b'{').count() > MAX_TENSORS {
        return Err(CheckpointError::Unsupported {
            path: path.to_owned(),
            what: format!("more than {MAX_TENSORS} tensors"),
            remedy: "save only the weights that are needed".to_owned(),
        });
    }
    let metadata: Metadata =
        serde_json::from_slice(&header).map_err(|error| damaged(format!("safetensors header: {error}")))?;
    let expected = start + metadata.data_len() as u64;
    if expected != size {
        return Err(damaged(format!("its header describes {expected} bytes, but the file has {size}")));
    }
    let mut infos = metadata.tensors().into_iter().collect::<Vec<_>>();
    infos.sort_by_key(|(_, info)| info.data_offsets);
    let tensors = infos
        .into_iter()
        .map(|(name, info)| StoredTensor {
            name,
            entry: 0,
            info: TensorInfo { element_type: element_type(info.dtype), shape: info.shape.clone() },
        })
        .collect();
    Ok(Contents {
        container: Container::Safetensors,
        tensors,
        metadata: metadata.metadata().clone().unwrap_or_default(),
        source: Source::Safetensors(Tensors { metadata, start, input: Mutex::new(input) }),
    })
}

fn element_type(dtype: Dtype) -> ElementType {
    let name = match dtype {
        Dtype::F64 => "float64",
        Dtype::F32 => "float32",
        Dtype::F16 => "float16",
        Dtype::BF16 => "bfloat16",
        Dtype::BOOL => "bool",
        Dtype::U8 => "uint8",
        Dtype::I8 => "int8",
        Dtype::I16 => "int16",
        Dtype::U16 => "uint16",
        Dtype::I32 => "int32",
        Dtype::U32 => "uint32",
        Dtype::I64 => "int64",
        Dtype::U64 => "uint64",
        Dtype::C64 => "complex64",
        Dtype::F4 => "float4",
        Dtype::F6_E2M3 => "float6_e2m3",
        Dtype::F6_E3M2 => "float6_e3m2",
        Dtype::F8_E5M2 => "float8_e5m2",
        Dtype::F8_E4M3 => "float8_e4m3fn",
        Dtype::F8_E8M0 => "float8_e8m0fnu",
        _ => "unknown",
    };
    ElementType::of_name(name).unwrap_or(ElementType::Other("unknown"))
}

impl Tensors {
    pub(super) fn read(&self, path: &Path, name: &str) -> Result<Vec<u8>, CheckpointError> {
        let unreadable = |source| CheckpointError::Open { path: path.to_owned(), source };
        let info = self.metadata.info(name).ok_or_else(|| CheckpointError::NoSuchTensor {
            path: path.to_owned(),
            tensor: name.to_owned(),
        })?;
        let (from, to) = info.data_offsets;
        let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
        input.seek(SeekFrom::Start(self.start + from as u64)).map_err(unreadable)?;
        let mut bytes = vec![0; to - from];
        input.read_exact(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }
}
