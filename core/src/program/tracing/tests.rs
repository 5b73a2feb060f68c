use super::*;
use crate::paths::enumerate::Paths as Listed;
use crate::program::testing::TestProgram;
use crate::program::{Argument, ModuleCall};
use ndarray::ArrayD;

/// The shape of maps with 2 channels and 4 × 4 points.
const MAPS: [i64; 4] = [1, 2, 4, 4];

fn convolution(net: &mut TestProgram, name: &str, input: ValueId) -> ValueId {
    let tensor = format!("{name}.weight");
    let known = net.program.values.iter().position(|value| value.name == tensor);
    let weight = known.map_or_else(|| net.parameter(&tensor, ArrayD::ones(vec![2, 2, 1, 1])), ValueId::new);
    let arguments = [("input", input.into()), ("weight", weight.into())];
    net.in_module(name).operation("aten.conv2d.default", &arguments, &MAPS)
}

fn of_one(net: &mut TestProgram, target: &str, value: ValueId) -> ValueId {
    let shape = net.program.value(value).tensor.clone().unwrap().shape;
    let shape: Vec<i64> = shape.iter().map(|extent| extent.known().unwrap()).collect();
    net.in_module("body").operation(target, &[("self", value.into())], &shape)
}

fn of_two(net: &mut TestProgram, target: &str, a: ValueId, b: impl Into<Argument>) -> ValueId {
    net.in_module("body").operation(target, &[("self", a.into()), ("other", b.into())], &MAPS)
}

/// Returns the paths to the last value, each as the names of its components.
fn paths_of(net: &mut TestProgram, settings: &Settings) -> Result<Vec<String>, TraceError> {
    let last = ValueId::new(net.program.values.len() - 1);
    net.program.outputs.clear();
    net.output(last);
    let traced = trace(&net.program, net, settings)?;
    let names = |path: crate::paths::Path| {
        let components = path.nodes.iter().filter_map(|&node| traced.graph.component(node));
        components.map(|index| traced.layers[index].name.clone()).collect::<Vec<_>>().join(" ")
    };
    let mut paths: Vec<String> = Listed::new(&traced.graph).map(names).collect();
    paths.sort();
    Ok(paths)
}

fn paths(net: &mut TestProgram) -> Vec<String> {
    paths_of(net, &Settings::default()).unwrap()
}

fn problem(net: &mut TestProgram) -> String {
    paths_of(net, &Settings::default()).unwrap_err().to_string()
}

/// Returns a net with an image and a convolution of it.
fn net() -> (TestProgram, ValueId) {
    let mut net = TestProgram::new();
    let image = net.input("x", &MAPS);
    let first = convolution(&mut net, "first", image);
    (net, first)
}

#[test]
fn a_residual_block_has_two_paths() {
    let (mut net, first) = net();
    let second = convolution(&mut net, "second", first);
    let relu = of_one(&mut net, "aten.relu.default", second);
    of_two(&mut net, "aten.add.Tensor", relu, first);
    assert_eq!(paths(&mut net), ["first", "first second"]);
}

#[test]
fn two_calls_of_a_layer_are_two_uses_of_one_component() {
    let (mut net, first) = net();
    let once = convolution(&mut net, "again", first);
    let twice = convolution(&mut net, "again", once);
    net.output(twice);
    let traced = trace(&net.program, &net, &Settings::default()).unwrap();
    let uses: Vec<_> = traced.layers.iter().map(|layer| (layer.name.as_str(), layer.uses)).collect();
    assert_eq!(uses, [("first", 1), ("again", 2)]);
    assert_eq!(traced.graph.node_count(), 4);
}

#[test]
fn no_path_leads_through_a_gate() {
    let (mut net, first) = net();
    let side = convolution(&mut net, "side", first);
    let gate = of_one(&mut net, "aten.sigmoid.default", side);
    let complement = net.operation("aten.rsub.Scalar", &[("self", gate.into()), ("other", 1.into())], &MAPS);
    of_two(&mut net, "aten.mul.Tensor", complement, first);
    assert_eq!(paths(&mut net), ["first"]);
    let traced = trace(&net.program, &net, &Settings::default()).unwrap();
    assert_eq!(traced.roles, [Role::Path, Role::Gate]);
}

#[test]
fn a_gate_times_a_constant_is_a_factor() {
    let (mut net, first) = net();
    let gate = of_one(&mut net, "aten.sigmoid.default", first);
    let state = of_one(&mut net, "aten.zeros_like.default", first);
    of_two(&mut net, "aten.mul.Tensor", gate, state);
    assert_eq!(paths(&mut net), ["first mul_3"]);
}

#[test]
fn a_mean_over_a_stack_divides_by_its_height() {
    let (mut net, first) = net();
    let second = convolution(&mut net, "second", first);
    let stack =
        net.operation("aten.stack.default", &[("tensors", vec![first, second].into())], &[2, 1, 2, 4, 4]);
    let moved = net.operation(
        "aten.permute.default",
        &[("self", stack.into()), ("dims", [1, 0, 2, 3, 4].into())],
        &[1, 2, 2, 4, 4],
    );
    net.operation("aten.mean.dim", &[("self", moved.into()), ("dim", [1].into())], &MAPS);
    assert_eq!(paths(&mut net), ["first mean_4", "first second mean_4"]);
    let traced = trace(&net.program, &net, &Settings::default()).unwrap();
    let half = StrengthSource::Factor { value: FactorValue::Literal(0.5), of: FactorOf::Itself };
    assert_eq!(traced.layers[2].strength, half);
}

#[test]
fn a_stack_may_be_a_concatenation_in_another_shape() {
    let (mut net, first) = net();
    let second = convolution(&mut net, "second", first);
    let both = net.operation("aten.cat.default", &[("tensors", vec![first, second].into())], &[2, 2, 4, 4]);
    let size = [2, 1, 2, 4, 4];
    let stack = net.operation("aten.view.default", &[("self", both.into()), ("size", size.into())], &size);
    net.operation("aten.mean.dim", &[("self", stack.into()), ("dim", [0].into())], &MAPS);
    assert_eq!(paths(&mut net), ["first mean_4", "first second mean_4"]);
}

#[test]
fn a_part_of_a_stack_has_the_paths_of_that_part() {
    let (mut net, first) = net();
    let second = convolution(&mut net, "second", first);
    let stack =
        net.operation("aten.stack.default", &[("tensors", vec![first, second].into())], &[2, 1, 2, 4, 4]);
    net.operation(
        "aten.select.int",
        &[("self", stack.into()), ("dim", 0.into()), ("index", (-1).into())],
        &MAPS,
    );
    assert_eq!(paths(&mut net), ["first second"]);
}

#[test]
fn parts_of_one_value_that_are_put_together_again_are_one_way() {
    let (mut net, first) = net();
    let halves = net.operation_with_outputs(
        "aten.chunk.default",
        &[("self", first.into()), ("chunks", 2.into()), ("dim", 1.into())],
        &[&[1, 1, 4, 4], &[1, 1, 4, 4]],
    );
    let swapped = vec![halves[1], halves[0]];
    let whole = net.operation("aten.cat.default", &[("tensors", swapped.into()), ("dim", 1.into())], &MAPS);
    of_one(&mut net, "aten.relu.default", whole);
    assert_eq!(paths(&mut net), ["first"]);
    let doubled = vec![first, first];
    net.operation("aten.cat.default", &[("tensors", doubled.into()), ("dim", 1.into())], &[1, 4, 4, 4]);
    assert_eq!(paths(&mut net), ["first", "first"]);
}

#[test]
fn later_readers_see_what_was_changed_in_place() {
    let (mut net, first) = net();
    let second = convolution(&mut net, "second", first);
    of_two(&mut net, "aten.add_.Tensor", first, second);
    convolution(&mut net, "third", first);
    assert_eq!(paths(&mut net), ["first second third", "first third"]);
}

#[test]
fn states_written_into_an_array_are_found_there() {
    let (mut net, first) = net();
    let second = convolution(&mut net, "second", first);
    let arguments = [("size", [2, 1, 2, 4, 4].into())];
    let array = net.operation("aten.zeros.default", &arguments, &[2, 1, 2, 4, 4]);
    for (at, state) in [(0, first), (1, second)] {
        let arguments = [("self", array.into()), ("dim", 0.into()), ("index", at.into())];
        let place = net.operation("aten.select.int", &arguments, &MAPS);
        net.operation("aten.copy_.default", &[("self", place.into()), ("src", state.into())], &MAPS);
    }
    net.operation(
        "aten.select.int",
        &[("self", array.into()), ("dim", 0.into()), ("index", 1.into())],
        &MAPS,
    );
    assert_eq!(paths(&mut net), ["first second"]);
}

/// Returns a value times `clamp(value + 3, 0, 6)`, divided by 6.
fn hard_swish(net: &mut TestProgram, value: ValueId) -> ValueId {
    let shifted = of_two(net, "aten.add.Tensor", value, 3);
    let bounds = [("self", shifted.into()), ("min", 0.into()), ("max", 6.into())];
    let clamped = net.operation("aten.clamp.default", &bounds, &MAPS);
    let product = of_two(net, "aten.mul.Tensor", value, clamped);
    of_two(net, "aten.div.Tensor", product, 6)
}

#[test]
fn activations_that_are_written_out_have_strength_one() {
    let (mut net, first) = net();
    hard_swish(&mut net, first);
    assert_eq!(paths(&mut net), ["first"]);
    // Mish: a value times the hyperbolic tangent of its softplus.
    let softplus = of_one(&mut net, "aten.softplus.default", first);
    let tangent = of_one(&mut net, "aten.tanh.default", softplus);
    of_two(&mut net, "aten.mul.Tensor", first, tangent);
    assert_eq!(paths(&mut net), ["first"]);
    // A parametric rectifier, in decomposed form.
    let slope = net.parameter("prelu.weight", ArrayD::ones(vec![1, 2, 1, 1]));
    let scaled = of_two(&mut net, "aten.mul.Tensor", slope, first);
    let positive = of_two(&mut net, "aten.gt.Scalar", first, 0);
    let arguments = [("condition", positive.into()), ("self", first.into()), ("other", scaled.into())];
    net.operation("aten.where.self", &arguments, &MAPS);
    assert_eq!(paths(&mut net), ["first"]);
}

#[test]
fn a_factor_by_which_a_six_is_divided_is_one_where_no_hard_sigmoid_ends() {
    let (mut net, first) = net();
    of_two(&mut net, "aten.div.Tensor", first, 6);
    assert_eq!(paths(&mut net), ["first div_1"]);
}

#[test]
fn products_of_which_no_factor_gates_are_refused() {
    let (mut net, first) = net();
    let one = convolution(&mut net, "one", first);
    let other = convolution(&mut net, "other", first);
    let gate = of_one(&mut net, "aten.tanh.default", other);
    of_two(&mut net, "aten.mul.Tensor", one, gate);
    insta::assert_snapshot!(problem(&mut net), @"operation mul_4 (aten.mul.Tensor) in module body multiplies two values that depend on the image, conv2d_1_0 and tanh_3_0, and neither is a sigmoid or another function that gates: say which one gates the other with --gate NAME, where NAME is one of these two or a module");
    let named = |name: &str| Settings { gates: vec![name.to_owned()], ..Settings::default() };
    assert_eq!(paths_of(&mut net, &named("tanh_3")).unwrap(), ["first one"]);
    assert_eq!(paths_of(&mut net, &named("one")).unwrap(), ["first other"]);
    assert_eq!(paths_of(&mut net, &named("tanh_*")).unwrap(), ["first one"]);
    assert_eq!(paths_of(&mut net, &named("*ther")).unwrap(), ["first one"]);
    let error = paths_of(&mut net, &named("tan_3")).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "there is no module or operation tan_3 that could gate; the nearest names are tanh_3"
        ),
        "{error}"
    );
}

#[test]
fn what_is_not_on_a_path_need_not_be_known() {
    let (mut net, first) = net();
    let odd = of_one(&mut net, "aten.fft_fft2.default", first);
    of_one(&mut net, "aten.relu.default", first);
    assert_eq!(paths(&mut net), ["first"]);
    let gate = of_one(&mut net, "aten.sigmoid.default", odd);
    of_two(&mut net, "aten.mul.Tensor", first, gate);
    assert_eq!(paths(&mut net), ["first"]);
    of_two(&mut net, "aten.add.Tensor", first, odd);
    insta::assert_snapshot!(problem(&mut net), @"a path leads through operation fft_fft2_1 (aten.fft_fft2.default) in module body, for which pathscope has no rule: end the paths before it with --to MODULE, begin them after it with --from MODULE, or write that part of the model with other operations");
}

#[test]
fn what_depends_on_the_data_is_refused_by_name() {
    let (mut net, first) = net();
    of_one(&mut net, "higher_order.cond", first);
    assert!(problem(&mut net).contains("decides by the data"));
    let arguments = [("input", first.into()), ("training", true.into()), ("eps", 1e-5.into())];
    net.operation("aten.batch_norm.default", &arguments, &[4, 2, 4, 4]);
    let variance = net.buffer("norm.running_var", ArrayD::ones(vec![2]));
    let arguments = [arguments.to_vec(), vec![("running_var", variance.into())]].concat();
    net.operation("aten.batch_norm.default", &arguments, &MAPS);
    assert!(problem(&mut net).contains("model.eval()"), "{}", problem(&mut net));
    let kernel = convolution(&mut net, "kernel", first);
    net.operation("aten.conv2d.default", &[("input", first.into()), ("weight", kernel.into())], &MAPS);
    assert!(problem(&mut net).contains("takes its weight from the image"));
}

#[test]
fn paths_begin_and_end_at_modules() {
    let (mut net, first) = net();
    let again = convolution(&mut net, "first", first);
    let path = "first".to_owned();
    net.program.operations[1].modules = [ModuleCall { path, call: 1, class: String::new() }].into();
    let second = convolution(&mut net, "second", again);
    let sum = of_two(&mut net, "aten.add.Tensor", second, first);
    convolution(&mut net, "third", sum);
    let ends = |from: &str, to: &str| Settings {
        from: Some(from.to_owned()).filter(|name| !name.is_empty()),
        to: Some(to.to_owned()).filter(|name| !name.is_empty()),
        ..Settings::default()
    };
    // Both uses of the first are beginnings, so nothing leads through the second of them.
    assert_eq!(paths_of(&mut net, &ends("first", "")).unwrap(), ["second third", "third"]);
    assert_eq!(paths_of(&mut net, &ends("", "first")).unwrap(), ["first first"]);
    assert_eq!(paths_of(&mut net, &ends("first", "second")).unwrap(), ["second"]);
    let error = paths_of(&mut net, &ends("frist", "")).unwrap_err().to_string();
    assert!(error.starts_with("there is no module frist; the nearest names are first"), "{error}");
    let error = paths_of(&mut net, &ends("third", "second")).unwrap_err();
    assert!(matches!(error, TraceError::NoPath { .. }), "{error}");
}

#[test]
fn a_divisor_of_the_image_is_taken_for_a_gate_and_said() {
    let (mut net, first) = net();
    let pooled = convolution(&mut net, "pool", first);
    of_two(&mut net, "aten.div.Tensor", first, pooled);
    assert_eq!(paths(&mut net), ["first"]);
    let traced = trace(&net.program, &net, &Settings::default()).unwrap();
    assert_eq!(traced.divisors[0].name, "div_2");
}

#[test]
fn an_equation_is_multiplied_from_left_to_right() {
    let (mut net, first) = net();
    let feature = net.parameter("feature", ArrayD::ones(vec![5, 2]));
    let spatial = net.parameter("spatial", ArrayD::ones(vec![5, 4, 4]));
    let tensors = vec![first, feature, spatial];
    let arguments = [("equation", "bchw,nc,nhw->bn".into()), ("tensors", tensors.into())];
    net.operation("aten.einsum.default", &arguments, &[1, 5]);
    assert_eq!(paths(&mut net), ["first feature spatial"]);
    let traced = trace(&net.program, &net, &Settings::default()).unwrap();
    let StrengthSource::Matrix { summed, .. } = &traced.layers[2].strength else { panic!() };
    assert_eq!(summed, &[1, 2]);
}

#[test]
fn a_hard_sigmoid_gates_however_it_is_written() {
    let (mut net, first) = net();
    let side = convolution(&mut net, "side", first);
    let shifted = of_two(&mut net, "aten.add.Tensor", side, 3);
    let above = net.operation("aten.clamp.default", &[("self", shifted.into()), ("min", 0.into())], &MAPS);
    let between = net.operation("aten.clamp.default", &[("self", above.into()), ("max", 6.into())], &MAPS);
    let gate = of_two(&mut net, "aten.div.Tensor", between, 6);
    of_two(&mut net, "aten.mul.Tensor", gate, first);
    assert_eq!(paths(&mut net), ["first"]);
}

#[test]
fn a_masked_softmax_gates() {
    let (mut net, first) = net();
    let other = convolution(&mut net, "values", first);
    let weights = of_one(&mut net, "aten._softmax.default", first);
    let zeros = of_one(&mut net, "aten.zeros_like.default", first);
    let mask = of_two(&mut net, "aten.gt.Scalar", first, 0);
    let arguments = [("condition", mask.into()), ("self", zeros.into()), ("other", weights.into())];
    let masked = net.operation("aten.where.self", &arguments, &MAPS);
    net.operation("aten.bmm.default", &[("self", masked.into()), ("mat2", other.into())], &MAPS);
    assert_eq!(paths(&mut net), ["first values"]);
}

#[test]
fn components_of_one_tensor_are_numbered() {
    let (mut net, mut value) = net();
    let weight = net.parameter("conv.weight", ArrayD::ones(vec![2, 2, 1, 1]));
    for groups in [1_i64, 2, 4, 2] {
        let arguments = [("input", value.into()), ("weight", weight.into()), ("groups", groups.into())];
        value = net.in_module("conv").operation("aten.conv2d.default", &arguments, &MAPS);
    }
    assert_eq!(paths(&mut net), ["first conv conv#2 conv#3 conv#2"]);
}

#[test]
fn programs_of_too_many_pieces_are_refused() {
    let (mut net, first) = net();
    let pieces = 4096;
    let tensors = Argument::Tensors(vec![Some(first); pieces]);
    let maps = [1, 2 * pieces as i64, 4, 4];
    let mut value = net.operation("aten.cat.default", &[("tensors", tensors), ("dim", 1_i64.into())], &maps);
    for _ in 0..MOST_PLACES / pieces {
        value = of_one(&mut net, "aten.relu.default", value);
    }
    let problem = problem(&mut net);
    assert!(problem.contains("than pathscope follows: end the paths earlier with --to MODULE"), "{problem}");
}

#[test]
fn every_query_takes_from_all_values() {
    let (mut net, first) = net();
    let start = net.parameter("start", ArrayD::ones(vec![1, 2, 1, 4]));
    let arguments = [("tensors", vec![start, first].into()), ("dim", 2.into())];
    let values = net.operation("aten.cat.default", &arguments, &[1, 2, 5, 4]);
    let arguments = [("query", values.into()), ("key", values.into()), ("value", values.into())];
    let attended = net.operation("aten.scaled_dot_product_attention.default", &arguments, &[1, 2, 5, 4]);
    let weights = net.operation(
        "aten._softmax.default",
        &[("self", attended.into()), ("dim", 3.into())],
        &[1, 2, 5, 5],
    );
    let arguments = [("self", weights.into()), ("other", values.into())];
    let product = net.operation("aten.matmul.default", &arguments, &[1, 2, 5, 4]);
    for value in [attended, product] {
        // The first place, at which the values themselves are a constant.
        let arguments = [("self", value.into()), ("dim", 2.into()), ("index", 0.into())];
        net.operation("aten.select.int", &arguments, &[1, 2, 4]);
        assert_eq!(paths(&mut net), ["first"]);
    }
}
