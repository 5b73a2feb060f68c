//! What the paths of a program lead through.

use super::ModuleCall;
use super::tracing::Role;
use crate::graph::ComponentGraph;
use serde::{Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

/// What a component of a program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ComponentKind {
    /// A convolution, transposed ones among them.
    Conv,
    /// A linear layer.
    Linear,
    /// A batch normalization in evaluation mode.
    BatchNorm,
    /// A group normalization.
    GroupNorm,
    /// A layer normalization.
    LayerNorm,
    /// An instance normalization.
    InstanceNorm,
    /// A product or quotient with a constant.
    Scale,
}

impl ComponentKind {
    /// Returns the name used in files and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conv => "conv",
            Self::Linear => "linear",
            Self::BatchNorm => "batch-norm",
            Self::GroupNorm => "group-norm",
            Self::LayerNorm => "layer-norm",
            Self::InstanceNorm => "instance-norm",
            Self::Scale => "scale",
        }
    }

    /// Returns how much a component of this kind adds to the length of a path.
    pub fn length(self, counted: Counted) -> usize {
        usize::from(match self {
            Self::Conv => true,
            Self::Linear => counted == Counted::ConvolutionsAndLinear,
            Self::BatchNorm | Self::GroupNorm | Self::LayerNorm | Self::InstanceNorm | Self::Scale => false,
        })
    }
}

impl fmt::Display for ComponentKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// What counts for the length of a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counted {
    /// Convolutions alone.
    #[default]
    Convolutions,
    /// Convolutions and linear layers.
    ConvolutionsAndLinear,
}

impl Counted {
    /// Returns the words used in files and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Convolutions => "convolutions",
            Self::ConvolutionsAndLinear => "convolutions and linear",
        }
    }
}

impl Serialize for Counted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A component of a program: a layer with parameters, or a factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramComponent {
    /// The path of its module in the model, such as `layer1.0.conv1`; where it has none, the name of its parameter.
    pub name: String,
    /// What it is.
    pub kind: ComponentKind,
    /// How often the program calls it on a value that depends on where paths begin.
    pub uses: usize,
    /// The shape of its kernel, or of its matrix if it is a linear layer; `None` for other kinds.
    pub shape: Option<Vec<usize>>,
    /// What it does for the paths.
    pub role: Role,
    /// Whether its strength could be measured; that of one on a path always is.
    pub measured: bool,
    /// The paths of the modules that it is inside of, from the outermost inwards; the model itself is not listed.
    pub modules: Vec<String>,
}

/// The graph of a program: what its paths lead through.
#[derive(Clone, Debug)]
pub struct ProgramGraph {
    /// The graph, whose ends are where paths are read with weight 1.
    pub graph: ComponentGraph,
    /// The components by their number in the graph, in the order of their first use; those that no path leads
    /// through have no node.
    pub components: Vec<ProgramComponent>,
    /// By node, the name of the operation that it comes from; `None` for the source, and where the ends are joined.
    pub operations: Vec<Option<String>>,
    /// By node, the calls of modules that it is inside of, from the model to the innermost.
    pub calls: Vec<Arc<[ModuleCall]>>,
}

/// A component that the program uses and that no path leads through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OffPath {
    /// Its name: see [`ProgramComponent::name`].
    pub name: String,
    /// What it is.
    pub kind: ComponentKind,
    /// What it does instead of being on a path: [`Role::Gate`] or [`Role::Unused`].
    pub reason: Role,
}
