//! Tests of modules on and off paths.

use super::*;
use crate::program::testing::TestProgram;
use crate::program::tracing::{Settings, trace};
use ndarray::ArrayD;

const MAPS: [i64; 4] = [1, 2, 4, 4];

fn convolution(net: &mut TestProgram, name: &str, input: ValueId) -> ValueId {
    let tensor = format!("{name}.weight");
    let known = net.program.values.iter().position(|value| value.name == tensor);
    let weight = known.map_or_else(|| net.parameter(&tensor, ArrayD::ones(vec![2, 2, 1, 1])), ValueId::new);
    let arguments = [("input", input.into()), ("weight", weight.into())];
    net.in_module(name).operation("aten.conv2d.default", &arguments, &MAPS)
}

fn of_two(net: &mut TestProgram, target: &str, a: ValueId, b: ValueId) -> ValueId {
    net.in_module("body").operation(target, &[("self", a.into()), ("other", b.into())], &MAPS)
}

/// Returns each module with its uses, its uses on paths, and the reason.
fn listed(net: &TestProgram, settings: &Settings) -> Vec<String> {
    let traced = trace(&net.program, net, settings).ok();
    let modules = modules(&net.program, traced.as_ref()).into_iter();
    let text = |module: Module| {
        let why = module.why.map_or_else(|| "?".to_owned(), |why| why.to_string());
        format!("{} {} {:?}: {why}", module.name, module.uses, module.on_paths.unwrap_or(99))
    };
    modules.map(text).collect()
}

/// Returns x → first → (times sigmoid(gate(first)), and compared: first > counted(first)) → last. In
/// addition, `state` is called on zeros, `loose` is called on first, and `idle` is never called.
fn net() -> TestProgram {
    let mut net = TestProgram::new();
    let image = net.input("x", &MAPS);
    net.parameter("idle.weight", ArrayD::ones(vec![3]));
    let bias = net.parameter("shift", ArrayD::ones(vec![2, 1, 1]));
    let first = convolution(&mut net, "first", image);
    let zeros = net.operation("aten.zeros.default", &[("size", MAPS.into())], &MAPS);
    let state = convolution(&mut net, "state", zeros);
    let gate = convolution(&mut net, "gate", first);
    let gate = net.in_module("body").operation("aten.sigmoid.default", &[("self", gate.into())], &MAPS);
    let gated = of_two(&mut net, "aten.mul.Tensor", first, gate);
    convolution(&mut net, "loose", first);
    let counted = convolution(&mut net, "counted", first);
    let mask = net.operation("aten.sign.default", &[("self", counted.into())], &MAPS);
    let sum = of_two(&mut net, "aten.add.Tensor", gated, mask);
    let sum = of_two(&mut net, "aten.add.Tensor", sum, state);
    let shifted = of_two(&mut net, "aten.add.Tensor", sum, bias);
    let last = convolution(&mut net, "first", shifted);
    let last = convolution(&mut net, "last", last);
    net.output(last);
    net
}

#[test]
fn every_module_says_what_it_does_for_the_paths_and_why() {
    assert_eq!(
        listed(&net(), &Settings::default()),
        [
            "first 2 2: a path leads through it",
            "state 1 0: its input does not depend on where paths begin",
            "gate 1 0: gates operation mul_5 (aten.mul.Tensor) in module body",
            "loose 1 0: nothing on the way to the end of the paths reads its output",
            "counted 1 0: no path leads from its output to the end of the paths, although that depends on it",
            "last 1 1: a path leads through it",
            "idle.weight 0 0: no operation of the program uses it",
            "shift 1 0: belongs to operation add_11 (aten.add.Tensor) in module body, which is not a component",
        ]
    );
}

#[test]
fn modules_before_and_after_the_paths_are_listed() {
    let settings = Settings { from: Some("gate".to_owned()), ..Settings::default() };
    let mut net = net();
    let gates = Settings { gates: vec!["first".to_owned()], ..settings };
    assert_eq!(listed(&net, &gates)[2], "gate 1 0: paths begin at its output");
    let last = net.program.outputs[0].unwrap();
    let end = convolution(&mut net, "after", last);
    net.program.outputs = vec![Some(end)];
    let until = Settings { to: Some("last".to_owned()), ..Settings::default() };
    let listed = listed(&net, &until);
    assert_eq!(listed[6], "after 1 0: is called only after the place where paths end");
}

#[test]
fn modules_are_listed_where_paths_cannot_be_followed() {
    let mut net = net();
    let output = net.program.outputs[0].unwrap();
    let output = net.operation("aten.surprise.default", &[("self", output.into())], &MAPS);
    net.program.outputs = vec![Some(output)];
    let listed = listed(&net, &Settings::default());
    assert_eq!(listed[0], "first 2 99: ?");
    assert_eq!(listed[6], "idle.weight 0 0: no operation of the program uses it");
}

#[test]
fn parameters_are_counted_with_the_module_that_is_given_them() {
    let mut net = TestProgram::new();
    let image = net.input("x", &[1, 3]);
    let weight = net.parameter("read.weight", ArrayD::ones(vec![5, 3]));
    let bias = net.parameter("read.bias", ArrayD::ones(vec![5]));
    let turned = net.operation("aten.t.default", &[("self", weight.into())], &[3, 5]);
    let arguments = [("self", bias.into()), ("mat1", image.into()), ("mat2", turned.into())];
    let output = net.operation("aten.addmm.default", &arguments, &[1, 5]);
    net.output(output);
    for traced in [trace(&net.program, &net, &Settings::default()).ok(), None] {
        let modules = modules(&net.program, traced.as_ref());
        let [module] = modules.as_slice() else { panic!("{modules:?}") };
        assert_eq!((module.name.as_str(), module.parameters), ("read", 20));
        assert_eq!(module.shape, Some(vec![Extent::Known(5), Extent::Known(3)]));
    }
}
