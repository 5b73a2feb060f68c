//! Transposed, grouped and depthwise convolutions, and invalid kernels.

use super::support::*;
use crate::cmd::assert_says;

/// An encoder, a decoder that `up` leads to, and one more convolution.
fn u_net(up: &str) -> String {
    let blocks = ["deep", "decoder", "out"].map(|name| block(name, "")).concat();
    format!(
        "iterations = 1\n{blocks}{}{}{}",
        connection("input", "deep", "down", ""),
        connection("deep", "decoder", "up", up),
        connection("decoder", "out", "out", "")
    )
}

/// Four channels and then two: 1×1 kernels, `up` transposed.
const U_NET: [(&str, &[usize], &[f32]); 3] = [
    ("down.weight", &[4, 2, 1], &[1.0]),
    // Of the input channels 1, 2, 2 and 4 go to the first output channel, 3, 0, 4 and 0 to the second.
    ("up.weight", &[4, 2, 1], &[1.0, 3.0, 2.0, 0.0, 2.0, 4.0, 4.0, 0.0]),
    ("out.weight", &[2, 2, 1], &[1.0]),
];

#[test]
fn the_strength_of_a_transposed_convolution_is_over_its_output_channels() {
    let files = Files::new(&U_NET, &u_net("transposed = true"));
    let analysis = files.analysis();
    // √(1 + 4 + 4 + 16) = 5 and √(9 + 16) = 5.
    assert_close(analysis.strength("conv[3].bottom_up"), 5.0);
    assert_eq!(analysis.component("conv[3].bottom_up")["transposed"], true);
    // Two groups: input channels 1 and 2 lead to outputs 1 and 2, input channels 3 and 4 to 3 and 4.
    let tensors = [U_NET[0], U_NET[1], ("out.weight", &[2, 4, 1][..], &[1.0][..])];
    let files = Files::new(&tensors, &u_net("transposed = true\ngroups = 2"));
    let norms = [5f64.sqrt(), 3.0, 20f64.sqrt(), 4.0];
    assert_close(files.analysis().strength("conv[3].bottom_up"), norms.iter().sum::<f64>() / 4.0);
}

#[test]
fn equal_channels_follow_the_layout_file() {
    let tensors: [(&str, &[usize], &[f32]); 1] = [("w.weight", &[2, 2, 1], &[3.0, 0.0, 4.0, 1.0])];
    let layout =
        |more: &str| format!("iterations = 1\n{}{}", block("a", ""), connection("input", "a", "w", more));
    let files = Files::new(&tensors, &layout(""));
    assert_close(files.analysis().strength("conv[2].bottom_up"), (3.0 + 17f64.sqrt()) / 2.0);
    files.describe(&layout("transposed = true"));
    assert_close(files.analysis().strength("conv[2].bottom_up"), 3.0);
}

#[test]
fn a_divisor_of_the_channels_is_refused_with_guesses() {
    let files = Files::new(&U_NET, &u_net(""));
    let message = files.refusal(&[]);
    assert_says(
        &message,
        &[
            "up.weight (conv[3].bottom_up) has shape [4, 2, 1], expected 4 input channels",
            "set `transposed = true`",
            "or a grouped convolution: set `groups = 2`",
        ],
    );
    // Later kernels are not blamed for a wrong one.
    assert!(!message.contains("out.weight"), "{message}");
    let grouped = [U_NET[0], U_NET[1], ("out.weight", &[2, 4, 1][..], &[1.0][..])];
    let files = Files::new(&grouped, &u_net("groups = 2"));
    let rows = [10f64.sqrt(), 2.0, 20f64.sqrt(), 4.0];
    assert_close(files.analysis().strength("conv[3].bottom_up"), rows.iter().sum::<f64>() / 4.0);
    assert_eq!(files.analysis().component("conv[3].bottom_up")["groups"], 2);
}

#[test]
fn other_channels_than_the_other_kernels_of_a_block() {
    let layout = format!(
        "iterations = 2\n{}{}{}{}{}",
        block("a", ""),
        block("b", ""),
        connection("input", "a", "below", ""),
        connection("a", "b", "above", ""),
        connection("b", "a", "back", "delay = 1")
    );
    let tensors: [(&str, &[usize], &[f32]); 3] = [
        ("below.weight", &[4, 2, 1], &[1.0]),
        ("above.weight", &[6, 4, 1], &[1.0]),
        ("back.weight", &[6, 4, 1], &[1.0]),
    ];
    let message = Files::new(&tensors, &layout).refusal(&[]);
    assert_says(&message, &["back.weight", "expected 4 output channels", "set `transposed = true`"]);
    assert!(!message.contains("groups"), "{message}");
}

#[test]
fn stacked_gates_are_named() {
    let layout = format!(
        "iterations = 2\n{}{}{}",
        block("cell", ""),
        connection("input", "cell", "below", ""),
        connection("cell", "cell", "hidden", "delay = 1")
    );
    for (gates, cell) in [(4, "an LSTM"), (3, "a GRU")] {
        let tensors: [(&str, &[usize], &[f32]); 2] =
            [("below.weight", &[2 * gates, 3, 3], &[1.0]), ("hidden.weight", &[2 * gates, 2, 3], &[1.0])];
        let message = Files::new(&tensors, &layout).refusal(&[]);
        assert_says(&message, &["hidden.weight", "stacked gates", cell]);
    }
}

#[test]
fn kernels_in_the_order_of_keras_are_suspected() {
    let layout = |bn: &str| {
        format!(
            "iterations = 2\n{}{}{}",
            block("a", bn),
            connection("input", "a", "below", ""),
            connection("a", "a", "lateral", "delay = 1")
        )
    };
    let tensors: [(&str, &[usize], &[f32]); 4] = [
        ("below.weight", &[3, 3, 4, 6], &[1.0]),
        ("lateral.weight", &[3, 3, 6, 6], &[1.0]),
        ("bn.weight", &[6], &[1.0]),
        ("bn.running_var", &[6], &[1.0]),
    ];
    let files = Files::new(&tensors, &layout("normalization = \"bn\""));
    assert_says(&files.refusal(&[]), &["as Keras and TensorFlow keep them", "(3, 2, 0, 1)"]);
    // Only the vectors beside the kernels contradict the other order.
    files.describe(&layout(""));
    assert_says(&files.refusal(&[]), &["as Keras and TensorFlow keep them", "none has 3"]);
    let right: [(&str, &[usize], &[f32]); 4] = [
        ("below.weight", &[6, 4, 3, 3], &[1.0]),
        ("lateral.weight", &[6, 6, 3, 3], &[1.0]),
        tensors[2],
        tensors[3],
    ];
    Files::new(&right, &layout("normalization = \"bn\"")).analysis();
}

#[test]
fn a_depthwise_convolution_is_suggested() {
    let layout = |more: &str| {
        format!(
            "iterations = 1\n{}{}{}{}",
            block("a", ""),
            block("b", ""),
            connection("input", "a", "point", ""),
            connection("a", "b", "depth", more)
        )
    };
    let tensors: [(&str, &[usize], &[f32]); 2] =
        [("point.weight", &[4, 3, 1], &[1.0]), ("depth.weight", &[4, 1, 1], &[2.0])];
    let files = Files::new(&tensors, &layout(""));
    assert_close(files.analysis().strength("conv[3].bottom_up"), 2.0);
    let said = files.output("inspect", &[]);
    assert_says(&said, &["depth.weight sees one channel of 4", "depthwise", "`groups = 4`"]);
    files.describe(&layout("groups = 4"));
    assert_close(files.analysis().strength("conv[3].bottom_up"), 2.0);
    assert!(!files.output("inspect", &[]).contains("depthwise"));
    files.describe(&layout("groups = 3"));
    assert_says(&files.refusal(&[]), &["a multiple of its 3 groups"]);
}

#[test]
fn settings_of_a_convolution_need_one() {
    for (word, said) in [("transposed = true", "line 14, column 14"), ("groups = 2", "line 14, column 10")] {
        let layout = format!("iterations = 1\n{}{}", block("a", ""), connection("input", "a", "", word));
        let files = Files::new(&[("w.weight", &[1, 1, 1], &[1.0])], &layout);
        assert_says(
            &files.refusal(&[]),
            &[said, "applies to a convolution, but this connection names no weight"],
        );
    }
}

#[test]
fn the_same_name_in_a_module_is_the_nearest() {
    let layout = format!("iterations = 1\n{}{}", block("a", ""), connection("input", "a", "conv", ""));
    // The first name is spelled more alike.
    let tensors: [(&str, &[usize], &[f32]); 2] =
        [("conf.weight", &[3], &[1.0]), ("some.long.module.conv.weight", &[4, 2, 1], &[1.0])];
    let message = Files::new(&tensors, &layout).refusal(&[]);
    assert_says(&message, &["missing conv.weight", "the nearest is some.long.module.conv.weight"]);
}
