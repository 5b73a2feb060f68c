//! Matrix products and products by an equation.

use super::Tracer;
use super::layers::FactorOf;
use super::layout::Layout;
use super::products::Operand;
use super::signal::{Flow, Paths, Signal};
use super::stacks::base;
use crate::program::{Argument, ValueId};

impl Tracer<'_> {
    pub(super) fn matrices(&mut self, index: usize) -> Flow {
        let operation = self.operation(index);
        let factor_names = match base(operation) {
            "linear" => ["input", "weight"],
            "addmm" => ["mat1", "mat2"],
            "addmv" => ["mat", "vec"],
            "baddbmm" => ["batch1", "batch2"],
            "mm" | "bmm" => ["self", "mat2"],
            "mv" => ["self", "vec"],
            "dot" => ["self", "tensor"],
            "einsum" => return self.einsum(index),
            _ => ["self", "other"],
        };
        let [Some(a), Some(b)] = factor_names.map(|name| self.operand(operation, name)) else {
            return self.lacking(index, "matrices");
        };
        let rank = |operand: &Operand| operand.value.and_then(|value| self.rank(value)).unwrap_or(2);
        let (rank_a, rank_b) = (rank(&a), rank(&b));
        let summed_b = if base(operation) == "linear" { rank_b - 1 } else { rank_b.saturating_sub(2) };
        let summed = [vec![rank_a.saturating_sub(1)], vec![summed_b]];
        let times = operation.number("alpha").unwrap_or(1.0);
        let stay = self.output_rank(index) == Some(rank_a.max(rank_b));
        let axes = [vec![rank_a.saturating_sub(1)], vec![rank_b.saturating_sub(2)]];
        let axes = axes.map(|axes| Some(axes).filter(|_| stay && rank_a > 1 && rank_b > 1));
        let product = self.matrix_product(index, [&a, &b], summed, axes, times);
        let added = match base(operation) {
            "linear" => self.operand(operation, "bias"),
            "addmm" | "addmv" | "baddbmm" => self.operand(operation, "self"),
            _ => None,
        };
        match added {
            Some(added) if added.signal().is_some() => {
                let added = self.times(index, added, operation.number("beta"));
                self.sum(&Operand::of(product, None), &added)
            }
            _ => product,
        }
    }

    /// Traces a product of tensors by an equation, from left to right.
    fn einsum(&mut self, index: usize) -> Flow {
        let operation = self.operation(index);
        let (Argument::Text(equation), Argument::Tensors(tensors)) =
            (operation.argument("equation"), operation.argument("tensors"))
        else {
            return self.lacking(index, "equation and tensors");
        };
        let tensors: Vec<ValueId> = tensors.iter().copied().flatten().collect();
        let Some((inputs, output)) = parsed(equation, tensors.len()) else {
            return self.lacking(index, "equation without dots");
        };
        let is_divided = tensors.iter().any(|&tensor| match self.read(tensor) {
            Flow::Image(signal) => matches!(signal.paths, Paths::Along(_)),
            Flow::Constant => false,
        });
        let mut product = self.joined_operand(tensors[0]);
        let mut letters = inputs[0].clone();
        for at in 1..tensors.len() {
            let next = self.joined_operand(tensors[at]);
            let needed = |letter: &char| {
                output.contains(letter) || inputs[at + 1..].iter().any(|letters| letters.contains(letter))
            };
            let summed_axes = |own: &[char], other: &[char]| -> Vec<usize> {
                (0..own.len()).filter(|&axis| other.contains(&own[axis]) && !needed(&own[axis])).collect()
            };
            let summed = [summed_axes(&letters, &inputs[at]), summed_axes(&inputs[at], &letters)];
            let flow = if summed[0].is_empty() {
                self.product(index, &product, &next, FactorOf::Itself)
            } else {
                self.matrix_product(index, [&product, &next], summed, [None, None], 1.0)
            };
            letters.extend(inputs[at].clone());
            letters.sort_unstable();
            letters.dedup();
            letters.retain(needed);
            let Flow::Image(signal) = flow else {
                product = Operand::of(flow, None);
                continue;
            };
            let paths = self.at_one_node(&signal.paths);
            product = Operand::of(Flow::Image(Signal { paths, ..signal }), None);
        }
        match product.flow {
            Flow::Image(signal) if is_divided => {
                let shape = operation.outputs.first().copied().flatten();
                let shape = shape.map_or_else(Vec::new, |value| self.extents(value));
                let unclear = Layout::unclear(&shape, signal.paths.ways());
                let paths = self.paths_of(&unclear);
                Flow::Image(Signal { paths, ..signal })
            }
            flow => flow,
        }
    }

    /// Returns a tensor whose paths are joined at one node.
    fn joined_operand(&mut self, value: ValueId) -> Operand {
        match self.read(value) {
            Flow::Image(signal) => {
                let paths = self.at_one_node(&signal.paths);
                Operand::of(Flow::Image(Signal { paths, ..signal }), Some(value))
            }
            Flow::Constant => Operand::of(Flow::Constant, Some(value)),
        }
    }
}

/// Returns the letters of each factor and of the product in an equation such as `bchw,nc->bnhw`.
fn parsed(equation: &str, factors: usize) -> Option<(Vec<Vec<char>>, Vec<char>)> {
    let equation: String = equation.chars().filter(|letter| !letter.is_whitespace()).collect();
    let (inputs, output) = equation.split_once("->")?;
    let inputs: Vec<Vec<char>> = inputs.split(',').map(|letters| letters.chars().collect()).collect();
    let letters_only = inputs
        .iter()
        .flatten()
        .chain(&output.chars().collect::<Vec<_>>())
        .all(|letter| letter.is_alphabetic());
    (letters_only && inputs.len() == factors && factors > 0).then(|| (inputs, output.chars().collect()))
}
