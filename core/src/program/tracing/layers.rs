//! Components: operations with a strength.

use super::layout::{Layout, Way};
use super::names;
use super::signal::{Flow, Gate, Hard, Paths, Signal};
use super::{TraceError, Tracer};
use crate::graph::Part;
use crate::program::rules::Rule;
use crate::program::{Argument, ComponentKind, Operation, ValueId};
use petgraph::graph::NodeIndex;
use std::collections::HashMap;
use std::rc::Rc;

/// The derivation of a component's strength from constants of the program (DESIGN §7).
#[derive(Clone, Debug, PartialEq)]
pub enum StrengthSource {
    /// The mean over output channels of the 2-norm of the kernel.
    Kernel {
        /// The kernel: [output channels, input channels of a group, …kernel], or if transposed, [input
        /// channels, output channels of a group, …kernel].
        weight: ValueId,
        /// Whether the convolution is transposed.
        transposed: bool,
        /// The number of channel groups.
        groups: usize,
    },
    /// The mean of the 2-norms along axes of a tensor.
    Matrix {
        /// The tensor.
        weight: ValueId,
        /// The axes that the product sums over.
        summed: Vec<usize>,
        /// The factor of the product.
        times: f64,
    },
    /// The mean over channels of |γ / √(running variance + ε)|.
    BatchNormalization {
        /// γ of each channel, if there is one.
        gamma: Option<ValueId>,
        /// The running variance of each channel.
        variance: ValueId,
        /// The summand ε.
        epsilon: f64,
    },
    /// The mean of |γ|, or 1 without γ.
    Gamma(Option<ValueId>),
    /// A function of a factor.
    Factor {
        /// The factor.
        value: FactorValue,
        /// The function of the factor that multiplies paths.
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
        /// The range of an axis, counted from the last, that multiplies: (axis, start, length).
        range: Option<(usize, usize, usize)>,
    },
}

/// The function of a factor that multiplies paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FactorOf {
    /// The mean of |c|.
    Itself,
    /// The mean of |1 / c|.
    Reciprocal,
    /// The mean of |1 - c|.
    Complement,
}

/// A component of a program that is being traced.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The name: the module's path, or that of a parameter without a module of its own.
    pub name: String,
    /// The kind of component.
    pub kind: ComponentKind,
    /// The derivation of its strength from constants.
    pub strength: StrengthSource,
    /// The names of the model's tensors that its weight consists of.
    pub tensors: Vec<String>,
    /// The number of times that the program calls it on a value that depends on where paths begin.
    pub uses: usize,
    /// The numbers of the operations that call it.
    pub operations: Vec<usize>,
}

impl Tracer<'_> {
    /// Adds a call of a component: a node of length 0 or 1 after the nodes where paths arrive, one for each
    /// separate way.
    ///
    /// # Arguments
    ///
    /// * `mixed` - the axes of its input that it mixes completely; `None` for all axes
    pub(super) fn call(
        &mut self,
        index: usize,
        kind: ComponentKind,
        weights: &[ValueId],
        strength: StrengthSource,
        input: &Signal,
        mixed: Option<&[usize]>,
    ) -> Signal {
        if !input.paths.any() {
            return self.fresh(Paths::None, input.obstacle);
        }
        let layer = self.layer(index, kind, weights, strength);
        let places = match (&input.paths, mixed) {
            (Paths::Along(layout), Some(mixed)) => {
                Some(mixed.iter().fold(Layout::clone(layout), |layout, &at| layout.joined(at)))
            }
            _ => None,
        };
        let apart = places.filter(|layout| layout.cells.len() > 1 || !layout.is_clear());
        let paths = match apart {
            None => Paths::At(self.use_node(layer, &input.paths)),
            Some(layout) => match self.paths_of(&layout) {
                Paths::Along(layout) => {
                    let ways: HashMap<Way, NodeIndex> = layout
                        .ways()
                        .into_iter()
                        .map(|way| (way, self.use_node(layer, &Paths::At(way.node))))
                        .collect();
                    Paths::Along(Rc::new(
                        layout.with_ways(|way| Some(Way { node: *ways.get(&way)?, mark: way.mark })),
                    ))
                }
                paths => Paths::At(self.use_node(layer, &paths)),
            },
        };
        self.fresh(paths, input.obstacle)
    }

    /// Returns the number of a component, which is registered at its first call.
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

    /// Adds a node for a call of a component.
    fn use_node(&mut self, layer: usize, paths: &Paths) -> NodeIndex {
        let before = self.ways(paths);
        self.graph.add(Part::Component(layer), before)
    }

    /// Multiplies paths by a factor, with a separate factor for each piece where it differs along their axis.
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
        let Paths::Along(layout) = paths else {
            let layer =
                self.layer(index, ComponentKind::Scale, &weights, StrengthSource::Factor { value, of });
            return Paths::At(self.use_node(layer, paths));
        };
        let layout = layout.clone();
        let mut scaled: HashMap<Way, Way> = HashMap::new();
        for way in layout.ways() {
            let value = self.factor_of_way(value, rank, &layout, way);
            let source = StrengthSource::Factor { value, of };
            let layer = self.layer(index, ComponentKind::Scale, &weights, source);
            let node = self.use_node(layer, &Paths::At(way.node));
            scaled.insert(way, Way { node, mark: way.mark });
        }
        Paths::Along(Rc::new(layout.with_ways(|way| scaled.get(&way).copied())))
    }

    /// Returns the part of a factor that multiplies one of several ways, where the factor varies only along
    /// the axis that separates them.
    fn factor_of_way(
        &self,
        value: FactorValue,
        rank: Option<usize>,
        layout: &Layout,
        way: Way,
    ) -> FactorValue {
        let FactorValue::Constant { value: id, .. } = value else { return value };
        let varies = |&at: &usize| -> Option<usize> {
            let from_last = rank?.checked_sub(at + 1)?;
            let own = self.rank(id)?.checked_sub(from_last + 1)?;
            (self.extent(id, own)? > 1).then_some(from_last)
        };
        let axes: Vec<usize> = (0..layout.rank()).filter(|at| varies(at).is_some()).collect();
        let divided: Vec<usize> = axes.into_iter().filter(|&at| !layout.axes[at].is_whole()).collect();
        let range = match divided.as_slice() {
            [at] => {
                layout.span(*at, way).zip(varies(at)).map(|((start, length), axis)| (axis, start, length))
            }
            _ => None,
        };
        FactorValue::Constant { value: id, range }
    }

    /// Returns whether it is determined which part of a factor multiplies which paths.
    pub(super) fn is_clear_factor(&self, paths: &Paths, factor: FactorValue) -> bool {
        let (Paths::Along(layout), FactorValue::Constant { value, .. }) = (paths, factor) else {
            return true;
        };
        let rank = layout.rank();
        let varied = (0..rank).filter(|&at| {
            let own = self.rank(value).and_then(|own| (at + own).checked_sub(rank));
            own.and_then(|own| self.extent(value, own)).is_some_and(|extent| extent > 1)
                && !layout.axes[at].is_whole()
        });
        let varied: Vec<usize> = varied.collect();
        match varied.as_slice() {
            [] => true,
            [at] => {
                layout.axes[*at].clear && layout.ways().iter().all(|&way| layout.span(*at, way).is_some())
            }
            _ => false,
        }
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
        // A convolution with 0 groups does not exist, so it has no strength either.
        let groups = operation.int("groups").map_or(1, |groups| usize::try_from(groups).unwrap_or(0));
        let strength = StrengthSource::Kernel { weight, transposed, groups };
        let signal = self.signal(input);
        let mixed = self.mixed_by_convolution(input, weight);
        let apart =
            mixed.as_ref().and_then(|mixed| self.groups_apart(input, groups, *mixed.first()?, &signal));
        let Some((channels, layout)) = apart.filter(|_| !transposed) else {
            return Flow::Image(self.call(
                index,
                ComponentKind::Conv,
                &[weight],
                strength,
                &signal,
                mixed.as_deref(),
            ));
        };
        // Channels of different groups never mix, so paths to them stay separate.
        let paths = Paths::Along(Rc::new(layout));
        let signal = Signal { paths, ..signal };
        let mixed: Vec<usize> = (channels + 1..self.rank(input).unwrap_or(0)).collect();
        let mut given = self.call(index, ComponentKind::Conv, &[weight], strength, &signal, Some(&mixed));
        let of_group = self.extent(weight, 0).map_or(1, |all| all / groups.max(1));
        if let Paths::Along(layout) = &given.paths {
            let mut layout = Layout::clone(layout);
            for extent in &mut layout.axes[channels].extents {
                *extent *= of_group;
            }
            given.paths = Paths::Along(Rc::new(layout));
        }
        Flow::Image(given)
    }

    /// Returns the channel axis and the layout in groups along it, if no two segments share a group.
    fn groups_apart(
        &self,
        input: ValueId,
        groups: usize,
        channels: usize,
        signal: &Signal,
    ) -> Option<(usize, Layout)> {
        let Paths::Along(layout) = &signal.paths else { return None };
        let axis = layout.axes.get(channels)?;
        let of_group = self.extent(input, channels)?.checked_div(groups).filter(|&of_group| of_group > 0)?;
        let apart = axis.clear && !axis.symbolic && axis.extents.len() > 1;
        let apart = apart && axis.extents.iter().all(|extent| extent % of_group == 0);
        apart.then(|| {
            let mut layout = Layout::clone(layout);
            for extent in &mut layout.axes[channels].extents {
                *extent /= of_group;
            }
            (channels, layout)
        })
    }

    /// Returns the axes that a convolution mixes: those of channels and maps, but not that of images.
    fn mixed_by_convolution(&self, input: ValueId, weight: ValueId) -> Option<Vec<usize>> {
        let (rank, of_kernel) = (self.rank(input)?, self.rank(weight)?);
        Some((rank.checked_sub(of_kernel.checked_sub(1)?)?..rank).collect())
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
                // An instance normalization is decomposed into one over a single image that has a channel for
                // each channel of each image.
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
        Flow::Image(self.call(index, kind, &weights, strength, &signal, Some(&[])))
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

    /// Returns the signal of a layer with an argument that depends on an input, if there is one.
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

    /// Returns a signal that is not an elementwise function of another.
    pub(super) fn fresh(&mut self, paths: Paths, obstacle: Option<usize>) -> Signal {
        self.origins.push(paths.clone());
        Signal { paths, gate: Gate::No, origin: self.origins.len() - 1, hard: Hard::No, part: None, obstacle }
    }
}
