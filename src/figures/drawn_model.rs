//! The parts of a model that figures of paths need.

use super::captions;
use super::chains::Link;
use super::names;
use super::numbers;
use pathscope_core::analysis::{Analysis, ProgramSubject, Subject};
use pathscope_core::circuit::Circuit;
use pathscope_core::graph::ComponentGraph;
use pathscope_core::graph::unroll::UnrolledCircuit;
use pathscope_core::paths::ensemble::Ensemble;
use pathscope_core::paths::strength::Strengths;
use pathscope_core::paths::{Path, Reading};

/// A model whose paths are drawn: a circuit or a program.
#[derive(Clone, Copy, Debug)]
pub struct DrawnModel<'a> {
    strengths: &'a Strengths,
    subject: DrawnSubject<'a>,
}

#[derive(Clone, Copy, Debug)]
enum DrawnSubject<'a> {
    Circuit(&'a Circuit, &'a UnrolledCircuit),
    Program(&'a ProgramSubject),
}

impl<'a> DrawnModel<'a> {
    /// Returns the model of an analysis.
    pub fn of(analysis: &'a Analysis) -> Self {
        let subject = match &analysis.subject {
            Subject::Checkpoint(checkpoint) => {
                DrawnSubject::Circuit(&checkpoint.model.circuit, &checkpoint.model.unrolled)
            }
            Subject::Program(program) => DrawnSubject::Program(program),
        };
        Self { strengths: &analysis.strengths, subject }
    }

    /// Returns a circuit as a model.
    ///
    /// # Arguments
    ///
    /// * `circuit` - the circuit
    /// * `unrolled` - the circuit unrolled
    /// * `strengths` - the strengths of its components
    pub fn of_circuit(circuit: &'a Circuit, unrolled: &'a UnrolledCircuit, strengths: &'a Strengths) -> Self {
        Self { strengths, subject: DrawnSubject::Circuit(circuit, unrolled) }
    }

    /// Returns the graph of the model's components.
    pub(super) fn graph(&self) -> &'a ComponentGraph {
        match self.subject {
            DrawnSubject::Circuit(_, unrolled) => unrolled.graph(),
            DrawnSubject::Program(program) => &program.paths.graph,
        }
    }

    /// Returns the paths of an ensemble.
    pub(super) fn reading(&self, ensemble: &Ensemble) -> Reading<'a> {
        match (self.subject, ensemble.readout) {
            (DrawnSubject::Circuit(_, unrolled), Some(readout)) => {
                Reading::new(unrolled, self.strengths, readout)
            }
            _ => Reading::of_graph(self.graph(), self.strengths),
        }
    }

    /// Returns the label of the place where paths begin.
    pub(super) fn source(&self) -> &'a str {
        match self.subject {
            DrawnSubject::Circuit(..) => "input",
            DrawnSubject::Program(program) => &program.from,
        }
    }

    /// Returns the label of the place where the paths of an ensemble end.
    pub(super) fn end(&self, ensemble: &Ensemble) -> String {
        match (self.subject, ensemble.readout) {
            (DrawnSubject::Circuit(..), Some(readout)) => format!("readout, {readout}"),
            (DrawnSubject::Circuit(..), None) => "readout".to_owned(),
            (DrawnSubject::Program(program), _) => program.to.clone(),
        }
    }

    /// Returns a title that names the ensemble, followed by the rest.
    pub(super) fn title(&self, ensemble: &Ensemble, rest: &str) -> String {
        match self.subject {
            DrawnSubject::Circuit(circuit, _) => captions::title(circuit, ensemble.readout, rest),
            DrawnSubject::Program(program) => format!("{} to {}, {rest}", program.from, program.to),
        }
    }

    /// Returns the components of a path, with their strengths if `shows_strengths`.
    pub(super) fn links(&self, path: &Path, shows_strengths: bool) -> Vec<Link> {
        let components = path.nodes.iter().filter_map(|&node| self.graph().component(node));
        components.map(|component| self.link(component, shows_strengths)).collect()
    }

    fn link(&self, component: usize, shows_strengths: bool) -> Link {
        let (name, colour, has_strength) = match self.subject {
            DrawnSubject::Circuit(circuit, unrolled) => {
                let component = &unrolled.components()[component];
                (
                    names::in_chain(circuit, component),
                    names::colour(circuit, component),
                    names::has_strength(circuit, component),
                )
            }
            DrawnSubject::Program(program) => {
                let component = &program.paths.components[component];
                (component.name.clone(), names::kind_colour(component.kind), true)
            }
        };
        let strength = (shows_strengths && has_strength)
            .then(|| numbers::magnitude(self.strengths.of_component(component)));
        Link { name, strength, colour }
    }
}
