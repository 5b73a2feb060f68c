//! The strengths of a program's components.
//!
//! A weight that is stored in the form in which it is used is read in chunks. A weight that the program
//! computes from others is computed first: the strength is that of the effective kernel.

mod error;
mod norms;

pub use error::StrengthError;

use super::tracing::{FactorOf, FactorValue, Layer, StrengthSource, Traced};
use super::{Constants, Content, Operation, Origin, Program, Tensors, ValueId};
use crate::model::operator_norm::operator_norm;
use crate::paths::strength::{
    BatchNormStrength, ConvolutionStrength, convolution_strength, normalization_strength, of_transposed,
};
use crate::statistics::mean;
use ndarray::{ArrayD, Axis, Slice};
use norms::{Mean, RowNorms};

/// A measurer of the strengths of a program's components.
pub struct Measure<'a> {
    program: &'a Program,
    tensors: &'a dyn Tensors,
    traced: &'a Traced,
    constants: Constants<'a>,
    convolution: ConvolutionStrength,
    batch_norm: BatchNormStrength,
}

impl<'a> Measure<'a> {
    /// Prepares to measure the components of a traced program.
    pub fn new(
        program: &'a Program,
        tensors: &'a dyn Tensors,
        traced: &'a Traced,
        convolution: ConvolutionStrength,
        batch_norm: BatchNormStrength,
    ) -> Self {
        let constants = Constants::new(program, tensors);
        Self { program, tensors, traced, constants, convolution, batch_norm }
    }

    /// Measures the strength of a component.
    ///
    /// # Errors
    ///
    /// [`StrengthError`].
    ///
    /// # Complexity
    ///
    /// O(weights) time. Memory holds a chunk of a weight that is stored as it is used, and otherwise the
    /// tensors that it is computed from.
    pub fn strength(&self, layer: &Layer) -> Result<f64, StrengthError> {
        let strength = match &layer.strength {
            StrengthSource::Kernel { weight, transposed, groups } => {
                self.kernel(layer, *weight, *transposed, *groups)?
            }
            StrengthSource::Matrix { weight, summed, times } => {
                times * self.matrix(layer, *weight, summed)?
            }
            StrengthSource::BatchNormalization { gamma, variance, epsilon } => {
                self.batch_normalization(layer, *gamma, *variance, *epsilon)?
            }
            StrengthSource::Gamma(gamma) => {
                let gamma = gamma.map(|gamma| self.numbers(layer, gamma, "γ")).transpose()?;
                normalization_strength(gamma.as_deref(), None, 0.0)
            }
            StrengthSource::Factor { value, of } => self.factor(layer, *value, *of)?,
        };
        if strength.is_finite() {
            Ok(strength)
        } else {
            Err(StrengthError::NotFinite { component: layer.name.clone(), found: strength })
        }
    }

    /// Returns the running variance of a batch normalization by channel, if the component has a readable one.
    pub fn running_variance(&self, layer: &Layer) -> Option<Vec<f64>> {
        let StrengthSource::BatchNormalization { variance, .. } = layer.strength else { return None };
        self.numbers(layer, variance, "running variance").ok()
    }

    /// Returns the shape of a component's kernel or matrix, if it has one.
    pub fn shape(&self, layer: &Layer) -> Option<Vec<usize>> {
        let weight = match &layer.strength {
            StrengthSource::Kernel { weight, .. } => *weight,
            StrengthSource::Matrix { weight, summed, .. } => self.stored(*weight, summed).0,
            StrengthSource::BatchNormalization { .. }
            | StrengthSource::Gamma(_)
            | StrengthSource::Factor { .. } => return None,
        };
        let shape = &self.program.value(weight).tensor.as_ref()?.shape;
        shape.iter().map(|extent| usize::try_from(extent.known()?).ok()).collect()
    }

    fn kernel(
        &self,
        layer: &Layer,
        weight: ValueId,
        transposed: bool,
        groups: usize,
    ) -> Result<f64, StrengthError> {
        let shape = self.shape(layer).unwrap_or_default();
        if let Some(&channels) = shape.first().filter(|&channels| groups == 0 || channels % groups != 0) {
            return Err(StrengthError::Groups { component: layer.name.clone(), channels, groups });
        }
        let is_norm = self.convolution == ConvolutionStrength::KernelNorm;
        if is_norm
            && !transposed
            && shape.len() > 1
            && !shape.contains(&0)
            && let Some(mean) = self.streamed(layer, weight, 1)?
        {
            return Ok(mean);
        }
        let mut kernel = self.array(layer, weight, "weight")?;
        if kernel.ndim() < 2 || groups == 0 || kernel.shape()[0] % groups != 0 || kernel.is_empty() {
            return Err(StrengthError::Shape {
                component: layer.name.clone(),
                what: "weight",
                found: kernel.shape().to_vec(),
                expected: "an axis of output channels, one of input channels, and those of the kernel",
            });
        }
        if transposed {
            kernel = of_transposed(kernel.view(), groups);
        }
        match self.convolution {
            ConvolutionStrength::KernelNorm => Ok(convolution_strength(kernel.view())),
            ConvolutionStrength::OperatorNorm { map_size } => operator_norm(kernel.view(), groups, map_size)
                .map_err(|problem| StrengthError::OperatorNorm { component: layer.name.clone(), problem }),
        }
    }

    fn matrix(&self, layer: &Layer, weight: ValueId, summed: &[usize]) -> Result<f64, StrengthError> {
        let (stored, axes) = self.stored(weight, summed);
        let rank = self.program.value(stored).tensor.as_ref().map_or(0, |tensor| tensor.shape.len());
        let rows = rank.saturating_sub(axes.len());
        if axes.iter().copied().eq(rows..rank)
            && let Some(mean) = self.streamed(layer, stored, rows)?
        {
            return Ok(mean);
        }
        let array = self.array(layer, weight, "weight")?;
        let kept = (0..array.ndim()).filter(|axis| !summed.contains(axis));
        let order: Vec<usize> = kept.chain(summed.iter().copied()).collect();
        let row: usize = summed.iter().filter_map(|&axis| array.shape().get(axis)).product();
        if order.len() != array.ndim() || row == 0 || array.is_empty() {
            return Err(StrengthError::Shape {
                component: layer.name.clone(),
                what: "matrix",
                found: array.shape().to_vec(),
                expected: "an axis for each of the product's",
            });
        }
        let rows = array.len() / row;
        let ordered = array.permuted_axes(order);
        let ordered = ordered.to_shape((rows, row)).map(|rows| rows.to_owned().into_dyn());
        Ok(ordered.map_or(f64::NAN, |rows| convolution_strength(rows.view())))
    }

    fn batch_normalization(
        &self,
        layer: &Layer,
        gamma: Option<ValueId>,
        variance: ValueId,
        epsilon: f64,
    ) -> Result<f64, StrengthError> {
        let gamma = gamma.map(|gamma| self.numbers(layer, gamma, "γ")).transpose()?;
        if self.batch_norm == BatchNormStrength::Gamma {
            return Ok(normalization_strength(gamma.as_deref(), None, epsilon));
        }
        if !epsilon.is_finite() {
            let (component, what, expected) = (layer.name.clone(), "ε", "a finite number");
            return Err(StrengthError::Number { component, what, found: epsilon, expected });
        }
        let variance = self.numbers(layer, variance, "running variance")?;
        if let Some(&found) = variance.iter().find(|&&variance| variance < 0.0) {
            let (component, what) = (layer.name.clone(), "running variance");
            return Err(StrengthError::Number { component, what, found, expected: "numbers from 0" });
        }
        if gamma.as_ref().is_some_and(|gamma| gamma.len() != variance.len()) || variance.is_empty() {
            return Err(StrengthError::Shape {
                component: layer.name.clone(),
                what: "running variance",
                found: vec![variance.len()],
                expected: "a number for each channel, as γ has",
            });
        }
        Ok(normalization_strength(gamma.as_deref(), Some(&variance), epsilon))
    }

    fn factor(&self, layer: &Layer, value: FactorValue, of: FactorOf) -> Result<f64, StrengthError> {
        let multiplies = |factor: f64| match of {
            FactorOf::Itself => factor.abs(),
            FactorOf::Reciprocal => factor.recip().abs(),
            FactorOf::Complement => (1.0 - factor).abs(),
        };
        let (value, range) = match value {
            FactorValue::Literal(number) => return Ok(multiplies(number)),
            FactorValue::Constant { value, range } => (value, range),
        };
        let mut array = match self.constant(layer, value)? {
            Content::Uniform(number) => return Ok(multiplies(number)),
            Content::Array(array) => array,
        };
        if let Some((from_last, start, length)) = range
            && let Some(axis) = array.ndim().checked_sub(from_last + 1)
        {
            array.slice_axis_inplace(Axis(axis), Slice::from(start..start + length));
        }
        Ok(mean(array.iter().map(|&factor| multiplies(factor))))
    }

    /// Returns the mean 2-norm of the rows of a tensor that is stored as it is used, with `rows` as the axes
    /// of rows; `None` where it must be computed.
    fn streamed(&self, layer: &Layer, value: ValueId, rows: usize) -> Result<Option<f64>, StrengthError> {
        let program = self.program;
        let is_stored = !matches!(program.value(value).origin, Origin::Operation(_));
        if !is_stored || self.traced.changed.contains(&value) {
            return Ok(None);
        }
        let Some(tensor) = &program.value(value).tensor else { return Ok(None) };
        let extents = tensor.shape.get(rows..).unwrap_or_default().iter();
        let row: Option<usize> = extents.map(|extent| usize::try_from(extent.known()?).ok()).product();
        let Some(row) = row.filter(|&row| row > 0 && tensor.shape.len() > rows) else { return Ok(None) };
        let mut norms = RowNorms::new(row);
        let read = self.tensors.for_each_chunk(value, &mut |numbers| norms.push(numbers));
        read.map_err(StrengthError::Stored)?;
        match norms.mean() {
            Mean::Of(mean) => Ok(Some(mean)),
            Mean::OutOfRange => Ok(None),
            Mean::NotFinite(found) => Err(not_finite(layer, "weight", found)),
        }
    }

    /// Returns the stored tensor of a transposed or repeated matrix, and the corresponding axes.
    fn stored(&self, mut value: ValueId, axes: &[usize]) -> (ValueId, Vec<usize>) {
        let mut axes = axes.to_vec();
        while let Origin::Operation(index) = self.program.value(value).origin {
            let Some((source, moved)) = self.before_transposition(&self.program.operations[index], &axes)
            else {
                break;
            };
            (value, axes) = (source, moved);
        }
        axes.sort_unstable();
        (value, axes)
    }

    fn before_transposition(&self, operation: &Operation, axes: &[usize]) -> Option<(ValueId, Vec<usize>)> {
        let source = operation.tensor("self")?;
        let rank = self.program.value(source).tensor.as_ref()?.shape.len() as i64;
        let at = |axis: i64| usize::try_from(if axis < 0 { axis + rank } else { axis }).ok();
        if let Some(kept) = self.before_repetition(operation, source, axes) {
            return Some((source, kept));
        }
        let order: Vec<usize> = match &*operation.target {
            "aten.permute.default" => operation.ints("dims")?.into_iter().map(at).collect::<Option<_>>()?,
            "aten.t.default" if rank == 2 => vec![1, 0],
            "aten.transpose.int" => {
                let (a, b) = (at(operation.int("dim0")?)?, at(operation.int("dim1")?)?);
                let mut order: Vec<usize> = (0..usize::try_from(rank).ok()?).collect();
                if a.max(b) >= order.len() {
                    return None;
                }
                order.swap(a, b);
                order
            }
            _ => return None,
        };
        let moved = axes.iter().map(|&axis| order.get(axis).copied()).collect::<Option<_>>()?;
        Some((source, moved))
    }

    /// Returns the axes in the source of a repeated tensor; repetition does not change a mean over them.
    fn before_repetition(
        &self,
        operation: &Operation,
        source: ValueId,
        axes: &[usize],
    ) -> Option<Vec<usize>> {
        let shape = |value: ValueId| Some(&self.program.value(value).tensor.as_ref()?.shape);
        let (from, to) = (shape(source)?, shape(operation.outputs.first().copied().flatten()?)?);
        match &*operation.target {
            "aten.view.default" | "aten.clone.default" => (from == to).then(|| axes.to_vec()),
            "aten.expand.default" => {
                let more = to.len().checked_sub(from.len())?;
                let own = |&axis: &usize| {
                    let own = axis.checked_sub(more)?;
                    (from.get(own)? == to.get(axis)?).then_some(own)
                };
                axes.iter().map(own).collect()
            }
            _ => None,
        }
    }

    fn constant(&self, layer: &Layer, value: ValueId) -> Result<Content, StrengthError> {
        let reader = layer.operations.first().copied().unwrap_or(0);
        self.constants.tensor(value, reader).map_err(|problem| StrengthError::Constant {
            component: layer.name.clone(),
            problem: Box::new(problem),
        })
    }

    /// Checks that the numbers of a tensor are finite.
    fn array(&self, layer: &Layer, value: ValueId, what: &'static str) -> Result<ArrayD<f64>, StrengthError> {
        let array = match self.constant(layer, value)? {
            Content::Array(array) => array.into_owned(),
            Content::Uniform(number) => {
                let tensor = self.program.value(value).tensor.as_ref();
                let extents = tensor.map(|tensor| tensor.shape.iter());
                let shape: Option<Vec<usize>> = extents.and_then(|extents| {
                    extents.map(|extent| usize::try_from(extent.known()?).ok()).collect()
                });
                ArrayD::from_elem(shape.unwrap_or_default(), number)
            }
        };
        match array.iter().find(|number| !number.is_finite()) {
            Some(&found) => Err(not_finite(layer, what, found)),
            None => Ok(array),
        }
    }

    fn numbers(&self, layer: &Layer, value: ValueId, what: &'static str) -> Result<Vec<f64>, StrengthError> {
        Ok(self.array(layer, value, what)?.into_iter().collect())
    }
}

fn not_finite(layer: &Layer, what: &'static str, found: f64) -> StrengthError {
    StrengthError::Number { component: layer.name.clone(), what, found, expected: "finite numbers" }
}
