//! The decomposition of a program's steps, both operations and views or changes of memory.

use super::error::ContributionError;
use super::flow::Flow;
use super::forward::Contributor;
use super::linear::{Form, Linear};
use super::linearize::{Site, linearize};
use super::maps::Map;
use super::parts::Parts;
use super::steps::At;
use super::views::Viewed;
use crate::program::execution::{Action, Step};
use crate::program::kernels::{Call, Content, Reason, Selection, Tensor};
use crate::program::{Element, ValueId};
use ndarray::{ArrayD, IxDyn};
use std::collections::HashMap;

/// A decomposed step.
pub(super) struct Recorded<'a, T: Element> {
    pub(super) step: Step,
    /// The operation whose grade it adds; `None` for a view of another operation's result.
    pub(super) graded: Option<usize>,
    pub(super) linear: Linear<T>,
    pub(super) call: Call<'a, T>,
    /// The step and shape of each tensor that carries paths.
    pub(super) sources: HashMap<ValueId, (Step, Vec<usize>)>,
}

impl<T: Element> Contributor<'_, T> {
    /// Decomposes a step that paths lead through.
    ///
    /// # Arguments
    ///
    /// * `flow` - the steps that carry paths
    /// * `parts` - the known parts of their values
    pub(super) fn taken_apart<'m>(
        &self,
        at: &At<'_, 'm, T>,
        flow: &Flow,
        parts: &HashMap<Step, Parts<T>>,
    ) -> Result<Recorded<'m, T>, ContributionError> {
        let step = at.step;
        let vanishes = |step: Step| parts.get(&step).is_none_or(|parts| parts.vanishes);
        let taken = match at.machine.action(step) {
            Action::Leaf(_) => Err(Reason::Only("where it is the result of an operation")),
            Action::Operation(index) => self.operation(at, index, flow, &vanishes),
            Action::Pick { operation, .. } | Action::Replace { operation } => {
                let source = Step::Result(operation);
                shown(at, source, operation, Map::Same, vanishes(source))
            }
            Action::View { source, operation, output: Some(output) } => {
                let viewed = shown(at, source, operation, Map::Viewed(Viewed { output }), true);
                // The other steps only name the result of the operation's step, which was graded there.
                viewed.map(|viewed| Recorded { graded: Some(operation), ..viewed })
            }
            Action::View { source, operation, output: None } => {
                shown(at, source, operation, Map::Same, vanishes(source))
            }
            Action::Write { operation, before, target } => {
                overwritten(at, (before, Step::Result(operation)), operation, target, flow)
            }
        };
        taken.map_err(|reason| self.refused(step, reason))
    }

    fn operation<'m>(
        &self,
        at: &At<'_, 'm, T>,
        index: usize,
        flow: &Flow,
        vanishes: &dyn Fn(Step) -> bool,
    ) -> Result<Recorded<'m, T>, Reason> {
        let call = at.machine.call(index, at.sources.clone())?;
        let carried = self.course().carried(index, &flow.on_the_way);
        let state = |id: ValueId| Step::State(id, at.machine.storages.version(id, index));
        let vanishing = carried.iter().copied().filter(|&id| vanishes(state(id))).collect();
        let output = array(at.contents.first())?;
        let site = Site {
            call: &call,
            output: &output,
            carried: &carried,
            vanishing: &vanishing,
            of_one_value: self.traced.functions.contains(&index),
            gate: self.gate,
        };
        let linear = linearize(&site)?;
        let sources = carried.iter().map(|&id| {
            let shape = array(call.contents.get(&id))?.shape().to_vec();
            Ok((id, (state(id), shape)))
        });
        let sources = sources.collect::<Result<_, Reason>>()?;
        Ok(Recorded { step: at.step, graded: Some(index), linear, call, sources })
    }
}

/// The name under which a step reads its only tensor.
const ONLY: usize = 0;

fn whole<T: Element>(at: &At<'_, '_, T>, step: Step) -> Result<Tensor<T>, Reason> {
    array(at.sources.get(&step).and_then(|contents| contents.first()))
}

/// Decomposes a step that shows or picks the result of another.
fn shown<'m, T: Element>(
    at: &At<'_, 'm, T>,
    source: Step,
    operation: usize,
    map: Map<T>,
    vanishes: bool,
) -> Result<Recorded<'m, T>, Reason> {
    let id = ValueId::new(ONLY);
    let linear = Linear { vanishes, ..Linear::of(id, map) };
    let sources = HashMap::from([(id, (source, whole(at, source)?.shape().to_vec()))]);
    Ok(Recorded { step: at.step, graded: None, linear, call: at.machine.bare_call(operation), sources })
}

/// Decomposes an in-place change of a part of memory.
fn overwritten<'m, T: Element>(
    at: &At<'_, 'm, T>,
    (before, result): (Step, Step),
    operation: usize,
    target: ValueId,
    flow: &Flow,
) -> Result<Recorded<'m, T>, Reason> {
    let shape = whole(at, before)?.shape().to_vec();
    let written = Written { places: at.machine.places(&shape, target)?, shape };
    let call = at.machine.bare_call(operation);
    let mut sources = HashMap::new();
    let mut terms = Vec::new();
    let mut constant = Tensor::zeros(IxDyn(&written.shape));
    for (number, (from, map)) in [(before, written.kept()), (result, written.put())].into_iter().enumerate() {
        // The two have separate names because both are states of one tensor.
        let name = ValueId::new(number);
        let content = whole(at, from)?;
        if flow.on_the_way.contains(&from) {
            sources.insert(name, (from, content.shape().to_vec()));
            terms.push((name, map));
        } else {
            for mapped in map.forward(&call, vec![content])? {
                constant = (constant + &mapped).into_shared();
            }
        }
    }
    let linear = Linear { form: Form::Terms(terms), constant: Some(constant), vanishes: true };
    Ok(Recorded { step: at.step, graded: None, linear, call, sources })
}

/// A part of memory that is written.
struct Written {
    /// The shape of the memory.
    shape: Vec<usize>,
    /// The place of each written element.
    places: Tensor<f64>,
}

impl Written {
    /// Returns the map that keeps the rest of the memory.
    fn kept<T: Element>(&self) -> Map<T> {
        let mut mask = ArrayD::from_elem(self.shape.as_slice(), T::one());
        if let Some(mask) = mask.as_slice_mut() {
            self.places.iter().for_each(|&place| mask[place as usize] = T::zero());
        }
        Map::Scaled(mask.into_shared())
    }

    /// Returns the map that writes the new elements.
    fn put<T: Element>(&self) -> Map<T> {
        let places = self.places.mapv(|place| place as usize);
        Map::Put(Selection { from: self.shape.clone(), places })
    }
}

fn array<T: Element>(content: Option<&Content<T>>) -> Result<Tensor<T>, Reason> {
    match content {
        Some(Content::Array(array)) => Ok(array.clone()),
        _ => Err(Reason::Only("where what it reads has a shape")),
    }
}
