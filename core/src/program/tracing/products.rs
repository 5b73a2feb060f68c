//! The tracing of products, quotients and sums of values.

use super::layers::{FactorOf, FactorValue, StrengthSource};
use super::layout::Layout;
use super::signal::{Flow, Gate, Hard, Paths, Signal};
use super::{TraceError, Tracer};
use crate::program::{Argument, ComponentKind, Extent, Operation, ValueId};

/// An operand of an operation.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    pub(super) flow: Flow,
    /// The tensor, if it is one.
    pub(super) value: Option<ValueId>,
    /// The number, if it is one.
    literal: Option<f64>,
}

impl Operand {
    pub(super) fn signal(&self) -> Option<&Signal> {
        match &self.flow {
            Flow::Image(signal) => Some(signal),
            Flow::Constant => None,
        }
    }

    /// Returns the factor that a constant represents.
    fn factor(&self) -> Option<FactorValue> {
        match (self.literal, self.value) {
            (Some(number), _) => Some(FactorValue::Literal(number)),
            (None, Some(value)) => Some(FactorValue::Constant { value, range: None }),
            (None, None) => None,
        }
    }
}

impl Tracer<'_> {
    /// Returns an argument that is a tensor or a number.
    pub(super) fn operand(&mut self, operation: &Operation, name: &str) -> Option<Operand> {
        match operation.argument(name) {
            Argument::Tensor(value) => {
                Some(Operand { flow: self.read(*value), value: Some(*value), literal: None })
            }
            Argument::Int(Extent::Known(number)) => Some(Operand::number(*number as f64)),
            Argument::Float(Some(number)) => Some(Operand::number(*number)),
            _ => None,
        }
    }

    /// Joins the paths of several values in parallel.
    pub(super) fn side_by_side(&mut self, signals: &[Signal]) -> Signal {
        let obstacle = signals.iter().find_map(|signal| signal.obstacle);
        let gate = signals.iter().map(|signal| signal.gate).min().unwrap_or(Gate::No);
        let same_origin = signals.iter().all(|signal| signal.origin == signals[0].origin);
        let with_paths: Vec<&Signal> = signals.iter().filter(|signal| signal.paths.any()).collect();
        let paths = match with_paths.as_slice() {
            [] => Paths::None,
            [one] => one.paths.clone(),
            several => {
                let ways: Vec<_> = several.iter().map(|signal| signal.paths.clone()).collect();
                self.summed(&ways)
            }
        };
        let mut sum = if same_origin && !signals.is_empty() {
            Signal { paths, gate, hard: Hard::No, part: None, obstacle, ..signals[0].clone() }
        } else {
            self.fresh(paths, obstacle)
        };
        sum.gate = gate;
        sum
    }

    /// Traces a sum or difference of two values.
    pub(super) fn sum(&mut self, a: &Operand, b: &Operand) -> Flow {
        match (a.signal(), b.signal()) {
            (None, None) => Flow::Constant,
            (Some(signal), None) => Flow::Image(shifted(signal, b)),
            (None, Some(signal)) => Flow::Image(shifted(signal, a)),
            (Some(_), Some(_)) => Flow::Image(self.alongside(&[a, b])),
        }
    }

    /// Joins the paths of several values that are combined elementwise; constants have none.
    pub(super) fn alongside(&mut self, operands: &[&Operand]) -> Signal {
        let of_image = operands.iter().filter_map(|operand| Some((operand.value, operand.signal()?.clone())));
        let (values, mut signals): (Vec<_>, Vec<Signal>) = of_image.unzip();
        if signals.iter().any(|signal| matches!(signal.paths, Paths::Along(_))) {
            let shape = |value: Option<ValueId>| value.map_or_else(Vec::new, |value| self.extents(value));
            let known = values.iter().all(Option::is_some);
            let shaped = signals
                .iter()
                .zip(&values)
                .map(|(signal, &value)| (signal.paths.clone(), shape(value)))
                .collect();
            if known {
                for (signal, paths) in signals.iter_mut().zip(self.repeated_along(shaped)) {
                    signal.paths = paths;
                }
            }
        }
        self.side_by_side(&signals)
    }

    /// Traces `alpha` times a value.
    pub(super) fn times(&mut self, index: usize, operand: Operand, alpha: Option<f64>) -> Operand {
        match (alpha, operand.signal()) {
            (Some(alpha), Some(signal)) if alpha.abs() != 1.0 => {
                let paths =
                    self.scaled(index, &signal.paths, None, FactorValue::Literal(alpha), FactorOf::Itself);
                let signal = Signal { paths, hard: Hard::No, ..signal.clone() };
                Operand { flow: Flow::Image(signal), ..operand }
            }
            _ => operand,
        }
    }

    /// Traces a product of two values, elementwise or of matrices.
    pub(super) fn product(&mut self, index: usize, a: &Operand, b: &Operand, of: FactorOf) -> Flow {
        match (a.signal(), b.signal()) {
            (None, None) => Flow::Constant,
            (Some(signal), None) => self.with_factor(index, signal, b, of),
            (None, Some(signal)) => self.with_factor(index, signal, a, of),
            (Some(one), Some(other)) => {
                let (one, other) = (one.clone(), other.clone());
                self.gated(index, [&one, &other], [a.value, b.value])
            }
        }
    }

    fn with_factor(&mut self, index: usize, signal: &Signal, factor: &Operand, of: FactorOf) -> Flow {
        let Some(value) = factor.factor() else { return self.lacking(index, "constant factor") };
        if signal.hard == Hard::TimesSix && completes_hard_sigmoid(value, of) {
            return Flow::Image(Signal { hard: Hard::No, ..signal.clone() });
        }
        if !self.is_clear_factor(&signal.paths, value) {
            return self.unclear(index, signal);
        }
        let rank = self.output_rank(index);
        let paths = self.scaled(index, &signal.paths, rank, value, of);
        Flow::Image(Signal { paths, hard: Hard::No, ..signal.clone() })
    }

    /// Traces a product of two values that both depend on an input: no path leads through the one that gates.
    pub(super) fn gated(
        &mut self,
        index: usize,
        factors: [&Signal; 2],
        values: [Option<ValueId>; 2],
    ) -> Flow {
        let [one, other] = factors;
        if one.origin == other.origin {
            self.functions.insert(index);
        }
        let (gate, passing) = match one.gate.cmp(&other.gate) {
            std::cmp::Ordering::Less => (1, 0),
            std::cmp::Ordering::Greater => (0, 1),
            std::cmp::Ordering::Equal if one.origin == other.origin => {
                return Flow::Image(self.function_of_origin(one, one.gate));
            }
            std::cmp::Ordering::Equal => {
                let both = self.side_by_side(&[one.clone(), other.clone()]);
                if !both.paths.any() {
                    return Flow::Image(both);
                }
                let name = |value: Option<ValueId>| {
                    value.map_or_else(String::new, |value| self.program.value(value).name.clone())
                };
                let problem = TraceError::TwoFactors {
                    operation: self.name_of(index),
                    factors: values.map(name),
                    both: one.gate != Gate::No,
                };
                return self.blocked_after(index, both, problem);
            }
        };
        if let Some(value) = values[gate] {
            self.gates.push((value, index));
        }
        let passing = factors[passing];
        let obstacle = passing.obstacle;
        let mut product = self.fresh(passing.paths.clone(), obstacle);
        if one.origin == other.origin {
            product.origin = one.origin;
        }
        product.hard = if factors[gate].hard == Hard::TimesSix { Hard::TimesSix } else { Hard::No };
        Flow::Image(product)
    }

    /// Traces a function of one value that occurs several times in its formula: an activation.
    pub(super) fn function_of_origin(&self, signal: &Signal, gate: Gate) -> Signal {
        let paths = self.origins[signal.origin].clone();
        Signal { paths, gate, hard: Hard::No, ..signal.clone() }
    }

    /// Traces a quotient of two values.
    pub(super) fn quotient(&mut self, index: usize, a: &Operand, b: &Operand) -> Flow {
        match (a.signal(), b.signal()) {
            (None, None) => Flow::Constant,
            (Some(signal), None) => self.with_factor(index, signal, b, FactorOf::Reciprocal),
            (None, Some(signal)) => {
                // A reciprocal is an elementwise function, whose result gates like that of a norm.
                Flow::Image(Signal {
                    gate: signal.gate.max(Gate::ByNonlinearity),
                    hard: Hard::No,
                    ..signal.clone()
                })
            }
            (Some(one), Some(other)) if one.origin == other.origin => {
                self.functions.insert(index);
                Flow::Image(self.function_of_origin(one, Gate::No))
            }
            (Some(dividend), Some(divisor)) => {
                let (dividend, divisor) = (dividend.clone(), divisor.clone());
                if divisor.paths.any() {
                    self.gates.extend(b.value.map(|value| (value, index)));
                    self.divisors.push(index);
                }
                let mut quotient = self.fresh(dividend.paths.clone(), dividend.obstacle);
                quotient.gate = dividend.gate;
                Flow::Image(quotient)
            }
        }
    }

    /// Traces a matrix product.
    ///
    /// # Arguments
    ///
    /// * `summed` - for each factor, the axes that the product sums over
    /// * `axes` - for each factor, the axes that the product changes, if the others stay in place
    pub(super) fn matrix_product(
        &mut self,
        index: usize,
        factors: [&Operand; 2],
        summed: [Vec<usize>; 2],
        axes: [Option<Vec<usize>>; 2],
        times: f64,
    ) -> Flow {
        let [a, b] = factors;
        let (signal, constant, summed) = match (a.signal(), b.signal()) {
            (None, None) => return Flow::Constant,
            (Some(one), Some(other)) => {
                let (one, other) = (one.clone(), other.clone());
                let [one, other] = [(one, &axes[0]), (other, &axes[1])].map(|(signal, axes)| {
                    let paths = self.summed_over(index, &signal.paths, axes.as_deref());
                    Signal { paths, ..signal }
                });
                return self.gated(index, [&one, &other], [a.value, b.value]);
            }
            (Some(signal), None) => (signal, b.value, &summed[1]),
            (None, Some(signal)) => (signal, a.value, &summed[0]),
        };
        let own_axes = if a.signal().is_some() { &axes[0] } else { &axes[1] };
        let Some(weight) = constant else { return self.lacking(index, "matrix") };
        let strength = StrengthSource::Matrix { weight, summed: summed.clone(), times: times.abs() };
        Flow::Image(self.call(index, ComponentKind::Linear, &[weight], strength, signal, own_axes.as_deref()))
    }
}

impl Tracer<'_> {
    /// Returns the paths of a factor after a product that sums over some axes, where all places along them
    /// are mixed.
    pub(super) fn summed_over(&mut self, index: usize, paths: &Paths, axes: Option<&[usize]>) -> Paths {
        let output = self.operation(index).outputs.first().copied().flatten();
        let rank = output.and_then(|output| self.rank(output));
        match (paths, axes) {
            (Paths::Along(layout), Some(axes)) if Some(layout.rank()) == rank => {
                let start = Layout::clone(layout);
                let joined = axes.iter().fold(start, |layout, &axis| layout.joined(axis));
                self.paths_of(&joined)
            }
            (paths, _) => self.spread(paths, output),
        }
    }
}

impl Operand {
    pub(super) fn number(number: f64) -> Self {
        Self { flow: Flow::Constant, value: None, literal: Some(number) }
    }

    pub(super) fn of(flow: Flow, value: Option<ValueId>) -> Self {
        Self { flow, value, literal: None }
    }
}

/// Returns a value plus a constant.
fn shifted(signal: &Signal, constant: &Operand) -> Signal {
    let hard = if constant.literal == Some(3.0) { Hard::PlusThree } else { Hard::No };
    Signal { hard, ..signal.clone() }
}

/// Returns whether a factor makes a hard sigmoid from six times one.
fn completes_hard_sigmoid(value: FactorValue, of: FactorOf) -> bool {
    match (value, of) {
        (FactorValue::Literal(number), FactorOf::Reciprocal) => number == 6.0,
        (FactorValue::Literal(number), FactorOf::Itself) => (number * 6.0 - 1.0).abs() < 1e-6,
        _ => false,
    }
}
