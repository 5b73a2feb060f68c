//! `pathscope dataset import`, as its users call it.

mod axes;
mod folders;
mod formats;
mod presentations;
mod purposes;
mod support;
mod unreadable;
