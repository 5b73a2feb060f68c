//! Tests of reading the programs of `fixtures/make_programs.py`, whose weights count upward in eighths.

use super::*;
use crate::program::{Argument, Operation, Symbol};
use ndarray::{Array, array};

fn eighths(shape: &[usize]) -> ArrayD<f64> {
    let count = shape.iter().product();
    let numbers = (0..count).map(|number: usize| number as f64 / 8.0).collect();
    ArrayD::from_shape_vec(shape, numbers).unwrap()
}

fn operation<'p>(program: &'p ExportedProgram, name: &str) -> &'p Operation {
    let mut operations = program.program.operations.iter();
    operations.find(|operation| operation.name == name).unwrap_or_else(|| panic!("no operation {name}"))
}

/// Reads a tensor in both ways, which must agree.
fn numbers(program: &ExportedProgram, name: &str) -> ArrayD<f64> {
    let id = value(program, name);
    let tensor = program.tensor(id).unwrap();
    let mut pieces = Vec::new();
    program.for_each_chunk(id, &mut |piece| pieces.extend_from_slice(piece)).unwrap();
    assert_eq!(Array::from_iter(pieces), Array::from_iter(tensor.iter().copied()), "{name}");
    tensor
}

#[test]
fn views_of_storages() {
    let program = opened("views.pt2");
    assert_eq!(numbers(&program, "p_channels_last_weight"), eighths(&[2, 3, 2, 2]));
    let storage = eighths(&[6, 3, 1, 1]);
    assert_eq!(numbers(&program, "p_first_weight"), storage.slice(ndarray::s![1..3, .., .., ..]).into_dyn());
    assert_eq!(numbers(&program, "p_second_weight"), storage.slice(ndarray::s![2..4, .., .., ..]).into_dyn());
    let transposed = array![[0.0, 0.25], [0.125, 0.375]].into_dyn();
    assert_eq!(numbers(&program, "p_transposed_weight"), transposed);
    assert_eq!(numbers(&program, "p_expanded"), array![[0.0, 0.0, 0.0], [0.125, 0.125, 0.125]].into_dyn());
    let tied = value(&program, "p_tied_weight");
    assert_eq!(program.first_of_tied(tied), value(&program, "p_transposed_weight"));
    assert_eq!(program.first_of_tied(program.first_of_tied(tied)), program.first_of_tied(tied));
    // Three convolutions, one linear layer and an expanded weight.
    assert_eq!(program.parameters(), (24 + 2) + 2 * (6 + 2) + 4 + 6);
}

#[test]
fn numbers_of_every_type() {
    let program = opened("numbers.pt2");
    for name in ["p_as_float16", "p_as_bfloat16", "p_as_float32", "p_as_float64", "b_unsaved"] {
        assert_eq!(numbers(&program, name), eighths(&[3]), "{name}");
    }
    for name in ["int8", "int16", "int32", "int64", "uint8"] {
        assert_eq!(numbers(&program, &format!("b_as_{name}")), array![0.0, 1.0, 2.0].into_dyn(), "{name}");
    }
    assert_eq!(numbers(&program, "b_as_bool"), array![0.0, 1.0, 1.0].into_dyn());
    assert_eq!(numbers(&program, "b_empty").shape(), [0, 3]);
    assert_eq!(numbers(&program, "b_steps").into_iter().collect::<Vec<_>>(), [0.0]);
    assert_eq!(numbers(&program, "c_plain"), array![3.0, 4.0, 5.0].into_dyn());
    let lifted = value(&program, "c_lifted_tensor_0");
    assert_eq!(program.program.value(lifted).origin, Origin::Constant("lifted_tensor_0".to_owned()));
    assert_eq!(program.tensor(lifted).unwrap(), array![1.0, 2.0, 3.0].into_dyn());

    let message = |name| program.tensor(value(&program, name)).unwrap_err().to_string();
    assert!(message("p_as_complex64").contains("as_complex64 is stored as numbers of type complex64"));
    assert!(message("x").contains("it is an input"));
    assert!(message("add_").contains("it is the result of an operation"));
}

#[test]
fn pickled_weights_matter_when_they_are_read() {
    let program = opened("subclass.pt2");
    let error = program.tensor(value(&program, "p_weight")).unwrap_err();
    assert!(
        matches!(error, ProgramError::UnsupportedWeight { ref weight, .. } if weight == "weight"),
        "{error}"
    );
}

#[test]
fn arguments_of_every_kind() {
    let program = opened("arguments.pt2");
    let name = |id: &ValueId| program.program.value(*id).name.as_str();
    assert_eq!(program.program.inputs.iter().map(name).collect::<Vec<_>>(), ["x", "pair_a", "pair_b_0"]);
    let outputs: Vec<_> = program.program.outputs.iter().map(|id| id.as_ref().map(name)).collect();
    let [sum, first, None, None, places, filled, last] = outputs.as_slice() else { panic!("{outputs:?}") };
    assert_eq!((sum, last), (&Some("add"), &Some("add_1")));
    assert_eq!(operation(&program, "chunk").outputs.len(), 2);
    assert_eq!(operation(&program, "unbind").outputs.iter().flatten().map(name).next(), *first);
    assert_eq!(operation(&program, "max_1").outputs[1].as_ref().map(name), *places);
    assert_eq!(*filled, Some("clamp"));

    let layer = operation(&program, "conv2d");
    assert_eq!(layer.tensor("weight"), Some(value(&program, "p_layer_weight")));
    assert_eq!(operation(&program, "mul").int("other"), Some(3));
    assert_eq!(operation(&program, "masked_fill").number("value"), Some(f64::NEG_INFINITY));
    assert_eq!(*operation(&program, "clamp").argument("min"), Argument::None);
    assert!(operation(&program, "clamp").number("max").unwrap().is_nan());
}

#[test]
fn parts_without_gradients_are_part_of_the_program() {
    let program = opened("wrapped.pt2");
    let names: Vec<_> = program.program.operations.iter().map(|operation| operation.name.as_str()).collect();
    assert_eq!(
        names,
        ["sym_size_int_1", "submod_1.conv2d", "submod_1.chunk", "mul", "submod_3.add", "add_1", "add_2",]
    );
    assert_eq!(operation(&program, "submod_1.conv2d").module(), "layer");
    assert_eq!(operation(&program, "mul").tensor("self"), operation(&program, "submod_1.chunk").outputs[0]);
    let batch = Extent::Linear { symbol: Symbol::of_name("s77").unwrap(), times: 1, plus: 0 };
    assert_eq!(*operation(&program, "submod_3.add").argument("other"), Argument::Int(batch));
    let input = program.program.value(program.program.inputs[0]);
    assert_eq!(input.tensor.as_ref().unwrap().shape[0], batch);

    let autocast = opened("autocast.pt2");
    assert_eq!(operation(&autocast, "submod_1.relu").modules.len(), 1);
    assert_eq!(autocast.program.operations.len(), 5);
}

#[test]
fn calls_of_modules() {
    let program = opened("calls.pt2");
    let calls = |name| {
        let call = operation(&program, name).modules.last().unwrap();
        (call.path.as_str(), call.call)
    };
    assert_eq!(
        ["conv2d", "relu", "conv2d_1", "relu_1", "conv2d_2", "conv2d_3"].map(calls),
        [("block.0", 0), ("block.1", 0), ("block.0", 1), ("block.1", 1), ("again.0", 0), ("odd.a,b;c", 0)]
    );
    assert!(std::sync::Arc::ptr_eq(
        &operation(&program, "conv2d").arguments[1].0,
        &operation(&program, "conv2d_3").arguments[1].0
    ));
}

#[test]
fn control_flow_keeps_what_it_reads() {
    let program = opened("loop.pt2");
    let looped = operation(&program, "while_loop");
    assert_eq!(&*looped.target, "higher_order.while_loop");
    assert_eq!(looped.arguments[0].1, Argument::Other("as_graph".to_owned()));
    assert!(looped.reads().any(|id| id == program.program.inputs[0]));
    assert_eq!(program.program.outputs[0], looped.outputs[1]);
}

#[test]
fn sizes_that_depend_on_data() {
    let program = opened("checked.pt2");
    assert_eq!(&*operation(&program, "mul").target, "_operator.mul");
    let twice = Extent::Linear { symbol: Symbol::of_name("u0").unwrap(), times: 2, plus: 0 };
    assert_eq!(operation(&program, "ones").argument("size"), &Argument::Ints(vec![twice]));
    assert_eq!(program.program.outputs[1], None);
}

#[test]
fn compressed_archives_are_read() {
    let bytes = archive_of(&entries("calls.pt2"), CompressionMethod::Deflated);
    let program = open_bytes(&bytes).unwrap();
    assert_eq!(program.program.operations, opened("calls.pt2").program.operations);
}

#[test]
fn what_export_notes_about_its_author_is_not_kept() {
    let mut entries = entries("calls.pt2");
    alter(&mut entries, "models/model.json", |document| {
        for node in document["graph_module"]["graph"]["nodes"].as_array_mut().unwrap() {
            node["metadata"]["stack_trace"] = "File \"/home/author/secret.py\"".into();
        }
    });
    let program = open_bytes(&archive_of(&entries, CompressionMethod::Stored)).unwrap();
    assert!(!format!("{:?}", program.program).contains("secret"));
}

#[test]
fn programs_are_told_from_other_files_by_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.pth");
    let is_program = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        is_exported_program(&path).unwrap()
    };
    let bytes = std::fs::read(fixture("calls.pt2")).unwrap();
    assert!(is_program(&bytes));
    assert!(is_program(&bytes[..bytes.len() / 2]));
    assert!(!is_program(b"PK"));
    assert!(!is_program(b"a text"));
    let containers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/containers");
    assert!(!is_program(&std::fs::read(containers.join("zip-float32.pth")).unwrap()));
    assert!(matches!(is_exported_program(folder.path()), Err(ProgramError::File(_))));
}
