//! The analysis of shared memory, in-place changes, and dependence on inputs.

use crate::program::kernels::{Kernel, is_in_place, kernel};
use crate::program::{Argument, Operation, Origin, Program, ValueId};

/// An in-place change of a tensor.
#[derive(Clone, Copy, Debug)]
pub(in crate::program) struct Write {
    /// The number of the operation that makes the change.
    pub(in crate::program) operation: usize,
    /// The tensor that the operation changes.
    pub(in crate::program) target: ValueId,
    /// Whether the new content of the memory depends on no input.
    constant: bool,
    /// Whether it is known which elements of the memory the tensor shows.
    pub(in crate::program) is_certain: bool,
}

/// The way in which a tensor shows elements of another.
#[derive(Clone, Copy, Debug)]
pub(in crate::program) struct View {
    /// The other tensor.
    pub(in crate::program) source: ValueId,
    /// The operation that returns the tensor.
    pub(in crate::program) operation: usize,
    /// The index of the result; `None` where an in-place operation returns its argument.
    pub(in crate::program) output: Option<usize>,
}

/// The memory of a tensor.
#[derive(Clone, Debug)]
struct Memory {
    /// The tensor that owns the memory.
    base: ValueId,
    /// How the tensor shows elements of another; `None` for the owner.
    view: Option<View>,
    /// Whether the tensor is the owner itself, returned by in-place operations.
    is_whole: bool,
    /// The number of changes at the time when it first became uncertain whether the tensor has memory of its
    /// own.
    uncertain_after: Option<usize>,
    /// Whether the operation that returns the tensor depends on no input.
    constant: bool,
    /// The changes of the memory in order, for the owner.
    writes: Vec<Write>,
    /// The number of the last operation that reads a tensor with this memory, for the owner.
    last_reader: usize,
}

/// The memory of every tensor of a program.
#[derive(Debug)]
pub(in crate::program) struct Storages(Vec<Memory>);

/// Returns the tensor that an in-place operation changes.
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
    /// Tracks the memory of every tensor through a program.
    ///
    /// # Arguments
    ///
    /// * `wanted` - the tensors that are read after the last operation, besides the program's outputs
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
            // If nobody reads the other tensor later, it does not matter whether this is a copy of it.
            Some(Kernel::PerhapsView(_)) => {
                let read_later = |id: &ValueId| self.memory(self.memory(*id).base).last_reader > index;
                (operation.reads().next().filter(read_later), false)
            }
            Some(_) => (None, true),
            // An unknown operation may return a view of its operand, which matters only for constants.
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

    /// Returns the number of changes to a tensor's memory before operation number `reader` reads it.
    pub(in crate::program) fn version(&self, id: ValueId, reader: usize) -> usize {
        let base = self.memory(self.memory(id).base);
        base.writes.partition_point(|write| write.operation < reader)
    }

    /// Returns the change that creates a version of a tensor's memory; `None` for the first version.
    pub(in crate::program) fn write(&self, id: ValueId, version: usize) -> Option<Write> {
        let base = self.memory(self.memory(id).base);
        version.checked_sub(1).map(|last| base.writes[last])
    }

    /// Returns how a tensor shows elements of another; `None` if it has memory of its own.
    pub(in crate::program) fn view(&self, id: ValueId) -> Option<View> {
        self.memory(id).view
    }

    /// Returns whether a tensor shows all of its memory, in order.
    pub(in crate::program) fn is_whole(&self, id: ValueId) -> bool {
        self.memory(id).is_whole
    }

    /// Returns whether the content of a tensor is determined by a version of its memory.
    pub(in crate::program) fn is_certain(&self, id: ValueId, version: usize) -> bool {
        self.memory(id).uncertain_after.is_none_or(|since| version <= since)
    }
}
