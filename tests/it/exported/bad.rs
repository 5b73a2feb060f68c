//! Programs that cannot be analyzed. Each gives a reason in one line, and no panic.

use super::support::{MAPS, ProgramFile, assert_program_refused, assert_refused, tensor, tensors};
use crate::cmd::run;
use serde_json::{Value, json};

/// Returns a program whose only layer is a convolution with these arguments.
fn convolution(shape: &[i64], numbers: &[f32], more: &[(&str, Value)]) -> ProgramFile {
    let mut program = ProgramFile::new();
    let weight = program.parameter("conv.weight", shape, numbers);
    let mut arguments = vec![("input", tensor("x")), ("weight", tensor(&weight))];
    arguments.extend(more.iter().cloned());
    let output = program.operation("aten.conv2d.default", "conv", &arguments, &MAPS);
    program.output(&output);
    program
}

/// Returns a program that ends in a batch normalization.
fn normalization(gamma: &[f32], variance: &[f32], more: &[(&str, Value)]) -> ProgramFile {
    let mut program = ProgramFile::new();
    let first = program.convolution("first", "x");
    let gamma = program.parameter("bn.weight", &[gamma.len() as i64], gamma);
    let variance = program.parameter("bn.running_var", &[variance.len() as i64], variance);
    let mut arguments =
        vec![("input", tensor(&first)), ("weight", tensor(&gamma)), ("running_var", tensor(&variance))];
    arguments.extend(more.iter().cloned());
    let output = program.operation("aten.batch_norm.default", "bn", &arguments, &MAPS);
    program.output(&output);
    program
}

/// Returns a program that ends in this operation, applied to a convolution.
fn ends_in(target: &str, more: &[(&str, Value)]) -> ProgramFile {
    let mut program = ProgramFile::new();
    let first = program.convolution("first", "x");
    let mut arguments = vec![("self", tensor(&first))];
    arguments.extend(more.iter().cloned());
    let output = program.operation(target, "body", &arguments, &MAPS);
    program.output(&output);
    program
}

#[test]
fn weights_that_are_not_finite() {
    for number in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let program = convolution(&[1, 1, 1, 1], &[number], &[]);
        assert_program_refused(&program, &[], &["component conv", "weight", "expected finite"]);
    }
}

#[test]
fn kernels_of_other_shapes() {
    assert_program_refused(&convolution(&[4], &[1.0; 4], &[]), &[], &["component conv", "[4]", "expected"]);
    assert_program_refused(&convolution(&[], &[1.0], &[]), &[], &["component conv", "expected"]);
    assert_program_refused(&convolution(&[0, 1, 1, 1], &[], &[]), &[], &["component conv", "[0, 1, 1, 1]"]);
}

#[test]
fn groups_that_do_not_divide_the_channels() {
    for groups in [0, -1, i64::MIN, i64::MAX, 3] {
        let program = convolution(&[2, 1, 1, 1], &[1.0; 2], &[("groups", json!({"as_int": groups}))]);
        assert_program_refused(&program, &[], &["component conv", "2 channels", "groups"]);
    }
}

#[test]
fn normalizations_with_impossible_numbers() {
    let evaluation = [("training", json!({"as_bool": false})), ("eps", json!({"as_float": 1e-5}))];
    let sound = normalization(&[1.0], &[1.0], &evaluation).write();
    assert_eq!(run(&["analyze", sound.path.to_str().unwrap()]).code, Some(0));
    assert_program_refused(&normalization(&[1.0], &[-1.0], &evaluation), &[], &["bn", "variance", "-1"]);
    assert_program_refused(&normalization(&[1.0; 2], &[1.0; 3], &evaluation), &[], &["bn", "[3]", "γ"]);
    assert_program_refused(&normalization(&[f32::NAN], &[1.0], &evaluation), &[], &["bn", "γ", "NaN"]);
    let training = [("training", json!({"as_bool": true})), ("eps", json!({"as_float": 1e-5}))];
    assert_program_refused(
        &normalization(&[1.0], &[1.0], &training),
        &[],
        &["training mode", "model.eval()"],
    );
    for eps in ["NaN", "Infinity", "-Infinity"] {
        let without = [("training", json!({"as_bool": false})), ("eps", json!({"as_float": eps}))];
        assert_program_refused(&normalization(&[1.0], &[1.0], &without), &[], &["bn"]);
    }
    let zero = [("training", json!({"as_bool": false})), ("eps", json!({"as_float": 0.0}))];
    assert_program_refused(&normalization(&[1.0], &[0.0], &zero), &[], &["bn", "inf", "finite"]);
    let below = [("training", json!({"as_bool": false})), ("eps", json!({"as_float": -2.0}))];
    assert_program_refused(&normalization(&[1.0], &[1.0], &below), &[], &["bn", "finite"]);
}

#[test]
fn factors_that_are_not_finite() {
    let factor = |target, number: Value| ends_in(target, &[("other", json!({"as_float": number}))]);
    for number in ["NaN", "Infinity", "-Infinity"] {
        assert_program_refused(&factor("aten.mul.Tensor", json!(number)), &[], &["component body"]);
    }
    assert_program_refused(&factor("aten.div.Tensor", json!(0.0)), &[], &["component body", "inf", "finite"]);
}

/// Arguments that PyTorch would refuse are not checked unless they matter to paths, but nothing panics.
#[test]
fn arguments_out_of_range() {
    let numbers = [99, -99, i64::MIN, i64::MAX, 0];
    for number in numbers {
        let int = || json!({"as_int": number});
        let ints = || json!({"as_ints": [number, number]});
        for (target, more) in [
            ("aten.select.int", vec![("dim", int()), ("index", int())]),
            ("aten.slice.Tensor", vec![("dim", int()), ("start", int()), ("end", int()), ("step", int())]),
            ("aten.narrow.default", vec![("dim", int()), ("start", int()), ("length", int())]),
            ("aten.split.Tensor", vec![("split_size", int()), ("dim", json!({"as_int": 1}))]),
            ("aten.split_with_sizes.default", vec![("split_sizes", ints()), ("dim", json!({"as_int": 1}))]),
            ("aten.chunk.default", vec![("chunks", int()), ("dim", int())]),
            ("aten.mean.dim", vec![("dim", ints())]),
            ("aten.unsqueeze.default", vec![("dim", int())]),
            ("aten.permute.default", vec![("dims", ints())]),
            ("aten.transpose.int", vec![("dim0", int()), ("dim1", int())]),
            ("aten.glu.default", vec![("dim", int())]),
            ("aten.select_scatter.default", vec![("src", tensor("x")), ("dim", int()), ("index", int())]),
        ] {
            for stacked in [false, true] {
                let mut program = ProgramFile::new();
                let first = program.convolution("first", "x");
                let second = program.convolution("second", &first);
                let both = [("tensors", tensors(&[&first, &second])), ("dim", json!({"as_int": 1}))];
                let cat = program.operation("aten.cat.default", "", &both, &[1, 2, 4, 4]);
                let source = if stacked { &cat } else { &second };
                let mut arguments = vec![("self", tensor(source))];
                arguments.extend(more.clone());
                let output = program.operation(target, "body", &arguments, &MAPS);
                program.output(&output);
                let file = program.write();
                let printed = run(&["analyze", file.path.to_str().unwrap()]);
                assert!(matches!(printed.code, Some(0 | 1)), "{target} {number}: {}", printed.stderr);
                assert!(printed.stderr.lines().count() <= 1, "{target} {number}: {}", printed.stderr);
            }
        }
        let mut program = ProgramFile::new();
        let first = program.convolution("first", "x");
        let all = [("tensors", tensors(&[&first, &first])), ("dim", json!({"as_int": number}))];
        let cat = program.operation("aten.cat.default", "", &all, &[1, 2, 4, 4]);
        program.output(&cat);
        assert_eq!(run(&["analyze", program.write().path.to_str().unwrap()]).code, Some(0), "{number}");
    }
}

#[test]
fn unknown_operations() {
    let program = ends_in("aten.surprise.default", &[]);
    assert_program_refused(
        &program,
        &[],
        &["surprise_1", "aten.surprise.default", "module body", "--to MODULE"],
    );
    let program = ends_in("higher_order.cond", &[]);
    assert_program_refused(&program, &[], &["decides by the data", "branch"]);
}

#[test]
fn programs_without_ends() {
    let mut program = ProgramFile::new();
    program.convolution("first", "x");
    assert_program_refused(&program, &[], &["no output that is a tensor"]);
    program.outputs.push(json!({"as_int": 3}));
    program.outputs.push(json!({"as_none": true}));
    assert_program_refused(&program, &[], &["no output that is a tensor"]);
    assert_program_refused(&program, &["--output", "0"], &["output 0"]);

    let mut program = ProgramFile::default();
    let weight = program.parameter("w", &MAPS, &[1.0; 16]);
    program.output(&weight);
    assert_program_refused(&program, &[], &["no input that is a tensor"]);

    let mut program = ProgramFile::new();
    program.input("other", &MAPS);
    let first = program.convolution("first", "x");
    program.output(&first);
    assert_program_refused(&program, &["--input", "other"], &["no path leads from other to output"]);
}

/// The tests of tracing have values with too many parts.
#[test]
fn long_programs_are_refused() {
    let mut program = ProgramFile::new();
    let weight = program.parameter("conv.weight", &[1, 1, 1, 1], &[0.5]);
    let mut last = "x".to_owned();
    for _ in 0..10_000 {
        let arguments = [("input", tensor(&last)), ("weight", tensor(&weight))];
        let next = program.operation("aten.conv2d.default", "conv", &arguments, &MAPS);
        last = program.of_two("aten.add.Tensor", &next, tensor(&last));
    }
    program.output(&last);
    assert_program_refused(&program, &[], &["too many lengths", "--to MODULE"]);
}

#[test]
fn truncated_archives() {
    let bytes = convolution(&[1, 1, 1, 1], &[1.0], &[]).bytes();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.pt2");
    for cut in [1, bytes.len() / 4, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..cut]).unwrap();
        assert_refused(&["analyze", path.to_str().unwrap()], &["model.pt2"]);
    }
}
