//! The order of the places in a row.

/// The places of a row, sorted by their remainder modulo the stride: first 0, stride, 2 · stride, …, then 1,
/// 1 + stride, …, and so on. In this order, the places that belong to one place of the kernel are contiguous.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    positions: Vec<usize>,
    in_order: bool,
}

impl Columns {
    /// Returns the order of a row of the given length.
    pub(super) fn new(places: usize, stride: usize) -> Self {
        // With such a long stride, no two places belong to one place of the kernel.
        let stride = if stride >= places { 1 } else { stride };
        let mut positions = vec![0; places];
        let order = (0..stride).flat_map(|first| (first..places).step_by(stride));
        for (position, place) in order.enumerate() {
            positions[place] = position;
        }
        Self { positions, in_order: stride == 1 }
    }

    /// Returns the position of every place.
    pub(super) fn positions(&self) -> &[usize] {
        &self.positions
    }

    /// Returns whether the order is the identity.
    pub(super) fn is_in_order(&self) -> bool {
        self.in_order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_one_stride_are_side_by_side() {
        let columns = Columns::new(5, 2);
        assert_eq!(columns.positions(), [0, 3, 1, 4, 2]);
        assert!(!columns.is_in_order());
    }

    #[test]
    fn rows_that_a_stride_takes_one_place_of_stay_in_order() {
        assert_eq!(Columns::new(3, 7).positions(), [0, 1, 2]);
        assert!(Columns::new(3, 7).is_in_order());
        assert!(Columns::new(0, 2).positions().is_empty());
    }
}
