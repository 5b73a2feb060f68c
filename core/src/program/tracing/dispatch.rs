//! The dispatch of operations to their rules.

use super::layers::FactorOf;
use super::products::Operand;
use super::signal::{Flow, Gate, Hard, Paths, Signal};
use super::stacks::base;
use super::storage::makes_views;
use super::{TraceError, Tracer, names};
use crate::program::rules::{Rule, rule};
use crate::program::{Argument, Operation, ValueId};
use std::rc::Rc;

/// The names of higher-order operations that decide by the data.
const CONTROL_FLOW: [&str; 5] = ["cond", "while_loop", "map_impl", "scan", "associative_scan"];

impl Tracer<'_> {
    /// Follows paths through an operation.
    pub(super) fn perform(&mut self, index: usize) {
        let operation = self.operation(index);
        let first = operation.reads().next();
        let reads: Vec<ValueId> = operation.reads().collect();
        let found = rule(&operation.target);
        let in_place = found.is_some_and(|(_, in_place)| in_place);
        let depends = reads.iter().any(|&value| matches!(self.read(value), Flow::Image(_)));
        let is_constant = !depends || matches!(found, Some((Rule::Shape, _)));
        let mut flow = match found {
            _ if is_constant => Flow::Constant,
            Some((rule, _)) => self.followed(index, rule),
            None => self.unknown(index),
        };
        if let (Flow::Image(signal), true) =
            (&mut flow, operation.outputs.iter().flatten().any(|value| self.ends.gates.contains(value)))
        {
            signal.gate = Gate::ByName;
        }
        let shares = !in_place && makes_views(operation);
        for (output, value) in operation.outputs.iter().enumerate() {
            let Some(value) = *value else { continue };
            if is_constant {
                self.structures[value.index()] = names::structure(self, operation, output);
            }
            let given = match (&flow, found) {
                (Flow::Constant, _) => Flow::Constant,
                (_, Some((rule, _))) => self.output(index, rule, output, value, &flow),
                (flow, None) => flow.clone(),
            };
            self.flows[value.index()] = if self.ends.starts.contains(&value) && !is_constant {
                self.begun(value, Paths::None)
            } else {
                given
            };
            if let (true, Some(source)) = (shares || in_place, first) {
                self.share(value, source, (!in_place).then_some(index), output);
            }
        }
        if let (true, Some(changed)) = (in_place, first) {
            let given = operation.outputs.first().copied().flatten();
            let flow = given.map_or(flow, |value| self.flows[value.index()].clone());
            if is_constant {
                self.structures[changed.index()] = names::structure(self, operation, 0);
            }
            self.write(index, changed, flow);
        }
    }

    /// Returns the first result of an operation.
    fn followed(&mut self, index: usize, rule: Rule) -> Flow {
        match rule {
            Rule::Convolution => self.convolution(index),
            Rule::MatrixProduct => self.matrices(index),
            Rule::BatchNormalization
            | Rule::GroupNormalization
            | Rule::LayerNormalization
            | Rule::InstanceNormalization => self.normalization(index, rule),
            Rule::Activation | Rule::Sigmoid | Rule::Softmax | Rule::Clamp | Rule::Size | Rule::Step => {
                self.function(index, rule)
            }
            Rule::Carrier | Rule::View | Rule::Part => self.carried(index),
            Rule::Dropout => self.dropout(index),
            Rule::Scatter => self.scatter(index),
            Rule::Concatenation => self.concatenation(index),
            Rule::Mean => self.mean(index),
            Rule::Sum | Rule::Product | Rule::Quotient => self.of_two(index, rule),
            Rule::AddProduct | Rule::AddQuotient | Rule::Interpolation => self.of_three(index, rule),
            Rule::Choice => self.choice(index),
            Rule::GatedHalves => self.gated_halves(index),
            Rule::Attention => self.attention(index),
            Rule::Copy => {
                let operation = self.operation(index);
                let source = operation.tensor("src").or_else(|| operation.tensor("value"));
                source.map_or(Flow::Constant, |source| self.read(source))
            }
            Rule::Shape => Flow::Constant,
        }
    }

    /// Returns the signal of one of the outputs of an operation, of which `flow` is the first.
    fn output(&mut self, index: usize, rule: Rule, output: usize, value: ValueId, flow: &Flow) -> Flow {
        let source = self.operation(index).reads().next();
        match (rule, source) {
            (Rule::Part, Some(source)) => {
                let source = self.read(source);
                self.part(index, output, &source)
            }
            (Rule::View, Some(source)) => {
                let flow = self.read(source);
                self.view(index, source, value, &flow)
            }
            _ if output == 0 => flow.clone(),
            // Secondary results of layers: places of maxima, masks and statistics.
            _ => {
                let signal = self.fresh(Paths::None, None);
                Flow::Image(Signal { gate: Gate::ByNonlinearity, ..signal })
            }
        }
    }

    fn unknown(&mut self, index: usize) -> Flow {
        let operation = self.name_of(index);
        let is_control = CONTROL_FLOW.iter().any(|name| {
            operation.target.rsplit("higher_order.").next().is_some_and(|rest| rest.starts_with(name))
                && operation.target.contains("higher_order")
        });
        let problem = if is_control {
            TraceError::ControlFlow(operation)
        } else {
            TraceError::UnknownOperation(operation)
        };
        self.blocked(index, problem)
    }

    fn function(&mut self, index: usize, rule: Rule) -> Flow {
        let operation = self.operation(index);
        let Some(input) = operation.reads().find(|&value| self.is_image(value)) else {
            return Flow::Constant;
        };
        let Flow::Image(signal) = self.read(input) else { return Flow::Constant };
        let bound = |name: &str, other: &str| operation.number(name).or_else(|| operation.number(other));
        let (low, high) = (bound("min", "min_val"), bound("max", "max_val"));
        let name = base(operation).trim_end_matches('_');
        let negative_power =
            name == "pow" && operation.number("exponent").is_some_and(|exponent| exponent < 0.0);
        let gates = match rule {
            Rule::Sigmoid | Rule::Softmax | Rule::Size | Rule::Step => true,
            Rule::Clamp => (low, high) == (Some(0.0), Some(1.0)),
            _ => negative_power,
        };
        let hard = match (rule, signal.hard, low, high) {
            (Rule::Clamp, Hard::PlusThree, Some(0.0), Some(6.0)) => Hard::TimesSix,
            (Rule::Clamp, Hard::PlusThree, Some(0.0), None) => Hard::AboveZero,
            (Rule::Clamp, Hard::AboveZero, None, Some(6.0)) => Hard::TimesSix,
            (_, Hard::PlusThree, ..) if name == "relu6" => Hard::TimesSix,
            _ => Hard::No,
        };
        let gates = gates || hard == Hard::TimesSix;
        let gate = match signal.gate {
            Gate::ByName => Gate::ByName,
            _ if gates => Gate::ByNonlinearity,
            _ => Gate::No,
        };
        let several = rule == Rule::Softmax || (rule == Rule::Size && !is_of_elements(operation));
        if rule == Rule::Step {
            return Flow::Image(Signal { paths: Paths::None, gate, hard, obstacle: None, ..signal });
        }
        if several {
            let paths = if rule == Rule::Softmax { signal.paths } else { self.at_one_node(&signal.paths) };
            let result = self.fresh(paths, signal.obstacle);
            return Flow::Image(Signal { gate, ..result });
        }
        Flow::Image(Signal { gate, hard, ..signal })
    }

    fn carried(&mut self, index: usize) -> Flow {
        let operation = self.operation(index);
        let Some(input) = operation.reads().next() else { return Flow::Constant };
        let Flow::Image(signal) = self.read(input) else {
            // Constants gathered by an index of the image have zero slope.
            let signal = self.fresh(Paths::None, None);
            return Flow::Image(Signal { gate: Gate::ByNonlinearity, ..signal });
        };
        match base(operation) {
            "clone" | "neg" | "neg_" | "native_dropout" => Flow::Image(signal),
            _ => {
                let paths = match &signal.paths {
                    Paths::Along(layout) => {
                        let layout = layout.clone();
                        match self.carried_layout(index, input, &layout) {
                            Some(carried) => self.paths_of(&carried),
                            None => return self.unclear(index, &signal),
                        }
                    }
                    paths => paths.clone(),
                };
                let result = self.fresh(paths, signal.obstacle);
                Flow::Image(Signal { gate: signal.gate, hard: signal.hard, ..result })
            }
        }
    }

    fn dropout(&mut self, index: usize) -> Flow {
        let operation = self.operation(index);
        if operation.bool("train") == Some(true) && operation.number("p") != Some(0.0) {
            return self.blocked(index, TraceError::TrainingMode(self.name_of(index)));
        }
        operation.reads().next().map_or(Flow::Constant, |input| self.read(input))
    }

    fn scatter(&mut self, index: usize) -> Flow {
        let operation = self.operation(index);
        let Some((whole, part)) = operation.tensor("self").zip(operation.tensor("src")) else {
            return self.lacking(index, "src");
        };
        let (before, after) = (self.read(whole), self.read(part));
        self.scattered(index, index, 0, whole, before, after)
    }

    fn of_two(&mut self, index: usize, rule: Rule) -> Flow {
        let operation = self.operation(index);
        let Some((a, b)) = self.aligned(index, "self").zip(self.aligned(index, "other")) else {
            return self.lacking(index, "other");
        };
        match rule {
            Rule::Product => self.product(index, &a, &b, FactorOf::Itself),
            Rule::Quotient if !matches!(operation.argument("rounding_mode"), Argument::None) => {
                let signal = self.fresh(Paths::None, None);
                Flow::Image(Signal { gate: Gate::ByNonlinearity, ..signal })
            }
            Rule::Quotient => self.quotient(index, &a, &b),
            _ => {
                let alpha = operation.number("alpha");
                let (a, b) = if base(operation) == "rsub" { (b, a) } else { (a, b) };
                let b = self.times(index, b, alpha);
                self.sum(&a, &b)
            }
        }
    }

    fn of_three(&mut self, index: usize, rule: Rule) -> Flow {
        let operation = self.operation(index);
        let names = if rule == Rule::Interpolation {
            ["self", "end", "weight"]
        } else {
            ["self", "tensor1", "tensor2"]
        };
        let [Some(first), Some(second), Some(third)] = names.map(|name| self.aligned(index, name)) else {
            return self.lacking(index, names[2]);
        };
        let added = match rule {
            Rule::AddProduct => self.product(index, &second, &third, FactorOf::Itself),
            Rule::AddQuotient => self.quotient(index, &second, &third),
            _ => {
                let start = self.product(index, &first, &third, FactorOf::Complement);
                let end = self.product(index, &second, &third, FactorOf::Itself);
                return self.sum(&Operand::of(start, None), &Operand::of(end, None));
            }
        };
        let value = operation.number("value");
        let added = self.times(index, Operand::of(added, None), value);
        self.sum(&first, &added)
    }

    fn attention(&mut self, index: usize) -> Flow {
        let operation = self.operation(index);
        let Some(value) = operation.tensor("value") else { return self.lacking(index, "value") };
        for name in ["query", "key"] {
            self.gates.extend(operation.tensor(name).map(|gate| (gate, index)));
        }
        let signal = self.signal(value);
        // Every query sums over the values at all places of the last axis but one.
        let places = self.rank(value).and_then(|rank| rank.checked_sub(2)).map(|axis| [axis]);
        let paths = self.summed_over(index, &signal.paths, places.as_ref().map(|places| &places[..]));
        Flow::Image(self.fresh(paths, signal.obstacle))
    }

    /// Returns an argument, with the axes of its paths numbered as in the result.
    pub(super) fn aligned(&mut self, index: usize, name: &str) -> Option<Operand> {
        let operation = self.operation(index);
        let mut operand = self.operand(operation, name)?;
        let more = operand
            .value
            .and_then(|value| self.rank(value))
            .zip(self.output_rank(index))
            .and_then(|(own, output)| output.checked_sub(own))
            .unwrap_or(0);
        if let (Flow::Image(Signal { paths: Paths::Along(layout), .. }), true) = (&mut operand.flow, more > 0)
        {
            *layout = Rc::new(layout.with_rank(layout.rank() + more));
        }
        Some(operand)
    }
}

/// Returns whether an operation measures the size of single elements rather than of many.
fn is_of_elements(operation: &Operation) -> bool {
    matches!(base(operation), "rsqrt" | "rsqrt_" | "reciprocal" | "reciprocal_")
}
