//! `pathscope predict` and `pathscope evaluate` where `pathscope-torch` is not installed.

mod evaluate;
mod predict;
mod refusals;
mod support;
