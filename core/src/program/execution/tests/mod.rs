//! Whole programs, by hand and of the reference.

mod by_hand;
mod pytorch;
mod reference;
