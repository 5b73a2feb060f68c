//! `pathscope predict` and `pathscope evaluate` without `pathscope-torch`.

mod evaluate;
mod predictions;
mod refusals;
mod scores;
mod support;
