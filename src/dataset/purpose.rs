//! One array has one purpose.

use super::{ArraySource, DatasetError};
use crate::arrays::NumberArray;

/// An array, and what it is given as.
pub(super) struct Given<'a> {
    /// Such as `images`: the name of the option that gives it.
    pub purpose: &'static str,
    pub source: &'a ArraySource,
    pub array: &'a NumberArray,
}

/// An error where two of these are one array, under whatever names.
///
/// Files are compared by what they are and not by their names; images and responses by what they
/// hold as well, since a copy is as wrong.
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

fn is_same_array(first: &Given<'_>, second: &Given<'_>) -> bool {
    // A file that was read and is gone since cannot be compared; its name still can.
    let (one, other) = (&first.source.path, &second.source.path);
    let one_file = same_file::is_same_file(one, other).unwrap_or(one == other);
    one_file && first.array.place() == second.array.place()
}
