//! safetensors files. Only the header is read at first, then single tensors.

use super::{CheckpointError, Container, Contents, ElementType, Source, TensorInfo};
use safetensors::Dtype;
use safetensors::tensor::Metadata;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

pub(super) struct Tensors {
    metadata: Metadata,
    /// Where the tensors' bytes begin in the file.
    start: u64,
}

pub(super) fn open(path: &Path, key: Option<&str>) -> Result<Contents, CheckpointError> {
    let unreadable = |source| CheckpointError::Open { path: path.to_owned(), source };
    let damaged = |detail: String| CheckpointError::Damaged { path: path.to_owned(), detail };
    if let Some(key) = key {
        return Err(CheckpointError::NoSuchKey {
            path: path.to_owned(),
            key: key.to_owned(),
            available: Vec::new(),
        });
    }
    let mut file = File::open(path).map_err(unreadable)?;
    let file_size = file.metadata().map_err(unreadable)?.len();
    let mut length = [0; 8];
    file.read_exact(&mut length).map_err(unreadable)?;
    let length = u64::from_le_bytes(length);
    let start = length.checked_add(8).filter(|&start| start <= file_size).ok_or_else(|| {
        damaged(format!("its header of {length} bytes does not fit into the file of {file_size}"))
    })?;
    let mut header = Vec::new();
    file.take(length).read_to_end(&mut header).map_err(unreadable)?;
    let metadata: Metadata =
        serde_json::from_slice(&header).map_err(|error| damaged(format!("safetensors header: {error}")))?;
    let expected = start + metadata.data_len() as u64;
    if expected != file_size {
        return Err(damaged(format!("its header speaks of {expected} bytes, but the file has {file_size}")));
    }
    let tensors: BTreeMap<String, TensorInfo> = metadata
        .tensors()
        .into_iter()
        .map(|(name, info)| {
            let element_type = match info.dtype {
                Dtype::F64 => ElementType::Float64,
                Dtype::F32 => ElementType::Float32,
                Dtype::F16 => ElementType::Float16,
                Dtype::BF16 => ElementType::Bfloat16,
                _ => ElementType::Other,
            };
            (name, TensorInfo { element_type, shape: info.shape.clone() })
        })
        .collect();
    Ok(Contents {
        container: Container::Safetensors,
        key: None,
        tensors,
        metadata: metadata.metadata().clone().unwrap_or_default(),
        source: Source::Safetensors(Tensors { metadata, start }),
    })
}

impl Tensors {
    pub(super) fn read(&self, path: &Path, name: &str) -> Result<Vec<u8>, CheckpointError> {
        let unreadable = |source| CheckpointError::Open { path: path.to_owned(), source };
        let info = self.metadata.info(name).ok_or_else(|| CheckpointError::NoSuchTensor {
            path: path.to_owned(),
            tensor: name.to_owned(),
        })?;
        let (from, to) = info.data_offsets;
        let mut file = File::open(path).map_err(unreadable)?;
        file.seek(SeekFrom::Start(self.start + from as u64)).map_err(unreadable)?;
        let mut bytes = vec![0; to - from];
        file.read_exact(&mut bytes).map_err(unreadable)?;
        // The file is little-endian, what is handed on is native.
        let width = match info.dtype {
            Dtype::F64 => 8,
            Dtype::F32 => 4,
            Dtype::F16 | Dtype::BF16 => 2,
            _ => 1,
        };
        if cfg!(target_endian = "big") {
            bytes.chunks_exact_mut(width).for_each(<[u8]>::reverse);
        }
        Ok(bytes)
    }
}
