//! Layout files of models that are not the paper's, through the command.

mod kernels;
mod support;
mod template;
mod words;
