//! Selection of the weights among the tensors of a file, and of their names.
//!
//! Training scripts store weights in an entry of a dictionary, beside the optimizer's state, histories,
//! averaged weights and more. Wrappers of a model (`DataParallel`, `torch.compile`, averaging) put a prefix
//! into every name.

#[cfg(test)]
mod tests;

use super::{CheckpointError, StoredTensor};
use std::collections::{BTreeSet, HashSet};
use std::path::Path;

/// The keys under which training scripts usually store the weights, beside the optimizer's state.
pub const USUAL_KEYS: [&str; 14] = [
    "model",
    "state_dict",
    "model_state_dict",
    "model_state",
    "net",
    "network",
    "net_state_dict",
    "network_state_dict",
    "params",
    "weights",
    "model_weights",
    "student",
    "student_state_dict",
    "module",
];

/// The usual keys of weights averaged over the training, used if there are no others.
pub const AVERAGED_KEYS: [&str; 10] = [
    "model_ema",
    "state_dict_ema",
    "ema_state_dict",
    "ema_model",
    "ema",
    "params_ema",
    "averaged_model",
    "swa_model",
    "teacher",
    "teacher_state_dict",
];

/// The key of the saved dictionary itself.
pub const EVERYTHING: &str = ".";

/// The prefixes of names that training scripts store beside weights.
const TRAINING_STATE: [&str; 9] =
    ["optim", "scheduler", "lr_scheduler", "scaler", "callbacks", "loops", "rng", "history", "amp"];

/// The counter beside the weights of an averaged model.
const AVERAGED_COUNTER: &str = "n_averaged";
/// The prefix that `DataParallel` and averaging put before names.
const PARALLEL: &str = "module.";
/// The parts that `torch.compile`, sharding and activation checkpointing insert into names.
const INSERTED: [&str; 3] = ["_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"];

/// The selected tensors of a file.
#[derive(Debug)]
pub(super) struct Selection {
    /// The key of the weights; `None` for the whole file.
    pub key: Option<String>,
    /// Their names, and their positions in the file.
    pub names: Names,
    /// Other entries that hold kernels.
    pub others: Vec<String>,
}

/// Names of tensors with their positions in the file.
type Names = Vec<(String, usize)>;

/// Selects the weights.
///
/// # Arguments
///
/// * `key` - an entry at any depth, or a prefix of names up to a dot; [`EVERYTHING`] for all tensors
///
/// # Errors
///
/// [`CheckpointError::NoSuchKey`]
pub(super) fn select(
    path: &Path,
    tensors: &[StoredTensor],
    key: Option<&str>,
) -> Result<Selection, CheckpointError> {
    let all: Names = tensors.iter().enumerate().map(|(at, tensor)| (tensor.name.clone(), at)).collect();
    let Some(key) = key else { return Ok(usual(tensors, all)) };
    if key == EVERYTHING {
        return Ok(Selection { key: None, names: without_wrappers(all), others: Vec::new() });
    }
    let selected = under(&all, key);
    if !selected.is_empty() {
        let key = Some(key.to_owned());
        return Ok(Selection { key, names: without_wrappers(selected), others: Vec::new() });
    }
    // Names as the user sees them: below the usual key, without wrappers.
    let shown = usual(tensors, all);
    let selected = under(&shown.names, key);
    if selected.is_empty() {
        return Err(CheckpointError::NoSuchKey {
            path: path.to_owned(),
            key: key.to_owned(),
            available: entries(tensors).into_iter().collect(),
        });
    }
    let key = shown.key.map_or_else(|| key.to_owned(), |outer| format!("{outer}.{key}"));
    Ok(Selection { key: Some(key), names: without_wrappers(selected), others: Vec::new() })
}

/// Returns the names that begin with `key` and a dot, without that prefix.
fn under(names: &Names, key: &str) -> Names {
    let within = |name: &str| name.strip_prefix(key)?.strip_prefix('.').map(str::to_owned);
    names.iter().filter_map(|(name, at)| Some((within(name)?, *at))).collect()
}

/// Returns the outermost entries of the saved dictionary that hold tensors.
fn entries(tensors: &[StoredTensor]) -> BTreeSet<String> {
    let entries = tensors.iter().map(|tensor| &tensor.name[..tensor.entry]).filter(|entry| !entry.is_empty());
    entries.map(|entry| entry.split('.').next().unwrap_or(entry).to_owned()).collect()
}

/// An entry of a dictionary that holds tensors.
struct Entry<'a> {
    name: &'a str,
    has_kernels: bool,
    /// Whether the entry itself holds kernels. In an optimizer's state, nested entries hold them.
    holds_kernels: bool,
}

/// Selects the tensors under the usual key, if there is one; otherwise all.
fn usual(tensors: &[StoredTensor], all: Names) -> Selection {
    let mut key = String::new();
    let mut others = Vec::new();
    loop {
        let inside = |tensor: &&StoredTensor| key.is_empty() || is_under(&tensor.name, &key);
        let is_kernel = |tensor: &StoredTensor| tensor.info.shape.len() >= 3;
        let here = |tensor: &&StoredTensor| tensor.entry == key.len();
        if tensors.iter().filter(inside).filter(here).any(is_kernel) {
            break;
        }
        let start = if key.is_empty() { 0 } else { key.len() + 1 };
        let mut found: Vec<Entry<'_>> = Vec::new();
        for tensor in tensors.iter().filter(inside).filter(|tensor| tensor.entry > key.len()) {
            let name = tensor.name[start..tensor.entry].split('.').next().unwrap_or_default();
            let known = found.iter().position(|entry| entry.name == name);
            let at = known.unwrap_or_else(|| {
                found.push(Entry { name, has_kernels: false, holds_kernels: false });
                found.len() - 1
            });
            found[at].has_kernels |= is_kernel(tensor);
            found[at].holds_kernels |= is_kernel(tensor) && tensor.entry == start + name.len();
        }
        let Some(chosen) = choose(&found) else { break };
        let join = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
        let is_state = |name: &str| TRAINING_STATE.iter().any(|state| name.starts_with(state));
        let other =
            found.iter().filter(|entry| entry.name != chosen && entry.has_kernels && !is_state(entry.name));
        others.extend(other.map(|entry| join(entry.name)));
        key = join(chosen);
    }
    if key.is_empty() {
        return Selection { key: None, names: without_wrappers(all), others };
    }
    let names = without_wrappers(under(&all, &key));
    Selection { key: Some(key), names, others }
}

fn choose<'a>(found: &[Entry<'a>]) -> Option<&'a str> {
    let named = |key: &&str| found.iter().find(|entry| entry.name == *key).map(|entry| entry.name);
    let usual = USUAL_KEYS.iter().find_map(named);
    // In a list, such as [weights, epoch], the first item with weights counts.
    let part = || {
        let is_list = found.iter().all(|entry| entry.name.parse::<usize>().is_ok());
        let holding = found.iter().find(|entry| entry.holds_kernels);
        holding
            .or_else(|| found.iter().find(|entry| entry.has_kernels))
            .filter(|_| is_list)
            .map(|entry| entry.name)
    };
    usual.or_else(part).or_else(|| AVERAGED_KEYS.iter().find_map(named))
}

fn is_under(name: &str, key: &str) -> bool {
    name.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'))
}

/// Removes what PyTorch's wrappers (`DataParallel`, `torch.compile` and others) and averaging insert into
/// names, unless two names would become equal.
fn without_wrappers(mut names: Names) -> Names {
    loop {
        let inserted = |(name, _): &(String, usize)| name.split('.').any(is_inserted);
        let shorter: Option<Names> = if names.iter().any(inserted) {
            Some(names.iter().map(|(name, at)| (without_inserted(name), *at)).collect())
        } else {
            let stripped = |name: &str| match name {
                AVERAGED_COUNTER => Some(name.to_owned()),
                _ => name.strip_prefix(PARALLEL).map(str::to_owned),
            };
            let is_wrapped = names.iter().any(|(name, _)| name != AVERAGED_COUNTER);
            names
                .iter()
                .map(|(name, at)| Some((stripped(name)?, *at)))
                .collect::<Option<Names>>()
                .filter(|_| is_wrapped)
        };
        let Some(shorter) = shorter else { return names };
        let different: HashSet<&str> = shorter.iter().map(|(name, _)| name.as_str()).collect();
        if different.len() < names.len() || different.contains("") {
            return names;
        }
        names = shorter;
    }
}

fn is_inserted(segment: &str) -> bool {
    INSERTED.contains(&segment)
}

fn without_inserted(name: &str) -> String {
    let kept: Vec<&str> = name.split('.').filter(|segment| !is_inserted(segment)).collect();
    kept.join(".")
}
