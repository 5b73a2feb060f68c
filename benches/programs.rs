//! Reading and analysis of exported programs.
//!
//! The last group compares the analysis of a large program with its reference: reading and hashing the
//! program's bytes, from a warm cache.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pathscope_core::analysis::{Analysis, AnalysisOptions};
use pathscope_core::files::checkpoint::sha256;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const PROGRAMS: [&str; 9] = [
    "conv-gru",
    "delayed-areas-group-norm",
    "dense-concat-smooth",
    "gated-top-down",
    "gated-top-down-core",
    "recurrent-two-blocks-max-pool",
    "recurrent-two-blocks-max-pool-dynamic",
    "staged-skip-areas",
    "staged-skip-areas-core",
];
/// The number of programs in the folder.
const FILES: usize = 1000;
/// The number of convolutions of the large program, whose weights have the size of those of ResNet-152.
const CONVOLUTIONS: usize = 25;
const CHANNELS: usize = 512;
const KERNEL: [usize; 4] = [CHANNELS, CHANNELS, 3, 3];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/programs").join(name).join("model.pt2")
}

fn small(criterion: &mut Criterion) {
    let options = AnalysisOptions::default();
    let mut group = criterion.benchmark_group("program");
    for name in PROGRAMS {
        let file = fixture(name);
        group.bench_function(name, |bencher| {
            bencher.iter(|| Analysis::of_file(black_box(&file), &options).expect("a fixture is readable"));
        });
    }
    group.finish();
}

fn folder(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = |(number, name): (usize, &&str)| {
        let file = folder.path().join(format!("{number}.pt2"));
        fs::copy(fixture(name), &file).expect("a file");
        file
    };
    let files: Vec<PathBuf> = PROGRAMS.iter().cycle().take(FILES).enumerate().map(copy).collect();
    let options = AnalysisOptions::default();
    let analyze = |file: &PathBuf| Analysis::of_file(file, &options).expect("a fixture is readable");
    let mut group = criterion.benchmark_group("programs");
    group.throughput(Throughput::Elements(FILES as u64)).sample_size(10);
    group.bench_function("a folder", |bencher| {
        bencher.iter(|| files.par_iter().map(analyze).collect::<Vec<_>>());
    });
    group.finish();
}

fn large(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("large.pt2");
    write_chain(&file);
    let bytes = file.metadata().expect("a file").len();
    let options = AnalysisOptions::default();
    let mut group = criterion.benchmark_group("large program");
    group.throughput(Throughput::Bytes(bytes)).sample_size(10);
    group.bench_function("read and hash", |bencher| bencher.iter(|| sha256(black_box(&file))));
    group.bench_function("analyze", |bencher| {
        bencher.iter(|| Analysis::of_file(black_box(&file), &options).expect("a readable program"));
    });
    group.finish();
}

/// Writes a program that is a chain of convolutions.
fn write_chain(file: &Path) {
    let mut archive = ZipWriter::new(BufWriter::new(File::create(file).expect("a file")));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let numbers = (0..KERNEL.iter().product()).map(|index: usize| (index % 251) as f32 / 251.0 - 0.5);
    let numbers: Vec<u8> = numbers.flat_map(f32::to_le_bytes).collect();
    for index in 0..CONVOLUTIONS {
        archive.start_file(format!("chain/data/weights/weight_{index}"), options).expect("an entry");
        archive.write_all(&numbers).expect("an entry");
    }
    for (name, document) in [
        ("chain/models/model.json", chain()),
        ("chain/data/weights/model_weights_config.json", weights()),
        ("chain/data/constants/model_constants_config.json", json!({"config": {}})),
    ] {
        archive.start_file(name, options).expect("an entry");
        serde_json::to_writer(&mut archive, &document).expect("an entry");
    }
    archive.finish().expect("an archive");
}

fn weights() -> Value {
    let entry = |index: usize| {
        let weight = json!({
            "path_name": format!("weight_{index}"),
            "is_param": true,
            "use_pickle": false,
            "tensor_meta": tensor(&KERNEL),
        });
        (format!("{index}.weight"), weight)
    };
    json!({"config": (0..CONVOLUTIONS).map(entry).collect::<serde_json::Map<_, _>>()})
}

/// Returns the description of the chain.
fn chain() -> Value {
    let named = |name: String| json!({"as_tensor": {"name": name}});
    let image = |index: usize| named(format!("image_{index}"));
    let kernel = |index: usize| format!("kernel_{index}");
    let operation = |index: usize| {
        json!({
            "target": "torch.ops.aten.conv2d.default",
            "name": format!("conv2d_{index}"),
            "inputs": [
                {"name": "input", "arg": image(index), "kind": 1},
                {"name": "weight", "arg": named(kernel(index)), "kind": 1},
            ],
            "outputs": [image(index + 1)],
            "metadata": {},
        })
    };
    let weight = |index: usize| json!({"parameter": {"arg": {"name": kernel(index)}, "parameter_name": format!("{index}.weight")}});
    let mut types: serde_json::Map<_, _> =
        (0..CONVOLUTIONS).map(|index| (kernel(index), tensor(&KERNEL))).collect();
    let map = tensor(&[1, CHANNELS, 64, 64]);
    types.extend((0..=CONVOLUTIONS).map(|index| (format!("image_{index}"), map.clone())));
    let user_input = json!({"user_input": {"arg": image(0)}});
    json!({
        "schema_version": {"major": 8, "minor": 14},
        "graph_module": {
            "graph": {
                "inputs": (0..CONVOLUTIONS).map(|index| named(kernel(index))).chain([image(0)]).collect::<Vec<_>>(),
                "outputs": [image(CONVOLUTIONS)],
                "nodes": (0..CONVOLUTIONS).map(operation).collect::<Vec<_>>(),
                "tensor_values": types,
            },
            "signature": {
                "input_specs": (0..CONVOLUTIONS).map(weight).chain([user_input]).collect::<Vec<_>>(),
                "output_specs": [{"user_output": {"arg": image(CONVOLUTIONS)}}],
            },
        },
    })
}

/// Returns the type of a contiguous float32 tensor.
fn tensor(shape: &[usize]) -> Value {
    let sizes =
        |sizes: &[usize]| -> Vec<Value> { sizes.iter().map(|size| json!({"as_int": size})).collect() };
    let strides: Vec<usize> = (1..=shape.len()).map(|axis| shape[axis..].iter().product()).collect();
    json!({
        "dtype": 7,
        "sizes": sizes(shape),
        "strides": sizes(&strides),
        "storage_offset": {"as_int": 0},
        "layout": 7,
    })
}

criterion_group!(benches, small, folder, large);
criterion_main!(benches);
