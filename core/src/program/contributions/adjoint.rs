//! The adjoint pass, which computes the linear filters of paths while nonlinearities are fixed.

use super::apart::Recorded;
use super::broadcast::sum;
use super::error::ContributionError;
use super::flow::Flow;
use super::forward::Contributor;
use super::grades::{Grade, Grades};
use super::linear::Form;
use crate::program::execution::Step;
use crate::program::kernels::{Reason, Tensor};
use crate::program::{Element, Program, ValueId};
use ndarray::{ArrayD, Axis, IxDyn};
use std::collections::{BTreeMap, HashMap};

/// The linear filters of units, summed over images.
#[derive(Clone, Debug, PartialEq)]
pub struct Filters {
    /// The shape of one image.
    pub shape: Vec<usize>,
    /// The number of images.
    pub images: usize,
    /// The filter of each unit and grade, summed over images: the derivative by the image of what paths of
    /// that grade add to the unit, with all nonlinearities fixed.
    pub sums: BTreeMap<(usize, Grade), ArrayD<f64>>,
}

/// The gradients at each step, by unit and grade of the paths from the step on.
type Owed<T> = HashMap<Step, BTreeMap<(usize, Grade), Tensor<T>>>;

/// The values at which paths end.
type Ends<T> = HashMap<Step, Tensor<T>>;

/// The section of the way from the image to a unit that contains an operation.
pub(super) enum Leg<'m, T: Element> {
    /// After the place where paths begin.
    Path(Recorded<'m, T>),
    /// Between the image and the place where paths begin.
    Before(Recorded<'m, T>),
    /// The place where paths begin.
    Start(Step),
}

impl<T: Element> Contributor<'_, T> {
    /// Computes the linear filters of the paths to some units, for the images of one batch.
    ///
    /// Filters are filters of the image even where paths begin inside the network: the operations before that
    /// point belong to all paths. Where paths begin at the image, the contribution is the sum of the product
    /// of filter and image.
    ///
    /// # Arguments
    ///
    /// * `inputs` - the inputs of the program
    /// * `image` - the index of the input that is the image
    /// * `used` - the number of images that count, from the first
    /// * `grades` - the grades by which paths are grouped
    /// * `units` - the units, counted from 0
    ///
    /// # Errors
    ///
    /// The same as [`Contributor::contributions`]. Also [`ContributionError::NoSuchUnit`],
    /// [`ContributionError::NotBackwards`], and an error if paths lead through an operation without a known
    /// adjoint.
    ///
    /// # Complexity
    ///
    /// One forward pass, and a linear backward pass for each unit and each live grade.
    pub fn filters(
        &self,
        inputs: &[Tensor<T>],
        image: usize,
        used: usize,
        grades: &Grades,
        units: &[usize],
    ) -> Result<Filters, ContributionError> {
        let image_id = *self.program.inputs.get(image).ok_or(ContributionError::NoImage)?;
        let starts: Vec<Step> = self.flow.starts.iter().copied().collect();
        let before = self.course().flow(self.execution.prepared().steps(), &[image_id], &starts);
        let program = self.bound(inputs)?;
        let (legs, ends) = self.legs(&program, inputs, &before)?;
        let mut owed: Owed<T> = self.units(&ends, units)?;
        let mut owed_before: Owed<T> = HashMap::new();
        for leg in legs.into_iter().rev() {
            match leg {
                Leg::Path(recorded) => self.back(&recorded, &mut owed, grades)?,
                Leg::Before(recorded) => self.back(&recorded, &mut owed_before, &Grades::default())?,
                Leg::Start(step) => {
                    let tensors = owed.remove(&step).unwrap_or_default();
                    for (key, tensor) in tensors {
                        add(&mut owed_before, step, key, tensor)
                            .map_err(|reason| self.refused(step, reason))?;
                    }
                }
            }
        }
        let shape = inputs[image].shape().get(1..).unwrap_or(&[]).to_vec();
        let mut sums = BTreeMap::new();
        for step in &before.starts {
            for (key, tensor) in owed_before.remove(step).unwrap_or_default() {
                let counted = tensor.slice_axis(Axis(0), (0..used.min(tensor.shape()[0])).into());
                sums.insert(key, counted.mapv(T::double).sum_axis(Axis(0)));
            }
        }
        Ok(Filters { shape, images: used, sums })
    }

    /// Decomposes every step from the image to the ends, and returns the values at the ends.
    pub(super) fn legs<'m>(
        &'m self,
        program: &'m Program,
        inputs: &[Tensor<T>],
        before: &Flow,
    ) -> Result<(Vec<Leg<'m, T>>, Ends<T>), ContributionError> {
        let mut legs = Vec::new();
        let mut ends = HashMap::new();
        let none = HashMap::new();
        let seen = |step| [&self.flow, before].iter().any(|flow| flow.on_the_way.contains(&step));
        self.each_step(program, inputs, seen, |at| {
            if before.on_the_way.contains(&at.step) && !before.starts.contains(&at.step) {
                legs.push(Leg::Before(self.taken_apart(&at, before, &none)?));
            }
            if self.flow.starts.contains(&at.step) {
                legs.push(Leg::Start(at.step));
            } else if self.flow.on_the_way.contains(&at.step) {
                legs.push(Leg::Path(self.taken_apart(&at, &self.flow, &none)?));
            }
            if self.ends.contains(&at.step) {
                ends.insert(at.step, self.whole(&at)?);
            }
            Ok(())
        })?;
        Ok((legs, ends))
    }

    /// Returns the gradient of each unit by itself, which is 1, for every image.
    fn units(&self, ends: &Ends<T>, units: &[usize]) -> Result<Owed<T>, ContributionError> {
        let mut owed: Owed<T> = HashMap::new();
        let width = |end: &Step| {
            let whole = ends.get(end)?;
            whole.len().checked_div(whole.shape().first().copied()?)
        };
        let widths: Vec<usize> = self.ends.iter().map(|end| width(end).unwrap_or(0)).collect();
        for &unit in units {
            let mut first = 0;
            let mut place = None;
            for (end, width) in self.ends.iter().zip(&widths) {
                if unit < first + width {
                    place = Some((*end, unit - first, *width));
                    break;
                }
                first += width;
            }
            let missing = || ContributionError::NoSuchUnit { unit, units: widths.iter().sum() };
            let (end, place, width) = place.ok_or_else(missing)?;
            let whole = ends.get(&end).ok_or_else(missing)?;
            let mut numbers = vec![T::zero(); whole.len()];
            numbers.iter_mut().skip(place).step_by(width).for_each(|number| *number = T::one());
            let tensor = ArrayD::from_shape_vec(whole.shape(), numbers).map_err(|_| missing())?;
            owed.entry(end).or_default().insert((unit, 0), tensor.into_shared());
        }
        Ok(owed)
    }

    /// Passes the gradient of a step's result on to the values that the step reads.
    fn back(
        &self,
        recorded: &Recorded<'_, T>,
        owed: &mut Owed<T>,
        grades: &Grades,
    ) -> Result<(), ContributionError> {
        let Some(result) = owed.remove(&recorded.step) else { return Ok(()) };
        let refused = |reason| self.refused(recorded.step, reason);
        let (mut keys, mut tensors) = (Vec::new(), Vec::new());
        for ((unit, grade), tensor) in result {
            let grade = match recorded.graded {
                Some(index) => grades.advance_back(index, grade).ok_or(ContributionError::NotBackwards)?,
                None => grade,
            };
            keys.push((unit, grade));
            tensors.push(tensor);
        }
        let mut mapped: Vec<(ValueId, Vec<Tensor<T>>)> = Vec::new();
        match &recorded.linear.form {
            Form::Terms(terms) => {
                for (id, map) in terms {
                    let Some((_, shape)) = recorded.sources.get(id) else { continue };
                    mapped.push((*id, map.adjoint(&recorded.call, tensors.clone(), shape).map_err(refused)?));
                }
            }
            Form::Arranged(arranged) => {
                mapped.extend(arranged.adjoint(&recorded.call, &tensors).map_err(refused)?);
            }
        }
        for (id, tensors) in mapped {
            let Some((step, _)) = recorded.sources.get(&id) else { continue };
            for (key, tensor) in keys.iter().zip(tensors) {
                add(owed, *step, *key, tensor).map_err(refused)?;
            }
        }
        Ok(())
    }
}

fn add<T: Element>(
    owed: &mut Owed<T>,
    step: Step,
    key: (usize, Grade),
    tensor: Tensor<T>,
) -> Result<(), Reason> {
    let of_step = owed.entry(step).or_default();
    let before = of_step.remove(&key).unwrap_or_else(|| Tensor::zeros(IxDyn(tensor.shape())));
    of_step.insert(key, sum(before, &tensor)?);
    Ok(())
}
