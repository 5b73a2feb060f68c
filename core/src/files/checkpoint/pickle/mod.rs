//! Pickles, interpreted without executing anything.
//!
//! A pickle is a program for a stack machine that builds objects and calls functions. Here nothing is called: a
//! handful of PyTorch's functions are known by name ([`torch`]), and whatever else is called gives an opaque object
//! that swallows what is put into it. Values live in one list of nodes and refer to each other by number, so what is
//! shared is not copied, and memory is bounded by the pickle's length ([`Budget`]).

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
    /// The pickle is sound, but holds something that is not read: what that is, and what to do.
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
    /// The bytes that any pickle may take.
    const BASE: usize = 1 << 18;
    /// Bytes for each byte of the pickle: the shortest list takes one opcode and a node.
    const FACTOR: usize = 24;
    /// The largest budget, unless the file itself is larger.
    const LIMIT: usize = 64 << 20;

    /// Returns the budget for a pickle of so many bytes in a file of so many bytes.
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

/// The number of a node, or a small number itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(u32);

impl Id {
    const NONE: Self = Self(0);
    const TRUE: Self = Self(1);
    const FALSE: Self = Self(2);
    const OTHER: Self = Self(3);
    /// The first id that stands for a number itself.
    const NUMBERS: u32 = 1 << 31;
}

/// A value.
#[derive(Debug)]
pub(super) enum Node<'a> {
    /// `None`, `True`, `False`, and whatever holds neither names nor tensors.
    Plain,
    Number(i64),
    /// Text as it stands in the pickle.
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

/// An object that an unknown call gives.
#[derive(Debug, Default)]
pub(super) struct Object {
    /// The items that were put into it by keys.
    items: Vec<(Id, Id)>,
    /// The value that its attributes were set from.
    state: Option<Id>,
}

/// A place where numbers are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Storage {
    pub key: String,
    /// Its type; `None` for bytes of any.
    pub element_type: Option<ElementType>,
    /// The number of elements of that type.
    pub len: usize,
    /// The elements that may be seen, where it is a part of another.
    pub view: (usize, usize),
}

/// A tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tensor {
    /// The storage; `None` for tensors that are not stored as numbers one after the other.
    pub storage: Option<Storage>,
    pub element_type: ElementType,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
    /// The position of the first element in the storage, in elements.
    pub offset: usize,
}

impl Tensor {
    /// Returns which elements of the storage it sees.
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
        // Every id that was given out is that of a node.
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

    /// A whole number.
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

    /// The items of a list or tuple.
    pub(super) fn sequence(&self, id: Id) -> Option<&[Id]> {
        match self.node(id) {
            Node::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// A key of a dictionary or storage as text: PyTorch uses numbers and text alike.
    pub(super) fn key(&self, id: Id) -> Option<String> {
        let text = self.text(id).map(|text| String::from_utf8_lossy(text).into_owned());
        text.or_else(|| self.number(id).map(|number| number.to_string()))
    }

    /// The value under a key of a dictionary.
    pub(super) fn entry(&self, dictionary: Id, key: &str) -> Option<Id> {
        let Node::Dictionary(items) = self.node(dictionary) else { return None };
        // A later value of the same key replaces an earlier one.
        items.iter().rev().find(|(name, _)| self.text(*name) == Some(key.as_bytes())).map(|&(_, value)| value)
    }

    /// Returns whether a value is `True` or `False`; `None` where it is neither.
    pub(super) fn truth(&self, id: Id) -> Option<bool> {
        [(Id::TRUE, true), (Id::FALSE, false)]
            .into_iter()
            .find(|(known, _)| *known == id)
            .map(|(_, truth)| truth)
    }

    /// The type in a storage of the class that a value names; `None` for bytes of any type.
    pub(super) fn storage_type(&self, id: Id) -> Option<ElementType> {
        let Node::Global(_, name) = self.node(id) else { return Some(UNKNOWN) };
        let name = std::str::from_utf8(name).unwrap_or_default();
        if name == "UntypedStorage" { None } else { Some(ElementType::of_storage(name).unwrap_or(UNKNOWN)) }
    }

    /// All storages that it refers to, whether their tensors have names or not.
    pub(super) fn storages(&self) -> impl Iterator<Item = &Storage> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Storage(storage) => Some(&**storage),
            _ => None,
        })
    }
}

const UNKNOWN: ElementType = ElementType::Other("unknown");
