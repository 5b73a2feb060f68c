//! The rules of tracing: the effect of every operation on a path.
//!
//! `table.rs` has one line for each operation. A path through any other operation is an error, and so is a
//! path through data-dependent control flow.

mod table;

use std::collections::HashMap;
use std::sync::LazyLock;

/// The effect of an operation on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A convolution, which has length 1.
    Convolution,
    /// A matrix product such as `linear` or `addmm`: with a constant, a component of length 0; with another
    /// value of the image, a product.
    MatrixProduct,
    /// A normalization by running statistics.
    BatchNormalization,
    /// A normalization over groups of channels of one image.
    GroupNormalization,
    /// A normalization over the last axes of one image.
    LayerNormalization,
    /// A normalization over every channel of one image.
    InstanceNormalization,
    /// An elementwise function, of strength 1.
    Activation,
    /// A bounded activation from 0, whose result gates what it is multiplied by: a sigmoid or hard sigmoid.
    Sigmoid,
    /// A function between 0 and 1 of several elements, whose result gates what it is multiplied by.
    Softmax,
    /// A clamp, which is a hard sigmoid between 0 and 1, or between 0 and 6 after adding 3.
    Clamp,
    /// A measure of size, such as a norm or a reciprocal, whose result gates what it is multiplied by, like
    /// the divisor of a normalization.
    Size,
    /// A step function without slope, such as a comparison. No path leads through it, and it gates.
    Step,
    /// A carrier, which moves, reshapes or pools its first tensor, with strength 1.
    Carrier,
    /// Dropout: a carrier in evaluation.
    Dropout,
    /// A reshape in the same storage.
    View,
    /// A range of an axis in the same storage.
    Part,
    /// A write of elements into a range of an axis.
    Scatter,
    /// A concatenation along an axis, or a stack along a new one: parallel paths.
    Concatenation,
    /// A mean, which divides by the number of values stacked along its axes.
    Mean,
    /// A sum or difference: parallel paths.
    Sum,
    /// An elementwise product: with a constant, a factor; with another value of the image, one of them is a
    /// gate.
    Product,
    /// An elementwise quotient: by a constant, a factor.
    Quotient,
    /// A scaled product added to a tensor: `a + value · b · c`.
    AddProduct,
    /// A scaled quotient added to a tensor: `a + value · b / c`.
    AddQuotient,
    /// A linear interpolation: `a + weight · (b - a)`.
    Interpolation,
    /// A choice of every element from one of several tensors: parallel paths.
    Choice,
    /// A gated linear unit: the first half of the channels, gated by the sigmoid of the second.
    GatedHalves,
    /// Attention: the values pass, the queries and keys gate.
    Attention,
    /// A copy of its second tensor to its first.
    Copy,
    /// An operation that uses only the shape and type of its tensors.
    Shape,
}

/// Returns the rule of an operation and whether it changes its first tensor in place.
///
/// # Arguments
///
/// * `target` - the operation's name with its overload, such as `aten.relu_.default`
pub fn rule(target: &str) -> Option<(Rule, bool)> {
    static RULES: LazyLock<HashMap<&str, Rule>> = LazyLock::new(|| table::RULES.iter().copied().collect());
    let name = target.strip_prefix("aten.")?;
    let (base, _) = name.split_once('.').unwrap_or((name, ""));
    let known = |name: &str| RULES.get(name).copied();
    if let Some(rule) = known(name).or_else(|| known(base)) {
        return Some((rule, base == "copy_"));
    }
    known(base.strip_suffix('_')?).map(|rule| (rule, true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn overloads_and_in_place_forms_have_the_rule_of_their_operation() {
        assert_eq!(rule("aten.relu.default"), Some((Rule::Activation, false)));
        assert_eq!(rule("aten.relu_.default"), Some((Rule::Activation, true)));
        assert_eq!(rule("aten.add_.Tensor"), Some((Rule::Sum, true)));
        assert_eq!(rule("aten.max.other"), Some((Rule::Choice, false)));
        assert_eq!(rule("aten.max.dim"), Some((Rule::Carrier, false)));
        assert_eq!(rule("aten.nothing.default"), None);
        assert_eq!(rule("higher_order.cond"), None);
    }

    #[test]
    fn no_operation_has_two_lines() {
        let mut seen = HashSet::new();
        for (name, _) in table::RULES {
            assert!(seen.insert(name), "{name}");
        }
    }
}
