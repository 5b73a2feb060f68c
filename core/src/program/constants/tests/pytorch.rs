//! Tests against kernels that PyTorch computed (`fixtures/make_constants.py`).

use crate::files::arrays::read_array;
use crate::program::ExportedProgram;
use crate::program::{Constants, Content};
use std::fs::File;
use std::path::Path;
use zip::ZipArchive;

fn compare(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/programs/constants.zip");
    ZipArchive::new(File::open(fixture).unwrap()).unwrap().extract(folder.path()).unwrap();
    let exported = ExportedProgram::open(&folder.path().join(format!("{name}.pt2"))).unwrap();
    let constants = Constants::new(&exported.program, &exported);
    let operations = exported.program.operations.iter().enumerate();
    let convolutions = operations.filter(|(index, operation)| {
        operation.target.contains(".conv")
            && !constants.is_constant(operation.tensor("input").unwrap(), *index)
    });
    let mut count = 0;
    for (number, (index, operation)) in convolutions.enumerate() {
        let weight = operation.tensor("weight").unwrap();
        let Content::Array(found) = constants.tensor(weight, index).unwrap() else {
            panic!("kernel {number} has no elements");
        };
        let key = number.to_string();
        let expected = read_array(&folder.path().join(format!("{name}.npz")), Some(&key)).unwrap().to_f64();
        assert_eq!(found.shape(), expected.shape(), "kernel {number}");
        // PyTorch computes in single precision.
        let close = |(one, other): (&f64, &f64)| (one - other).abs() <= 2e-6 * (1.0 + other.abs());
        assert!(found.iter().zip(&expected).all(close), "kernel {number} is {found}, expected {expected}");
        count += 1;
    }
    assert_eq!(count, 61);
}

#[test]
fn kernels_are_those_of_pytorch() {
    compare("aten");
}

#[test]
fn kernels_in_core_operations_are_those_of_pytorch() {
    compare("core");
}
