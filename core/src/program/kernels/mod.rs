//! The kernels of operations on tensors, in single or double precision.
//!
//! `table.rs` lists the operations, one line for each, with the dependence of their results on their
//! operands. Functions of single numbers and sums over elements compute in double precision.

mod arrangements;
mod attention;
mod bits;
mod call;
mod choices;
pub(in crate::program) mod convolution;
mod einsum;
mod elementwise;
mod functions;
mod gates;
mod indexing;
mod lanes;
mod limits;
mod making;
mod matrix_product;
mod max_pooling;
mod means;
mod normalizations;
mod ordering;
mod padding;
mod perform;
mod pooling;
mod products;
mod reason;
mod reductions;
mod resizing;
mod rows;
mod selection;
mod shapes;
mod shuffles;
pub(in crate::program) mod single;
mod spatial;
mod swift;
mod table;
mod types;
mod views;
mod weight_norms;
mod weights;

pub(in crate::program) use attention::attention_weights;
pub(in crate::program) use call::{Call, array, materialized, written_shape};
pub(in crate::program) use limits::Limits;
pub(in crate::program) use matrix_product::matrix_product;
pub(in crate::program) use perform::perform;
pub use reason::Reason;
pub(in crate::program) use selection::Selection;
pub(in crate::program) use shapes::reshape;
#[cfg(test)]
pub(in crate::program) use table::names;
pub(in crate::program) use table::{Kernel, Operand, is_in_place, kernel};
pub(in crate::program) use types::{cast, checked};
pub(in crate::program) use weights::AxisWeights;

use ndarray::{ArcArray, IxDyn};

/// An array whose copies share memory; integers and bools are stored as floating-point numbers.
pub type Tensor<T = f64> = ArcArray<T, IxDyn>;

/// The content of a tensor.
#[derive(Clone, Debug, PartialEq)]
pub enum Content<T = f64> {
    /// An array of elements.
    Array(Tensor<T>),
    /// A number that all elements equal; the shape may be known only when the program runs.
    Uniform(f64),
}
