//! The table of supported operations.

use super::{AxisWeights, Call, Content, Reason, Selection, Tensor};
use super::{
    arrangements, attention, bits, choices, convolution, functions, gates, indexing, lanes, making,
    max_pooling, means, normalizations, ordering, padding, pooling, products, reductions, resizing, shuffles,
    views, weight_norms,
};
use crate::program::{Argument, Element, Operation};
use std::any::Any;
use std::collections::HashMap;
use std::sync::LazyLock;

/// An argument of an elementwise operation: a tensor or a number.
#[derive(Debug)]
pub(in crate::program) struct Operand {
    /// The argument's name.
    pub(in crate::program) name: &'static str,
    /// The default; `None` where the argument is required.
    pub(in crate::program) default: Option<f64>,
}

/// A function of the numbers at one place.
pub(in crate::program) type OfNumbers = fn(&[f64]) -> f64;

/// A function from a tensor to a view with its elements in other places, one result of the call at a time.
pub(in crate::program) type ViewOf<T> = fn(&Tensor<T>, &Call<T>) -> Result<Tensor<T>, Reason>;

/// The results of an operation, first to last.
pub(in crate::program) type Results<T> = Result<Vec<Content<T>>, Reason>;

/// The elements that the first result of an operation selects, and its other results.
pub(in crate::program) type Chosen<T> = Result<(Selection, Vec<Content<T>>), Reason>;

/// The computation of an operation, and the dependence of its results on its operands.
#[derive(Clone, Copy)]
pub(in crate::program) enum Kernel<T: Element> {
    /// Every element depends on the elements at its place, with operands broadcast.
    Elementwise(&'static [Operand], OfNumbers),
    /// Every element depends on the elements along some axes, and on a number from the arguments.
    Reduction(fn(&Call<T>) -> Result<f64, Reason>, fn(&[f64], f64) -> f64),
    /// A view of the first tensor, with elements in other places of the same memory.
    View(ViewOf<T>),
    /// A view of an operand, as [`Kernel::View`], or a copy where needed.
    PerhapsView(ViewOf<T>),
    /// A tensor that depends on the shape of `self` but not on its content.
    Made(fn(&Call<T>) -> Result<Content<T>, Reason>),
    /// New tensors whose elements are elements of the operands or constants. Index tensors, if there are any,
    /// determine which.
    Arranged(fn(&Call<T>) -> Results<T>),
    /// A new tensor that is linear in the first operand: these weights along axes, one after another.
    Weighted(fn(&Call<T>) -> Result<Vec<AxisWeights>, Reason>),
    /// A new tensor whose elements are selected from the first operand by its content. The other results
    /// follow, mostly indices of the selected elements.
    Selected(fn(&Call<T>) -> Chosen<T>),
    /// A new tensor that depends on all arguments.
    Computed(fn(&Call<T>) -> Result<Content<T>, Reason>),
    /// Several new tensors that depend on all arguments.
    Several(fn(&Call<T>) -> Results<T>),
}

/// A line of the table: the operation's name without `aten.`, and its kernel.
///
/// A name without an overload stands for all overloads without a line of their own. Overloads differ in the
/// kinds of their arguments, which every kernel checks itself. A colon and a text stand for calls with that
/// text as an argument.
pub(super) type Row<T> = (&'static str, Kernel<T>);

/// The kernels of operations, by name.
type Table<T> = HashMap<&'static str, Kernel<T>>;

/// Returns the kernels of operations in a precision.
fn table<T: Element>() -> &'static Table<T> {
    static SINGLE: LazyLock<Table<f32>> = LazyLock::new(|| rows().collect());
    static DOUBLE: LazyLock<Table<f64>> = LazyLock::new(|| rows().collect());
    // A static cannot be generic.
    let of_both: [&'static dyn Any; 2] = [&*SINGLE, &*DOUBLE];
    let table = of_both.into_iter().find_map(|table| table.downcast_ref());
    table.expect("an element has single or double precision")
}

/// Returns all lines of the table.
fn rows<T: Element>() -> impl Iterator<Item = Row<T>> {
    let tables = [
        functions::table(),
        bits::table(),
        reductions::table(),
        choices::table(),
        means::table(),
        lanes::table(),
        ordering::table(),
        pooling::table(),
        max_pooling::table(),
        resizing::table(),
        padding::table(),
        shuffles::table(),
        attention::table(),
        gates::table(),
        views::table(),
        making::table(),
        arrangements::table(),
        indexing::table(),
        products::table(),
        convolution::table(),
        normalizations::table(),
        weight_norms::table(),
    ];
    tables.into_iter().flatten()
}

/// Returns the names of all operations in the table.
#[cfg(test)]
pub(in crate::program) fn names() -> impl Iterator<Item = &'static str> {
    rows::<f64>().map(|(name, _)| name)
}

/// Returns the kernel of an operation; an in-place operation has the kernel of its out-of-place form.
pub(in crate::program) fn kernel<T: Element>(operation: &Operation) -> Option<Kernel<T>> {
    let table = table::<T>();
    let full = operation.target.strip_prefix("aten.")?;
    let name = name(operation)?;
    let name = if is_in_place(operation) { name.strip_suffix('_').unwrap_or(name) } else { name };
    let kernel = *table.get(full).or_else(|| table.get(name))?;
    let text = operation.arguments.iter().find_map(|(_, argument)| match argument {
        Argument::Text(text) => Some(text),
        _ => None,
    });
    let Some(text) = text else { return Some(kernel) };
    let of_text = table.get(format!("{name}:{text}").as_str()).copied();
    // A function of numbers cannot read the text.
    of_text.or_else(|| Some(kernel).filter(|kernel| !matches!(kernel, Kernel::Elementwise(..))))
}

/// Returns whether an operation changes the tensor that is its first argument.
pub(in crate::program) fn is_in_place(operation: &Operation) -> bool {
    name(operation).is_some_and(|name| {
        let in_place_operator = name.starts_with("__i") && name.ends_with("__") && name != "__invert__";
        name.ends_with('_') && (!name.ends_with("__") || in_place_operator)
    })
}

/// Returns the name of an operation without its overload.
pub(super) fn name(operation: &Operation) -> Option<&str> {
    operation.target.strip_prefix("aten.")?.split('.').next()
}
