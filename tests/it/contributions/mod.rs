//! Contributions of the reference models and programs, compared with those of the published implementation in
//! double precision.

mod cli;
mod marks;
mod reference;
mod support;
