//! Inspection of programs that cannot be analyzed.

use super::support::{ProgramFile, tensor};
use crate::cmd::{assert_says, run, stdout};

#[test]
fn modules_of_a_program_that_cannot_be_analyzed_are_listed() {
    let mut program = ProgramFile::new();
    let first = program.convolution("first", "x");
    let second = program.convolution("second", &first);
    let product = program.of_two("aten.mul.Tensor", &first, tensor(&second));
    program.output(&product);
    let file = program.write();
    let path = file.path.to_str().unwrap();
    let printed = run(&["inspect", path]);
    assert_eq!(printed.code, Some(1));
    assert_says(&printed.stderr, &["--gate NAME"]);
    assert_says(&printed.stdout, &["its paths cannot be traced", "second", "2 conv2d, 1 mul"]);
    let json = run(&["inspect", path, "--format", "json"]);
    let inspection: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(inspection["modules"][1]["uses"], 1);
    assert!(inspection["modules"][1]["role"].is_null() && inspection["from"].is_null());
    let gated = stdout(&["inspect", path, "--gate", "second"]);
    assert_says(&gated, &["gates operation mul_2"]);
}
