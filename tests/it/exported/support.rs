//! Exported programs that tests write by hand, in the layout of `torch.export.save`.

use crate::cmd::refusal;
use serde_json::{Map, Value, json};
use std::fs;
use std::io::{Cursor, Write};
use std::path::PathBuf;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The shape of maps with one channel and 4 × 4 points.
pub const MAPS: [i64; 4] = [1, 1, 4, 4];
/// A word in every `stack_trace`, which no output may contain.
pub const SECRET: &str = "confidential-source";

pub fn tensor(name: &str) -> Value {
    json!({"as_tensor": {"name": name}})
}

pub fn tensors(names: &[&str]) -> Value {
    json!({"as_tensors": names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>()})
}

fn meta(shape: &[i64]) -> Value {
    let sizes = |extents: &[i64]| extents.iter().map(|extent| json!({"as_int": extent})).collect::<Vec<_>>();
    let strides: Vec<i64> = (0..shape.len()).map(|axis| shape[axis + 1..].iter().product()).collect();
    json!({"dtype": 7, "sizes": sizes(shape), "requires_grad": false, "device": {"type": "cpu", "index": null},
        "strides": sizes(&strides), "storage_offset": {"as_int": 0}, "layout": 7})
}

/// A program that is built one operation at a time.
#[derive(Default)]
pub struct ProgramFile {
    nodes: Vec<Value>,
    values: Map<String, Value>,
    inputs: Vec<Value>,
    specs: Vec<Value>,
    weights: Vec<(String, Value, Vec<u8>)>,
    pub outputs: Vec<Value>,
}

impl ProgramFile {
    /// Returns a program with an image as its input.
    pub fn new() -> Self {
        let mut program = Self::default();
        program.input("x", &MAPS);
        program
    }

    pub fn input(&mut self, name: &str, shape: &[i64]) {
        self.inputs.push(tensor(name));
        self.values.insert(name.to_owned(), meta(shape));
        self.specs.push(json!({"user_input": {"arg": tensor(name)}}));
    }

    /// Adds a parameter and returns the name of its value.
    pub fn parameter(&mut self, name: &str, shape: &[i64], numbers: &[f32]) -> String {
        let value = format!("p_{}", name.replace('.', "_"));
        self.inputs.push(tensor(&value));
        self.values.insert(value.clone(), meta(shape));
        self.specs.push(json!({"parameter": {"arg": {"name": value}, "parameter_name": name}}));
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.weights.push((name.to_owned(), meta(shape), bytes));
        value
    }

    /// Adds an operation inside a module and returns the name of its result.
    pub fn operation(
        &mut self,
        target: &str,
        module: &str,
        arguments: &[(&str, Value)],
        shape: &[i64],
    ) -> String {
        let name = format!("{}_{}", target.split('.').nth(1).unwrap(), self.nodes.len());
        self.values.insert(name.clone(), meta(shape));
        let inputs: Vec<Value> = arguments
            .iter()
            .map(|(name, argument)| json!({"name": name, "arg": argument, "kind": 1}))
            .collect();
        let stack = match module {
            "" => "L__self__,,Net".to_owned(),
            module => format!("L__self__,,Net;L__self__{module},{module},torch.nn.modules.module.Module"),
        };
        self.nodes.push(json!({
            "target": format!("torch.ops.{target}"), "inputs": inputs, "outputs": [tensor(&name)],
            "metadata": {"nn_module_stack": stack, "stack_trace": format!("File \"{SECRET}.py\", line 1")},
            "is_hop_single_tensor_return": null, "name": name,
        }));
        name
    }

    pub fn of_one(&mut self, target: &str, value: &str) -> String {
        self.operation(target, "", &[("self", tensor(value))], &MAPS)
    }

    pub fn of_two(&mut self, target: &str, a: &str, b: Value) -> String {
        self.operation(target, "", &[("self", tensor(a)), ("other", b)], &MAPS)
    }

    /// Adds a convolution as a module of this name with its own weight.
    pub fn convolution(&mut self, module: &str, input: &str) -> String {
        let weight = self.parameter(&format!("{module}.weight"), &[1, 1, 1, 1], &[0.5]);
        let arguments = [("input", tensor(input)), ("weight", tensor(&weight))];
        self.operation("aten.conv2d.default", module, &arguments, &MAPS)
    }

    pub fn output(&mut self, name: &str) {
        self.outputs.push(tensor(name));
    }

    /// Writes the archive into a new folder.
    pub fn write(&self) -> Written {
        self.write_as("model.pt2")
    }

    pub fn write_as(&self, name: &str) -> Written {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, self.bytes()).unwrap();
        Written { folder, path }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let returned: Vec<Value> =
            self.outputs.iter().map(|output| json!({"user_output": {"arg": output}})).collect();
        let document = json!({
            "graph_module": {
                "graph": {"inputs": self.inputs, "outputs": self.outputs, "nodes": self.nodes,
                    "tensor_values": self.values, "sym_int_values": {}},
                "signature": {"input_specs": self.specs, "output_specs": returned},
                "module_call_graph": [],
            },
            "schema_version": {"major": 8, "minor": 20}, "torch_version": "2.13.0",
        });
        let mut config = Map::new();
        let mut entries = vec![("net/models/model.json".to_owned(), serde_json::to_vec(&document).unwrap())];
        for (index, (name, meta, bytes)) in self.weights.iter().enumerate() {
            let file = format!("weight_{index}");
            config.insert(
                name.clone(),
                json!({"path_name": file, "is_param": true, "use_pickle": false, "tensor_meta": meta}),
            );
            entries.push((format!("net/data/weights/{file}"), bytes.clone()));
        }
        let list = serde_json::to_vec(&json!({"config": config})).unwrap();
        entries.push(("net/data/weights/model_weights_config.json".to_owned(), list));
        entries.push(("net/archive_format".to_owned(), b"pt2".to_vec()));
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, contents) in entries {
            let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
            archive.start_file(name, options).unwrap();
            archive.write_all(&contents).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }
}

/// A program in a folder that is deleted with it.
pub struct Written {
    pub folder: TempDir,
    pub path: PathBuf,
}

/// Runs the command on a file that it must refuse in one line with these words.
#[track_caller]
pub fn assert_refused(arguments: &[&str], words: &[&str]) {
    let message = refusal(arguments, 1, words);
    assert!(message.starts_with("error: ") && message.lines().count() == 1, "{message}");
}

/// Analyzes a program that must be refused.
#[track_caller]
pub fn assert_program_refused(program: &ProgramFile, flags: &[&str], words: &[&str]) {
    let file = program.write();
    let mut arguments = vec!["analyze", file.path.to_str().unwrap()];
    arguments.extend(flags);
    assert_refused(&arguments, &[words, &["model.pt2"]].concat());
}
