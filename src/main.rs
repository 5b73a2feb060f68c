//! The `pathscope` command.

fn main() {}
