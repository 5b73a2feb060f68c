//! The execution of one operation on tensors with known contents.

use super::{AxisWeights, Call, Content, Kernel, Reason, elementwise, kernel, reductions};
use crate::program::Element;

/// Performs an operation as if it changed no memory, and returns its results.
///
/// # Errors
///
/// Fails if the operation is not supported, or its arguments are invalid.
pub(in crate::program) fn perform<T: Element>(mut call: Call<T>) -> Result<Vec<Content<T>>, Reason> {
    let one = |content: Result<Content<T>, Reason>| content.map(|content| vec![content]);
    let kernel = kernel(call.operation).ok_or(Reason::Unlisted)?;
    match kernel {
        Kernel::Elementwise(operands, function) => {
            one(elementwise::elementwise(&mut call, operands, function))
        }
        Kernel::Reduction(parameter, function) => {
            one(reductions::reduction(&call, parameter(&call)?, function))
        }
        Kernel::Made(function) | Kernel::Computed(function) => one(function(&call)),
        Kernel::Several(function) | Kernel::Arranged(function) => function(&call),
        Kernel::Weighted(function) => {
            let weights = function(&call)?;
            let result = AxisWeights::apply_all(&weights, call.first()?);
            one(result.map(Content::Array))
        }
        Kernel::Selected(function) => {
            let (selection, others) = function(&call)?;
            let chosen = Content::Array(selection.apply(&call.first()?)?);
            Ok([chosen].into_iter().chain(others).collect())
        }
        // In-place operations arrive here, such as `detach_`, or where nobody reads the other tensor later.
        Kernel::View(function) | Kernel::PerhapsView(function) => match call.first_content()? {
            Content::Array(array) => function(&array, &call).map(|array| vec![Content::Array(array)]),
            uniform => Ok(vec![uniform]),
        },
    }
}
