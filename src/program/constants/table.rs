//! Which operations are computed, and how.

use super::call::Call;
use super::{Constant, Reason, Tensor};
use super::{
    arrangements, convolutions, elementwise, indexing, making, normalizations, products, reductions, views,
};
use crate::program::Operation;
use std::collections::HashMap;
use std::sync::LazyLock;

/// An argument of an elementwise operation: a tensor or a number.
pub(super) struct Operand {
    /// The argument's name.
    pub(super) name: &'static str,
    /// What it is where it is not given; `None` where it must be.
    pub(super) default: Option<f64>,
}

/// A function from a tensor to what shows its elements in other places, one result of the call at a time.
pub(super) type ViewOf = fn(&Tensor, &Call) -> Result<Tensor, Reason>;

/// How an operation is computed.
#[derive(Clone, Copy)]
pub(super) enum Kernel {
    /// Every element from the elements at its place, operands broadcast against each other.
    Elementwise(&'static [Operand], fn(&[f64]) -> f64),
    /// Every element from those along some axes, with a number that the arguments say.
    Reduction(fn(&Call) -> Result<f64, Reason>, fn(&[f64], f64) -> f64),
    /// The elements of the first tensor that it reads in other places, in the memory of that tensor.
    View(ViewOf),
    /// As [`Kernel::View`], but where needed in memory of its own.
    PerhapsView(ViewOf),
    /// A tensor that depends on the shape of `self` and not on its content.
    Made(fn(&Call) -> Result<Constant, Reason>),
    /// One new tensor from all arguments.
    Computed(fn(&Call) -> Result<Constant, Reason>),
    /// Several new tensors from all arguments.
    Several(fn(&Call) -> Result<Vec<Constant>, Reason>),
}

/// A line of the table: the operation's name without `aten.` and overload, and how it is computed.
///
/// Overloads of one name differ in the kinds of their arguments, which every kernel looks at itself.
pub(super) type Row = (&'static str, Kernel);

static TABLE: LazyLock<HashMap<&'static str, Kernel>> = LazyLock::new(|| rows().copied().collect());

/// Returns all lines of the table.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    let tables: [&[Row]; 9] = [
        elementwise::TABLE,
        reductions::TABLE,
        views::TABLE,
        making::TABLE,
        arrangements::TABLE,
        indexing::TABLE,
        products::TABLE,
        convolutions::TABLE,
        normalizations::TABLE,
    ];
    tables.into_iter().flatten()
}

/// Returns how an operation is computed; one in place like the one that gives its result as a new tensor.
pub(super) fn kernel(operation: &Operation) -> Option<Kernel> {
    let name = name(operation)?;
    let name = if is_in_place(operation) { name.strip_suffix('_').unwrap_or(name) } else { name };
    TABLE.get(name).copied()
}

/// Returns whether an operation changes the tensor that is its first argument.
pub(super) fn is_in_place(operation: &Operation) -> bool {
    name(operation).is_some_and(|name| {
        let in_place_operator = name.starts_with("__i") && name.ends_with("__") && name != "__invert__";
        name.ends_with('_') && (!name.ends_with("__") || in_place_operator)
    })
}

fn name(operation: &Operation) -> Option<&str> {
    operation.target.strip_prefix("aten.")?.split('.').next()
}
