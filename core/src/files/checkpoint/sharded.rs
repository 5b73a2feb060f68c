//! Checkpoints in several files, with an index that maps each tensor to its file.
//!
//! `model.safetensors.index.json` and `pytorch_model.bin.index.json` hold `{"weight_map": {tensor: file}}`.

use super::{CheckpointError, Contents, Source};
use crate::files::documents::Kind;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

const ENDING: &str = ".index.json";
const INDEX: Kind = Kind {
    what: "the index of a checkpoint in several files",
    most_bytes: 64 << 20,
    remedy: "copy or download it again, or give the files one by one",
    ..Kind::PLAIN
};
const MAX_SHARDS: usize = 10_000;

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// The files of a sharded checkpoint.
pub(super) struct Tensors {
    files: Vec<(PathBuf, Source)>,
    /// The file of each tensor, by name.
    by_name: HashMap<String, usize>,
}

/// Returns whether a path has the name of an index.
pub(super) fn is_index(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(ENDING))
}

/// Returns the index beside a file that is named like a shard of a checkpoint, if there is one.
///
/// # Arguments
///
/// * `shard` - a file such as `model-00001-of-00002.safetensors`
pub fn index_beside(shard: &Path) -> Option<PathBuf> {
    let name = shard.file_name()?.to_str()?;
    let (stem, ending) = name.rsplit_once('.')?;
    let (start, of) = stem.rsplit_once("-of-")?;
    let (start, number) = start.rsplit_once('-')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(of) || !is_number(number) {
        return None;
    }
    Some(shard.with_file_name(format!("{start}.{ending}{ENDING}"))).filter(|index| index.is_file())
}

/// Returns the index in a folder. If there are several, the one for safetensors is returned.
pub fn index_in(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let mut indices: Vec<PathBuf> = entries.filter(|path| is_index(path)).collect();
    // Hugging Face's two formats hold the same tensors.
    indices.sort_by_key(|path| !path.to_string_lossy().ends_with(".safetensors.index.json"));
    indices.into_iter().next()
}

/// Opens all files that an index names.
pub(super) fn open(path: &Path) -> Result<(Contents, Vec<PathBuf>), CheckpointError> {
    let index = INDEX.read_json::<Index>(path)?.value;
    let damaged = |detail: String| CheckpointError::Damaged { path: path.to_owned(), detail };
    let mut names: Vec<&String> = index.weight_map.values().collect();
    names.sort();
    names.dedup();
    if names.len() > MAX_SHARDS {
        return Err(damaged(format!("it names more than {MAX_SHARDS} files")));
    }
    let mut files = Vec::new();
    let mut tensors = Vec::new();
    let mut container = None;
    for name in &names {
        if Path::new(name).file_name().is_none_or(|file| file != name.as_str()) || name.contains('\\') {
            return Err(damaged(format!("it names the file '{name}', which is not in the same folder")));
        }
        let shard = path.with_file_name(name);
        let contents = super::contents(&shard)?;
        container = container.or(Some(contents.container));
        let listed = |tensor: &super::StoredTensor| index.weight_map.get(&tensor.name) == Some(*name);
        tensors.extend(contents.tensors.into_iter().filter(listed));
        files.push((shard, contents.source));
    }
    if tensors.len() < index.weight_map.len() {
        let there: std::collections::HashSet<&str> =
            tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        let missing = index.weight_map.iter().find(|(name, _)| !there.contains(name.as_str()));
        let (tensor, file) = missing.unwrap_or((names[0], names[0]));
        return Err(damaged(format!("it maps {tensor} to {file}, which does not contain it")));
    }
    let place = |file: &String| names.binary_search(&file).unwrap_or_default();
    let by_name = index.weight_map.iter().map(|(name, file)| (name.clone(), place(file))).collect();
    let shards = files.iter().map(|(path, _)| path.clone()).collect();
    let contents = Contents {
        container: container.ok_or_else(|| CheckpointError::NoTensors { path: path.to_owned() })?,
        tensors,
        metadata: HashMap::new(),
        source: Source::Sharded(Tensors { files, by_name }),
    };
    Ok((contents, shards))
}

impl Tensors {
    /// Returns the file that holds a tensor.
    pub(super) fn file_of(&self, name: &str) -> Option<(&Path, &Source)> {
        let (path, source) = self.files.get(*self.by_name.get(name)?)?;
        Some((path, source))
    }
}
