//! The components of a program, which its paths lead through.

use super::ModuleCall;
use super::tracing::Role;
use crate::graph::ComponentGraph;
use serde::Serialize;
use std::sync::Arc;
use strum::{Display, IntoStaticStr, VariantArray};

/// The kind of a program's component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[derive(Display, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum ComponentKind {
    /// A convolution, including transposed ones.
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
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Returns the contribution of a component of this kind to the length of a path.
    pub fn length(self, counted: Counted) -> usize {
        usize::from(match self {
            Self::Conv => true,
            Self::Linear => counted == Counted::ConvolutionsAndLinear,
            Self::BatchNorm | Self::GroupNorm | Self::LayerNorm | Self::InstanceNorm | Self::Scale => false,
        })
    }
}

/// The components that count towards the length of a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, IntoStaticStr)]
#[serde(into = "&'static str")]
#[strum(serialize_all = "kebab-case")]
pub enum Counted {
    /// Only convolutions.
    #[default]
    Convolutions,
    /// Convolutions and linear layers.
    #[strum(serialize = "convolutions and linear")]
    ConvolutionsAndLinear,
}

impl Counted {
    /// Returns the description used in files and reports.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A component of a program: a layer with parameters, or a factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramComponent {
    /// The path of its module in the model, such as `layer1.0.conv1`; where it has none, the name of its parameter.
    pub name: String,
    /// The kind of component.
    pub kind: ComponentKind,
    /// The number of times that the program calls it on a value that depends on where paths begin.
    pub uses: usize,
    /// The shape of its kernel, or of its matrix if it is a linear layer; `None` for other kinds.
    pub shape: Option<Vec<usize>>,
    /// Its role for the paths.
    pub role: Role,
    /// Whether its strength could be measured; always true for a component on a path.
    pub measured: bool,
    /// The paths of the modules that contain it, from the outermost inwards, without the model itself.
    pub modules: Vec<String>,
}

/// The graph of a program, whose nodes are the components on its paths.
#[derive(Clone, Debug)]
pub struct ProgramGraph {
    /// The graph; paths are read out at its ends with weight 1.
    pub graph: ComponentGraph,
    /// The components by their number in the graph, in the order of their first use. Components on no path
    /// have no node.
    pub components: Vec<ProgramComponent>,
    /// The name of each node's operation; `None` for the source and for a node that joins the ends.
    pub operations: Vec<Option<String>>,
    /// The module calls that contain each node, from the model to the innermost.
    pub calls: Vec<Arc<[ModuleCall]>>,
}

/// A component that the program uses but that is on no path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OffPath {
    /// The name: see [`ProgramComponent::name`].
    pub name: String,
    /// The kind of component.
    pub kind: ComponentKind,
    /// Its role instead of being on a path: [`Role::Gate`] or [`Role::Unused`].
    pub reason: Role,
}
