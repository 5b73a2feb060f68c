//! A check that the rows of one configuration agree.

use super::row::ResultRow;

macro_rules! settings {
    ($($name:ident)+) => {
        /// Returns the first setting in which two rows of one configuration differ. Only their seeds should
        /// differ.
        pub(super) fn difference(one: &ResultRow, other: &ResultRow) -> Option<&'static str> {
            $(if one.$name != other.$name {
                return Some(stringify!($name));
            })+
            None
        }
    };
}

settings! {
    kind matched dataset split_seed train_fraction recurrent_blocks iterations readout channels activation first_block
    loss multi_path lengths_removed
}
