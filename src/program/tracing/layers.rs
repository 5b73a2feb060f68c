//! Components: operations with a strength of their own.

use super::names;
use super::signal::{Flow, Gate, Hard, Paths, Piece, Signal};
use super::{TraceError, Tracer};
use crate::graph::Part;
use crate::program::rules::Rule;
use crate::program::{Argument, ComponentKind, Operation, ValueId};
use petgraph::graph::NodeIndex;

/// How the strength of a component follows from constants of the program (DESIGN §7).
#[derive(Clone, Debug, PartialEq)]
pub enum StrengthSource {
    /// The mean over output channels of the 2-norm of the kernel.
    Kernel {
        /// [output channels, input channels of a group, …kernel], or where transposed [input channels, output channels of a
        /// group, …kernel]
        weight: ValueId,
        /// Whether it is a transposed convolution.
        transposed: bool,
        /// The groups of channels.
        groups: usize,
    },
    /// The mean of the 2-norms along axes of a tensor.
    Matrix {
        /// The tensor.
        weight: ValueId,
        /// The axes that the product sums over.
        summed: Vec<usize>,
        /// What the product is multiplied by.
        times: f64,
    },
    /// The mean over channels of |γ / √(running variance + ε)|.
    BatchNormalization {
        /// γ by channel, if there is one.
        gamma: Option<ValueId>,
        /// The running variance by channel.
        variance: ValueId,
        /// ε
        epsilon: f64,
    },
    /// The mean of |γ|, or 1 without.
    Gamma(Option<ValueId>),
    /// A function of a factor.
    Factor {
        /// The factor.
        value: FactorValue,
        /// What of the factor multiplies.
        of: FactorOf,
    },
}

/// A factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FactorValue {
    /// A number in the program.
    Literal(f64),
    /// A constant.
    Constant {
        /// The constant.
        value: ValueId,
        /// The part of an axis, counted from the last, that multiplies: (axis, start, length).
        range: Option<(usize, usize, usize)>,
    },
}

/// What of a factor multiplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FactorOf {
    /// The mean of |c|.
    Itself,
    /// The mean of |1 / c|.
    Reciprocal,
    /// The mean of |1 - c|.
    Complement,
}

/// A component while a program is traced.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its name: the module's path, or that of a parameter without a module of its own.
    pub name: String,
    /// What kind it is.
    pub kind: ComponentKind,
    /// How its strength follows from constants.
    pub strength: StrengthSource,
    /// The names of the model's tensors that its weight is made of.
    pub tensors: Vec<String>,
    /// How often the program calls it on a value that depends on where paths begin.
    pub uses: usize,
    /// The operations that call it, by their numbers.
    pub operations: Vec<usize>,
}

impl Tracer<'_> {
    /// A call of a component: a node of length 0 or 1 after what paths arrive at.
    pub(super) fn call(
        &mut self,
        index: usize,
        kind: ComponentKind,
        weights: &[ValueId],
        strength: StrengthSource,
        input: &Signal,
    ) -> Signal {
        if !input.paths.any() {
            return self.fresh(Paths::None, input.obstacle);
        }
        let layer = self.layer(index, kind, weights, strength);
        let node = self.use_node(layer, &input.paths);
        self.fresh(Paths::At(node), input.obstacle)
    }

    /// The number of a component, which is registered when it is first called.
    fn layer(
        &mut self,
        index: usize,
        kind: ComponentKind,
        weights: &[ValueId],
        strength: StrengthSource,
    ) -> usize {
        let identity = names::identity(self, index, kind, weights, &strength);
        let number = match self.layer_numbers.get(&identity) {
            Some(&number) => number,
            None => {
                let number = self.layers.len();
                let (name, tensors) = names::name(self, index, weights);
                let name = self.take_name(name);
                self.layers.push(Layer { name, kind, strength, tensors, uses: 0, operations: Vec::new() });
                self.layer_numbers.insert(identity, number);
                number
            }
        };
        let layer = &mut self.layers[number];
        if layer.operations.last() != Some(&index) {
            layer.uses += 1;
            layer.operations.push(index);
        }
        number
    }

    /// A node for a call of a component.
    fn use_node(&mut self, layer: usize, paths: &Paths) -> NodeIndex {
        let before = self.ways(paths);
        self.graph.add(Part::Component(layer), before)
    }

    /// Multiplies paths by a factor, each piece by its own where the factor differs along their axis.
    ///
    /// # Arguments
    ///
    /// * `rank` - the number of axes of the product
    pub(super) fn scaled(
        &mut self,
        index: usize,
        paths: &Paths,
        rank: Option<usize>,
        value: FactorValue,
        of: FactorOf,
    ) -> Paths {
        let neutral = match of {
            FactorOf::Itself | FactorOf::Reciprocal => [1.0, -1.0],
            FactorOf::Complement => [0.0, 2.0],
        };
        if matches!(value, FactorValue::Literal(number) if neutral.contains(&number)) || !paths.any() {
            return paths.clone();
        }
        let weights: Vec<ValueId> = match value {
            FactorValue::Constant { value, .. } => vec![value],
            FactorValue::Literal(_) => Vec::new(),
        };
        let Paths::Along(along) = paths else {
            let layer =
                self.layer(index, ComponentKind::Scale, &weights, StrengthSource::Factor { value, of });
            return Paths::At(self.use_node(layer, paths));
        };
        let mut start = 0;
        let mut pieces = Vec::with_capacity(along.pieces.len());
        for piece in &along.pieces {
            let node = piece.node.map(|node| {
                let value =
                    self.factor_of_piece(value, rank, along.axis, along.total(), (start, piece.extent));
                let source = StrengthSource::Factor { value, of };
                let layer = self.layer(index, ComponentKind::Scale, &weights, source);
                self.use_node(layer, &Paths::At(node))
            });
            pieces.push(Piece { node, extent: piece.extent });
            start += piece.extent;
        }
        Paths::along(along.axis, pieces, false)
    }

    fn factor_of_piece(
        &self,
        value: FactorValue,
        rank: Option<usize>,
        axis: usize,
        total: usize,
        (start, length): (usize, usize),
    ) -> FactorValue {
        let FactorValue::Constant { value: id, .. } = value else { return value };
        let from_last = rank.and_then(|rank| rank.checked_sub(axis + 1));
        let varies = from_last.and_then(|from_last| {
            let own = self.rank(id)?.checked_sub(from_last + 1)?;
            (self.extent(id, own)? == total && total > 1).then_some(from_last)
        });
        FactorValue::Constant { value: id, range: varies.map(|from_last| (from_last, start, length)) }
    }

    pub(super) fn convolution(&mut self, index: usize) -> Flow {
        let operation = self.operation(index);
        let Some((input, weight)) = operation.tensor("input").zip(operation.tensor("weight")) else {
            return self.lacking(index, "input and weight");
        };
        if let Some(flow) = self.computed_parameter(index, &["weight", "bias"]) {
            return flow;
        }
        let transposed =
            operation.target.contains("conv_transpose") || operation.bool("transposed").unwrap_or(false);
        // No convolution has 0 groups, so that it has no strength either.
        let groups = operation.int("groups").map_or(1, |groups| usize::try_from(groups).unwrap_or(0));
        let strength = StrengthSource::Kernel { weight, transposed, groups };
        let signal = self.signal(input);
        Flow::Image(self.call(index, ComponentKind::Conv, &[weight], strength, &signal))
    }

    pub(super) fn normalization(&mut self, index: usize, rule: Rule) -> Flow {
        let operation = self.operation(index);
        let Some(input) = operation.tensor("input").or_else(|| operation.tensor("self")) else {
            return self.lacking(index, "input");
        };
        let parameters = ["weight", "bias", "running_mean", "running_var"];
        if let Some(flow) = self.computed_parameter(index, &parameters) {
            return flow;
        }
        let gamma = operation.tensor("weight");
        let variance = operation.tensor("running_var");
        let epsilon = operation.number("eps").or_else(|| operation.number("epsilon"));
        let training = match rule {
            Rule::InstanceNormalization => operation.bool("use_input_stats").unwrap_or(true),
            Rule::BatchNormalization => self.is_training(operation),
            _ => true,
        };
        let (kind, strength) = match (rule, variance, training) {
            (Rule::BatchNormalization | Rule::InstanceNormalization, Some(variance), false) => {
                let Some(epsilon) = epsilon else { return self.lacking(index, "eps") };
                let strength = StrengthSource::BatchNormalization { gamma, variance, epsilon };
                (ComponentKind::BatchNorm, strength)
            }
            (Rule::BatchNormalization, variance, _) => {
                // An instance normalization is decomposed into one over a single image that has a channel for each
                // channel of each image.
                let one_image = self.extent(input, 0) == Some(1);
                if variance.is_some() || !one_image {
                    let problem = TraceError::TrainingMode(self.name_of(index));
                    return self.blocked(index, problem);
                }
                (ComponentKind::InstanceNorm, StrengthSource::Gamma(gamma))
            }
            (Rule::InstanceNormalization, ..) => (ComponentKind::InstanceNorm, StrengthSource::Gamma(gamma)),
            (Rule::GroupNormalization, ..) => (ComponentKind::GroupNorm, StrengthSource::Gamma(gamma)),
            _ => (ComponentKind::LayerNorm, StrengthSource::Gamma(gamma)),
        };
        let weights: Vec<ValueId> = gamma.into_iter().chain(variance).collect();
        let signal = self.signal(input);
        Flow::Image(self.call(index, kind, &weights, strength, &signal))
    }

    /// Returns whether a batch normalization uses the statistics of the batch.
    fn is_training(&self, operation: &Operation) -> bool {
        let never = ["_native_batch_norm_legit_no_training", "_batch_norm_no_update"];
        let always = ["_batch_norm_with_update", "_native_batch_norm_legit_functional"];
        let is =
            |names: &[&str]| names.iter().any(|name| operation.target.contains(&format!("aten.{name}.")));
        match operation.argument("training") {
            Argument::Bool(training) => training.unwrap_or(true),
            _ => !is(&never) && is(&always),
        }
    }

    /// The flow of a layer of which one of these arguments depends on an input, if one does.
    fn computed_parameter(&mut self, index: usize, arguments: &[&str]) -> Option<Flow> {
        let operation = self.operation(index);
        let computed = arguments
            .iter()
            .find(|argument| operation.tensor(argument).is_some_and(|value| self.is_image(value)))?;
        let problem = TraceError::ComputedParameter {
            operation: self.name_of(index),
            argument: (*computed).to_owned(),
        };
        Some(self.blocked(index, problem))
    }

    /// A signal that is a function of no other element by element.
    pub(super) fn fresh(&mut self, paths: Paths, obstacle: Option<usize>) -> Signal {
        self.origins.push(paths.clone());
        Signal { paths, gate: Gate::No, origin: self.origins.len() - 1, hard: Hard::No, part: None, obstacle }
    }
}
