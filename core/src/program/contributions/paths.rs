//! Grades that follow single paths from operation to operation.

use super::grades::{Advance, Grade, Grades};
use std::collections::BTreeMap;

/// Returns grades that distinguish single paths, and the grade of each path at its end.
///
/// Paths with a common beginning share grades there, so that the work grows with the number of different
/// beginnings. All other paths are left out.
///
/// # Arguments
///
/// * `components` - all operations that are uses of components on paths
/// * `paths` - for each path, its operations in order
///
/// # Complexity
///
/// O(sum of the paths' lengths · log of their number).
///
/// # Examples
///
/// ```
/// use pathscope_core::program::contributions::following;
///
/// let (grades, ends) = following([1, 2, 3], &[vec![1, 3], vec![1, 2, 3]]);
/// let after = |path: &[usize]| path.iter().try_fold(0, |grade, &step| grades.advance(step, grade));
/// assert_eq!([after(&[1, 3]), after(&[1, 2, 3])], [Some(ends[0]), Some(ends[1])]);
/// assert_eq!(after(&[2, 3]), None);
/// ```
pub fn following(components: impl IntoIterator<Item = usize>, paths: &[Vec<usize>]) -> (Grades, Vec<Grade>) {
    let mut next: BTreeMap<usize, BTreeMap<Grade, Grade>> =
        components.into_iter().map(|operation| (operation, BTreeMap::new())).collect();
    let mut last: Grade = 0;
    let mut ends = Vec::with_capacity(paths.len());
    for path in paths {
        let mut grade = 0;
        for &operation in path {
            let leads_to = next.entry(operation).or_default();
            grade = *leads_to.entry(grade).or_insert_with(|| {
                last += 1;
                last
            });
        }
        ends.push(grade);
    }
    let advances = next.into_iter().map(|(operation, next)| (operation, Advance::Follow(next)));
    (Grades::new(advances), ends)
}
