//! `pathscope predict` and `pathscope evaluate` where `pathscope-torch` is not installed.

mod evaluate;
mod predictions;
mod refusals;
mod support;
