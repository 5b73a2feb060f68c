//! What every operation is to a path.
//!
//! `table.rs` has one line for each operation. A path that leads through an operation of another name
//! is an error, and so is one through a control flow that depends on the data.

mod table;

use std::collections::HashMap;
use std::sync::LazyLock;

/// What an operation is to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A convolution: length 1.
    Convolution,
    /// `linear` and `addmm` and other products of matrices: with a constant a component of length 0, with another
    /// value of the image a product.
    MatrixProduct,
    /// A normalization by running statistics.
    BatchNormalization,
    /// A normalization over groups of channels of one image.
    GroupNormalization,
    /// A normalization over the last axes of one image.
    LayerNormalization,
    /// A normalization over every channel of one image.
    InstanceNormalization,
    /// A function of single elements, of strength 1.
    Activation,
    /// An activation between 0 and a bound, whose result gates what it is multiplied by: a sigmoid, a hard sigmoid.
    Sigmoid,
    /// A function between 0 and 1 of several elements, whose result gates what it is multiplied by.
    Softmax,
    /// A clamp, which is a hard sigmoid between 0 and 1, and between 0 and 6 where 3 was added before.
    Clamp,
    /// A size of the image's values, such as a norm or a reciprocal, whose result gates what it is multiplied by: what a
    /// normalization divides by.
    Size,
    /// A function with steps and no slope, such as a comparison. No path leads through it, and it gates.
    Step,
    /// Passes its first tensor on in another place or shape, or pools it: strength 1.
    Carrier,
    /// Dropout: a carrier in evaluation.
    Dropout,
    /// The same elements in the same storage under another shape.
    View,
    /// A part of the elements along an axis, in the same storage.
    Part,
    /// Writes elements into a part of others along an axis.
    Scatter,
    /// A concatenation along an axis, or a stack along a new one: paths side by side.
    Concatenation,
    /// A mean, which divides by the number of what is stacked along its axes.
    Mean,
    /// A sum or difference: paths side by side.
    Sum,
    /// A product of single elements: with a constant a factor, with another value of the image one of them is a gate.
    Product,
    /// A quotient of single elements: by a constant a factor.
    Quotient,
    /// `a + value · b · c`.
    AddProduct,
    /// `a + value · b / c`.
    AddQuotient,
    /// `a + weight · (b - a)`.
    Interpolation,
    /// Takes every element from one of several tensors: paths side by side.
    Choice,
    /// The first half of the channels, gated by the sigmoid of the second.
    GatedHalves,
    /// Attention: the values pass, the queries and keys gate.
    Attention,
    /// Overwrites its first tensor with its second.
    Copy,
    /// Uses only the shape and type of its tensors, not what is in them.
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
