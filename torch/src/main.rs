//! The `pathscope-torch` command.

fn main() {}
