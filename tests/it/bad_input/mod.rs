//! Errors of users, through the command. It must report the error, its place and its remedy, print no
//! results, and fail.

mod export;
mod files;
mod models;
mod output;
mod support;
