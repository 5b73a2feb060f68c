//! A pickle interpreter that never executes anything.
//!
//! A pickle is a program for a stack machine that builds objects and calls functions. This interpreter calls
//! nothing. A handful of PyTorch's functions are known by name ([`torch`]); any other call yields an opaque
//! object that accepts everything put into it. Values live in one list of nodes and refer to each other by
//! number, so shared values are not copied, and memory is bounded by the pickle's length ([`Budget`]).

mod machine;
mod opcodes;
mod tensors;
#[cfg(test)]
mod tests;
mod torch;

pub(super) use machine::{Persistent, Resolve, interpret};
pub(super) use opcodes::take_pickle;
pub(super) use tensors::{Found, MAX_TENSORS, found};

use super::{ElementType, View};

/// The reason why a pickle cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PickleError {
    /// The pickle is cut off or altered.
    Damaged(String),
    /// The pickle is sound, but holds an unsupported value: its description, and what to do.
    Unsupported(String, String),
    /// The pickle would take more memory, in bytes, than [`Budget`] allows.
    TooLarge(u64),
}

impl PickleError {
    fn damaged(detail: impl Into<String>) -> Self {
        Self::Damaged(detail.into())
    }
}

type Result<T> = std::result::Result<T, PickleError>;

/// The memory that values may take.
#[derive(Debug)]
pub(super) struct Budget {
    total: usize,
    left: usize,
}

impl Budget {
    /// The bytes that every pickle may take.
    const BASE: usize = 1 << 18;
    /// Bytes for each byte of the pickle: the shortest list takes one opcode and a node.
    const FACTOR: usize = 24;
    /// The largest budget, unless the file itself is larger.
    const LIMIT: usize = 64 << 20;

    /// Returns the budget for a pickle of a given length in a file of a given length, both in bytes.
    pub(super) fn new(pickle: usize, file: u64) -> Self {
        let limit = Self::LIMIT.max(usize::try_from(file).unwrap_or(usize::MAX));
        let total = pickle.saturating_mul(Self::FACTOR).saturating_add(Self::BASE).min(limit);
        Self { total, left: total }
    }

    fn spend(&mut self, bytes: usize) -> Result<()> {
        self.left = self.left.checked_sub(bytes).ok_or(PickleError::TooLarge(self.total as u64))?;
        Ok(())
    }
}

/// The number of a node, or an immediate small number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(u32);

impl Id {
    const NONE: Self = Self(0);
    const TRUE: Self = Self(1);
    const FALSE: Self = Self(2);
    const OTHER: Self = Self(3);
    /// The first id that represents an immediate number.
    const NUMBERS: u32 = 1 << 31;
}

/// A value.
#[derive(Debug)]
pub(super) enum Node<'a> {
    /// `None`, `True`, `False`, and anything that holds neither names nor tensors.
    Plain,
    Number(i64),
    /// Text in its raw form.
    Text(&'a [u8]),
    /// A list, a tuple or a set.
    Sequence(Vec<Id>),
    Dictionary(Vec<(Id, Id)>),
    /// A class or function, by module and name.
    Global(&'a [u8], &'a [u8]),
    Object(Box<Object>),
    Storage(Box<Storage>),
    Tensor(Box<Tensor>),
}

/// The result of an unknown call.
#[derive(Debug, Default)]
pub(super) struct Object {
    /// The items that were set by key.
    items: Vec<(Id, Id)>,
    /// The value that its attributes were set from.
    state: Option<Id>,
}

/// A storage of tensor elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Storage {
    pub key: String,
    /// The element type; `None` for untyped bytes.
    pub element_type: Option<ElementType>,
    /// The number of elements.
    pub len: usize,
    /// The elements that are visible, if the storage is a part of another.
    pub view: (usize, usize),
}

/// A tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tensor {
    /// The storage; `None` for tensors whose elements are not stored contiguously.
    pub storage: Option<Storage>,
    pub element_type: ElementType,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
    /// The position of the first element in the storage, in elements.
    pub offset: usize,
}

impl Tensor {
    /// Returns the elements of the storage that the tensor covers.
    pub(super) fn view(&self) -> View<'_> {
        View { shape: &self.shape, strides: &self.strides, offset: self.offset }
    }
}

/// The values that a pickle builds.
#[derive(Debug)]
pub(super) struct Pickle<'a> {
    nodes: Vec<Node<'a>>,
    /// The outermost value.
    pub root: Id,
    budget: Budget,
}

impl<'a> Pickle<'a> {
    fn new(budget: Budget) -> Self {
        let nodes = (0..4).map(|_| Node::Plain).collect();
        Self { nodes, root: Id::NONE, budget }
    }

    fn node(&self, id: Id) -> &Node<'a> {
        // Every id refers to an existing node.
        self.nodes.get(id.0 as usize).unwrap_or(&Node::Plain)
    }

    fn add(&mut self, node: Node<'a>) -> Result<Id> {
        let more = match &node {
            Node::Sequence(items) => items.capacity() * size_of::<Id>(),
            Node::Dictionary(items) => items.capacity() * size_of::<(Id, Id)>(),
            Node::Object(_) => size_of::<Object>(),
            Node::Storage(storage) => size_of::<Storage>() + storage.key.len(),
            Node::Tensor(tensor) => size_of::<Tensor>() + 2 * size_of_val(&tensor.shape[..]),
            _ => 0,
        };
        self.budget.spend(size_of::<Node<'_>>() + more)?;
        let id = u32::try_from(self.nodes.len()).ok().filter(|&id| id < Id::NUMBERS);
        let id = Id(id.ok_or(PickleError::TooLarge(self.budget.total as u64))?);
        self.nodes.push(node);
        Ok(id)
    }

    fn add_number(&mut self, number: i64) -> Result<Id> {
        match u32::try_from(number).ok().filter(|&number| number < Id::NUMBERS) {
            Some(small) => Ok(Id(Id::NUMBERS | small)),
            None => self.add(Node::Number(number)),
        }
    }

    /// Returns the value of an integer.
    pub(super) fn number(&self, id: Id) -> Option<i64> {
        if id.0 & Id::NUMBERS != 0 {
            return Some((id.0 & !Id::NUMBERS).into());
        }
        match self.node(id) {
            Node::Number(number) => Some(*number),
            _ => None,
        }
    }

    fn text(&self, id: Id) -> Option<&'a [u8]> {
        match self.node(id) {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the items of a list or tuple.
    pub(super) fn sequence(&self, id: Id) -> Option<&[Id]> {
        match self.node(id) {
            Node::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// Returns a key of a dictionary or storage as text. PyTorch uses both numbers and text as keys.
    pub(super) fn key(&self, id: Id) -> Option<String> {
        let text = self.text(id).map(|text| String::from_utf8_lossy(text).into_owned());
        text.or_else(|| self.number(id).map(|number| number.to_string()))
    }

    /// Returns the value of a key in a dictionary.
    pub(super) fn entry(&self, dictionary: Id, key: &str) -> Option<Id> {
        let Node::Dictionary(items) = self.node(dictionary) else { return None };
        // A later value replaces an earlier one with the same key.
        items.iter().rev().find(|(name, _)| self.text(*name) == Some(key.as_bytes())).map(|&(_, value)| value)
    }

    /// Returns a bool; `None` if the value is neither `True` nor `False`.
    pub(super) fn truth(&self, id: Id) -> Option<bool> {
        [(Id::TRUE, true), (Id::FALSE, false)]
            .into_iter()
            .find(|(known, _)| *known == id)
            .map(|(_, truth)| truth)
    }

    /// Returns the element type of the storage class that a value names; `None` for untyped bytes.
    pub(super) fn storage_type(&self, id: Id) -> Option<ElementType> {
        let Node::Global(_, name) = self.node(id) else { return Some(UNKNOWN) };
        let name = std::str::from_utf8(name).unwrap_or_default();
        if name == "UntypedStorage" { None } else { Some(ElementType::of_storage(name).unwrap_or(UNKNOWN)) }
    }

    /// Returns all storages that the pickle refers to, whether or not their tensors have names.
    pub(super) fn storages(&self) -> impl Iterator<Item = &Storage> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Storage(storage) => Some(&**storage),
            _ => None,
        })
    }
}

const UNKNOWN: ElementType = ElementType::Other("unknown");
