//! Which tensors share memory, which operations change it, and what depends on an input.

use crate::program::kernels::{Kernel, is_in_place, kernel};
use crate::program::{Argument, Operation, Origin, Program, ValueId};

/// A change of a tensor in place.
#[derive(Clone, Copy, Debug)]
pub(in crate::program) struct Write {
    /// The number of the operation that makes it.
    pub(in crate::program) operation: usize,
    /// The tensor that it is given.
    pub(in crate::program) target: ValueId,
    /// Whether what is in memory afterwards depends on no input.
    constant: bool,
    /// Whether it is known which elements of the memory the tensor shows.
    pub(in crate::program) is_certain: bool,
}

/// How a tensor shows the elements of another.
#[derive(Clone, Copy, Debug)]
pub(in crate::program) struct View {
    /// The other tensor.
    pub(in crate::program) source: ValueId,
    /// The operation that gives the tensor.
    pub(in crate::program) operation: usize,
    /// Which of its results the tensor is; `None` where an operation in place gives back what it was given.
    pub(in crate::program) output: Option<usize>,
}

/// What is known of a tensor's memory.
#[derive(Clone, Debug)]
struct Memory {
    /// The tensor that the memory was made for.
    base: ValueId,
    /// How the tensor shows elements of another; `None` for the base.
    view: Option<View>,
    /// Whether the tensor is the base itself, given back by operations in place.
    is_whole: bool,
    /// How many changes there were when it first became uncertain whether the tensor has memory of its own.
    uncertain_after: Option<usize>,
    /// Whether the operation that gives the tensor depends on no input.
    constant: bool,
    /// The changes, for the base; in order.
    writes: Vec<Write>,
    /// The number of the last operation that reads a tensor with this memory, for the base.
    last_reader: usize,
}

/// The memory of every tensor of a program.
#[derive(Debug)]
pub(in crate::program) struct Storages(Vec<Memory>);

/// Returns the tensor that an operation in place changes.
fn changed(operation: &Operation) -> Option<ValueId> {
    let (_, first) = operation.arguments.first().filter(|_| is_in_place(operation))?;
    match *first {
        Argument::Tensor(target) => Some(target),
        _ => None,
    }
}

/// Returns the tensors whose content an operation needs.
pub(in crate::program) fn needs(operation: &Operation) -> Vec<ValueId> {
    match kernel::<f64>(operation) {
        Some(Kernel::View(_) | Kernel::PerhapsView(_)) => operation.reads().take(1).collect(),
        Some(Kernel::Made(_)) => {
            let others = operation.arguments.iter().filter(|(name, _)| **name != *"self");
            let tensors = others.filter_map(|(_, argument)| match *argument {
                Argument::Tensor(id) => Some(id),
                _ => None,
            });
            tensors.collect()
        }
        _ => operation.reads().collect(),
    }
}

impl Storages {
    /// Follows the memory of every tensor through a program.
    ///
    /// # Arguments
    ///
    /// * `wanted` - the tensors that somebody reads after the last operation, besides the program's outputs
    pub(in crate::program) fn new(program: &Program, wanted: &[ValueId]) -> Self {
        let mut last_readers = vec![0; program.values.len()];
        for (index, operation) in program.operations.iter().enumerate() {
            operation.reads().for_each(|id| last_readers[id.index()] = index);
        }
        let end = program.outputs.iter().copied().flatten().chain(wanted.iter().copied());
        end.for_each(|id| last_readers[id.index()] = usize::MAX);
        let own = |index: usize| Memory {
            base: ValueId::new(index),
            view: None,
            is_whole: true,
            uncertain_after: None,
            constant: !matches!(program.values[index].origin, Origin::Input(_)),
            writes: Vec::new(),
            last_reader: last_readers[index],
        };
        let mut storages = Self((0..program.values.len()).map(own).collect());
        for (index, operation) in program.operations.iter().enumerate() {
            storages.follow(index, operation);
        }
        storages
    }

    fn follow(&mut self, index: usize, operation: &Operation) {
        let constant = needs(operation).into_iter().all(|id| self.is_constant(id, index));
        if let Some(target) = changed(operation) {
            let output = operation.outputs.first().copied().flatten();
            if let Some(output) = output {
                self.share(output, View { source: target, operation: index, output: None }, true);
                self.memory_mut(output).constant = self.memory(target).constant;
            }
            let after = constant && self.is_constant(target, index);
            let is_certain = self.memory(target).uncertain_after.is_none();
            let base = self.memory(target).base;
            let write = Write { operation: index, target, constant: after, is_certain };
            self.memory_mut(base).writes.push(write);
            return;
        }
        for &output in operation.outputs.iter().flatten() {
            self.memory_mut(output).constant = constant;
        }
        let (source, is_certain) = match kernel::<f64>(operation) {
            Some(Kernel::View(_)) => (operation.reads().next(), true),
            // Where nobody reads the other tensor any more it does not matter whether this is a copy of it.
            Some(Kernel::PerhapsView(_)) => {
                let read_later = |id: &ValueId| self.memory(self.memory(*id).base).last_reader > index;
                (operation.reads().next().filter(read_later), false)
            }
            Some(_) => (None, true),
            // What is not known may give a view of what it reads, and that matters for constants only.
            None => (operation.reads().next().filter(|_| constant), false),
        };
        let Some(source) = source else { return };
        for (position, output) in operation.outputs.iter().enumerate() {
            if let Some(output) = *output {
                let view = View { source, operation: index, output: Some(position) };
                self.share(output, view, is_certain);
            }
        }
    }

    fn share(&mut self, output: ValueId, view: View, is_certain: bool) {
        let source = self.memory(view.source);
        let (base, source_is_whole, uncertain) = (source.base, source.is_whole, source.uncertain_after);
        let so_far = self.memory(base).writes.len();
        let last_reader = self.memory(output).last_reader.max(self.memory(base).last_reader);
        self.memory_mut(base).last_reader = last_reader;
        let memory = self.memory_mut(output);
        memory.base = base;
        memory.view = Some(view);
        memory.is_whole = source_is_whole && view.output.is_none();
        memory.uncertain_after = uncertain.or((!is_certain).then_some(so_far));
    }

    fn memory(&self, id: ValueId) -> &Memory {
        &self.0[id.index()]
    }

    fn memory_mut(&mut self, id: ValueId) -> &mut Memory {
        &mut self.0[id.index()]
    }

    /// Returns whether a tensor depends on no input when operation number `reader` reads it.
    pub(in crate::program) fn is_constant(&self, id: ValueId, reader: usize) -> bool {
        let memory = self.memory(id);
        let last = self.version(id, reader).checked_sub(1);
        let base = self.memory(memory.base);
        memory.constant && base.constant && last.is_none_or(|last| base.writes[last].constant)
    }

    /// Returns how often a tensor's memory has been changed when operation number `reader` reads it.
    pub(in crate::program) fn version(&self, id: ValueId, reader: usize) -> usize {
        let base = self.memory(self.memory(id).base);
        base.writes.partition_point(|write| write.operation < reader)
    }

    /// Returns the change that a version of a tensor's memory begins with; `None` for the first version.
    pub(in crate::program) fn write(&self, id: ValueId, version: usize) -> Option<Write> {
        let base = self.memory(self.memory(id).base);
        version.checked_sub(1).map(|last| base.writes[last])
    }

    /// Returns how a tensor shows elements of another; `None` if it has memory of its own.
    pub(in crate::program) fn view(&self, id: ValueId) -> Option<View> {
        self.memory(id).view
    }

    /// Returns whether a tensor is all of its memory, in order.
    pub(in crate::program) fn is_whole(&self, id: ValueId) -> bool {
        self.memory(id).is_whole
    }

    /// Returns whether the content of a tensor follows from a version of its memory.
    pub(in crate::program) fn is_certain(&self, id: ValueId, version: usize) -> bool {
        self.memory(id).uncertain_after.is_none_or(|since| version <= since)
    }
}
