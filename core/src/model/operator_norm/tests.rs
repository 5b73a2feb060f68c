use super::*;
use ndarray::{Array, Array2, ArrayD, IxDyn, array};
use ndarray_linalg::SVD;
use proptest::prelude::*;

#[track_caller]
fn assert_norm(weight: &ArrayD<f64>, groups: usize, map_size: usize, expected: f64) {
    let found = operator_norm(weight.view(), groups, map_size).unwrap();
    assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1e-300), "{found}, expected {expected}");
}

/// Returns the convolution as an explicit matrix [output channels · map, input channels · map].
fn dense(weight: &ArrayD<f64>, map_size: usize) -> Array2<f64> {
    let kernel = &weight.shape()[2..];
    let positions = map_size.pow(kernel.len() as u32);
    let mut matrix = Array2::zeros((weight.shape()[0] * positions, weight.shape()[1] * positions));
    for (index, value) in weight.indexed_iter() {
        for position in 0..positions {
            // The coordinates of the position, each shifted by those of the tap and wrapped.
            let (mut rest, mut stride, mut moved) = (position, 1, 0);
            for (axis, &extent) in kernel.iter().enumerate() {
                let coordinate = rest % map_size + index[2 + axis] + map_size * extent - extent / 2;
                moved += coordinate % map_size * stride;
                rest /= map_size;
                stride *= map_size;
            }
            matrix[[index[0] * positions + position, index[1] * positions + moved]] += value;
        }
    }
    matrix
}

fn spectral_norm(matrix: &Array2<f64>) -> f64 {
    matrix.svd(false, false).unwrap().1[0]
}

#[test]
fn a_kernel_of_one_point_is_its_matrix() {
    // [[3/4, 1], [0, 3/4]]: the eigenvalues of AᵀA have sum 17/8 and product 81/256.
    let weight = array![[[[0.75]], [[1.0]]], [[[0.0]], [[0.75]]]].into_dyn();
    for map_size in [1, 2, 7, 32] {
        assert_norm(&weight, 1, map_size, (2.0 + 13.0_f64.sqrt()) / 4.0);
    }
}

#[test]
fn a_kernel_without_spatial_axes_is_a_matrix() {
    assert_norm(&array![[3.0, 4.0]].into_dyn(), 1, 9, 5.0);
}

#[test]
fn a_shift_changes_no_norm() {
    for place in 0..9 {
        let mut weight = Array::zeros((1, 1, 3, 3));
        weight[[0, 0, place / 3, place % 3]] = -2.0;
        assert_norm(&weight.into_dyn(), 1, 6, 2.0);
    }
}

#[test]
fn a_moving_average_passes_the_constant_map() {
    assert_norm(&Array::from_elem((1, 1, 3, 3), 1.0 / 9.0).into_dyn(), 1, 12, 1.0);
}

#[test]
fn the_strongest_frequency_may_be_the_fastest() {
    // |1 - exp(-iω)| has its maximum of 2 at ω = π, a frequency of maps of even size only. On 3 points the
    // nearest frequency is 2π/3, with √3.
    let weight = array![[[1.0, -1.0]]].into_dyn();
    assert_norm(&weight, 1, 8, 2.0);
    assert_norm(&weight, 1, 3, 3.0_f64.sqrt());
    assert_norm(&weight, 1, 1, 0.0);
}

#[test]
fn a_kernel_larger_than_the_map_wraps() {
    // On 2 points the taps 1, 2, 4 become 5 and 2: 7 at frequency 0, 3 at 1.
    assert_norm(&array![[[1.0, 2.0, 4.0]]].into_dyn(), 1, 2, 7.0);
    assert_norm(&array![[[1.0, -5.0, 4.0]]].into_dyn(), 1, 2, 10.0);
}

#[test]
fn groups_are_apart() {
    // Depthwise, the channels have the factors 3 and 4; as one group the norm would be 5.
    let weight = array![[[3.0]], [[4.0]]].into_dyn();
    assert_norm(&weight, 2, 4, 4.0);
    assert_norm(&weight, 1, 4, 5.0);
}

#[test]
fn weights_near_the_ends_of_the_doubles() {
    for scale in [1e-300, 1e300] {
        assert_norm(&array![[[3.0 * scale, 4.0 * scale]]].into_dyn(), 1, 4, 7.0 * scale);
    }
    assert_norm(&ArrayD::zeros(IxDyn(&[2, 2, 3, 3])), 1, 4, 0.0);
}

#[test]
fn what_is_no_kernel_is_refused() {
    for (shape, groups, map_size) in
        [(&[3][..], 1, 4), (&[2, 0, 3], 1, 4), (&[3, 1, 3], 2, 4), (&[2, 2], 0, 4), (&[2, 2], 1, 0)]
    {
        let weight = ArrayD::<f64>::ones(IxDyn(shape));
        let error = operator_norm(weight.view(), groups, map_size).unwrap_err();
        assert!(matches!(error, OperatorNormError::Shape { .. }), "{error}");
    }
}

fn kernels() -> impl Strategy<Value = (ArrayD<f64>, usize)> {
    let spatial = prop_oneof![
        prop::collection::vec(1_usize..6, 1..=2).prop_map(|kernel| (kernel, 6_usize)),
        prop::collection::vec(1_usize..4, 3).prop_map(|kernel| (kernel, 3_usize)),
    ];
    (1_usize..4, 1_usize..4, spatial).prop_flat_map(|(outputs, inputs, (kernel, most))| {
        let shape = [vec![outputs, inputs], kernel].concat();
        let weights = prop::collection::vec(-1.0..1.0, shape.iter().product::<usize>());
        let kernel = weights.prop_map(move |weights| {
            ArrayD::from_shape_vec(shape.clone(), weights).expect("as many as the shape has")
        });
        (kernel, 1..=most)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The samples cover odd and even maps, kernels larger than the map, and one to three kernel axes.
    #[test]
    fn the_explicit_matrix_has_the_same_norm((weight, map_size) in kernels()) {
        let expected = spectral_norm(&dense(&weight, map_size));
        let found = operator_norm(weight.view(), 1, map_size).unwrap();
        prop_assert!((found - expected).abs() <= 1e-10 * (1.0 + expected), "{found}, expected {expected}");
    }
}
