//! `pathscope layout template`.

use super::support::*;
use crate::cmd::assert_says;
use std::fs;

const KERNEL: &[usize] = &[4, 4, 3, 3];
const VECTOR: &[usize] = &[4];

type Tensors<'a> = Vec<(&'a str, &'a [usize], &'a [f32])>;

/// Returns the template for these tensors.
fn template(tensors: &[(&str, &[usize], &[f32])]) -> (Files, String) {
    let files = Files::new(tensors, "");
    let text = files.template();
    fs::write(&files.layout, &text).unwrap();
    (files, text)
}

/// Returns the tensors of a recurrent block behind a first stage, with these in addition.
fn recurrent<'a>(more: &[(&'a str, &'a [usize], &'a [f32])]) -> Tensors<'a> {
    let mut tensors: Tensors<'a> = vec![
        ("conv1.weight", &[4, 1, 3, 3], &[1.0]),
        ("conv2.weight", KERNEL, &[1.0]),
        ("lat.weight", KERNEL, &[0.5]),
    ];
    tensors.extend(more);
    tensors
}

/// Checks that the template can be analyzed unchanged and has this number of paths to the last iteration.
#[track_caller]
fn assert_paths_to_the_last(files: &Files, text: &str, paths: u64) {
    let json = files.output("analyze", &["--readout", "no-avg", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["ensembles"][0]["paths"], paths, "{text}");
    assert!(!text.contains("cannot be analyzed"), "{text}");
}

#[test]
fn numbers_behind_underscores_count_iterations() {
    let names: Vec<String> = (0..3)
        .flat_map(|t| ["weight", "bias", "running_var"].map(|part| format!("norm2_{t}.{part}")))
        .collect();
    let norms: Tensors<'_> = names.iter().map(|name| (name.as_str(), VECTOR, &[1.0][..])).collect();
    let (files, text) = template(&recurrent(&norms));
    assert_says(&text, &["normalization = \"norm2_{t}\"", "here by its name", "iterations = 3 "]);
    assert_paths_to_the_last(&files, &text, 3);
}

#[test]
fn scales_and_statistics_of_all_kinds() {
    let one: &[f32] = &[1.0];
    let cases: [(&[&str], &str, u64); 7] = [
        (&["bn.0.running_var", "bn.1.running_var"], "{ running_var = \"bn.{t}.running_var\" }", 2),
        (&["gn.weight", "gn.bias"], "{ weight = \"gn.weight\" }", 1),
        (
            &["bn.weight", "bn.bias", "bn.running_var_0", "bn.running_var_1"],
            "{ weight = \"bn.weight\", running_var = \"bn.running_var_{t}\" }",
            2,
        ),
        (
            &["bn.gamma_1", "bn.gamma_2", "bn.running_var"],
            "{ weight = \"bn.gamma_{t}\", running_var = \"bn.running_var\" }",
            2,
        ),
        (
            &["bn.0.weight", "bn.0.bias", "bn.0.running_var", "bn.1.weight", "bn.1.bias"],
            "[\"bn.0\", { weight = \"bn.1.weight\" }]",
            2,
        ),
        // With a gap, the numbers are positions in a Sequential.
        (&["bn.1.weight", "bn.1.running_var", "bn.4.weight", "bn.4.running_var"], "\"bn.1\"", 1),
        (&["bn.weight", "bn.running_var"], "\"bn\"", 1),
    ];
    for (names, expected, paths) in cases {
        let norms: Tensors<'_> = names.iter().map(|&name| (name, VECTOR, one)).collect();
        let (files, text) = template(&recurrent(&norms));
        assert_says(&text, &[&format!("normalization = {expected}  # 4 channels")]);
        assert_paths_to_the_last(&files, &text, paths);
    }
}

#[test]
fn numbers_shared_with_kernels_count_layers() {
    let one: &[f32] = &[1.0];
    let tensors: Tensors<'_> = vec![
        ("conv.0.weight", KERNEL, one),
        ("conv.1.weight", KERNEL, one),
        ("norm.0.weight", VECTOR, one),
        ("norm.0.running_var", VECTOR, one),
        ("norm.1.weight", VECTOR, one),
        ("norm.1.running_var", VECTOR, one),
    ];
    let (files, text) = template(&tensors);
    assert_says(&text, &["\"norm.0\"", "\"norm.1\"", "iterations = 1 "]);
    assert_paths_to_the_last(&files, &text, 1);
}

#[test]
fn a_depthwise_kernel_sees_no_image() {
    let (deep, point): (&[usize], &[usize]) = (&[8, 1, 3, 3], &[8, 8, 1, 1]);
    let one: &[f32] = &[1.0];
    let separable: Tensors<'_> = vec![
        ("feed.a_in.weight", point, one),
        ("feed.b_spatial.weight", deep, one),
        ("feed.c_out.weight", point, one),
        ("lateral.a_in.weight", point, one),
        ("lateral.b_spatial.weight", deep, one),
        ("lateral.c_out.weight", point, one),
    ];
    let (files, text) = template(&separable);
    assert!(!text.contains("sees an image"), "{text}");
    assert_says(&text, &["groups = 8", "guessed: depthwise"]);
    assert_paths_to_the_last(&files, &text, 1);
    // A module in the order of a Sequential, with the depthwise convolution first.
    let first: Tensors<'_> = vec![("a.0.weight", deep, one), ("a.1.weight", point, one)];
    assert!(!template(&first).1.contains("sees an image"));
    let mut with_stem = separable;
    with_stem.push(("stem.weight", &[8, 3, 5, 5], one));
    assert_says(&template(&with_stem).1, &["stem.weight [8, 3, 5, 5] sees an image"]);
}

#[test]
fn unused_tensors_are_listed_with_a_reason() {
    let one: &[f32] = &[1.0];
    let others: Vec<String> = (0..3000).map(|index| format!("head.{index}.weight")).collect();
    let mut tensors = recurrent(&[
        ("bn9.weight", &[7], one),
        ("bn9.running_var", &[7], one),
        ("cell.weight_ih", &[16, 4, 3, 3], one),
        ("prelu.weight", VECTOR, one),
        ("strange.weight", &[5, 9, 3, 3], one),
    ]);
    tensors.extend(others.iter().map(|name| (name.as_str(), &[2, 2][..], one)));
    let (files, text) = template(&tensors);
    assert_says(
        &text,
        &[
            "# Not used:\n",
            "bn9: no kernel that lacks a normalization has its 7 channels",
            "cell.weight_ih: [16, 4, 3, 3], has the axes of a kernel, but not the name of one",
            "prelu: 4 numbers without a bias or a running variance",
            "strange.weight: [5, 9, 3, 3], nothing before it has 9 channels",
            "3000 other tensors are neither a kernel",
        ],
    );
    assert!(text.lines().count() < 60, "{text}");
    assert_paths_to_the_last(&files, &text, 1);
}

#[test]
fn a_decoder_is_taken_for_transposed_and_a_shortcut_for_one() {
    let one: &[f32] = &[1.0];
    let u_net: Tensors<'_> = vec![
        ("a_enc.weight", &[4, 3, 3, 3], one),
        ("b_enc.weight", &[8, 4, 3, 3], one),
        ("c_up.weight", &[8, 4, 2, 2], one),
        ("d_out.weight", KERNEL, one),
    ];
    let (files, text) = template(&u_net);
    assert_says(&text, &["transposed = true", "guessed: transposed, by its name or size"]);
    assert_paths_to_the_last(&files, &text, 1);
    let residual: Tensors<'_> = vec![
        ("layer.0.conv1.weight", KERNEL, one),
        ("layer.1.conv1.weight", &[6, 4, 3, 3], one),
        ("layer.1.conv2.weight", &[6, 6, 3, 3], one),
        ("layer.1.downsample.0.weight", &[6, 4, 1, 1], one),
        ("layer.1.downsample.1.weight", &[6], one),
        ("layer.1.downsample.1.running_var", &[6], one),
    ];
    let (files, text) = template(&residual);
    assert_says(
        &text,
        &["guessed: from there, as the others of its module", "normalization = \"layer.1.downsample.1\""],
    );
    assert_paths_to_the_last(&files, &text, 2);
}

#[test]
fn kernels_in_the_order_of_keras_are_left_alone() {
    let one: &[f32] = &[1.0];
    let tensors: Tensors<'_> =
        vec![("a.weight", &[3, 3, 4, 4], one), ("b.weight", &[3, 3, 4, 4], one), ("a.bias", VECTOR, one)];
    let (files, text) = template(&tensors);
    assert_says(&text, &["It cannot be analyzed: the kernels look as Keras", "a.weight: [3, 3, 4, 4]"]);
    files.run("analyze", &[]).refused(1, &[]);
}

#[test]
fn reasons_have_the_words_of_the_messages() {
    let (_, text) = template(&[("a.parametrizations.weight.original", KERNEL, &[1.0])]);
    assert_says(&text, &["remove_parametrizations(layer, 'weight')"]);
}

#[test]
fn names_cannot_leave_their_comment() {
    let (_, text) = template(&[("a\nname = \"b\"", &[4, 4, 3], &[1.0]), ("conv.weight", &[4, 4, 3], &[1.0])]);
    assert_says(&text, &["a\\nname = \\\"b\\\": [4, 4, 3]"]);
    assert_eq!(text.matches("\nname = \"").count(), 2, "{text}");
}

#[test]
fn averaged_weights_beside_the_raw_ones_are_not_blocks() {
    for (raw, averaged) in [
        ("model.", "ema."),
        ("", "ema_model.module."),
        ("net.", "shadow_params."),
        ("lit.net.", "lit.net_ema."),
        ("student.", "teacher."),
    ] {
        let names = |prefix: &str| {
            ["conv1.weight", "conv2.weight", "lat.weight", "bn_0.running_var", "bn_1.running_var"]
                .map(|name| format!("{prefix}{name}"))
        };
        let shape = |name: &str| match name {
            _ if name.contains("conv1") => &[4, 1, 3, 3][..],
            _ if name.contains("bn_") => VECTOR,
            _ => KERNEL,
        };
        let names: Vec<String> = [names(averaged), names(raw)].concat();
        let tensors: Tensors<'_> =
            names.iter().map(|name| (name.as_str(), shape(name), &[1.0][..])).collect();
        let (files, text) = template(&tensors);
        let key = averaged.trim_end_matches('.').trim_end_matches(".module");
        assert_says(&text, &[&format!("--key {key}"), &format!("weight = \"{raw}conv2.weight\"")]);
        assert!(!text.contains(&format!("\"{averaged}")), "{text}");
        assert_paths_to_the_last(&files, &text, 2);
    }
    // With other names or shapes, they are part of the network.
    for (second, channels) in [("dorsal.", 4), ("ema.", 5)] {
        let names = ["stem.weight".to_owned(), "a.conv.weight".to_owned(), format!("{second}conv.weight")];
        let [stem, first, other] = &names;
        let tensors: Tensors<'_> = vec![
            (stem, &[4, 3, 3, 3], &[1.0]),
            (first, KERNEL, &[1.0]),
            (other, if channels == 4 { KERNEL } else { &[5, 4, 3, 3] }, &[1.0]),
        ];
        let (_, text) = template(&tensors);
        assert_says(&text, &[&format!("weight = \"{other}\"")]);
    }
}

#[test]
fn kernels_of_gated_cells_are_not_blocks() {
    let cases: [(&str, &[usize], &str); 8] = [
        // Input and state side by side, of 6 and 8 channels.
        ("cell.conv.weight", &[32, 14, 3, 3], "stacked gates"),
        ("anything.weight", &[24, 14, 3, 3], "stacked gates"),
        ("cell.h2h.weight", &[32, 8, 3, 3], "stacked gates"),
        ("gru.hidden.weight", &[24, 8, 3, 3], "stacked gates"),
        // A plain cell has no gates.
        ("rnn.x2h.weight", &[6, 6, 3, 3], ""),
        ("gru.reset.weight", &[8, 14, 3, 3], "side by side"),
        // By its names, a bottleneck and not a cell.
        ("layer1.conv3.weight", &[24, 6, 1, 1], ""),
        ("layer1.conv.weight", &[12, 6, 1, 1], ""),
    ];
    for (name, shape, says) in cases {
        let (_, text) = template(&[("stem.weight", &[6, 3, 3, 3], &[1.0]), (name, shape, &[1.0])]);
        let used = text.contains(&format!("weight = \"{name}\""));
        assert_eq!(used, says.is_empty(), "{text}");
        assert_says(&text, &[says]);
    }
    // The kernel of the input is recognized by that of the state.
    let (_, text) = template(&[
        ("stem.weight", &[6, 3, 3, 3], &[1.0]),
        ("cell.x2h.weight", &[32, 6, 3, 3], &[1.0]),
        ("cell.h2h.weight", &[32, 8, 3, 3], &[1.0]),
    ]);
    assert_says(
        &text,
        &["#   cell.x2h.weight: [32, 6, 3, 3], looks as the stacked gates", "#   cell.h2h.weight"],
    );
}
