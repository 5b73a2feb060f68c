//! The check that no array is given for two purposes.

use super::{ArraySource, DatasetError};
use crate::files::arrays::{NumberArray, Part, parts};

/// An array with the purpose that it is given for.
pub(super) struct Given<'a> {
    /// The name of the option for it, without its dashes, such as `images`.
    pub purpose: &'static str,
    pub source: &'a ArraySource,
    pub array: &'a NumberArray,
}

/// Refuses the same array for two purposes, even under different names.
///
/// Files are compared by identity, not by name. Images and responses are also compared by content, because a
/// copy is just as wrong.
pub(super) fn one_each(given: &[Given<'_>]) -> Result<(), DatasetError> {
    for (index, second) in given.iter().enumerate() {
        for first in &given[..index] {
            let copied = (first.purpose, second.purpose) == ("images", "responses")
                && first.array.is_copy_of(second.array);
            if copied || is_same_array(first, second) {
                return Err(DatasetError::TwoPurposes {
                    path: second.source.path.clone(),
                    key: second.source.key.clone(),
                    first: first.purpose,
                    first_path: first.source.path.clone(),
                    second: second.purpose,
                });
            }
        }
    }
    Ok(())
}

/// Refuses rows of two folders that come from files with different numbers.
///
/// A file that is missing in one folder would pair all later responses with the wrong images.
pub(super) fn same_files(given: &[Given<'_>]) -> Result<(), DatasetError> {
    let folders: Vec<&Given<'_>> = given.iter().filter(|given| !given.array.row_files().is_empty()).collect();
    let Some((first, others)) = folders.split_first() else { return Ok(()) };
    for other in others {
        let pairs = first.array.row_files().iter().zip(other.array.row_files());
        if let Some((one, another)) =
            pairs.into_iter().find(|(one, another)| numbers(one) != numbers(another))
        {
            return Err(DatasetError::Axes {
                path: other.source.path.clone(),
                detail: format!(
                    "{} have {another} where {} have {one}: the files of both must have the same numbers, so that each row is of one image",
                    other.purpose, first.purpose
                ),
            });
        }
    }
    Ok(())
}

/// Returns the numbers in a name, or the name itself if it has none.
fn numbers(name: &str) -> Vec<Part> {
    let all = parts(name);
    let numbers: Vec<Part> = all.iter().filter(|part| matches!(part, Part::Number(..))).cloned().collect();
    if numbers.is_empty() { all } else { numbers }
}

fn is_same_array(first: &Given<'_>, second: &Given<'_>) -> bool {
    // A file that was deleted after reading cannot be compared, but its name can.
    let (one, other) = (&first.source.path, &second.source.path);
    let one_file = same_file::is_same_file(one, other).unwrap_or(one == other);
    one_file && first.array.place() == second.array.place()
}
