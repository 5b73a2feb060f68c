//! Tests of files that are refused, with the expected problem and remedy.

use super::*;
use serde_json::json;

const STORED: CompressionMethod = CompressionMethod::Stored;

fn assert_refused(entries: &Entries, parts: &[&str]) {
    assert_bytes_refused(&archive_of(entries, STORED), parts);
}

fn assert_bytes_refused(bytes: &[u8], parts: &[&str]) {
    let message = open_bytes(bytes).unwrap_err().to_string();
    for part in parts.iter().chain(&["altered.pt2: "]) {
        assert!(message.contains(part), "'{part}' is not in '{message}'");
    }
}

/// Asserts that the program `calls` with an altered description is refused.
fn assert_graph_refused(change: impl FnOnce(&mut Json), parts: &[&str]) {
    let mut entries = entries("calls.pt2");
    alter(&mut entries, "models/model.json", change);
    assert_refused(&entries, parts);
}

fn graph(document: &mut Json) -> &mut Json {
    &mut document["graph_module"]["graph"]
}

fn named(names: &[&str]) -> Entries {
    names.iter().map(|&name| (name.to_owned(), b"{}".to_vec())).collect()
}

#[test]
fn other_forms_of_models() {
    for (names, parts) in [
        (
            ["version", "serialized_exported_program.json", "serialized_state_dict.pt"].as_slice(),
            ["from before PyTorch 2.8", "export the model again"],
        ),
        (
            &["m/archive_format", "m/data/aotinductor/model/model.so"],
            ["a compiled model (AOTInductor)", "the program that it was compiled from"],
        ),
        (
            &["m/models/model.json", "m/data/weights/model.pt"],
            ["whose weights are a pickle", "PyTorch 2.9 or later"],
        ),
        (
            &["m/data.pkl", "m/constants.pkl", "m/code/__torch__.py"],
            ["a TorchScript archive", "torch.export.save"],
        ),
        (&["m/data.pkl", "m/data/0"], ["a zip archive without a program", "torch.export.save"]),
        (&["m/models/b.json", "m/models/a.json"], ["holds 2 programs", "a, b"]),
    ] {
        assert_refused(&named(names), &parts);
    }
    assert_bytes_refused(b"a text", &["not a readable program: zip archive"]);
}

#[test]
fn damaged_archives() {
    let bytes = std::fs::read(fixture("calls.pt2")).unwrap();
    assert_bytes_refused(&bytes[..bytes.len() / 2], &["zip archive", "copied or downloaded"]);
    let mut outside = entries("calls.pt2");
    outside.push(("calls/../../x".to_owned(), Vec::new()));
    assert_refused(&outside, &["'calls/../../x' leads outside the archive"]);
    let mut expanding = entries("calls.pt2");
    expanding.push(("calls/extra/zeros".to_owned(), vec![0; 1 << 20]));
    let bytes = archive_of(&expanding, CompressionMethod::Deflated);
    assert_bytes_refused(&bytes, &["its entries together would take", "writes no such files"]);
}

/// An entry whose sizes in the directory differ from its own.
#[test]
fn entries_that_lie_about_their_size() {
    let mut entries = entries("calls.pt2");
    let weight = entries.iter_mut().find(|(name, _)| name.ends_with("weight_0")).unwrap();
    weight.1 = b"0123456789abcdef".repeat(16);
    let mut bytes = archive_of(&entries, CompressionMethod::Deflated);
    // The size is 22 bytes before the name in the directory.
    let name = b"calls/data/weights/weight_0";
    let at = bytes.windows(name.len()).rposition(|window| window == name).unwrap() - 22;
    assert_eq!(bytes[at..at + 4], 256u32.to_le_bytes());
    bytes[at..at + 4].copy_from_slice(&8u32.to_le_bytes());
    let program = open_bytes(&bytes);
    let first = |program: &ExportedProgram| value(program, "p_block_0_weight");
    let read = program.and_then(|program| program.tensor(first(&program)));
    assert!(matches!(read, Err(ProgramError::Damaged { .. })), "{read:?}");
}

#[test]
fn weights_that_are_altered() {
    let bytes = std::fs::read(fixture("views.pt2")).unwrap();
    let entry = b"data/weights/weight_0";
    let at = bytes.windows(entry.len()).position(|window| window == entry).unwrap();
    let start = (at + entry.len()).next_multiple_of(64);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("altered.pt2");
    let mut altered = bytes.clone();
    altered[start + 5] ^= 1;
    std::fs::write(&path, &altered).unwrap();
    let program = ExportedProgram::open(&path).unwrap();
    let results: Vec<_> =
        (0..program.program.inputs[0].index()).map(|index| program.tensor(ValueId::new(index))).collect();
    let refused = results.iter().filter(|result| matches!(result, Err(ProgramError::Damaged { .. }))).count();
    assert_eq!(refused, 1);
}

#[test]
fn weights_that_do_not_fit_the_program() {
    let refused = |change: &dyn Fn(&mut Json), parts: &[&str]| {
        let mut entries = entries("calls.pt2");
        alter(&mut entries, "_weights_config.json", |list| change(&mut list["config"]["block.0.weight"]));
        assert_refused(&entries, parts);
    };
    let meta =
        |key: &'static str, value: Json| move |weight: &mut Json| weight["tensor_meta"][key] = value.clone();
    refused(&|weight| weight["path_name"] = "weight_9".into(), &["no numbers for block.0.weight"]);
    refused(&|weight| weight["path_name"] = "../../x".into(), &["block.0.weight", "leads to another folder"]);
    let sizes = json!([{"as_int": 2}, {"as_int": 1}, {"as_int": 1}, {"as_int": 1}]);
    refused(&meta("sizes", sizes), &["stored as float32 [2, 1, 1, 1]", "expects float32 [1, 1, 1, 1]"]);
    refused(&meta("dtype", 8.into()), &["stored as float64 [1, 1, 1, 1]", "expects float32"]);
    refused(&meta("dtype", 99.into()), &["stored as unknown", "expects float32"]);
    refused(&meta("storage_offset", json!({"as_int": 1})), &["block.0.weight ends at byte 8", "which has 4"]);
    refused(&meta("storage_offset", json!({"as_int": i64::MAX})), &["reaches beyond any possible storage"]);
    refused(&meta("storage_offset", json!({"as_int": -1})), &["its offset is not a non-negative integer"]);
    refused(&meta("strides", json!([])), &["4 sizes and 0 strides"]);
    refused(&meta("dtype", json!(1e30)), &["the list of calls/data/weights/"]);

    let mut entries = entries("calls.pt2");
    alter(&mut entries, "_weights_config.json", |list| {
        list["config"].as_object_mut().unwrap().remove("block.0.weight");
    });
    assert_refused(&entries, &["has no numbers for block.0.weight", "whose weights are loaded"]);
}

/// A weight that repeats one number can claim any size.
#[test]
fn weights_that_expand() {
    let mut entries = entries("calls.pt2");
    let sizes = json!([{"as_int": 1 << 20}, {"as_int": 1}, {"as_int": 1}, {"as_int": 1}]);
    let strides = json!([{"as_int": 0}, {"as_int": 1}, {"as_int": 1}, {"as_int": 1}]);
    alter(&mut entries, "_weights_config.json", |list| {
        let meta = &mut list["config"]["block.0.weight"]["tensor_meta"];
        (meta["sizes"], meta["strides"]) = (sizes.clone(), strides);
    });
    alter(&mut entries, "models/model.json", |document| {
        graph(document)["tensor_values"]["p_block_0_weight"]["sizes"] = sizes;
    });
    assert_refused(&entries, &["block.0.weight would take 4194304 bytes"]);
}

#[test]
fn graphs_that_cannot_be() {
    assert_graph_refused(
        |document| document["schema_version"]["major"] = 9.into(),
        &["is in version 9", "expected 8", "newer pathscope"],
    );
    assert_graph_refused(
        |document| {
            *document = json!({"schema_version": {"major": 7, "minor": 0}});
        },
        &["is in version 7"],
    );
    assert_graph_refused(
        |document| graph(document)["nodes"].as_array_mut().unwrap().swap(0, 1),
        &["operation relu reads 'conv2d', which nothing before it defines"],
    );
    assert_graph_refused(
        |document| graph(document)["nodes"][0]["inputs"][0]["arg"]["as_tensor"]["name"] = "conv2d".into(),
        &["operation conv2d reads 'conv2d'"],
    );
    assert_graph_refused(
        |document| graph(document)["nodes"][1]["name"] = "conv2d".into(),
        &["are called 'conv2d'"],
    );
    assert_graph_refused(
        |document| graph(document)["nodes"][1]["outputs"][0]["as_tensor"]["name"] = "x".into(),
        &["are called 'x'"],
    );
    assert_graph_refused(
        |document| {
            let outputs = &mut document["graph_module"]["signature"]["output_specs"];
            outputs[0]["user_output"]["arg"]["as_tensor"]["name"] = "nothing".into();
        },
        &["returns 'nothing', which none of its operations defines"],
    );
    assert_graph_refused(
        |document| {
            graph(document)["nodes"][0]["inputs"]
                .as_array_mut()
                .unwrap()
                .push(json!({"name": "groups", "arg": {"as_int": u64::MAX}}));
        },
        &["its operations: ", "18446744073709551615"],
    );
    assert_graph_refused(
        |document| graph(document)["tensor_values"]["x"]["sizes"][0] = json!({"as_int": -2}),
        &["the types of its values: 'x' has a negative size"],
    );
    assert_graph_refused(|document| graph(document)["nodes"] = json!({}), &["a list of operations"]);
    assert_graph_refused(|document| *document = json!([]), &["the description of the program"]);
}

/// Graphs are not followed deeper than any that an export writes.
#[test]
fn graphs_without_end() {
    let mut inner = json!({"inputs": [], "outputs": [], "nodes": [], "tensor_values": {}});
    for _ in 0..100 {
        let node = json!({"name": "w", "target": "torch.ops.higher_order.wrap", "outputs": [], "metadata": {},
            "inputs": [{"name": "", "arg": {"as_graph": {"name": "g", "graph": inner}}}]});
        inner = json!({"inputs": [], "outputs": [], "nodes": [node], "tensor_values": {}});
    }
    let mut entries = entries("calls.pt2");
    let (_, bytes) = entries.iter_mut().find(|(name, _)| name.ends_with("models/model.json")).unwrap();
    let mut document: Json = serde_json::from_slice(bytes).unwrap();
    graph(&mut document)["nodes"].as_array_mut().unwrap().push(inner["nodes"][0].clone());
    *bytes = serde_json::to_vec(&document).unwrap();
    let program = open_bytes(&archive_of(&entries, STORED)).unwrap();
    let last = program.program.operations.last().unwrap();
    assert_eq!((&*last.target, last.name.matches("g.").count()), ("higher_order.wrap", 32));
}
