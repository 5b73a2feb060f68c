//! `pathscope dataset import`, as its users call it.

mod formats;
mod purposes;
mod support;
mod unreadable;
