//! The builder of a program, one operation at a time.

use super::{ComponentUse, NetworkProgram};
use crate::circuit::TensorName;
use crate::files::checkpoint::ElementType;
use crate::network::WholeNetwork;
use crate::network::plan::Plan;
use crate::program::{Argument, Extent, ModuleCall, Operation, Origin, Program, TensorType, Value, ValueId};
use std::collections::HashMap;
use std::sync::Arc;

/// A program under construction.
pub(super) struct Builder<'a> {
    pub(super) network: &'a WholeNetwork,
    pub(super) plan: &'a Plan,
    program: Program,
    uses: Vec<Option<ComponentUse>>,
    entries: Vec<Option<usize>>,
    /// The tensors that operations have read, by role name.
    stored: HashMap<String, ValueId>,
    /// The number of operations of each kind.
    named: HashMap<&'static str, usize>,
    /// The number of calls of each module.
    calls: HashMap<String, usize>,
    /// The enclosing modules of the next operation.
    modules: Vec<ModuleCall>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(network: &'a WholeNetwork, plan: &'a Plan) -> Self {
        let root = ModuleCall { path: String::new(), call: 0, class: "pathscope.Network".to_owned() };
        Self {
            network,
            plan,
            program: Program::default(),
            uses: Vec::new(),
            entries: Vec::new(),
            stored: HashMap::new(),
            named: HashMap::new(),
            calls: HashMap::new(),
            modules: vec![root],
        }
    }

    /// Adds the input images [batch, channels, height, width].
    pub(super) fn images(&mut self, [height, width]: [usize; 2]) -> ValueId {
        let (channels, _) = self.network.image();
        let shape = vec![Extent::Symbolic, known(channels), known(height), known(width)];
        let images = self.value("images".to_owned(), Origin::Input("images".to_owned()), shape);
        self.program.inputs.push(images);
        images
    }

    /// Returns a tensor of the checkpoint.
    pub(super) fn stored(&mut self, name: &TensorName) -> ValueId {
        let role = name.to_string();
        if let Some(&value) = self.stored.get(&role) {
            return value;
        }
        let origin = if name.part.is_running_statistic() { Origin::Buffer } else { Origin::Parameter };
        let shape = self.network.shape(name).iter().copied().map(known).collect();
        let value = self.value(role.clone(), origin(role.clone()), shape);
        self.stored.insert(role, value);
        value
    }

    /// Returns a tensor of zeros, which is a constant of the program.
    pub(super) fn zeros(&mut self, name: &str, shape: Vec<Extent>) -> ValueId {
        if let Some(&value) = self.stored.get(name) {
            return value;
        }
        let value = self.value(name.to_owned(), Origin::Constant(name.to_owned()), shape);
        self.stored.insert(name.to_owned(), value);
        value
    }

    /// Adds an operation with one result, and returns the result.
    ///
    /// # Arguments
    ///
    /// * `kind` - PyTorch's name without the overload, such as `conv2d`
    /// * `overload` - the overload, such as `default`
    pub(super) fn operation<const N: usize>(
        &mut self,
        kind: &'static str,
        overload: &'static str,
        arguments: [(&str, Argument); N],
        shape: Vec<Extent>,
    ) -> ValueId {
        let number = self.named.entry(kind).or_default();
        let name = if *number == 0 { kind.to_owned() } else { format!("{kind}_{number}") };
        *number += 1;
        let output = self.value(name.clone(), Origin::Operation(self.program.operations.len()), shape);
        self.program.operations.push(Operation {
            name,
            target: format!("aten.{kind}.{overload}").into(),
            arguments: arguments.into_iter().map(|(name, argument)| (name.into(), argument)).collect(),
            outputs: vec![Some(output)],
            modules: self.modules.as_slice().into(),
        });
        self.uses.push(None);
        self.entries.push(None);
        output
    }

    /// Adds operations inside a call of a module.
    pub(super) fn inside<T>(&mut self, path: &str, class: &str, write: impl FnOnce(&mut Self) -> T) -> T {
        let calls = self.calls.entry(path.to_owned()).or_default();
        self.modules.push(ModuleCall { path: path.to_owned(), call: *calls, class: class.to_owned() });
        *calls += 1;
        let written = write(self);
        self.modules.pop();
        written
    }

    /// Records that the last operation is a use of a component.
    pub(super) fn note_use(&mut self, of: ComponentUse) {
        if let Some(last) = self.uses.last_mut() {
            *last = Some(of);
        }
    }

    /// Records that paths enter the recurrent stage at the last operation.
    pub(super) fn note_entry(&mut self, iteration: usize) {
        if let Some(last) = self.entries.last_mut() {
            *last = Some(iteration);
        }
    }

    /// Returns the extents of a value.
    pub(super) fn shape(&self, value: ValueId) -> Vec<Extent> {
        self.program.value(value).tensor.as_ref().map_or_else(Vec::new, |tensor| tensor.shape.clone())
    }

    /// Returns the finished program with its output.
    pub(super) fn finish(mut self, output: ValueId) -> NetworkProgram {
        self.program.outputs.push(Some(output));
        NetworkProgram {
            program: self.program,
            uses: self.uses,
            entries: self.entries,
            tensors: Arc::clone(&self.network.tensors),
        }
    }

    fn value(&mut self, name: String, origin: Origin, shape: Vec<Extent>) -> ValueId {
        let id = ValueId::new(self.program.values.len());
        let tensor = Some(TensorType { element_type: ElementType::Float32, shape });
        self.program.values.push(Value { name, origin, tensor });
        id
    }
}

/// Returns a number of pixels, channels or neurons as an extent.
pub(super) fn known(number: usize) -> Extent {
    // No tensor in memory has an extent beyond i64.
    i64::try_from(number).map_or(Extent::Symbolic, Extent::Known)
}

/// Returns an integer argument.
pub(super) fn int(number: usize) -> Argument {
    Argument::Int(known(number))
}

/// Returns an argument with the same number for both axes of maps.
pub(super) fn square(number: usize) -> Argument {
    Argument::Ints(vec![known(number); 2])
}
