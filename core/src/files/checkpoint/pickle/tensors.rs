//! The named tensors of a pickle.

use super::{Id, Node, Pickle, PickleError, Result, Tensor};

/// The largest number of tensors that are read. No network has more.
pub(in crate::files::checkpoint) const MAX_TENSORS: usize = 200_000;
/// The depth to which dictionaries, lists and modules are followed.
const MAX_DEPTH: usize = 64;

/// A tensor with its name.
#[derive(Debug)]
pub(in crate::files::checkpoint) struct Found {
    /// The keys that lead to it, joined by dots.
    pub name: String,
    /// The length of the prefix of the name that leads to the tensor's dictionary or module, without the dot.
    pub entry: usize,
    pub tensor: Tensor,
}

/// Collects all tensors in dictionaries, lists and modules, in order. A module contributes the tensors of its
/// `state_dict()`; other objects are skipped.
///
/// # Errors
///
/// [`PickleError::TooLarge`] if there are too many tensors, or their names are too long together.
pub(in crate::files::checkpoint) fn found(pickle: &Pickle<'_>) -> Result<Vec<Found>> {
    if let Node::Tensor(tensor) = pickle.node(pickle.root) {
        return Ok(vec![Found { name: "tensor".to_owned(), entry: 0, tensor: (**tensor).clone() }]);
    }
    // The search may use as much memory again as the values.
    let mut search = Search { found: Vec::new(), spent: 0, limit: pickle.budget.total };
    search.value(pickle, pickle.root, String::new(), None, 0)?;
    Ok(search.found)
}

struct Search {
    found: Vec<Found>,
    /// The steps and name bytes so far. Shared values are visited once for every way that leads to them.
    spent: usize,
    limit: usize,
}

impl Search {
    /// Collects the tensors in a value.
    ///
    /// # Arguments
    ///
    /// * `entry` - the length of the name of the enclosing module, if there is one
    fn value(
        &mut self,
        pickle: &Pickle<'_>,
        id: Id,
        name: String,
        entry: Option<usize>,
        depth: usize,
    ) -> Result<()> {
        self.spend(1, pickle)?;
        if depth > MAX_DEPTH {
            return Ok(());
        }
        let here = entry.unwrap_or(name.len());
        match pickle.node(id) {
            Node::Dictionary(items) => self.items(pickle, items, &name, here, entry, depth),
            Node::Object(object) => {
                if let Some(parts) = object.state.and_then(|state| module(pickle, state)) {
                    return self.module(pickle, parts, &name, here, depth);
                }
                self.items(pickle, object.items(), &name, here, entry, depth)
            }
            Node::Sequence(items) => {
                if let Some(pairs) = pairs(pickle, items) {
                    return self.items(pickle, &pairs, &name, here, entry, depth);
                }
                for (index, &item) in items.iter().enumerate() {
                    self.item(pickle, item, &name, &index.to_string(), (here, entry), depth)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn items(
        &mut self,
        pickle: &Pickle<'_>,
        items: &[(Id, Id)],
        name: &str,
        here: usize,
        entry: Option<usize>,
        depth: usize,
    ) -> Result<()> {
        for &(key, value) in items {
            // Values under other keys, such as tuples, have no name.
            if let Some(key) = pickle.key(key) {
                self.item(pickle, value, name, &key, (here, entry), depth)?;
            }
        }
        Ok(())
    }

    fn item(
        &mut self,
        pickle: &Pickle<'_>,
        value: Id,
        name: &str,
        key: &str,
        (here, entry): (usize, Option<usize>),
        depth: usize,
    ) -> Result<()> {
        let leads_on = matches!(
            pickle.node(value),
            Node::Tensor(_) | Node::Dictionary(_) | Node::Object(_) | Node::Sequence(_)
        );
        if !leads_on {
            return self.spend(1, pickle);
        }
        let full = if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
        self.spend(full.len(), pickle)?;
        let Node::Tensor(tensor) = pickle.node(value) else {
            return self.value(pickle, value, full, entry, depth + 1);
        };
        if self.found.len() == MAX_TENSORS {
            let remedy = "save only the weights with torch.save(model.state_dict(), 'weights.pt')";
            return Err(PickleError::Unsupported(
                format!("more than {MAX_TENSORS} tensors"),
                remedy.to_owned(),
            ));
        }
        self.spend(size_of::<Found>() + 16 * tensor.shape.len(), pickle)?;
        self.found.push(Found { name: full, entry: here, tensor: (**tensor).clone() });
        Ok(())
    }

    /// Collects the tensors of a module's `state_dict()`.
    fn module(
        &mut self,
        pickle: &Pickle<'_>,
        parts: Parts,
        name: &str,
        here: usize,
        depth: usize,
    ) -> Result<()> {
        let temporary: Vec<String> = parts
            .temporary
            .and_then(|set| pickle.sequence(set))
            .map(|names| names.iter().filter_map(|&name| pickle.key(name)).collect())
            .unwrap_or_default();
        for (part, skipped) in
            [(parts.parameters, &[][..]), (parts.buffers, &temporary), (parts.modules, &[])]
        {
            let items: Vec<(Id, Id)> = match pickle.node(part) {
                Node::Dictionary(items) => items.clone(),
                Node::Object(object) => object.items().to_vec(),
                _ => continue,
            };
            let kept = |key: Id| pickle.key(key).is_some_and(|key| !skipped.contains(&key));
            let items: Vec<(Id, Id)> = items.into_iter().filter(|(key, _)| kept(*key)).collect();
            self.spend(size_of_val(&items[..]), pickle)?;
            self.items(pickle, &items, name, here, Some(here), depth)?;
        }
        Ok(())
    }

    fn spend(&mut self, amount: usize, pickle: &Pickle<'_>) -> Result<()> {
        self.spent = self.spent.saturating_add(amount);
        if self.spent > self.limit { Err(PickleError::TooLarge(pickle.budget.total as u64)) } else { Ok(()) }
    }
}

/// The attributes of a module that hold its tensors.
struct Parts {
    parameters: Id,
    buffers: Id,
    modules: Id,
    temporary: Option<Id>,
}

impl Pickle<'_> {
    /// Returns whether a value is a `torch.nn.Module`.
    pub(super) fn is_module(&self, id: Id) -> bool {
        let Node::Object(object) = self.node(id) else { return false };
        object.state.is_some_and(|state| module(self, state).is_some())
    }
}

/// Returns the attributes of a `torch.nn.Module` of any class; `None` for other objects.
fn module(pickle: &Pickle<'_>, state: Id) -> Option<Parts> {
    // The state of an object with slots has two parts.
    let state = pickle.sequence(state).and_then(|parts| parts.first().copied()).unwrap_or(state);
    let entry = |key: &str| pickle.entry(state, key);
    Some(Parts {
        parameters: entry("_parameters")?,
        buffers: entry("_buffers")?,
        modules: entry("_modules")?,
        temporary: entry("_non_persistent_buffers_set"),
    })
}

/// Returns a list of names with values, as `list(model.named_parameters())` gives it.
fn pairs(pickle: &Pickle<'_>, items: &[Id]) -> Option<Vec<(Id, Id)>> {
    let pair = |&item: &Id| match pickle.sequence(item)? {
        &[key, value] if pickle.text(key).is_some() => Some((key, value)),
        _ => None,
    };
    if items.is_empty() { None } else { items.iter().map(pair).collect() }
}
