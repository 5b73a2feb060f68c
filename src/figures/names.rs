//! What components are called in figures: shorter than in files, where there is less room.

use super::style::{NORMALIZATION, role_colour};
use crate::circuit::{Circuit, Operation, Readout, Role};
use crate::unroll::Component;
use plotters::style::RGBColor;

/// What a figure shows: `late-avg, T = 5, multi-path, without lengths 1 and 2`.
pub fn model(circuit: &Circuit, readout: Readout) -> String {
    let mut name = format!("{readout}, T = {}", circuit.iterations);
    if circuit.multi_path.is_some() {
        name.push_str(", multi-path");
    }
    let removed: Vec<String> = circuit.lengths_removed().iter().map(ToString::to_string).collect();
    match removed.as_slice() {
        [] => {}
        [only] => name.push_str(&format!(", without length {only}")),
        [others @ .., last] => name.push_str(&format!(", without lengths {} and {last}", others.join(", "))),
    }
    name
}

/// A connection, as its target sees it, with the delay where it is not the usual one: `bottom-up`,
/// `top-down 3`, `lateral @2`.
pub fn connection(circuit: &Circuit, index: usize) -> String {
    let connection = &circuit.connections[index];
    let role = circuit.role(index);
    let mut name = match connection.operation {
        Operation::Identity => "identity".to_owned(),
        Operation::Convolution | Operation::ConvolutionPerIteration => role.as_str().to_owned(),
    };
    if matches!(role, Role::TopDown | Role::Skip) {
        name.push_str(&format!(" {}", connection.from));
    }
    let usual_delay = usize::from(matches!(role, Role::Lateral | Role::TopDown));
    if connection.delay != usual_delay {
        name.push_str(&format!(" @{}", connection.delay));
    }
    name
}

/// A component without the block and iteration that it stands at.
pub fn in_place(circuit: &Circuit, component: &Component) -> String {
    match *component {
        Component::Convolution { connection: index, .. } | Component::Identity { connection: index } => {
            connection(circuit, index)
        }
        Component::Normalization { .. } => "bn".to_owned(),
    }
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
    }
}

/// The colour of a component.
pub fn colour(circuit: &Circuit, component: &Component) -> RGBColor {
    component.connection().map_or(NORMALIZATION, |connection| role_colour(circuit.role(connection)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::{Connection, MultiPath};

    #[test]
    fn models_that_lack_paths_say_so() {
        let mut circuit = Circuit::of_recurrent_blocks(1, 4);
        assert_eq!(model(&circuit, Readout::NoAvg), "no-avg, T = 4");
        circuit.multi_path = Some(MultiPath::default());
        assert_eq!(model(&circuit, Readout::NoAvg), "no-avg, T = 4, multi-path");
        circuit.multi_path = Some(MultiPath { lengths_removed: [1, 3].into() });
        assert_eq!(model(&circuit, Readout::NoAvg), "no-avg, T = 4, multi-path, without lengths 1 and 3");
    }

    #[test]
    fn unusual_connections_say_what_is_unusual() {
        let mut circuit = Circuit::of_recurrent_blocks(3, 3);
        let connect = |from, to, delay, operation| Connection { from, to, delay, operation };
        circuit.connections.push(connect(4, 2, 1, Operation::Convolution));
        circuit.connections.push(connect(2, 4, 1, Operation::Identity));
        circuit.connections.push(connect(2, 2, 2, Operation::Convolution));
        let names: Vec<String> = [0, 1, 6, 7, 8].map(|index| connection(&circuit, index)).into();
        assert_eq!(names, ["bottom-up", "lateral", "top-down 4", "identity 2 @1", "lateral @2"]);
        let component = Component::Convolution { connection: 6, iteration: None };
        assert_eq!(in_chain(&circuit, &component), "top-down 4→2");
    }
}
