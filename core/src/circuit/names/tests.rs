use super::*;
use proptest::option;
use proptest::prelude::*;

fn connections() -> impl Strategy<Value = ConnectionName> {
    let number = 1..4usize;
    (any::<bool>(), 1..6usize, 2..6usize, 0..4usize, number).prop_map(
        |(is_identity, from, to, delay, number)| ConnectionName { is_identity, from, to, delay, number },
    )
}

fn layers() -> impl Strategy<Value = LayerName> {
    let iteration = || option::of(1..20usize);
    prop_oneof![
        proptest::sample::select(LayerName::OUTSIDE.to_vec()),
        (connections(), iteration())
            .prop_map(|(connection, iteration)| LayerName::Connection { connection, iteration }),
        (connections(), iteration()).prop_map(|(connection, iteration)| {
            LayerName::ConnectionNormalization { connection, iteration }
        }),
        (1..9usize, iteration(), 0..9usize).prop_map(|(block, iteration, path_use)| {
            let path_use = iteration.map_or(0, |_| path_use);
            LayerName::Normalization { block, iteration, path_use }
        }),
    ]
}

fn parts() -> impl Strategy<Value = TensorPart> {
    use TensorPart::{BatchesTracked, Feature, Spatial};
    let of_readout_and_counter = [BatchesTracked, Feature, Spatial];
    let named = proptest::sample::select([&TensorPart::NORMALIZATION[..], &of_readout_and_counter].concat());
    prop_oneof![named, "[a-z_]{1,8}".prop_map(|name| TensorPart::from(name.as_str()))]
}

proptest! {
    #[test]
    fn the_text_of_a_layer_is_read_as_that_layer(layer in layers()) {
        prop_assert_eq!(layer.to_string().parse(), Ok(layer));
    }

    #[test]
    fn the_text_of_a_tensor_is_read_as_that_tensor(layer in layers(), part in parts()) {
        let tensor = layer.tensor(part);
        prop_assert_eq!(tensor.to_string().parse(), Ok(tensor));
    }

    #[test]
    fn a_text_that_is_read_as_a_name_is_its_text(text in "(bn|conv|identity)?[\\[\\],.{}@#0-3a-z_]{0,12}") {
        if let Ok(layer) = text.parse::<LayerName>() {
            prop_assert_eq!(layer.to_string(), text);
        }
    }
}

#[test]
fn names_are_those_of_the_files() {
    let lateral = ConnectionName { is_identity: false, from: 2, to: 2, delay: 1, number: 1 };
    let skip = ConnectionName { is_identity: true, from: 1, to: 3, delay: 2, number: 2 };
    let normalization = |iteration, path_use| LayerName::Normalization { block: 2, iteration, path_use };
    for (layer, text) in [
        (LayerName::InputNormalization, "bn[input]"),
        (LayerName::FirstConvolution, "conv[1]"),
        (LayerName::FIRST_NORMALIZATION, "bn[1]"),
        (LayerName::Connection { connection: lateral, iteration: None }, "conv[2].lateral"),
        (LayerName::Connection { connection: lateral, iteration: Some(3) }, "conv[2].lateral{3}"),
        (LayerName::Connection { connection: skip, iteration: None }, "identity[3].skip[1]@2#2"),
        (normalization(None, 0), "bn[2]"),
        (normalization(Some(1), 0), "bn[2,1]"),
        (normalization(Some(1), 3), "bn[2,1,3]"),
        (
            LayerName::ConnectionNormalization { connection: lateral, iteration: Some(3) },
            "bn[conv[2].lateral,3]",
        ),
        (LayerName::Readout, "readout"),
    ] {
        assert_eq!(layer.to_string(), text);
        assert_eq!(text.parse(), Ok(layer));
    }
    assert_eq!(normalization(Some(1), 0).pattern(), "bn[2,{t}]");
    let each = LayerName::Connection { connection: lateral, iteration: Some(3) };
    assert_eq!(each.pattern(), "conv[2].lateral{{{t}}}");
    assert_eq!(TensorName::READOUT_BIAS.to_string(), "readout.bias");
    let variance = normalization(Some(1), 0).tensor(TensorPart::RunningVariance);
    assert_eq!(
        (variance.to_string(), variance.in_words()),
        ("bn[2,1].running_var".to_owned(), "bn[2,1] running variance".to_owned())
    );
}

#[test]
fn other_spellings_are_no_names() {
    for text in [
        "",
        "conv[2]",
        "conv[2].bottom_up@0",
        "conv[2].top_down[1]",
        "conv[+2].lateral",
        "bn[2,1,0]",
        "bn[2,1,2,3]",
    ] {
        assert!(text.parse::<LayerName>().is_err(), "{text}");
    }
    assert_eq!(
        "readout.".parse::<TensorName>().unwrap_err().to_string(),
        "'readout.' is not the name of a tensor: expected one like bn[2,1].running_var"
    );
}
