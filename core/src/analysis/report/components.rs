//! The components of a report.

use crate::analysis::{Analysis, CheckpointSubject, Subject};
use crate::graph::unroll::Component;
use crate::paths::Magnitude;
use crate::paths::strength::Strengths;
use crate::program::tracing::Role;
use crate::program::{ComponentKind, ProgramComponent};
use serde::Serialize;

/// A component and its strength.
#[derive(Clone, Debug, Serialize)]
pub struct ComponentRow {
    /// The name: see [`Component::name`] and
    /// [`ProgramComponent::name`](crate::program::ProgramComponent::name).
    pub name: String,
    /// The kind: `conv`, `identity` or `batch-norm` in a circuit; in a program, one of [`ComponentKind`].
    pub kind: &'static str,
    /// The place in the circuit; left out in a program.
    #[serde(flatten)]
    pub place: Option<ComponentPlace>,
    /// The number of times that one evaluation of the network uses it.
    pub uses: usize,
    /// The role of a program's component for the paths; left out in a circuit, whose components are all on
    /// paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Whether the component has a strength to measure.
    #[serde(skip)]
    pub measured: bool,
    /// The shape of a convolution's kernel: [output channels, input channels of a group, …kernel]. For a
    /// transposed convolution: [input channels, output channels of a group, …kernel].
    pub shape: Option<Vec<usize>>,
    /// The iterations at which the connection is active, as in `1` or `2-`; null where it is always active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iterations: Option<String>,
    /// The factor of the connection, where it differs from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
    /// Whether the component is a transposed convolution.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub transposed: bool,
    /// The number of channel groups of a convolution, if more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<usize>,
    /// The strength (paper, section 4.3); null where it is not a normal double.
    pub strength: Option<f64>,
    /// The paper's kernel norm of a convolution whose strength is defined otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel_norm: Option<f64>,
}

impl ComponentRow {
    fn new(name: &str, kind: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            place: None,
            uses: 0,
            role: None,
            measured: true,
            shape: None,
            iterations: None,
            factor: None,
            transposed: false,
            groups: None,
            strength: None,
            kernel_norm: None,
        }
    }
}

/// The place of a component in a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ComponentPlace {
    /// The number of the block that the component belongs to.
    pub block: usize,
    /// The role of its connection: `bottom-up`, `lateral`, `top-down` or `skip`.
    pub role: Option<&'static str>,
    /// The iteration that the component belongs to; null for all iterations.
    pub iteration: Option<usize>,
}

/// Returns the components of an analysis: block by block for a circuit, in order of first use for a program.
pub fn component_rows(analysis: &Analysis) -> Vec<ComponentRow> {
    let rows: Vec<ComponentRow> = match &analysis.subject {
        Subject::Checkpoint(checkpoint) => {
            let uses = analysis.graph().uses();
            let components = checkpoint.model.unrolled.components().iter().enumerate();
            let row = |(index, component)| ComponentRow {
                uses: uses[index],
                ..circuit_row(checkpoint, index, component)
            };
            components.map(row).collect()
        }
        Subject::Program(program) => program.paths.components.iter().map(program_row).collect(),
    };
    let measured = |(index, row): (usize, ComponentRow)| {
        let kernel_norm = |norms: &Strengths| {
            norms.of_component(index).to_f64().filter(|_| row.kind == ComponentKind::Conv.as_str())
        };
        ComponentRow {
            strength: Some(analysis.strengths.of_component(index))
                .filter(|_| row.measured)
                .and_then(Magnitude::to_f64),
            kernel_norm: analysis.kernel_norms.as_ref().and_then(kernel_norm),
            ..row
        }
    };
    rows.into_iter().enumerate().map(measured).collect()
}

/// Returns the row of a circuit's component, without its strengths.
fn circuit_row(checkpoint: &CheckpointSubject, index: usize, component: &Component) -> ComponentRow {
    let circuit = &checkpoint.model.circuit;
    let (kind, iteration) = match *component {
        Component::Convolution { iteration, .. } => (ComponentKind::Conv.as_str(), iteration),
        Component::Identity { .. } => ("identity", None),
        Component::Normalization { iteration, .. } | Component::ConnectionNormalization { iteration, .. } => {
            (ComponentKind::BatchNorm.as_str(), iteration)
        }
    };
    let connection = component.connection();
    let block = match *component {
        Component::Normalization { block, .. } => block,
        Component::Convolution { connection, .. }
        | Component::Identity { connection }
        | Component::ConnectionNormalization { connection, .. } => circuit.connections[connection].to,
    };
    let carrier = connection
        .filter(|_| !component.is_normalization())
        .map(|connection| &circuit.connections[connection]);
    ComponentRow {
        place: Some(ComponentPlace {
            block,
            role: connection.map(|connection| circuit.role(connection).as_str()),
            iteration,
        }),
        shape: checkpoint.kernel_shapes[index].clone(),
        iterations: carrier
            .filter(|connection| !connection.iterations.is_all())
            .map(|connection| connection.iterations.to_string()),
        factor: carrier.map(|connection| connection.factor).filter(|&factor| factor != 1.0),
        transposed: carrier.is_some_and(|connection| connection.transposed),
        groups: carrier.map(|connection| connection.groups).filter(|&groups| groups != 1),
        ..ComponentRow::new(checkpoint.model.component_name(index), kind)
    }
}

/// Returns the row of a program's component, without its strengths.
fn program_row(component: &ProgramComponent) -> ComponentRow {
    ComponentRow {
        uses: component.uses,
        role: Some(component.role),
        measured: component.measured,
        shape: component.shape.clone(),
        ..ComponentRow::new(&component.name, component.kind.as_str())
    }
}
