//! The iterations at which something of the input reaches the readout.

use super::{Circuit, INPUT_BLOCK, MAX_UNROLLED_NODES};

impl Circuit {
    /// The smallest T for which the readout of a circuit would see something of the input, if it is found
    /// within as many steps as the largest circuit takes.
    pub(crate) fn enough_iterations(&self) -> Option<usize> {
        let order = self.evaluation_order().ok()?;
        let connections_to = self.connections_to();
        // Blocks that are held end as they do; the others go on for as long as there are iterations.
        let last = |block: usize| {
            Some(self.block(block).iterations).filter(|&last| last < self.iterations).unwrap_or(usize::MAX)
        };
        // Beyond this nothing new can arrive: every connection is active always or never, and a signal
        // needs no longer than all delays together.
        let settled = self.connections.iter().map(|connection| connection.iterations.settled()).max()?;
        let delays = self.connections.iter().fold(0usize, |sum, each| sum.saturating_add(each.delay));
        let steps = MAX_UNROLLED_NODES / self.connections.len().max(self.blocks.len()).max(1);
        let most = settled.saturating_add(delays).saturating_add(1).min(steps);
        let mut arrived: Vec<Vec<bool>> = vec![Vec::new(); INPUT_BLOCK + self.blocks.len() + 1];
        for t in 1..=most {
            for &block in order.iter().filter(|&&block| t <= last(block)) {
                let arrives = connections_to[block].iter().any(|&index| {
                    let connection = &self.connections[index];
                    let from = &arrived[connection.from];
                    connection.is_active(t)
                        && (connection.is_from_input() || from[(t - connection.delay).min(from.len()) - 1])
                });
                arrived[block].push(arrives);
            }
            if arrived[self.read_from].last() == Some(&true) {
                return Some(t);
            }
        }
        None
    }
}
