//! Names and numbers that a program does not have.

use super::support::{ProgramFile, assert_program_refused, tensor};
use serde_json::json;

fn program() -> ProgramFile {
    let mut program = ProgramFile::new();
    program.input("mask", &[1, 1, 4, 4]);
    let first = program.convolution("stem.first", "x");
    let second = program.convolution("stem.second", &first);
    program.output(&first);
    program.output(&second);
    program
}

#[test]
fn names_that_do_not_exist_are_answered_with_the_nearest() {
    let program = program();
    for (flag, name, nearest) in [
        ("--from", "stem.fist", "stem.first"),
        ("--to", "stem.secund", "stem.second"),
        ("--gate", "conv2d_9", "conv2d_0"),
        ("--gate", "stem.frist", "stem.first"),
        ("--input", "msk", "mask"),
        ("--input", "2", "mask"),
    ] {
        assert_program_refused(&program, &[flag, name], &[name, "nearest", nearest]);
    }
    assert_program_refused(&program, &["--output", "2"], &["no output 2", "2, counted from 0"]);
    assert_program_refused(&program, &["--gate", "nothing*"], &["nothing*"]);
}

#[test]
fn modules_that_cannot_be_ends_are_refused() {
    let mut program = program();
    let zeros = [("size", json!({"as_ints": [1, 1, 4, 4]}))];
    let constant = program.operation("aten.zeros.default", "state", &zeros, &[1, 1, 4, 4]);
    let last = program.of_two("aten.add.Tensor", "conv2d_1", tensor(&constant));
    program.outputs.clear();
    program.output(&last);
    for flag in ["--from", "--to"] {
        assert_program_refused(&program, &[flag, "state"], &["state", "does not depend on the input"]);
    }
}
