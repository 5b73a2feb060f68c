//! Convolutions of a value and of its parts at once, which is faster than one after the other.

use super::broadcast::fitted;
use super::convolutions::column;
use super::error::ContributionError;
use super::forward::Contributor;
use super::grades::Grades;
use super::parts::{Part, Parts};
use super::steps::At;
use crate::program::Element;
use crate::program::execution::{Action, Step};
use crate::program::kernels::convolution::Arguments;
use crate::program::kernels::{Content, Reason, Tensor};
use crate::program::rules::{Rule, rule};
use std::collections::{BTreeMap, HashMap};
use std::iter::zip;

impl<T: Element> Contributor<'_, T> {
    /// Performs a step that convolves a value on paths and stores the parts of its result; returns `None` for
    /// other steps.
    pub(super) fn convolved_together(
        &self,
        at: &At<'_, '_, T>,
        parts: &mut HashMap<Step, Parts<T>>,
        grades: &Grades,
    ) -> Result<Option<Vec<Content<T>>>, ContributionError> {
        let Action::Operation(index) = at.machine.action(at.step) else { return Ok(None) };
        let operation = &at.machine.program.operations[index];
        let is_convolution = matches!(rule(&operation.target), Some((Rule::Convolution, _)));
        let on_the_way = self.flow.on_the_way.contains(&at.step) && !self.flow.starts.contains(&at.step);
        let Some(input) = operation.tensor("input").filter(|_| is_convolution && on_the_way) else {
            return Ok(None);
        };
        let carried = self.course().carried(index, &self.flow.on_the_way);
        if carried.into_iter().any(|id| id != input) {
            return Ok(None);
        }
        let source = Step::State(input, at.machine.storages.version(input, index));
        let taken =
            if at.drops.contains(&source) { parts.remove(&source) } else { parts.get(&source).cloned() };
        let Some(taken) = taken else { return Ok(None) };
        let (whole, of_step) =
            together(at, index, taken, grades).map_err(|reason| self.failed(at.step, reason))?;
        parts.insert(at.step, of_step);
        Ok(Some(vec![Content::Array(whole)]))
    }
}

/// Returns the convolution of a value, and those of its parts.
fn together<T: Element>(
    at: &At<'_, '_, T>,
    index: usize,
    parts: Parts<T>,
    grades: &Grades,
) -> Result<(Tensor<T>, Parts<T>), Reason> {
    let call = at.machine.call(index, at.sources.clone())?;
    let Arguments { input, kernel, bias, convolution } = Arguments::of(&call)?;
    let mut inputs = vec![input];
    let mut names = Vec::new();
    for (part, tensor) in parts.of {
        if let Some(part) = part.after(Some(index), grades) {
            names.push(part);
            inputs.push(tensor);
        }
    }
    let biases: Vec<Option<Tensor<T>>> = [Part::Sources]
        .iter()
        .chain(&names)
        .map(|part| bias.clone().filter(|_| *part == Part::Sources))
        .collect();
    let mut outputs = convolution.forward_with_biases(&inputs, &kernel, &biases)?.into_iter();
    let whole = outputs.next().ok_or_else(|| Reason::argument("input", "a tensor"))?;
    let mut of_step = Parts { of: BTreeMap::new(), vanishes: true };
    for (part, tensor) in zip(names, outputs) {
        of_step.add(part, tensor)?;
    }
    if let Some(bias) = bias.filter(|_| !of_step.of.contains_key(&Part::Sources)) {
        let bias = column(&bias, whole.ndim(), kernel.ndim())?;
        of_step.add(Part::Sources, fitted(bias, whole.shape())?)?;
    }
    Ok((whole, of_step))
}
