//! Tests of the reference programs, whose outputs PyTorch computed in double precision.

use crate::files::arrays::read_array;
use crate::program::{Element, Execution, ExportedProgram};
use std::iter::zip;
use std::path::Path;

/// Compares the outputs of a program with those of PyTorch, relative to the largest.
///
/// # Arguments
///
/// * `name` - the program's folder
/// * `images` - the folder of the images and of PyTorch's outputs for them
/// * `output` - the index of the output that is compared, by its first units
fn compare<T: Element>(name: &str, images: &str, output: usize, tolerance: f64) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/programs");
    let read = |file: &str| read_array(&folder.join(images).join(file), None).unwrap().to_f64();
    let exported = ExportedProgram::open(&folder.join(name).join("model.pt2")).unwrap();
    let wanted = exported.program.outputs[output].unwrap();
    let execution = Execution::<T>::new(&exported.program, &exported, &[wanted]).unwrap();
    let outputs = execution.run(&[read("images.npy").mapv(T::of).into_shared()]).unwrap();
    let expected = read("outputs.npy");
    let largest = expected.iter().fold(0.0, |largest: f64, number| largest.max(number.abs()));
    let (images, units) = (expected.shape()[0], expected.shape()[1]);
    let found = outputs[0].to_shape((images, outputs[0].len() / images)).unwrap();
    for (found, expected) in zip(found.rows(), expected.rows()) {
        assert!(found.len() >= units);
        for (found, expected) in zip(found, expected) {
            let difference = (found.double() - expected).abs() / largest;
            assert!(difference <= tolerance, "{name}: {found} and {expected} differ by {difference:e}");
        }
    }
}

macro_rules! programs {
    ($($test:ident: $name:literal, $images:literal, $output:literal;)*) => {$(
        #[test]
        fn $test() {
            compare::<f64>($name, $images, $output, 1e-12);
            compare::<f32>($name, $images, $output, 1e-5);
        }
    )*};
}

programs! {
    a_gated_recurrent_unit: "conv-gru", "conv-gru", 0;
    areas_with_delays: "delayed-areas-group-norm", "delayed-areas-group-norm", 1;
    dense_concatenations: "dense-concat-smooth", "dense-concat-smooth", 0;
    recurrent_blocks: "recurrent-two-blocks-max-pool", "recurrent-two-blocks-max-pool", 0;
    recurrent_blocks_of_any_batch: "recurrent-two-blocks-max-pool-dynamic", "recurrent-two-blocks-max-pool", 0;
    areas_with_skips: "staged-skip-areas", "staged-skip-areas", 0;
    areas_with_skips_in_core_operations: "staged-skip-areas-core", "staged-skip-areas", 0;
    top_down_gates: "gated-top-down", "gated-top-down", 0;
    top_down_gates_in_core_operations: "gated-top-down-core", "gated-top-down", 0;
}
