//! The forward pass, which carries parts of values through a program, one batch of images at a time.

use super::Gate;
use super::apart::Recorded;
use super::baseline::AtStart;
use super::batch::Batch;
use super::error::ContributionError;
use super::flow::{Course, Flow};
use super::grades::Grades;
use super::parts::Parts;
use super::steps::At;
use crate::program::execution::{Execution, Step};
use crate::program::kernels::Tensor;
use crate::program::tracing::Traced;
use crate::program::{Element, Program, Tensors};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// A program prepared for computing the contributions of its paths.
pub struct Contributor<'a, T: Element> {
    pub(super) execution: Execution<'a, T>,
    pub(super) program: &'a Program,
    pub(super) traced: &'a Traced,
    pub(super) gate: Gate,
    pub(super) flow: Flow,
    /// The steps at which paths end.
    pub(super) ends: Vec<Step>,
}

impl<'a, T: Element> Contributor<'a, T> {
    /// Prepares a program.
    ///
    /// # Arguments
    ///
    /// * `program` - the operations
    /// * `tensors` - the stored tensors that they read
    /// * `traced` - where paths begin and end
    /// * `gate` - how smooth nonlinearities are decomposed
    ///
    /// # Errors
    ///
    /// Fails if the program has operations that cannot be executed, or a stored tensor cannot be read.
    ///
    /// # Complexity
    ///
    /// O(operations), plus the cost of operations on constants. All weights are held in memory.
    pub fn new(
        program: &'a Program,
        tensors: &dyn Tensors,
        traced: &'a Traced,
        gate: Gate,
    ) -> Result<Self, ContributionError> {
        let execution = Execution::new(program, tensors, &traced.ends)?;
        let prepared = execution.prepared();
        let ends = prepared.goals(program);
        let course = Course { program, storages: prepared.storages(), traced };
        let flow = course.flow(prepared.steps(), &traced.starts, &ends);
        Ok(Self { execution, program, traced, gate, flow, ends })
    }

    pub(super) fn course(&self) -> Course<'_> {
        let storages = self.execution.prepared().storages();
        Course { program: self.program, storages, traced: self.traced }
    }

    /// Returns the machine that performs steps on inputs of these sizes.
    pub(super) fn bound(&self, inputs: &[Tensor<T>]) -> Result<Arc<Program>, ContributionError> {
        let shapes: Vec<&[usize]> = inputs.iter().map(ndarray::ArrayBase::shape).collect();
        Ok(self.execution.bound(&shapes)?)
    }

    /// Carries images through the program, in parts by the grades of paths.
    ///
    /// # Arguments
    ///
    /// * `inputs` - the inputs of the program, with as many images as it takes at once
    /// * `grades` - the grades by which paths are grouped
    /// * `baseline` - the part of the values where paths begin that counts as a source
    ///
    /// # Errors
    ///
    /// Fails if the program cannot be executed on these inputs, or an operation on a path cannot be
    /// decomposed.
    ///
    /// # Complexity
    ///
    /// One forward pass, plus a linear pass for each live grade and for the sources.
    pub fn contributions(
        &self,
        inputs: &[Tensor<T>],
        grades: &Grades,
        baseline: &AtStart<T>,
    ) -> Result<Batch, ContributionError> {
        let program = self.bound(inputs)?;
        let parts: RefCell<HashMap<Step, Parts<T>>> = RefCell::default();
        let mut wholes = HashMap::new();
        let seen = |step| self.flow.on_the_way.contains(&step) || self.ends.contains(&step);
        let together = |at: &At<'_, '_, T>| self.convolved_together(at, &mut parts.borrow_mut(), grades);
        self.each_step_or(&program, inputs, seen, together, |at| {
            let parts = &mut *parts.borrow_mut();
            if self.flow.on_the_way.contains(&at.step) && !parts.contains_key(&at.step) {
                let of_step = if self.flow.starts.contains(&at.step) {
                    self.begun(&at, baseline)?
                } else {
                    let recorded = self.taken_apart(&at, &self.flow, parts)?;
                    self.mapped(&recorded, &at, parts, grades)?
                };
                parts.insert(at.step, of_step);
            }
            at.drops.iter().for_each(|step| {
                parts.remove(step);
            });
            if self.ends.contains(&at.step) {
                wholes.insert(at.step, self.whole(&at)?);
            }
            Ok(())
        })?;
        let images = inputs.first().and_then(|input| input.shape().first().copied()).unwrap_or(1);
        self.batch(images, &wholes, &parts.into_inner())
    }

    /// Returns the values where paths begin, from which baselines are computed.
    ///
    /// # Errors
    ///
    /// Fails if the program cannot be executed on these inputs.
    pub fn at_start(&self, inputs: &[Tensor<T>]) -> Result<AtStart<T>, ContributionError> {
        let program = self.bound(inputs)?;
        let mut values = HashMap::new();
        self.each_step(
            &program,
            inputs,
            |step| self.flow.starts.contains(&step),
            |at| {
                if self.flow.starts.contains(&at.step) {
                    values.insert(at.step, self.whole(&at)?);
                }
                Ok(())
            },
        )?;
        Ok(AtStart { values })
    }

    fn begun(&self, at: &At<'_, '_, T>, baseline: &AtStart<T>) -> Result<Parts<T>, ContributionError> {
        let whole = self.whole(at)?;
        let baseline = baseline.values.get(&at.step);
        Parts::begin(&whole, baseline).map_err(|_| ContributionError::Baseline {
            value: self.name(at.step),
            found: baseline.map_or_else(Vec::new, |baseline| baseline.shape().to_vec()),
            expected: whole.shape().to_vec(),
        })
    }

    fn mapped(
        &self,
        recorded: &Recorded<'_, T>,
        at: &At<'_, '_, T>,
        parts: &mut HashMap<Step, Parts<T>>,
        grades: &Grades,
    ) -> Result<Parts<T>, ContributionError> {
        let whole = self.whole(at)?;
        let mut read = HashMap::new();
        for (id, (step, _)) in &recorded.sources {
            // Rarely, one step has two names, and both need its parts.
            let once = recorded.sources.values().filter(|(other, _)| other == step).count() == 1;
            let of_source =
                if once && at.drops.contains(step) { parts.remove(step) } else { parts.get(step).cloned() };
            read.extend(of_source.map(|parts| (*id, parts)));
        }
        let grades = (recorded.graded, grades);
        Parts::mapped(&recorded.linear, &recorded.call, grades, read, whole.shape())
            .map_err(|reason| self.refused(recorded.step, reason))
    }

    fn batch(
        &self,
        images: usize,
        wholes: &HashMap<Step, Tensor<T>>,
        parts: &HashMap<Step, Parts<T>>,
    ) -> Result<Batch, ContributionError> {
        let mut batch = Batch { images, ..Batch::default() };
        for end in &self.ends {
            let Some(whole) = wholes.get(end) else { continue };
            batch.add(whole, parts.get(end)).map_err(|found| ContributionError::Output {
                value: self.name(*end),
                found,
                images,
            })?;
        }
        let numbers = batch.parts.values().chain([&batch.outputs, &batch.sources]).flatten();
        if !numbers.into_iter().all(|number| number.is_finite()) {
            let value = self.ends.first().map_or_else(String::new, |end| self.name(*end));
            return Err(ContributionError::NotFinite { value });
        }
        Ok(batch)
    }
}
