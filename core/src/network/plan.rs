//! The plan of a network's computation between its first block and its readout, block by block.
//!
//! In a recurrent network, a step is a block at an iteration (paper, Eqs. 2f-2i). Steps that no readout
//! depends on are left out. In a multi-path network, a step is a block on one path, and every path has its
//! own steps (Fig. 4b and appendix E).

use super::MAX_STEPS;
use crate::circuit::{Circuit, CircuitError, INPUT_BLOCK, LayerName, Readout};
use crate::graph::Part;
use crate::graph::unroll::{Component, UnrolledCircuit};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The index of a map: [`FIRST`], or one more than the index of the step that computes it.
pub type Map = usize;

/// The output of the first block.
pub const FIRST: Map = 0;

/// A term of the sum that a block computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub map: Map,
    /// The index of its connection.
    pub connection: usize,
    /// The name of its convolution; `None` for an identity.
    pub convolution: Option<LayerName>,
}

/// One computation of a block (Eq. 2i).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub block: usize,
    /// The iteration, from 1. For a block on a path, it is the iteration at which the path reaches it.
    pub iteration: usize,
    /// The terms of its sum; empty while every connection still waits for its delay.
    pub terms: Vec<Term>,
    pub normalization: Option<LayerName>,
}

/// A path of a multi-path network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The iterations at which it is read out.
    pub iterations: Vec<usize>,
    /// Its blocks.
    pub steps: Vec<ChainStep>,
}

/// A block on a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainStep {
    /// The number of the block.
    pub block: usize,
    /// The convolution into the block; `None` for an identity.
    pub convolution: Option<LayerName>,
    /// Its normalization, if it has one.
    pub normalization: Option<LayerName>,
}

/// The order of the blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Structure {
    /// The blocks in their order within an iteration, with the iterations at which each is computed.
    Recurrent(Vec<(usize, BTreeSet<usize>)>),
    /// The paths that are read out.
    MultiPath(Vec<Chain>),
}

/// The steps of a network, each after the steps that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The order of the blocks.
    pub structure: Structure,
    /// The steps.
    pub steps: Vec<Step>,
    /// The iterations that are read out.
    pub iterations: Vec<usize>,
    /// For each of these iterations, the maps whose sum is read out.
    pub read: Vec<Vec<Map>>,
}

/// The reason why a circuit cannot be planned.
#[derive(Debug)]
pub enum PlanError {
    Circuit(CircuitError),
    TooLarge,
    NoPathAt(usize),
}

impl Plan {
    /// Plans a circuit that is read out as if it had only `until` iterations. At least one of them must have
    /// a path.
    ///
    /// # Complexity
    ///
    /// O(T · connections); for a multi-path network, the sum of its paths' lengths.
    pub fn new(
        circuit: &Circuit,
        unrolled: &UnrolledCircuit,
        readout: Readout,
        until: usize,
    ) -> Result<Self, PlanError> {
        let mut all = match circuit.multi_path {
            Some(_) => unrolled.readout_iterations().to_vec(),
            None => (1..=circuit.iterations).collect(),
        };
        all.retain(|&iteration| iteration <= until);
        if all.is_empty() {
            return Err(PlanError::NoPathAt(until));
        }
        // In an ablated network, the last remaining iteration.
        let iterations = match readout {
            Readout::NoAvg => all[all.len() - 1..].to_vec(),
            Readout::EarlyAvg | Readout::LateAvg | Readout::TwoAvg => all,
        };
        if iterations.len() > MAX_STEPS {
            return Err(PlanError::TooLarge);
        }
        if circuit.multi_path.is_some() {
            Self::of_paths(circuit, unrolled, iterations)
        } else {
            Self::of_blocks(circuit, iterations)
        }
    }

    fn of_blocks(circuit: &Circuit, iterations: Vec<usize>) -> Result<Self, PlanError> {
        let order = circuit.evaluation_order().map_err(PlanError::Circuit)?;
        let names = circuit.connection_names();
        let connections_to = circuit.connections_to();
        // A block that is held is read at its last iteration (appendix B.2).
        let output = |block: usize, iteration: usize| {
            (block, if block == INPUT_BLOCK { 1 } else { iteration.min(circuit.block(block).iterations) })
        };
        let sources = |(block, iteration): (usize, usize)| {
            connections_to[block].iter().filter_map(move |&index| {
                let connection = &circuit.connections[index];
                let since = iteration.checked_sub(connection.delay).filter(|&since| since > 0)?;
                Some((index, output(connection.from, since)))
            })
        };
        let read: Vec<(usize, usize)> = iterations.iter().map(|&t| output(circuit.read_from, t)).collect();
        let mut needed = BTreeSet::new();
        let mut waiting = read.clone();
        while let Some(next) = waiting.pop() {
            if next.0 != INPUT_BLOCK && needed.insert(next) {
                waiting.extend(sources(next).map(|(_, source)| source));
            }
        }
        if needed.len() > MAX_STEPS {
            return Err(PlanError::TooLarge);
        }

        let mut maps = HashMap::from([((INPUT_BLOCK, 1), FIRST)]);
        let mut steps = Vec::new();
        for iteration in 1..=circuit.iterations {
            for &block in order.iter().filter(|&&block| needed.contains(&(block, iteration))) {
                let terms = sources((block, iteration)).map(|(index, source)| Term {
                    map: maps[&source],
                    connection: index,
                    convolution: names[index].convolution(circuit.connections[index].operation, iteration),
                });
                let terms = terms.collect();
                let normalization = circuit.normalization_name(block, iteration);
                steps.push(Step { block, iteration, terms, normalization });
                maps.insert((block, iteration), steps.len());
            }
        }
        let computed = |&block: &usize| {
            let at: BTreeSet<usize> =
                needed.iter().filter(|output| output.0 == block).map(|output| output.1).collect();
            (block, at)
        };
        Ok(Self {
            structure: Structure::Recurrent(
                order.iter().map(computed).filter(|(_, iterations)| !iterations.is_empty()).collect(),
            ),
            read: read.iter().map(|output| vec![maps[output]]).collect(),
            steps,
            iterations,
        })
    }

    fn of_paths(
        circuit: &Circuit,
        unrolled: &UnrolledCircuit,
        iterations: Vec<usize>,
    ) -> Result<Self, PlanError> {
        let seen: BTreeSet<usize> = iterations.iter().copied().collect();
        let names = circuit.connection_names();
        let mut chains = Vec::new();
        let mut steps: Vec<Step> = Vec::new();
        let mut read: BTreeMap<usize, Vec<Map>> = BTreeMap::new();
        let mut readings = 0;
        for (listed, path) in unrolled.paths().enumerate() {
            if [listed, steps.len(), readings].into_iter().any(|count| count > MAX_STEPS) {
                return Err(PlanError::TooLarge);
            }
            let read_at = &unrolled.end_iterations()[path.end];
            let read_at: Vec<usize> = read_at.iter().copied().filter(|t| seen.contains(t)).collect();
            if read_at.is_empty() {
                continue;
            }
            let mut map = FIRST;
            let mut chain = Vec::new();
            let mut connection = 0;
            let mut step = ChainStep { block: INPUT_BLOCK, convolution: None, normalization: None };
            for &node in &path.nodes[1..] {
                let place = unrolled.place(node);
                step.block = place.block;
                let component = unrolled.component(node);
                connection = component.and_then(Component::connection).unwrap_or(connection);
                match component {
                    Some(component @ Component::Convolution { .. }) => {
                        step.convolution = Some(component.name_among(|index| names[index]));
                    }
                    Some(component @ Component::Normalization { .. }) => {
                        step.normalization = Some(component.name(circuit));
                    }
                    // Networks with normalizations on connections are refused earlier.
                    Some(Component::Identity { .. } | Component::ConnectionNormalization { .. }) => {}
                    None => {
                        debug_assert_eq!(unrolled.graph().part(node), Part::Sum);
                        let ChainStep { block, convolution, normalization } = step.clone();
                        let terms = vec![Term { map, connection, convolution }];
                        steps.push(Step { block, iteration: place.iteration, terms, normalization });
                        map = steps.len();
                        chain.push(step);
                        step = ChainStep { block, convolution: None, normalization: None };
                    }
                }
            }
            readings += read_at.len();
            for &iteration in &read_at {
                read.entry(iteration).or_default().push(map);
            }
            chains.push(Chain { iterations: read_at, steps: chain });
        }
        let summed = |iteration: &usize| read.remove(iteration).ok_or(PlanError::NoPathAt(*iteration));
        let read = iterations.iter().map(summed).collect::<Result<_, _>>()?;
        Ok(Self { structure: Structure::MultiPath(chains), steps, iterations, read })
    }

    /// Returns the names of the convolutions and normalizations that the steps use.
    pub fn layers(&self) -> BTreeSet<LayerName> {
        let convolutions = self.steps.iter().flat_map(|step| &step.terms).filter_map(|term| term.convolution);
        let normalizations = self.steps.iter().filter_map(|step| step.normalization);
        convolutions.chain(normalizations).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::{Connection, MultiPath, Normalization, Operation};

    fn plan(circuit: &Circuit, readout: Readout) -> Result<Plan, PlanError> {
        Plan::new(circuit, &UnrolledCircuit::new(circuit).unwrap(), readout, circuit.iterations)
    }

    fn term(map: Map, connection: usize, convolution: &str) -> Term {
        Term { map, connection, convolution: Some(convolution.parse().unwrap()) }
    }

    #[test]
    fn a_block_adds_up_what_comes_from_below_and_from_before() {
        let plan = plan(&Circuit::of_recurrent_blocks(1, 2), Readout::TwoAvg).unwrap();
        let step = |terms, t| Step {
            block: 2,
            iteration: t,
            terms,
            normalization: Some(format!("bn[2,{t}]").parse().unwrap()),
        };
        let below = term(FIRST, 0, "conv[2].bottom_up");
        assert_eq!(
            plan.steps,
            [step(vec![below.clone()], 1), step(vec![below, term(1, 1, "conv[2].lateral")], 2),]
        );
        assert_eq!(plan.read, [[1], [2]]);
    }

    #[test]
    fn what_no_readout_sees_is_left_out() {
        let mut circuit = Circuit::of_recurrent_blocks(2, 3);
        circuit.connections.retain(|connection| connection.from != connection.to);
        let plan = plan(&circuit, Readout::NoAvg).unwrap();
        assert_eq!(plan.structure, Structure::Recurrent(vec![(2, [3].into()), (3, [3].into())]));
        assert_eq!((plan.steps.len(), plan.read), (2, vec![vec![2]]));
    }

    #[test]
    fn a_network_is_read_out_at_an_earlier_iteration() {
        let circuit = Circuit::of_recurrent_blocks(1, 3);
        let unrolled = UnrolledCircuit::new(&circuit).unwrap();
        let plan = Plan::new(&circuit, &unrolled, Readout::LateAvg, 2).unwrap();
        assert_eq!((plan.steps.len(), plan.iterations, plan.read), (2, vec![1, 2], vec![vec![1], vec![2]]));
        assert!(matches!(Plan::new(&circuit, &unrolled, Readout::LateAvg, 0), Err(PlanError::NoPathAt(0))));
    }

    #[test]
    fn a_held_block_is_computed_until_it_is_held() {
        let mut circuit = Circuit::of_recurrent_blocks(2, 3);
        circuit.blocks[0].iterations = 1;
        let plan = plan(&circuit, Readout::LateAvg).unwrap();
        assert_eq!(plan.structure, Structure::Recurrent(vec![(2, [1].into()), (3, [1, 2, 3].into())]));
        assert_eq!(plan.steps[3].terms, [term(1, 2, "conv[3].bottom_up"), term(3, 3, "conv[3].lateral")]);
    }

    #[test]
    fn a_block_that_nothing_reaches_has_no_terms() {
        let mut circuit = Circuit::of_recurrent_blocks(1, 2);
        circuit.connections[0].delay = 1;
        let plan = plan(&circuit, Readout::EarlyAvg).unwrap();
        assert_eq!(plan.steps[0].terms, []);
    }

    #[test]
    fn an_ablated_network_has_a_chain_for_each_path_that_is_left() {
        let mut circuit = Circuit::of_recurrent_blocks(1, 3);
        circuit.multi_path = Some(MultiPath { lengths_removed: [1].into() });
        circuit.blocks[0].normalization = Normalization::PerPath;
        let all = plan(&circuit, Readout::LateAvg).unwrap();
        assert_eq!((all.iterations, all.read), (vec![2, 3], vec![vec![2], vec![4, 7]]));
        let iterations: Vec<usize> = all.steps.iter().map(|step| step.iteration).collect();
        assert_eq!(iterations, [1, 2, 2, 3, 1, 2, 3]);
        // Only the last iteration, with the names that its paths have among all.
        let last = plan(&circuit, Readout::NoAvg).unwrap();
        let layers: Vec<String> = last
            .layers()
            .into_iter()
            .filter(|layer| layer.is_normalization())
            .map(|layer| layer.to_string())
            .collect();
        assert_eq!(layers, ["bn[2,1,1]", "bn[2,2,1]", "bn[2,2,2]", "bn[2,3]", "bn[2,3,1]"]);
        assert_eq!(last.read, [[2, 5]]);
    }

    #[test]
    fn an_identity_is_on_a_path_without_a_convolution() {
        let mut circuit = Circuit::of_recurrent_blocks(2, 1);
        circuit.connections.push(Connection::new(1, 3, 0, Operation::Identity));
        circuit.multi_path = Some(MultiPath::default());
        let plan = plan(&circuit, Readout::NoAvg).unwrap();
        assert_eq!(
            plan.steps.last().map(|step| step.terms.clone()),
            Some(vec![Term { map: FIRST, connection: 2, convolution: None }])
        );
        assert_eq!(plan.read, [[2, 3]]);
    }

    #[test]
    fn too_many_paths_are_refused_without_listing_them() {
        let mut circuit = Circuit::of_recurrent_blocks(8, 64);
        circuit.multi_path = Some(MultiPath::default());
        for readout in Readout::ALL {
            assert!(matches!(plan(&circuit, readout), Err(PlanError::TooLarge)), "{readout}");
        }
    }
}
