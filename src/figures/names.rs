//! Names of components in figures, which are shorter than in files.

use super::style::{MUTED, NORMALIZATION, role_colour, text_width};
use pathscope_core::circuit::{Circuit, Operation, Role};
use pathscope_core::graph::unroll::Component;
use pathscope_core::program::ComponentKind;
use plotters::style::RGBColor;

/// Returns the kind of a connection: `identity`, or the role of its convolution.
pub(super) fn kind(circuit: &Circuit, index: usize) -> &'static str {
    match circuit.connections[index].operation {
        Operation::Identity => "identity",
        Operation::Convolution | Operation::ConvolutionPerIteration => circuit.role(index).as_str(),
    }
}

/// Returns the name of a connection within its target block: its [`kind`], the block that it comes from
/// unless the role implies it, and its delay unless it is the usual one. Examples are `bottom-up`,
/// `top-down 3`, `lateral @2`, `identity 2 @1` and `identity ×0.5`.
pub(super) fn connection(circuit: &Circuit, index: usize) -> String {
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
pub(super) fn has_strength(circuit: &Circuit, component: &Component) -> bool {
    match *component {
        Component::Identity { connection } => circuit.connections[connection].factor != 1.0,
        _ => true,
    }
}

/// Returns the delay of a connection, unless it is the usual one for its role.
pub(super) fn unusual_delay(circuit: &Circuit, index: usize) -> Option<usize> {
    let usual = circuit.role(index).usual_delay();
    Some(circuit.connections[index].delay).filter(|&delay| delay != usual)
}

/// Returns the name of a component without its block and iteration.
pub(super) fn in_place(circuit: &Circuit, component: &Component) -> String {
    match *component {
        Component::Convolution { connection: index, .. } | Component::Identity { connection: index } => {
            connection(circuit, index)
        }
        Component::Normalization { .. } | Component::ConnectionNormalization { .. } => "bn".to_owned(),
    }
}

/// Returns the name of a component together with the normalization of its connection, if it has one.
pub(super) fn in_box(circuit: &Circuit, component: &Component, normalized: bool) -> String {
    in_place(circuit, component) + if normalized { " + bn" } else { "" }
}

/// Returns the name of a component with its block, and with its iteration if it has one.
pub(super) fn in_chain(circuit: &Circuit, component: &Component) -> String {
    match *component {
        Component::Convolution { connection: index, .. } | Component::Identity { connection: index } => {
            let to = circuit.connections[index].to;
            let name = connection(circuit, index);
            match circuit.role(index) {
                Role::TopDown | Role::Skip => format!("{name}→{to}"),
                Role::BottomUp | Role::Lateral => format!("{name} {to}"),
            }
        }
        Component::Normalization { .. } => component.name(circuit).to_string(),
        Component::ConnectionNormalization { connection: index, .. } => {
            format!("bn of {}", in_chain(circuit, &Component::Identity { connection: index }))
        }
    }
}

/// Returns the colour of a component of a circuit.
pub(super) fn colour(circuit: &Circuit, component: &Component) -> RGBColor {
    component.connection().map_or(NORMALIZATION, |connection| role_colour(circuit.role(connection)))
}

/// Returns the colour of a kind of component in a program.
pub(super) fn kind_colour(kind: ComponentKind) -> RGBColor {
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

/// Returns the abbreviation of a kind of component that fits into small boxes of a program.
pub(super) fn kind_in_box(kind: ComponentKind) -> &'static str {
    match kind {
        ComponentKind::Conv => "conv",
        ComponentKind::Linear => "lin",
        ComponentKind::BatchNorm => "bn",
        ComponentKind::GroupNorm => "gn",
        ComponentKind::LayerNorm => "ln",
        ComponentKind::InstanceNorm => "in",
        ComponentKind::Scale => "×",
    }
}

/// Cuts the beginning of a name that would be wider than `width`. Names within a module differ at their ends.
pub(super) fn shortened_at_start(name: &str, size: f64, width: f64) -> String {
    if text_width(name, size) <= width {
        return name.to_owned();
    }
    let ends = name.char_indices().rev().map(|(at, _)| &name[at..]);
    let fitting = ends.take_while(|end| text_width(end, size) + text_width("…", size) <= width);
    format!("…{}", fitting.last().unwrap_or_default().trim_start_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pathscope_core::circuit::Connection;

    #[test]
    fn long_names_of_programs_keep_their_ends() {
        let name = "features.denseblock1.denselayer1.conv1";
        assert_eq!(shortened_at_start(name, 10.0, 400.0), name);
        assert_eq!(shortened_at_start(name, 10.0, 110.0), "…denselayer1.conv1");
        assert_eq!(shortened_at_start(name, 10.0, 45.0), "…conv1");
        assert_eq!(shortened_at_start(name, 10.0, 1.0), "…");
    }

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
