//! Bitwise operations, which are supported only on bools.

use super::elementwise::plainly;
use super::functions::{BOTH, SELF};
use super::table::{Kernel, OfNumbers, Operand, Row};
use super::{Call, Content, Reason};
use crate::program::{Argument, Element};
use Kernel::Computed;

/// Returns the kernels of bitwise operations.
pub(super) fn table<T: Element>() -> Vec<Row<T>> {
    vec![
        ("bitwise_and", Computed(|call| of_truth_values(call, BOTH, |v| v[0] * v[1]))),
        ("bitwise_or", Computed(|call| of_truth_values(call, BOTH, |v| v[0].max(v[1])))),
        ("bitwise_xor", Computed(|call| of_truth_values(call, BOTH, |v| f64::from(v[0] != v[1])))),
        ("bitwise_not", Computed(|call| of_truth_values(call, SELF, |v| 1.0 - v[0]))),
        ("__and__", Computed(|call| of_truth_values(call, BOTH, |v| v[0] * v[1]))),
        ("__or__", Computed(|call| of_truth_values(call, BOTH, |v| v[0].max(v[1])))),
        ("__xor__", Computed(|call| of_truth_values(call, BOTH, |v| f64::from(v[0] != v[1])))),
    ]
}

/// Computes a bitwise operation on bools, and refuses other types.
fn of_truth_values<T: Element>(
    call: &Call<T>,
    operands: &[Operand],
    function: OfNumbers,
) -> Result<Content<T>, Reason> {
    let is_truth_value = |operand: &Operand| match *call.operation.argument(operand.name) {
        Argument::Tensor(id) => {
            let tensor = call.program.value(id).tensor.as_ref();
            tensor.is_some_and(|tensor| tensor.element_type.as_str() == "bool")
        }
        Argument::Bool(_) => true,
        _ => false,
    };
    if !operands.iter().all(is_truth_value) {
        return Err(Reason::Only("on bools"));
    }
    plainly(call, operands, function)
}
