//! The parts of a value: the contribution of paths of each grade, and of other sources.

use super::super::kernels::{Call, Reason, Tensor};
use super::broadcast::{fitted, sum};
use super::grades::{Grade, Grades};
use super::linear::{Form, Linear};
use crate::program::{Element, ValueId};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The origin of a part of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Other sources: biases, shifts, values of nonlinearities at 0, and the baseline.
    Sources,
    /// Paths of this grade.
    Paths(Grade),
}

impl Part {
    /// Returns the part that it becomes after an operation; `None` if such paths are left out.
    pub(super) fn after(self, operation: Option<usize>, grades: &Grades) -> Option<Self> {
        match self {
            Self::Sources => Some(self),
            Self::Paths(grade) => match operation {
                Some(operation) => grades.advance(operation, grade).map(Self::Paths),
                None => Some(self),
            },
        }
    }
}

/// A value y = Σ C[g] + B for one batch of images (DESIGN §8). Parts that are 0 everywhere may be missing.
#[derive(Clone, Debug)]
pub(super) struct Parts<T> {
    pub(super) of: BTreeMap<Part, Tensor<T>>,
    /// Whether the value is an elementwise function of another and is 0 wherever that is 0.
    pub(super) vanishes: bool,
}

impl<T: Element> Parts<T> {
    /// Splits a value at which paths begin into a baseline and the difference from it.
    pub(super) fn begin(whole: &Tensor<T>, baseline: Option<&Tensor<T>>) -> Result<Self, Reason> {
        let mut of = BTreeMap::new();
        match baseline {
            None => {
                of.insert(Part::Paths(0), whole.clone());
            }
            Some(baseline) => {
                let baseline = fitted(baseline.clone(), whole.shape())?;
                of.insert(Part::Paths(0), (whole.clone() - &baseline).into_shared());
                of.insert(Part::Sources, baseline);
            }
        }
        Ok(Self { of, vanishes: true })
    }

    /// Maps the parts of the tensors that an operation reads to those of its result.
    ///
    /// # Arguments
    ///
    /// * `index` - the number of the operation; `None` for a view of another result
    /// * `read` - the parts of the tensors that carry paths into it; their memory is reused where possible
    /// * `shape` - the shape of the result
    pub(super) fn mapped(
        linear: &Linear<T>,
        call: &Call<'_, T>,
        (index, grades): (Option<usize>, &Grades),
        mut read: HashMap<ValueId, Self>,
        shape: &[usize],
    ) -> Result<Self, Reason> {
        let mut result = Self { of: BTreeMap::new(), vanishes: linear.vanishes };
        match &linear.form {
            Form::Terms(terms) => {
                for (place, (id, map)) in terms.iter().enumerate() {
                    let is_last = terms[place + 1..].iter().all(|(other, _)| other != id);
                    let parts = if is_last { read.remove(id) } else { read.get(id).cloned() };
                    let kept = parts.into_iter().flat_map(|parts| parts.of);
                    let kept = kept.filter_map(|(part, tensor)| Some((part.after(index, grades)?, tensor)));
                    let (parts, tensors): (Vec<Part>, Vec<Tensor<T>>) = kept.unzip();
                    if tensors.is_empty() {
                        continue;
                    }
                    for (part, tensor) in parts.into_iter().zip(map.forward(call, tensors)?) {
                        result.add(part, tensor)?;
                    }
                }
            }
            Form::Arranged(arranged) => {
                let parts: BTreeSet<Part> =
                    read.values().flat_map(|parts| parts.of.keys().copied()).collect();
                for part in parts {
                    let Some(after) = part.after(index, grades) else { continue };
                    let given =
                        read.iter().filter_map(|(id, parts)| Some((*id, parts.of.get(&part)?.clone())));
                    result.add(after, arranged.forward(call, &given.collect())?)?;
                }
            }
        }
        if let Some(constant) = &linear.constant {
            result.add(Part::Sources, constant.clone())?;
        }
        for tensor in result.of.values_mut() {
            *tensor = fitted(std::mem::take(tensor), shape)?;
        }
        Ok(result)
    }

    pub(super) fn add(&mut self, part: Part, tensor: Tensor<T>) -> Result<(), Reason> {
        let before = self.of.remove(&part);
        self.of.insert(
            part,
            match before {
                Some(before) => sum(before, &tensor)?,
                None => tensor,
            },
        );
        Ok(())
    }
}
