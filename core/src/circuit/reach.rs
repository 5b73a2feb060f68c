//! The number of iterations that the input needs to reach the readout.

use super::{Circuit, INPUT_BLOCK, MAX_UNROLLED_NODES};

impl Circuit {
    /// Returns the smallest T at which the input reaches the readout, if it is found within as many steps as
    /// the largest circuit takes.
    pub(crate) fn enough_iterations(&self) -> Option<usize> {
        let order = self.evaluation_order().ok()?;
        let connections_to = self.connections_to();
        // Blocks with a limit of their own keep it; the others run for as long as there are iterations.
        let last = |block: usize| {
            Some(self.block(block).iterations).filter(|&last| last < self.iterations).unwrap_or(usize::MAX)
        };
        // Beyond this nothing new can arrive: every connection is always active or never, and a signal needs
        // no longer than the sum of all delays.
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
