//! Component strengths (paper, section 4.3): roughly, the ratio of the magnitude of a component's
//! output to that of its input.

use crate::circuit::{UnknownName, Word};
use crate::graph::ComponentGraph;
use crate::paths::Magnitude;
use crate::paths::Path;
use crate::statistics::mean;
use ndarray::{ArrayD, ArrayViewD, Axis};
use petgraph::graph::NodeIndex;
use serde::Serialize;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// The definition of a convolution's strength.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ConvolutionStrength {
    /// Mean over output channels of the 2-norm of the flattened kernel, as in the paper.
    #[default]
    KernelNorm,
    /// The largest singular value of the convolution on periodic maps: see
    /// [`operator_norm`](mod@crate::model::operator_norm).
    OperatorNorm {
        /// Points along each side of the map.
        map_size: usize,
    },
}

impl ConvolutionStrength {
    /// Returns the name used on the command line and in files.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns the map size that the strength depends on, if any.
    pub fn map_size(self) -> Option<usize> {
        match self {
            Self::KernelNorm => None,
            Self::OperatorNorm { map_size } => Some(map_size),
        }
    }
}

/// The definition of a batch normalization's strength.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum BatchNormStrength {
    /// Mean over channels of |γ / √(running variance + ε)|: the factor that the layer multiplies by at
    /// inference.
    #[default]
    Effective,
    /// Mean over channels of |γ|: the literal reading of the paper.
    Gamma,
}

impl Word for BatchNormStrength {
    const WHAT: &'static str = "strength of batch normalizations";
}

/// Returns the strength of a convolution: the mean over output channels of the 2-norm of the channel's
/// flattened kernel.
///
/// # Arguments
///
/// * `weight` - [output channels, input channels, …kernel]
///
/// # Complexity
///
/// O(weights).
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use pathscope_core::paths::strength::convolution_strength;
///
/// // Two 1×1 kernels over two input channels, of norms √(3² + 4²) = 5 and 1.
/// let weight = array![[[[3.0]], [[4.0]]], [[[0.0]], [[1.0]]]].into_dyn();
/// assert_eq!(convolution_strength(weight.view()), 3.0);
/// ```
pub fn convolution_strength(weight: ArrayViewD<'_, f64>) -> f64 {
    mean(weight.outer_iter().map(norm))
}

/// Returns the kernel of a transposed convolution in the layout of an ordinary one with the same channels.
///
/// # Arguments
///
/// * `weight` - [input channels, output channels of a group, …kernel], with a multiple of `groups`
///   input channels
/// * `groups` - the number of channel groups, which are not mixed; 1 for an ordinary convolution
///
/// # Returns
///
/// [output channels, input channels of a group, …kernel]. Output channel o of group g holds the kernels that
/// lead there from the input channels of that group.
///
/// # Panics
///
/// If the input channels are not a multiple of `groups`, or the weight has fewer than two axes.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use pathscope_core::paths::strength::{convolution_strength, of_transposed};
///
/// // Two input channels and one output channel: a kernel of norm √(3² + 4²).
/// let weight = array![[[3.0]], [[4.0]]].into_dyn();
/// assert_eq!(convolution_strength(of_transposed(weight.view(), 1).view()), 5.0);
/// // In two groups, each input channel has its own output channel.
/// assert_eq!(convolution_strength(of_transposed(weight.view(), 2).view()), 3.5);
/// ```
pub fn of_transposed(weight: ArrayViewD<'_, f64>, groups: usize) -> ArrayD<f64> {
    let swapped = weight.axis_chunks_iter(Axis(0), weight.len_of(Axis(0)) / groups).map(|mut group| {
        group.swap_axes(0, 1);
        group
    });
    let swapped: Vec<ArrayViewD<'_, f64>> = swapped.collect();
    ndarray::concatenate(Axis(0), &swapped).expect("groups of one shape")
}

/// Returns the 2-norm. Weights whose squares would leave the range of doubles are scaled first.
fn norm(kernel: ArrayViewD<'_, f64>) -> f64 {
    let sum_of_squares = |scale: f64| kernel.iter().map(|weight| (weight / scale).powi(2)).sum::<f64>();
    let plain = sum_of_squares(1.0);
    if plain.is_normal() {
        return plain.sqrt();
    }
    let largest = kernel.iter().fold(0.0, |largest: f64, weight| largest.max(weight.abs()));
    if largest > 0.0 { largest * sum_of_squares(largest).sqrt() } else { 0.0 }
}

/// Returns the strength of a batch normalization at inference.
///
/// # Arguments
///
/// * `gamma` - γ by channel; `None` means γ = 1
/// * `running_variance` - by channel; `None` gives the mean of |γ|
/// * `epsilon` - ε, added to the variance
///
/// # Returns
///
/// The mean over channels of |γ / √(running variance + ε)|; 1 where both are `None`.
///
/// # Examples
///
/// ```
/// use pathscope_core::paths::strength::normalization_strength;
///
/// let (gamma, variance) = ([2.0, -1.0], [3.75, 0.75]);
/// // |2 / √4| and |-1 / √1|
/// assert_eq!(normalization_strength(Some(&gamma), Some(&variance), 0.25), 1.0);
/// assert_eq!(normalization_strength(Some(&gamma), None, 0.25), 1.5);
/// ```
pub fn normalization_strength(gamma: Option<&[f64]>, running_variance: Option<&[f64]>, epsilon: f64) -> f64 {
    let factor = |gamma: f64, variance: f64| (gamma / (variance + epsilon).sqrt()).abs();
    match (gamma, running_variance) {
        (Some(gamma), Some(variance)) => mean(gamma.iter().zip(variance).map(|(&g, &v)| factor(g, v))),
        (None, Some(variance)) => mean(variance.iter().map(|&v| factor(1.0, v))),
        (Some(gamma), None) => mean(gamma.iter().map(|gamma| gamma.abs())),
        (None, None) => 1.0,
    }
}

/// The strengths of a graph's components, by component number.
#[derive(Clone, Debug, PartialEq)]
pub struct Strengths(Vec<Magnitude>);

impl Strengths {
    /// Calls `strength` for every component. The strength of an identity is its factor, or 1 if it has none.
    ///
    /// # Panics
    ///
    /// If a strength is negative or not finite.
    pub fn new<C>(components: &[C], strength: impl FnMut(&C) -> f64) -> Self {
        Self(components.iter().map(strength).map(Magnitude::new).collect())
    }

    /// Calls `strength` for every component and stops at the first error.
    ///
    /// # Arguments
    ///
    /// * `strength` - returns the strength of the component with a given number
    ///
    /// # Errors
    ///
    /// The first error of `strength`.
    ///
    /// # Panics
    ///
    /// If a strength is negative or not finite.
    pub fn try_new<C, E>(
        components: &[C],
        mut strength: impl FnMut(usize, &C) -> Result<f64, E>,
    ) -> Result<Self, E> {
        let measure = |(index, component)| strength(index, component).map(Magnitude::new);
        components.iter().enumerate().map(measure).collect::<Result<_, E>>().map(Self)
    }

    /// Returns the strength of a component, given its number.
    pub fn of_component(&self, component: usize) -> Magnitude {
        self.0[component]
    }

    /// Returns the strength of a node, which is 1 for the source and for sums.
    pub fn of_node(&self, graph: &ComponentGraph, node: NodeIndex) -> Magnitude {
        graph.component(node).map_or(Magnitude::ONE, |component| self.0[component])
    }

    /// Returns the product of the strengths along a path, without the weight of its end.
    pub fn of_path(&self, graph: &ComponentGraph, path: &Path) -> Magnitude {
        path.nodes.iter().map(|&node| self.of_node(graph, node)).product()
    }

    /// Returns the product of the strengths along a path and the weight of its end.
    ///
    /// # Arguments
    ///
    /// * `weights` - the weight of each of [`ComponentGraph::ends`]
    pub fn of_read_path(&self, graph: &ComponentGraph, path: &Path, weights: &[f64]) -> Magnitude {
        self.of_path(graph, path) * Magnitude::new(weights[path.end])
    }
}

#[cfg(test)]
mod tests {
    use super::convolution_strength;
    use ndarray::array;

    #[test]
    fn weights_near_the_ends_of_the_doubles() {
        for scale in [1e-250, 1e-5, 1e5, 1e250] {
            let weight = array![[[3.0 * scale, 4.0 * scale]]].into_dyn();
            assert!((convolution_strength(weight.view()) / scale - 5.0).abs() < 1e-12, "{scale}");
        }
        assert_eq!(convolution_strength(array![[[0.0, 0.0]]].into_dyn().view()), 0.0);
    }
}
