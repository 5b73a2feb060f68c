//! Which operations are computed, and how.

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
    /// What it is where it is not given; `None` where it must be.
    pub(in crate::program) default: Option<f64>,
}

/// A function of the numbers at one place.
pub(in crate::program) type OfNumbers = fn(&[f64]) -> f64;

/// A function from a tensor to what shows its elements in other places, one result of the call at a time.
pub(in crate::program) type ViewOf<T> = fn(&Tensor<T>, &Call<T>) -> Result<Tensor<T>, Reason>;

/// The results of an operation, first to last.
pub(in crate::program) type Results<T> = Result<Vec<Content<T>>, Reason>;

/// The elements that the first result of an operation takes over, and its other results.
pub(in crate::program) type Chosen<T> = Result<(Selection, Vec<Content<T>>), Reason>;

/// How an operation is computed, and what is known of how its results depend on what it reads.
#[derive(Clone, Copy)]
pub(in crate::program) enum Kernel<T: Element> {
    /// Every element from the elements at its place, operands broadcast against each other.
    Elementwise(&'static [Operand], OfNumbers),
    /// Every element from those along some axes, with a number that the arguments say.
    Reduction(fn(&Call<T>) -> Result<f64, Reason>, fn(&[f64], f64) -> f64),
    /// The elements of the first tensor that it reads in other places, in the memory of that tensor.
    View(ViewOf<T>),
    /// As [`Kernel::View`], but where needed in memory of its own.
    PerhapsView(ViewOf<T>),
    /// A tensor that depends on the shape of `self` and not on its content.
    Made(fn(&Call<T>) -> Result<Content<T>, Reason>),
    /// New tensors, every element of which is an element of a tensor that is read, or a number that depends on
    /// none. Where tensors of indices are read, they say which.
    Arranged(fn(&Call<T>) -> Results<T>),
    /// A new tensor that is linear in the first tensor that is read: these weights along axes, one after the
    /// other.
    Weighted(fn(&Call<T>) -> Result<Vec<AxisWeights>, Reason>),
    /// A new tensor, every element of which is one of the first tensor that is read, chosen by the content of
    /// that tensor. The other results, mostly indices of the chosen, follow.
    Selected(fn(&Call<T>) -> Chosen<T>),
    /// One new tensor from all arguments.
    Computed(fn(&Call<T>) -> Result<Content<T>, Reason>),
    /// Several new tensors from all arguments.
    Several(fn(&Call<T>) -> Results<T>),
}

/// A line of the table: the operation's name without `aten.` and how it is computed.
///
/// A name without an overload stands for all overloads but those with a line of their own. They differ in the
/// kinds of their arguments, which every kernel looks at itself. A colon and a text stand for calls with that
/// text as an argument.
pub(super) type Row<T> = (&'static str, Kernel<T>);

/// How operations are computed, by their names.
type Table<T> = HashMap<&'static str, Kernel<T>>;

/// Returns how operations are computed in a precision.
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

/// Returns how an operation is computed; one in place like the one that gives its result as a new tensor.
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
    // A function of numbers cannot look at the text.
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
