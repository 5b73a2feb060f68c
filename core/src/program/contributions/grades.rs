//! Grades, by which paths are grouped: their length, or another mark that they gain on the way.

use std::collections::{BTreeMap, HashMap};

/// The mark of a path up to a place in the network, such as the number of convolutions so far.
pub type Grade = u32;

/// The effect of an operation on the grade of a path that leads through it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advance {
    /// Adds a number.
    Add(Grade),
    /// Assigns the grade to paths that have none yet (0), and leaves others unchanged.
    Enter(Grade),
    /// Maps one grade to another; paths of unlisted grades are left out.
    Follow(BTreeMap<Grade, Grade>),
}

/// The effect of each operation on the grade of a path; unlisted operations leave it unchanged.
///
/// The parts of a value are grouped by the grades of the paths that lead to it. Contributions of paths with
/// the same grade are summed on the way, so that the work grows with the number of grades rather than the
/// number of paths (DESIGN §8).
///
/// # Examples
///
/// ```
/// use pathscope_core::program::contributions::{Advance, Grades};
///
/// // Operations 3 and 7 are convolutions.
/// let grades = Grades::new([(3, Advance::Add(1)), (7, Advance::Add(1))]);
/// let after_both = grades.advance(3, 0).and_then(|grade| grades.advance(7, grade));
/// assert_eq!(after_both, Some(2));
/// assert_eq!(grades.advance(5, 2), Some(2));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grades(HashMap<usize, Advance>);

impl Grades {
    /// Collects the effects of operations on the grade of a path, by the number of the operation in its
    /// program.
    pub fn new(advances: impl IntoIterator<Item = (usize, Advance)>) -> Self {
        Self(advances.into_iter().collect())
    }

    /// Returns the grade of a path after an operation; `None` if such paths are left out.
    pub fn advance(&self, operation: usize, grade: Grade) -> Option<Grade> {
        match self.0.get(&operation) {
            None => Some(grade),
            Some(Advance::Add(more)) => Some(grade.saturating_add(*more)),
            Some(Advance::Enter(given)) => Some(if grade == 0 { *given } else { grade }),
            Some(Advance::Follow(next)) => next.get(&grade).copied(),
        }
    }

    /// Returns the grade that a path gains from an operation on, given the grade that it gains after the
    /// operation; `None` where the end of a path does not determine it.
    pub(super) fn advance_back(&self, operation: usize, after: Grade) -> Option<Grade> {
        match self.0.get(&operation) {
            None => Some(after),
            Some(Advance::Add(more)) => Some(after.saturating_add(*more)),
            // The operation nearest to the beginning of the path decides.
            Some(Advance::Enter(given)) => Some(*given),
            Some(Advance::Follow(_)) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_entry_decides_in_both_directions() {
        let grades = Grades::new([(1, Advance::Enter(4)), (2, Advance::Enter(9))]);
        let forwards = [1, 2].iter().try_fold(0, |grade, &operation| grades.advance(operation, grade));
        let backwards = [2, 1].iter().try_fold(0, |grade, &operation| grades.advance_back(operation, grade));
        assert_eq!((forwards, backwards), (Some(4), Some(4)));
    }

    #[test]
    fn paths_that_are_not_followed_are_left_out() {
        let grades = Grades::new([(1, Advance::Follow([(0, 1)].into()))]);
        assert_eq!([0, 1].map(|grade| grades.advance(1, grade)), [Some(1), None]);
    }
}
