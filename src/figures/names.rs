//! What components are called in figures: shorter than in files, where there is less room.

use super::style::{MUTED, NORMALIZATION, role_colour};
use crate::circuit::{Circuit, Operation, Role};
use crate::program::ComponentKind;
use crate::unroll::Component;
use plotters::style::RGBColor;

/// What a connection is: `identity`, or the role of its convolution.
pub fn kind(circuit: &Circuit, index: usize) -> &'static str {
    match circuit.connections[index].operation {
        Operation::Identity => "identity",
        Operation::Convolution | Operation::ConvolutionPerIteration => circuit.role(index).as_str(),
    }
}

/// A connection, as its target sees it: its [`kind`], the block that it comes from where the role
/// does not say that, and its delay where that is not the usual one, as in `bottom-up`,
/// `top-down 3`, `lateral @2`, `identity 2 @1` and `identity ×0.5`.
pub fn connection(circuit: &Circuit, index: usize) -> String {
    let mut name = kind(circuit, index).to_owned();
    if matches!(circuit.role(index), Role::TopDown | Role::Skip) {
        name.push_str(&format!(" {}", circuit.connections[index].from));
    }
    if let Some(delay) = unusual_delay(circuit, index) {
        name.push_str(&format!(" @{delay}"));
    }
    let factor = circuit.connections[index].factor;
    if factor != 1.0 {
        name.push_str(&format!(" ×{factor}"));
    }
    name
}

/// Returns whether a component changes the strength of a path. All do but identities without a factor.
pub fn has_strength(circuit: &Circuit, component: &Component) -> bool {
    match *component {
        Component::Identity { connection } => circuit.connections[connection].factor != 1.0,
        _ => true,
    }
}

/// The delay of a connection, unless it is the usual one of its role.
pub fn unusual_delay(circuit: &Circuit, index: usize) -> Option<usize> {
    let usual = usize::from(matches!(circuit.role(index), Role::Lateral | Role::TopDown));
    Some(circuit.connections[index].delay).filter(|&delay| delay != usual)
}

/// A component without the block and iteration that it stands at.
pub fn in_place(circuit: &Circuit, component: &Component) -> String {
    match *component {
        Component::Convolution { connection: index, .. } | Component::Identity { connection: index } => {
            connection(circuit, index)
        }
        Component::Normalization { .. } | Component::ConnectionNormalization { .. } => "bn".to_owned(),
    }
}

/// The name of a component with the normalization of its connection, where it has one.
pub fn in_box(circuit: &Circuit, component: &Component, normalized: bool) -> String {
    in_place(circuit, component) + if normalized { " + bn" } else { "" }
}

/// A component with the block that it belongs to, and the iteration where it has one.
pub fn in_chain(circuit: &Circuit, component: &Component) -> String {
    match *component {
        Component::Convolution { connection: index, .. } | Component::Identity { connection: index } => {
            let to = circuit.connections[index].to;
            let name = connection(circuit, index);
            match circuit.role(index) {
                Role::TopDown | Role::Skip => format!("{name}→{to}"),
                Role::BottomUp | Role::Lateral => format!("{name} {to}"),
            }
        }
        Component::Normalization { .. } => component.name(circuit),
        Component::ConnectionNormalization { connection: index, .. } => {
            format!("bn of {}", in_chain(circuit, &Component::Identity { connection: index }))
        }
    }
}

/// Returns the colour of a component of a circuit.
pub fn colour(circuit: &Circuit, component: &Component) -> RGBColor {
    component.connection().map_or(NORMALIZATION, |connection| role_colour(circuit.role(connection)))
}

/// Returns the colour of a kind of component in a program.
pub fn kind_colour(kind: ComponentKind) -> RGBColor {
    match kind {
        ComponentKind::Conv => role_colour(Role::BottomUp),
        ComponentKind::Linear => role_colour(Role::TopDown),
        ComponentKind::BatchNorm
        | ComponentKind::GroupNorm
        | ComponentKind::LayerNorm
        | ComponentKind::InstanceNorm => NORMALIZATION,
        ComponentKind::Scale => MUTED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::Connection;

    #[test]
    fn unusual_connections_say_what_is_unusual() {
        let mut circuit = Circuit::of_recurrent_blocks(3, 3);
        let connect = |from, to, delay, operation| Connection::new(from, to, delay, operation);
        circuit.connections.push(connect(4, 2, 1, Operation::Convolution));
        circuit.connections.push(connect(2, 4, 1, Operation::Identity));
        circuit.connections.push(connect(2, 2, 2, Operation::Convolution));
        let names: Vec<String> = [0, 1, 6, 7, 8].map(|index| connection(&circuit, index)).into();
        assert_eq!(names, ["bottom-up", "lateral", "top-down 4", "identity 2 @1", "lateral @2"]);
        let component = Component::Convolution { connection: 6, iteration: None };
        assert_eq!(in_chain(&circuit, &component), "top-down 4→2");
    }
}
