//! Layout files of other models than the paper's, through the command.

mod kernels;
mod support;
mod template;
mod words;
