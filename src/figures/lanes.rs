//! Lanes for lines that pass beside other parts of a figure.

/// Lanes that are handed out so that lines in the same lane do not overlap.
#[derive(Clone, Debug, Default)]
pub(super) struct Lanes(Vec<Vec<(usize, usize)>>);

impl Lanes {
    /// Takes the first lane that is free between the lowest and the highest of some heights.
    pub(super) fn take(&mut self, heights: impl Iterator<Item = usize>) -> usize {
        let wanted = heights.fold((usize::MAX, 0), |(low, high), height| (low.min(height), high.max(height)));
        let free =
            |taken: &Vec<(usize, usize)>| taken.iter().all(|other| wanted.0 > other.1 || wanted.1 < other.0);
        let lane = self.0.iter().position(free).unwrap_or(self.0.len());
        if lane == self.0.len() {
            self.0.push(Vec::new());
        }
        self.0[lane].push(wanted);
        lane
    }

    /// Returns the number of lanes taken.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}
