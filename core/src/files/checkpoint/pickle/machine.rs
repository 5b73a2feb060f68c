//! The stack machine that interprets pickles.

use super::opcodes::{self, STOP, little_endian};
use super::{Budget, Id, Node, Object, Pickle, PickleError, Result};
use std::collections::HashMap;

/// A function that resolves persistent ids. PyTorch's file formats store the elements of tensors outside the
/// pickle.
pub(in crate::files::checkpoint) type Resolve<'r> = dyn Fn(&Pickle<'_>, Id) -> Result<Persistent> + 'r;

/// The object that a persistent id stands for.
#[derive(Debug)]
pub(in crate::files::checkpoint) enum Persistent {
    Storage(super::Storage),
    Tensor(super::Tensor),
    /// Another value: the legacy format stores classes with their source code.
    Value(Id),
}

/// The bytes that a memo entry takes.
const MEMO_ENTRY: usize = 24;
/// The bytes that a stack entry takes: twice its size, which is needed while the stack grows.
const STACK_ENTRY: usize = 2 * size_of::<Id>();

/// Interprets a pickle.
///
/// # Errors
///
/// [`PickleError`]
///
/// # Complexity
///
/// O(length of the pickle) time and memory.
pub(in crate::files::checkpoint) fn interpret<'a>(
    bytes: &'a [u8],
    budget: Budget,
    persistent: &Resolve<'_>,
) -> Result<Pickle<'a>> {
    let mut machine =
        Machine { pickle: Pickle::new(budget), stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() };
    let mut rest = bytes;
    loop {
        let (opcode, argument) = opcodes::next(&mut rest)?;
        if opcode == STOP {
            machine.pickle.root = machine.pop()?;
            return Ok(machine.pickle);
        }
        machine.step(opcode, argument, persistent)?;
    }
}

struct Machine<'a> {
    pickle: Pickle<'a>,
    stack: Vec<Id>,
    /// The height of the stack at each mark.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

impl<'a> Machine<'a> {
    fn step(&mut self, opcode: u8, argument: &'a [u8], persistent: &Resolve<'_>) -> Result<()> {
        match opcode {
            // Protocol, frame.
            0x80 | 0x95 => Ok(()),
            b'(' => {
                self.pickle.budget.spend(2 * size_of::<usize>())?;
                self.marks.push(self.stack.len());
                Ok(())
            }
            b'0' => self.pop().map(drop),
            b'1' => self.pop_mark().map(drop),
            b'2' => self.top().and_then(|top| self.push(top)),
            b'N' => self.push(Id::NONE),
            0x88 => self.push(Id::TRUE),
            0x89 => self.push(Id::FALSE),
            b'I' | b'L' => self.number_in_text(argument),
            b'K' | b'M' => self.push_number(little_endian(argument) as i64),
            b'J' => self.push_number(i64::from(little_endian(argument) as u32 as i32)),
            0x8a | 0x8b => self.long(argument),
            // Floating-point numbers and bytes are ignored.
            b'F' | b'G' | b'B' | b'C' | 0x8e | 0x96 => self.push(Id::OTHER),
            b'S' => self.push_node(Node::Text(line(argument).trim_ascii().trim_suffix_quotes())),
            b'V' => self.push_node(Node::Text(line(argument))),
            b'T' | b'U' | b'X' | 0x8c | 0x8d => self.push_node(Node::Text(argument)),
            b']' | b')' | 0x8f => self.push_node(Node::Sequence(Vec::new())),
            b'}' => self.push_node(Node::Dictionary(Vec::new())),
            b'l' | b't' | 0x91 => {
                let items = self.pop_mark()?;
                self.push_node(Node::Sequence(items))
            }
            0x85..=0x87 => {
                let length = usize::from(opcode - 0x84);
                let start = self.stack.len().checked_sub(length).filter(|&start| start >= self.floor());
                let items = self.stack.split_off(start.ok_or_else(underflow)?);
                self.push_node(Node::Sequence(items))
            }
            b'd' => {
                let items = self.pop_mark()?;
                let pairs = items.as_chunks::<2>().0.iter().map(|&[key, value]| (key, value)).collect();
                self.push_node(Node::Dictionary(pairs))
            }
            b'a' => {
                let item = self.pop()?;
                self.append(&[item])
            }
            b'e' | 0x90 => {
                let items = self.pop_mark()?;
                self.append(&items)
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set_items(&[key, value])
            }
            b'u' => {
                let items = self.pop_mark()?;
                self.set_items(&items)
            }
            b'c' => {
                let (module, name) = two_lines(argument);
                self.push_node(Node::Global(module, name))
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let named = |id| self.pickle.text(id).unwrap_or_default();
                self.push_node(Node::Global(named(module), named(name)))
            }
            b'P' | b'Q' => self.persistent(opcode, argument, persistent),
            b'g' | b'h' | b'j' => self.remembered(opcode, argument),
            b'p' | b'q' | b'r' | 0x94 => self.remember(opcode, argument),
            0x82..=0x84 => Err(unsupported("an object of Python's extension registry")),
            0x97 | 0x98 => Err(unsupported("a buffer that is kept outside the pickle")),
            _ => self.call(opcode, argument),
        }
    }

    /// Executes the opcodes that make objects.
    fn call(&mut self, opcode: u8, argument: &'a [u8]) -> Result<()> {
        let (callable, arguments) = match opcode {
            b'R' | 0x81 => {
                let arguments = self.pop()?;
                (self.pop()?, self.pickle.sequence(arguments).map(<[Id]>::to_vec).unwrap_or_default())
            }
            // A call with keyword arguments, which no known function takes.
            0x92 => {
                let (_, arguments) = (self.pop()?, self.pop()?);
                (self.pop()?, self.pickle.sequence(arguments).map(<[Id]>::to_vec).unwrap_or_default())
            }
            b'i' => {
                let (module, name) = two_lines(argument);
                (self.pickle.add(Node::Global(module, name))?, self.pop_mark()?)
            }
            b'o' => {
                let mut items = self.pop_mark()?;
                if items.is_empty() {
                    return Err(underflow());
                }
                (items.remove(0), items)
            }
            b'b' => return self.build(),
            _ => return Err(PickleError::damaged(format!("pickle: there is no opcode 0x{opcode:02x}"))),
        };
        let result = super::torch::call(&mut self.pickle, callable, &arguments)?;
        self.push(result)
    }

    /// Sets the attributes of an object. Only objects are ever asked for attributes.
    fn build(&mut self) -> Result<()> {
        let state = self.pop()?;
        let object = self.top()?;
        if let Some(Node::Object(object)) = self.pickle.nodes.get_mut(object.0 as usize) {
            object.state = Some(state);
        }
        Ok(())
    }

    fn append(&mut self, items: &[Id]) -> Result<()> {
        let list = self.top()?;
        self.pickle.budget.spend(2 * size_of_val(items))?;
        if let Some(Node::Sequence(list)) = self.pickle.nodes.get_mut(list.0 as usize) {
            list.extend_from_slice(items);
        }
        Ok(())
    }

    fn set_items(&mut self, items: &[Id]) -> Result<()> {
        let dictionary = self.top()?;
        self.pickle.budget.spend(2 * size_of_val(items))?;
        let pairs = items.as_chunks::<2>().0.iter().map(|&[key, value]| (key, value));
        match self.pickle.nodes.get_mut(dictionary.0 as usize) {
            Some(Node::Dictionary(entries)) => entries.extend(pairs),
            // Another dictionary class, such as defaultdict.
            Some(Node::Object(object)) => object.items.extend(pairs),
            _ => {}
        }
        Ok(())
    }

    fn persistent(&mut self, opcode: u8, argument: &'a [u8], resolve: &Resolve<'_>) -> Result<()> {
        let id = if opcode == b'P' { self.pickle.add(Node::Text(line(argument)))? } else { self.pop()? };
        match resolve(&self.pickle, id)? {
            Persistent::Storage(storage) => self.push_node(Node::Storage(Box::new(storage))),
            Persistent::Tensor(tensor) => self.push_node(Node::Tensor(Box::new(tensor))),
            Persistent::Value(value) => self.push(value),
        }
    }

    fn remembered(&mut self, opcode: u8, argument: &[u8]) -> Result<()> {
        let index = memo_index(opcode == b'g', argument)?;
        let missing =
            || PickleError::damaged(format!("pickle: it refers to an object {index} that does not exist"));
        let id = *self.memo.get(&index).ok_or_else(missing)?;
        self.push(id)
    }

    fn remember(&mut self, opcode: u8, argument: &[u8]) -> Result<()> {
        let index = match opcode {
            0x94 => u32::try_from(self.memo.len()).map_err(|_| underflow())?,
            _ => memo_index(opcode == b'p', argument)?,
        };
        let top = self.top()?;
        if self.memo.insert(index, top).is_none() {
            self.pickle.budget.spend(MEMO_ENTRY)?;
        }
        Ok(())
    }

    fn number_in_text(&mut self, argument: &[u8]) -> Result<()> {
        let text = std::str::from_utf8(line(argument)).unwrap_or_default().trim_end_matches('L').trim();
        match text {
            "00" => self.push(Id::FALSE),
            "01" => self.push(Id::TRUE),
            _ => match text.parse() {
                Ok(number) => self.push_number(number),
                // The number may have any length.
                Err(_) => self.push(Id::OTHER),
            },
        }
    }

    /// Pushes an integer of any length in two's complement.
    fn long(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.len() > size_of::<i64>() {
            return self.push(Id::OTHER);
        }
        let unused = 64 - 8 * bytes.len() as u32;
        let number = if bytes.is_empty() { 0 } else { (little_endian(bytes) << unused) as i64 >> unused };
        self.push_number(number)
    }

    fn push_number(&mut self, number: i64) -> Result<()> {
        let id = self.pickle.add_number(number)?;
        self.push(id)
    }

    fn push_node(&mut self, node: Node<'a>) -> Result<()> {
        let id = self.pickle.add(node)?;
        self.push(id)
    }

    fn push(&mut self, id: Id) -> Result<()> {
        // Pushing again after a pop costs no memory.
        if self.stack.len() == self.stack.capacity() {
            self.pickle.budget.spend(STACK_ENTRY * self.stack.len().max(4))?;
        }
        self.stack.push(id);
        Ok(())
    }

    /// Returns the stack height of the innermost mark. Entries below it belong to enclosing objects.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self) -> Result<Id> {
        if self.stack.len() <= self.floor() {
            return Err(underflow());
        }
        self.stack.pop().ok_or_else(underflow)
    }

    fn top(&self) -> Result<Id> {
        self.stack[self.floor()..].last().copied().ok_or_else(underflow)
    }

    fn pop_mark(&mut self) -> Result<Vec<Id>> {
        let mark = self.marks.pop().ok_or_else(underflow)?;
        Ok(self.stack.split_off(mark))
    }
}

impl Object {
    /// Returns the items that were set by key.
    pub(super) fn items(&self) -> &[(Id, Id)] {
        &self.items
    }
}

trait Quoted {
    fn trim_suffix_quotes(self) -> Self;
}

impl Quoted for &[u8] {
    /// Strips the quotation marks that Python's oldest protocol puts around text.
    fn trim_suffix_quotes(self) -> Self {
        match self {
            [b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"'] => inner,
            bare => bare,
        }
    }
}

fn line(argument: &[u8]) -> &[u8] {
    argument.strip_suffix(b"\n").unwrap_or(argument)
}

fn two_lines(argument: &[u8]) -> (&[u8], &[u8]) {
    let mut lines = line(argument).split(|&byte| byte == b'\n');
    (lines.next().unwrap_or_default(), lines.next().unwrap_or_default())
}

fn memo_index(in_text: bool, argument: &[u8]) -> Result<u32> {
    if !in_text {
        return Ok(little_endian(argument) as u32);
    }
    let text = std::str::from_utf8(line(argument)).unwrap_or_default();
    text.parse().map_err(|_| PickleError::damaged(format!("pickle: '{text}' is not the number of an object")))
}

fn underflow() -> PickleError {
    PickleError::damaged("pickle: it takes more from the stack than it holds")
}

fn unsupported(what: &str) -> PickleError {
    let remedy = "save only the weights with torch.save(model.state_dict(), 'weights.pt')";
    PickleError::Unsupported(what.to_owned(), remedy.to_owned())
}
