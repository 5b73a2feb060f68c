//! What users get wrong, through the command itself: it says what is wrong, where and what to do,
//! prints no results and fails.

mod export;
mod files;
mod models;
mod output;
mod support;
