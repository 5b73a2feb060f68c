//! `pathscope dataset import` through the command.

mod axes;
mod folders;
mod formats;
mod presentations;
mod purposes;
mod support;
mod unreadable;
