//! Random networks for property tests.

use super::super::{Advance, Grades};
use crate::program::testing::TestProgram;
use crate::program::tracing::{Settings, Traced, trace};
use crate::program::{Argument, Counted, Tensor, ValueId};
use ndarray::ArrayD;
use proptest::prelude::*;

/// The operation of a random network; its numbers choose the values that it reads.
pub(super) type Choice = [usize; 4];

/// The shape of every value: images, channels, height, width.
const SHAPE: [i64; 4] = [2, 2, 3, 3];

/// The operations that a random network may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kinds {
    /// Only piecewise linear operations through 0.
    Pieces,
    All,
}

/// A network that is built from numbers.
pub(super) struct RandomNetwork {
    pub(super) net: TestProgram,
    values: Vec<ValueId>,
    seed: f64,
}

impl RandomNetwork {
    /// Builds a network of an image and the given operations, of which the last gives the output.
    pub(super) fn new(choices: &[Choice], kinds: Kinds) -> Self {
        let mut net = TestProgram::new();
        let image = net.input("x", &SHAPE);
        let mut network = Self { net, values: vec![image], seed: 0.5 };
        for &[what, one, other, which] in choices {
            let count = match kinds {
                Kinds::Pieces => 8,
                Kinds::All => 20,
            };
            // Later values are read more often, so that networks become deep.
            let newest = network.values.len();
            let recent = |number: usize| newest - 1 - (number % newest).min(number / 7 % newest);
            network.perform(what % count, recent(one), recent(other), which);
        }
        let last = network.values[network.values.len() - 1];
        network.net.output(last);
        network
    }

    /// Returns a number between -1 and 1, each different from all others.
    fn number(&mut self) -> f64 {
        self.seed = (self.seed * 997.0 + 0.123).fract();
        2.0 * self.seed - 1.0
    }

    fn tensor(&mut self, shape: &[usize]) -> ArrayD<f64> {
        ArrayD::from_shape_simple_fn(shape, || self.number())
    }

    pub(super) fn images(&mut self) -> Tensor<f64> {
        let shape = SHAPE.map(|extent| extent as usize);
        self.tensor(&shape).into_shared()
    }

    fn parameter(&mut self, shape: &[usize]) -> ValueId {
        let tensor = self.tensor(shape);
        let name = format!("weight_{}", self.net.program.values.len());
        self.net.parameter(&name, tensor)
    }

    fn operation(&mut self, target: &str, arguments: &[(&str, Argument)]) -> ValueId {
        let name = format!("m{}", self.net.program.operations.len());
        self.net.in_module(&name).operation(target, arguments, &SHAPE)
    }

    fn convolve(&mut self, input: ValueId, size: usize) -> ValueId {
        let kernel = self.parameter(&[2, 2, size, size]);
        let bias = self.parameter(&[2]);
        let padding = Argument::from([(size / 2) as i64; 2]);
        let arguments =
            [("input", input.into()), ("weight", kernel.into()), ("bias", bias.into()), ("padding", padding)];
        self.operation("aten.conv2d.default", &arguments)
    }

    fn pool(&mut self, target: &str, input: ValueId) -> ValueId {
        let (size, stride) = ([3_i64; 2], [1_i64; 2]);
        let arguments = [
            ("self", input.into()),
            ("kernel_size", size.into()),
            ("stride", stride.into()),
            ("padding", stride.into()),
        ];
        self.operation(target, &arguments)
    }

    fn normalize(&mut self, input: ValueId) -> ValueId {
        let statistics: Vec<ValueId> = (0..3).map(|_| self.parameter(&[2])).collect();
        let variance = self.tensor(&[2]).mapv(|number| number.abs() + 0.5);
        let name = format!("variance_{}", self.net.program.values.len());
        let variance = self.net.buffer(&name, variance);
        let arguments = [
            ("input", input.into()),
            ("weight", statistics[0].into()),
            ("bias", statistics[1].into()),
            ("running_mean", statistics[2].into()),
            ("running_var", variance.into()),
            ("training", false.into()),
            ("momentum", 0.1.into()),
            ("eps", 1e-3.into()),
            ("cudnn_enabled", true.into()),
        ];
        self.operation("aten.batch_norm.default", &arguments)
    }

    fn perform(&mut self, what: usize, one: usize, other: usize, which: usize) {
        let (a, b) = (self.values[one], self.values[other]);
        let own = ("self", Argument::from(a));
        let given = match what {
            0 | 1 => self.convolve(a, if which.is_multiple_of(2) { 3 } else { 1 }),
            2 => self.operation("aten.relu.default", &[own]),
            3 => self.operation("aten.leaky_relu.default", &[own, ("negative_slope", 0.2.into())]),
            4 => self.operation("aten.add.Tensor", &[own, ("other", b.into())]),
            5 => self.operation("aten.mul.Tensor", &[own, ("other", 0.75.into())]),
            6 => self.pool("aten.max_pool2d.default", a),
            7 => self.normalize(a),
            8 => self.operation("aten.sigmoid.default", &[own]),
            9 => self.operation("aten.softplus.default", &[own]),
            10 => self.operation("aten.tanh.default", &[own]),
            11 => self.operation("aten.gelu.default", &[own]),
            12 => self.operation("aten.silu.default", &[own]),
            13 => self.operation(
                "aten.hardtanh.default",
                &[own, ("min_val", (-0.3).into()), ("max_val", 0.4.into())],
            ),
            // A gate, and a value that may be its own input.
            14 => {
                let gate = self.operation("aten.sigmoid.default", &[("self", b.into())]);
                self.operation("aten.mul.Tensor", &[own, ("other", gate.into())])
            }
            15 => {
                let (gamma, beta) = (self.parameter(&[2]), self.parameter(&[2]));
                let arguments = [
                    ("input", a.into()),
                    ("num_groups", 1_i64.into()),
                    ("weight", gamma.into()),
                    ("bias", beta.into()),
                    ("eps", 1e-3.into()),
                ];
                self.operation("aten.group_norm.default", &arguments)
            }
            16 => {
                let channels = [2_i64, 4, 3, 3];
                let joined = self.net.operation(
                    "aten.cat.default",
                    &[("tensors", vec![a, b].into()), ("dim", 1_i64.into())],
                    &channels,
                );
                let kernel = self.parameter(&[2, 4, 1, 1]);
                self.operation("aten.conv2d.default", &[("input", joined.into()), ("weight", kernel.into())])
            }
            17 => {
                // In place: later readers of the first value see the sum.
                if a == self.values[0] || a == b {
                    return;
                }
                self.operation("aten.add_.Tensor", &[own, ("other", b.into()), ("alpha", 0.5.into())])
            }
            18 => {
                let arguments = [("query", a.into()), ("key", a.into()), ("value", b.into())];
                self.operation("aten.scaled_dot_product_attention.default", &arguments)
            }
            _ => self.pool("aten.avg_pool2d.default", a),
        };
        self.values.push(given);
    }

    /// Follows the paths of the network, if there are any.
    pub(super) fn traced(&self) -> Option<Traced> {
        trace(&self.net.program, &self.net, &Settings::default()).ok()
    }
}

/// Returns grades by length.
pub(super) fn by_length(traced: &Traced) -> Grades {
    let layers = traced.layers.iter().filter(|layer| layer.kind.length(Counted::Convolutions) > 0);
    Grades::new(layers.flat_map(|layer| layer.operations.iter().map(|&index| (index, Advance::Add(1)))))
}

/// Returns the choices of a random network.
pub(super) fn choices() -> impl Strategy<Value = Vec<Choice>> {
    prop::collection::vec([0..20usize, 0..1000usize, 0..1000usize, 0..1000usize], 2..14)
}
