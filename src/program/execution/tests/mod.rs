//! Whole programs, by hand and of the reference.

mod by_hand;
mod reference;
