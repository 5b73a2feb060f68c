//! Circuits that are built in Python.

use crate::computing::run;
use crate::ensemble::Ensemble;
use crate::errors::Exception;
use crate::options::{optional_word, unknown};
use numpy::{IntoPyArray, PyArray2};
use pathscope_core::circuit::{self, Connection, Normalization, Operation, Readout};
use pathscope_core::graph;
use pathscope_core::paths::strength::Strengths;
use pathscope_core::paths::{self, Path, Reading};
use pyo3::prelude::*;
use std::collections::HashMap;

/// A recurrent circuit: blocks, the connections between them and a readout.
///
/// Args:
///     blocks: the number of recurrent blocks, which are counted from 2, because block 1 is the input
///     iterations: the number of iterations
///     connections: the source block, the target block and the delay in iterations of each; by default every block has a
///         bottom-up connection from the block before it and a lateral one
///     readout: the readout mode
///     read_from: the block that is read out; by default the last
///     normalization: whether every block has a batch normalization `per-iteration`, `shared` by its iterations or `none`
#[pyclass(frozen, module = "pathscope")]
#[derive(Clone, Debug)]
pub(crate) struct Circuit {
    circuit: circuit::Circuit,
}

/// A circuit with the strengths of its components, read in one mode.
#[derive(Clone, Debug)]
pub(crate) struct MeasuredCircuit {
    pub(crate) circuit: circuit::Circuit,
    pub(crate) unrolled: graph::unroll::UnrolledCircuit,
    pub(crate) strengths: Strengths,
    pub(crate) readout: Readout,
    pub(crate) ensemble: paths::ensemble::Ensemble,
}

impl MeasuredCircuit {
    pub(crate) fn reading(&self) -> Reading<'_> {
        Reading::new(&self.unrolled, &self.strengths, self.readout)
    }

    pub(crate) fn path_names(&self, path: &Path) -> Vec<String> {
        let component = |&node| self.unrolled.component(node);
        path.nodes
            .iter()
            .filter_map(component)
            .map(|component| component.name(&self.circuit).to_string())
            .collect()
    }
}

#[pymethods]
impl Circuit {
    /// Reads a circuit from JSON.
    #[staticmethod]
    fn from_json(py: Python<'_>, json: &str) -> PyResult<Self> {
        let circuit: circuit::Circuit =
            serde_json::from_str(json).map_err(|error| Exception::Circuit.of(py, &error))?;
        circuit.validate().map_err(|error| Exception::Circuit.of(py, &error))?;
        Ok(Self { circuit })
    }

    /// Makes a circuit of blocks with one convolution for each connection.
    #[new]
    #[pyo3(signature = (blocks, iterations, connections=None, *, readout=None, read_from=None, normalization="per-iteration"))]
    fn new(
        py: Python<'_>,
        blocks: usize,
        iterations: usize,
        connections: Option<Vec<(usize, usize, usize)>>,
        readout: Option<&str>,
        read_from: Option<usize>,
        normalization: &str,
    ) -> PyResult<Self> {
        let mut circuit = circuit::Circuit::of_recurrent_blocks(blocks, iterations);
        circuit.readout = optional_word(py, "readout", readout)?;
        circuit.read_from = read_from.unwrap_or(circuit.read_from);
        if let Some(connections) = connections {
            let connect = |(from, to, delay)| Connection::new(from, to, delay, Operation::Convolution);
            circuit.connections = connections.into_iter().map(connect).collect();
        }
        let normalization = match normalization {
            "per-iteration" => Normalization::PerIteration,
            "shared" => Normalization::Shared,
            "none" => Normalization::None,
            other => {
                return Err(unknown(py, "normalization", other, "'per-iteration', 'shared' or 'none'"));
            }
        };
        circuit.blocks.iter_mut().for_each(|block| block.normalization = normalization);
        circuit.validate().map_err(|error| Exception::Circuit.of(py, &error))?;
        Ok(Self { circuit })
    }

    /// Returns the circuit as JSON.
    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        serde_json::to_string_pretty(&self.circuit).map_err(|error| Exception::Circuit.of(py, &error))
    }

    /// The names of the connections.
    #[getter]
    fn connections(&self) -> Vec<String> {
        self.circuit.connection_names().iter().map(ToString::to_string).collect()
    }

    /// The number of iterations.
    #[getter]
    fn iterations(&self) -> usize {
        self.circuit.iterations
    }

    fn __repr__(&self) -> String {
        format!("<pathscope.Circuit: {} iterations, {}>", self.iterations(), self.connections().join(", "))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((py.get_type::<Self>().getattr("from_json")?, (self.to_json(py)?,)))
    }
}

/// A circuit unrolled over its iterations into a directed acyclic graph.
#[pyclass(frozen, module = "pathscope")]
#[derive(Clone, Debug)]
pub(crate) struct UnrolledCircuit {
    circuit: circuit::Circuit,
    unrolled: graph::unroll::UnrolledCircuit,
}

/// Unrolls a circuit.
#[pyfunction]
pub(crate) fn unroll(py: Python<'_>, circuit: PyRef<'_, Circuit>) -> PyResult<UnrolledCircuit> {
    let circuit = circuit.circuit.clone();
    let unrolled = run(py, || graph::unroll::UnrolledCircuit::new(&circuit))?;
    let unrolled = unrolled.map_err(|error| Exception::Circuit.of(py, &error))?;
    Ok(UnrolledCircuit { circuit, unrolled })
}

#[pymethods]
impl UnrolledCircuit {
    /// The names of the components, which strengths are given for.
    #[getter]
    fn components(&self) -> Vec<String> {
        self.unrolled.components().iter().map(|component| component.name(&self.circuit).to_string()).collect()
    }

    /// The component that each node of the graph uses; None for the input and for sums.
    #[getter]
    fn nodes(&self) -> Vec<Option<String>> {
        let graph = self.unrolled.graph();
        let name = |node| Some(self.unrolled.component(node)?.name(&self.circuit).to_string());
        graph.nodes().map(name).collect()
    }

    /// The edges of the graph, [edges, 2]: the numbers of the source and the target in `nodes`.
    #[getter]
    fn edges<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<usize>>> {
        let graph = self.unrolled.graph();
        let mut edges = Vec::with_capacity(2 * graph.edge_count());
        for node in graph.nodes() {
            edges.extend(graph.predecessors(node).iter().flat_map(|from| [from.index(), node.index()]));
        }
        let edges = ndarray::Array2::from_shape_vec((edges.len() / 2, 2), edges);
        edges.map(|edges| edges.into_pyarray(py)).map_err(|error| Exception::Circuit.of(py, &error))
    }

    /// Returns the ensemble of paths for given strengths.
    ///
    /// Args:
    ///     strengths: the strength of each of `components`, by its name
    ///     readout: the readout mode; by default that of the circuit
    #[pyo3(signature = (strengths, readout=None))]
    fn ensemble(
        &self,
        py: Python<'_>,
        strengths: HashMap<String, f64>,
        readout: Option<&str>,
    ) -> PyResult<Ensemble> {
        let readout: Option<Readout> = optional_word(py, "readout", readout)?.or(self.circuit.readout);
        let Some(readout) = readout else {
            let text = "the circuit names no readout mode: give one, such as readout='late-avg'".to_owned();
            return Err(Exception::Input.with_text(py, text));
        };
        let names = self.components();
        if let Some(unknown) = strengths.keys().filter(|name| !names.contains(name)).min() {
            let text = format!("the circuit has no component {unknown}: there are {}", names.join(", "));
            return Err(Exception::Input.with_text(py, text));
        }
        let strength = |name: &String| match strengths.get(name) {
            Some(&strength) if strength.is_finite() && strength >= 0.0 => Ok(strength),
            Some(strength) => {
                Err(format!("the strength of {name} is {strength}, expected a finite number from 0"))
            }
            None => Err(format!("{name} has no strength: give one for each of .components")),
        };
        let given: Result<Vec<f64>, String> = names.iter().map(strength).collect();
        let given = given.map_err(|text| Exception::Input.with_text(py, text))?;
        let strengths = Strengths::new(&given, |&strength| strength);
        let (circuit, unrolled) = (self.circuit.clone(), self.unrolled.clone());
        let ensemble = run(py, || Reading::new(&unrolled, &strengths, readout).ensemble())?;
        Ok(Ensemble::of_circuit(MeasuredCircuit { circuit, unrolled, strengths, readout, ensemble }))
    }

    fn __repr__(&self) -> String {
        let graph = self.unrolled.graph();
        format!("<pathscope.UnrolledCircuit: {} nodes, {} edges>", graph.node_count(), graph.edge_count())
    }
}
