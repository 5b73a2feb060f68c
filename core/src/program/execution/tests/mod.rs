//! Tests of whole programs, by hand and against the reference.

mod by_hand;
mod pytorch;
mod reference;
