//! Contributions of the reference models and programs, against those that were computed with the published
//! implementation in double precision.

mod cli;
mod marks;
mod reference;
mod support;
