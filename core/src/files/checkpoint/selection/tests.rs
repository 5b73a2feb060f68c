use super::super::{CheckpointError, ElementType, StoredTensor, TensorInfo};
use super::{Selection, select};
use std::path::Path;

/// Returns tensors given as `entry/name`; a `*` marks those of three dimensions.
fn stored(names: &[&str]) -> Vec<StoredTensor> {
    let tensor = |text: &&str| {
        let kernel = text.ends_with('*');
        let text = text.trim_end_matches('*');
        let (entry, name) = text.split_once('/').unwrap_or(("", text));
        StoredTensor {
            name: if entry.is_empty() { name.to_owned() } else { format!("{entry}.{name}") },
            entry: entry.len(),
            info: TensorInfo {
                element_type: ElementType::Float32,
                shape: if kernel { vec![2, 2, 3, 3] } else { vec![2] },
            },
        }
    };
    names.iter().map(tensor).collect()
}

fn chosen(names: &[&str], key: Option<&str>) -> Selection {
    select(Path::new("m.pt"), &stored(names), key).unwrap()
}

#[track_caller]
fn check(names: &[&str], key: Option<&str>, expected_key: Option<&str>, expected: &[&str], others: &[&str]) {
    let selection = chosen(names, key);
    assert_eq!(selection.key.as_deref(), expected_key);
    let found: Vec<&str> = selection.names.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(found, expected);
    assert_eq!(selection.others, others);
}

#[test]
fn plain_state_dicts() {
    check(&["conv.weight*", "bn.weight"], None, None, &["conv.weight", "bn.weight"], &[]);
    // A submodule of the model is called model.
    check(&["model.conv.weight*", "head.weight*"], None, None, &["model.conv.weight", "head.weight"], &[]);
}

#[test]
fn lightning() {
    let names = [
        "state_dict/model.conv.weight*",
        "state_dict/loss.weight",
        "callbacks.x/best",
        "optimizer_states.0.state.0/exp_avg*",
        "loops/y",
    ];
    check(&names, None, Some("state_dict"), &["model.conv.weight", "loss.weight"], &[]);
    check(&names, Some("state_dict.model"), Some("state_dict.model"), &["conv.weight"], &[]);
    // The key as the user sees it.
    check(&names, Some("model"), Some("state_dict.model"), &["conv.weight"], &[]);
    check(&names, Some("callbacks.x"), Some("callbacks.x"), &["best"], &[]);
}

#[test]
fn raw_weights_before_averaged_ones() {
    let timm = ["state_dict_ema/conv.weight*", "state_dict/conv.weight*", "optimizer.state.0/exp_avg*"];
    check(&timm, None, Some("state_dict"), &["conv.weight"], &["state_dict_ema"]);
    let torchvision = ["model/conv.weight*", "model_ema/module.conv.weight*", "model_ema/n_averaged"];
    check(&torchvision, None, Some("model"), &["conv.weight"], &["model_ema"]);
    check(&torchvision, Some("model_ema"), Some("model_ema"), &["conv.weight", "n_averaged"], &[]);
    check(&["params_ema/conv.weight*"], None, Some("params_ema"), &["conv.weight"], &[]);
}

#[test]
fn weights_beside_other_tensors() {
    check(&["model/conv.weight*", "rng_state", "best_acc"], None, Some("model"), &["conv.weight"], &[]);
    check(
        &["model/conv.weight*", "discriminator/conv.weight*"],
        None,
        Some("model"),
        &["conv.weight"],
        &["discriminator"],
    );
}

#[test]
fn entries_in_entries_and_lists() {
    check(&["model.state_dict/conv.weight*"], None, Some("model.state_dict"), &["conv.weight"], &[]);
    check(&["0/conv.weight*", "1/x"], None, Some("0"), &["conv.weight"], &[]);
    check(&["0.state.0/exp_avg*", "1/conv.weight*"], None, Some("1"), &["conv.weight"], &["0"]);
    check(&["0/conv.weight*", "1/conv.weight*"], None, Some("0"), &["conv.weight"], &["1"]);
}

#[test]
fn the_dictionary_itself() {
    check(&["model/conv.weight*", "x"], Some("."), None, &["model.conv.weight", "x"], &[]);
}

#[test]
fn wrappers() {
    let plain = ["conv.weight", "bn.weight"];
    for (names, expected) in [
        (["module.conv.weight*", "module.bn.weight"], plain),
        (["_orig_mod.module.conv.weight*", "_orig_mod.module.bn.weight"], plain),
        (["module._orig_mod.conv.weight*", "module._orig_mod.bn.weight"], plain),
        (["core._orig_mod.conv.weight*", "bn.weight"], ["core.conv.weight", "bn.weight"]),
        (["_fsdp_wrapped_module.conv.weight*", "_fsdp_wrapped_module.bn.weight"], plain),
        (["conv._checkpoint_wrapped_module.weight*", "bn.weight"], plain),
        (["module.conv.weight*", "bn.weight"], ["module.conv.weight", "bn.weight"]),
        // Two names would become equal.
        (["_orig_mod.weight*", "weight"], ["_orig_mod.weight", "weight"]),
        (["module.conv.weight*", "n_averaged"], ["conv.weight", "n_averaged"]),
        (["my_orig_mod.weight*", "n_averaged"], ["my_orig_mod.weight", "n_averaged"]),
    ] {
        check(&names, None, None, &expected, &[]);
    }
}

#[test]
fn keys_that_are_not_there() {
    let error =
        select(Path::new("m.pt"), &stored(&["net/a*", "optimizer.state.0/b", "c"]), Some("x")).unwrap_err();
    let CheckpointError::NoSuchKey { available, .. } = error else { panic!("{error}") };
    assert_eq!(available, ["net", "optimizer"]);
}
