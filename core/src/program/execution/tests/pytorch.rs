//! Tests of single operations against PyTorch's results (`fixtures/make_operations.py`).

use crate::files::arrays::read_array;
use crate::program::{Element, Execution, ExportedProgram, Tensor};
use ndarray::ArrayD;
use std::fs::File;
use std::iter::zip;
use std::path::Path;
use zip::ZipArchive;

/// Compares all outputs of a program with those of PyTorch.
fn compare<T: Element>(name: &str, tolerance: f64) {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/programs/operations.zip");
    ZipArchive::new(File::open(fixture).unwrap()).unwrap().extract(folder.path()).unwrap();
    let read = |file: &str, number: usize| -> ArrayD<f64> {
        read_array(&folder.path().join(file), Some(&number.to_string())).unwrap().to_f64()
    };
    let exported = ExportedProgram::open(&folder.path().join(format!("{name}.pt2"))).unwrap();
    let inputs = 0..exported.program.inputs.len();
    let inputs: Vec<Tensor<T>> =
        inputs.map(|number| read("inputs.npz", number).mapv(T::of).into_shared()).collect();
    let wanted: Vec<_> = exported.program.outputs.iter().copied().map(Option::unwrap).collect();
    let execution = Execution::<T>::new(&exported.program, &exported, &wanted).unwrap();
    for (number, found) in execution.run(&inputs).unwrap().iter().enumerate() {
        let difference = difference(found, &read("outputs.npz", number));
        let output = &exported.program.value(wanted[number]).name;
        assert!(difference <= tolerance, "{name}: output {number} ({output}) differs by {difference:e}");
    }
    assert!(wanted.len() > 250);
}

/// Returns the largest difference, relative for numbers above 1; infinite where shapes differ.
fn difference<T: Element>(found: &Tensor<T>, expected: &ArrayD<f64>) -> f64 {
    if found.shape() != expected.shape() {
        return f64::INFINITY;
    }
    let differences = zip(found, expected).map(|(found, &expected)| {
        let difference = (found.double() - expected).abs() / expected.abs().max(1.0);
        if difference.is_nan() { f64::INFINITY } else { difference }
    });
    differences.fold(0.0, f64::max)
}

#[test]
fn operations_are_those_of_pytorch() {
    compare::<f64>("aten", 1e-12);
    compare::<f32>("aten", 1e-5);
}

#[test]
fn core_operations_are_those_of_pytorch() {
    compare::<f64>("core", 1e-12);
    compare::<f32>("core", 1e-5);
}
