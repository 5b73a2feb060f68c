//! Symbolic sizes and the numbers that inputs give them.

use super::ExecutionError;
use crate::program::kernels::written_shape;
use crate::program::{Argument, Extent, Program, Symbol};
use std::collections::HashMap;
use std::iter::zip;

/// The values of symbols.
pub(super) type Symbols = HashMap<Symbol, i64>;

/// Returns the values of a program's symbols for inputs of the given shapes.
///
/// # Errors
///
/// Fails if there are too few or too many inputs, if one has another shape than the program takes, or if two
/// contradict each other.
pub(super) fn of_inputs(program: &Program, shapes: &[&[usize]]) -> Result<Symbols, ExecutionError> {
    let expected = program.inputs.len();
    if shapes.len() != expected {
        return Err(ExecutionError::Count { expected, found: shapes.len() });
    }
    let mut symbols = Symbols::new();
    for (&id, &found) in zip(&program.inputs, shapes) {
        let value = program.value(id);
        let Some(tensor) = &value.tensor else { continue };
        let other_shape = || ExecutionError::Shape {
            input: value.name.clone(),
            found: found.to_vec(),
            expected: written_shape(&tensor.shape),
        };
        if found.len() != tensor.shape.len() {
            return Err(other_shape());
        }
        for (&extent, &found_extent) in zip(&tensor.shape, found) {
            let found_extent = i64::try_from(found_extent).map_err(|_| other_shape())?;
            match extent {
                Extent::Known(known) if known != found_extent => return Err(other_shape()),
                Extent::Known(_) | Extent::Symbolic => {}
                Extent::Linear { symbol, times, plus } => {
                    let number = solution(found_extent, times, plus).ok_or_else(other_shape)?;
                    if *symbols.entry(symbol).or_insert(number) != number {
                        let input = value.name.clone();
                        return Err(ExecutionError::Sizes { input, found: found.to_vec() });
                    }
                }
            }
        }
    }
    Ok(symbols)
}

/// Returns the integer x for which times · x + plus equals a number.
fn solution(number: i64, times: i64, plus: i64) -> Option<i64> {
    let multiple = number.checked_sub(plus)?;
    (multiple.checked_rem(times)? == 0).then(|| multiple / times)
}

/// Returns a program with its symbols replaced by numbers.
pub(super) fn bound(program: &Program, symbols: &Symbols) -> Program {
    let number = |extent: &mut Extent| *extent = extent.bound(|symbol| symbols.get(&symbol).copied());
    let mut program = program.clone();
    let tensors = program.values.iter_mut().filter_map(|value| value.tensor.as_mut());
    tensors.flat_map(|tensor| &mut tensor.shape).for_each(number);
    let arguments = program.operations.iter_mut().flat_map(|operation| &mut operation.arguments);
    for (_, argument) in arguments {
        match argument {
            Argument::Int(extent) => number(extent),
            Argument::Ints(extents) => extents.iter_mut().for_each(number),
            _ => {}
        }
    }
    program
}
