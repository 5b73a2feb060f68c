//! The size of an unrolled circuit and the cost of analyzing its paths, both estimated before unrolling.

use super::{Circuit, CircuitError, INPUT_BLOCK, MAX_UNROLLED_NODES, Normalization, Operation};

/// The most steps that the analysis of a circuit's paths may take, which is a few seconds. A step is one edge
/// and one length; path counts with many digits take more.
pub(super) const MAX_STEPS: f64 = 2e9;

/// The largest number of components on one path.
pub(super) const MAX_PATH_COMPONENTS: usize = 200_000;

/// Bounds on the paths from the input to a block at an iteration.
#[derive(Clone, Copy)]
struct Arrived {
    /// The fewest and the most convolutions on a path.
    shortest: usize,
    longest: usize,
    /// The most nodes on a path.
    nodes: usize,
    /// An upper bound on the binary logarithm of the number of paths.
    bits: f64,
}

impl Arrived {
    const INPUT: Self = Self { shortest: 0, longest: 0, nodes: 0, bits: 0.0 };

    fn merge(self, other: Self) -> Self {
        let (more, fewer) = (self.bits.max(other.bits), self.bits.min(other.bits));
        Self {
            shortest: self.shortest.min(other.shortest),
            longest: self.longest.max(other.longest),
            nodes: self.nodes.max(other.nodes),
            bits: more + (fewer - more).exp2().ln_1p() / std::f64::consts::LN_2,
        }
    }

    /// Returns the steps that one neighbouring node takes: one for each possible length, and several where
    /// path counts have more than 128 bits.
    fn steps(self) -> f64 {
        let digits = if self.bits < 128.0 { 1.0 } else { 1.0 + self.bits / 32.0 };
        (self.longest - self.shortest + 1) as f64 * digits
    }
}

impl Circuit {
    /// Refuses a circuit that would take too much memory or time when unrolled.
    ///
    /// # Complexity
    ///
    /// O(T · connections) time and O(T · blocks) memory, unless the circuit is refused earlier.
    pub(super) fn check_size(&self) -> Result<(), CircuitError> {
        let connections_to = self.connections_to();
        let nodes = self.block_numbers().fold(0usize, |nodes, number| {
            // Some connections have a normalization of their own.
            let of_connection = |&index: &usize| match self.connections[index].normalization {
                Normalization::None => 1,
                _ => 2,
            };
            let incoming: usize = connections_to[number].iter().map(of_connection).sum();
            nodes.saturating_add(self.block(number).iterations.saturating_mul(incoming + 2))
        });
        // A readout entry for each iteration is kept even where all blocks are held.
        if nodes.max(self.iterations) > MAX_UNROLLED_NODES {
            return Err(CircuitError::TooLarge { iterations: self.iterations });
        }
        self.check_lengths(&connections_to)
    }

    fn check_lengths(&self, connections_to: &[Vec<usize>]) -> Result<(), CircuitError> {
        let order = self.evaluation_order()?;
        let mut arrived: Vec<Vec<Option<Arrived>>> = vec![Vec::new(); INPUT_BLOCK + self.blocks.len() + 1];
        let mut steps = 0.0;
        for t in 1..=self.iterations {
            for &number in order.iter().filter(|&&number| t <= self.block(number).iterations) {
                let sources = connections_to[number].iter().filter_map(|&index| {
                    let connection = &self.connections[index];
                    if !connection.is_active(t) {
                        return None;
                    }
                    let mut source = if connection.is_from_input() {
                        Arrived::INPUT
                    } else {
                        let held = self.block(connection.from).iterations;
                        arrived[connection.from][(t - connection.delay).min(held) - 1]?
                    };
                    // Paths are weighed at the connection, and again where it arrives.
                    steps += 2.0 * source.steps();
                    let length = usize::from(connection.operation != Operation::Identity);
                    source.shortest += length;
                    source.longest += length;
                    Some(source)
                });
                let block =
                    sources.reduce(Arrived::merge).map(|block| Arrived { nodes: block.nodes + 4, ..block });
                if let Some(block) = block {
                    // Paths are weighed at normalization and output and, where the block is read, for each of four modes.
                    steps += if number == self.read_from { 6.0 } else { 2.0 } * block.steps();
                    if steps > MAX_STEPS || block.nodes > MAX_PATH_COMPONENTS {
                        let lengths = block.longest - block.shortest + 1;
                        let (iterations, at) = (self.iterations, t);
                        return Err(CircuitError::TooLong {
                            iterations,
                            at,
                            longest: block.longest,
                            lengths,
                        });
                    }
                }
                arrived[number].push(block);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circuits_that_anybody_has_are_small() {
        for (blocks, iterations) in [(1, 10_000), (20, 1000), (200, 200), (8, 64)] {
            assert_eq!(Circuit::of_recurrent_blocks(blocks, iterations).validate(), Ok(()));
        }
    }

    #[test]
    fn many_lengths_are_refused_before_they_are_unrolled() {
        for (blocks, iterations) in [(1, 100_000), (1, 500_000), (100, 3000)] {
            let error = Circuit::of_recurrent_blocks(blocks, iterations).validate().unwrap_err();
            assert!(matches!(error, CircuitError::TooLong { .. }), "{error}");
            assert!(error.to_string().contains("reduce the number of iterations"), "{error}");
        }
        let mut leaky = Circuit::of_recurrent_blocks(1, 400_000);
        leaky.connections[1].operation = Operation::Identity;
        let error = leaky.validate().unwrap_err();
        assert!(matches!(error, CircuitError::TooLong { lengths: 1, .. }), "{error}");
    }

    #[test]
    fn a_circuit_has_a_length_for_every_iteration() {
        // Three blocks and up to eight lateral steps.
        let all = Arrived { shortest: 3, longest: 3 + 8, nodes: 0, bits: 0.0 };
        assert_eq!(all.steps(), 9.0);
    }
}
