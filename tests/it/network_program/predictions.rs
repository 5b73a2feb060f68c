//! Predictions of programs of networks.

use super::nets::{IMAGE, file_of, nets, published};
use super::plain::Plain;
use ndarray::{Array4, ArrayD};
use pathscope_core::files::arrays::read_npy;
use pathscope_core::network::{NetworkProgram, WholeNetwork};
use pathscope_core::program::{Element, Execution};
use proptest::prelude::*;

/// Returns the predictions of a published network for its images, and those of the published implementation.
fn predictions<T: Element>(model: &str) -> (ArrayD<f64>, ArrayD<f64>) {
    let file = published(model);
    let read = |name: &str| read_npy(&file.with_file_name(name)).unwrap().0.to_f64();
    let images = read("images.npy");
    let network = WholeNetwork::open(&file, None, &Default::default()).unwrap();
    let whole = network.program([images.shape()[2], images.shape()[3]]).unwrap();
    (executed::<T>(&whole, &images), read("predictions.npy"))
}

fn executed<T: Element>(whole: &NetworkProgram, images: &ArrayD<f64>) -> ArrayD<f64> {
    let output = whole.program.outputs[0].unwrap();
    let execution = Execution::<T>::new(&whole.program, whole, &[output]).unwrap();
    let found = execution.run(&[images.mapv(T::of).into_shared()]).unwrap().swap_remove(0);
    found.mapv(T::double).into_owned()
}

fn assert_close(found: &ArrayD<f64>, expected: &ArrayD<f64>, tolerance: f64, model: &str) {
    assert_eq!(found.shape(), expected.shape());
    let difference = (found - expected).fold(0.0_f64, |most, each| most.max(each.abs()));
    assert!(difference <= tolerance, "{model}: {difference:e}");
}

#[test]
fn predictions_are_those_of_the_published_implementation() {
    for model in [
        "feedforward-1block",
        "recurrent-1block-t3-no-avg",
        "recurrent-1block-t7-2-avg",
        "recurrent-2block-t5-late-avg-softplus",
        "multipath-1block-t4-2-avg-separate-bn",
        "multipath-1block-t5-late-avg-removed-1-2",
    ] {
        let (single, expected) = predictions::<f32>(model);
        assert_close(&single, &expected, 1e-5, model);
        let (double, expected) = predictions::<f64>(model);
        assert_close(&double, &expected, 1e-5, model);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn programs_compute_the_equations(net in nets()) {
        let file = file_of(&net);
        let Ok(network) = WholeNetwork::open(&file.path, None, &Default::default()) else {
            return Err(TestCaseError::reject("a layer that no path has"));
        };
        let whole = network.program([IMAGE[1], IMAGE[2]]).unwrap();
        let images = Array4::from_shape_fn((2, IMAGE[0], IMAGE[1], IMAGE[2]), |(n, c, x, y)| {
            ((n * 7 + c * 5 + x * 3 + y * y) % 11) as f64 / 5.0 - 1.0
        });
        let expected: Vec<f64> = Plain::new(&net).predict(&images).concat();
        let found = executed::<f64>(&whole, &images.clone().into_dyn());
        prop_assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            prop_assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{found} and {expected}");
        }
        let single = executed::<f32>(&whole, &images.into_dyn());
        for (found, expected) in single.iter().zip(&expected) {
            prop_assert!((found - expected).abs() <= 1e-4 * expected.abs().max(1.0), "{found} and {expected}");
        }
    }
}
