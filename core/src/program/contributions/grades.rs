//! What paths are told apart by: their length, or another mark that they gain on their way.

use std::collections::{BTreeMap, HashMap};

/// The mark of a path up to a place in the network, such as the number of convolutions so far.
pub type Grade = u32;

/// What an operation does to the grade of a path that leads through it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advance {
    /// Adds a number.
    Add(Grade),
    /// Gives the grade to paths that have none yet (0), and leaves others as they are.
    Enter(Grade),
    /// Leads from one grade to another; paths of grades that are not listed are left out.
    Follow(BTreeMap<Grade, Grade>),
}

/// By operation, what it does to the grade of a path; operations that are not listed leave it as it is.
///
/// Values are told apart by the grades of the paths that lead to them. What two paths of one grade bring is added
/// up on the way, so that the work grows with the number of grades and not with that of paths (DESIGN §8).
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
    /// Collects what operations do to the grade of a path, by the number of the operation in its program.
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

    /// Returns the grade that a path gains from an operation on, given what it gains after the operation; `None` where
    /// that cannot be told from the end of a path.
    pub(super) fn advance_back(&self, operation: usize, after: Grade) -> Option<Grade> {
        match self.0.get(&operation) {
            None => Some(after),
            Some(Advance::Add(more)) => Some(after.saturating_add(*more)),
            // The operation that is nearest to where the path begins decides.
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
