use super::*;
use proptest::prelude::*;

#[test]
fn as_many_splits_as_there_are() {
    let count = |trials| all_splits(trials, ALL_SPLITS).map(|splits| splits.len());
    // C(n, n/2)/2 for even n, and n times that of n - 1 for odd n.
    assert_eq!([2, 3, 4, 5, 8, 9, 10, 12].map(count), [1, 3, 3, 15, 35, 315, 126, 462].map(Some));
    assert_eq!([11, 13, 14, 50].map(count), [None; 4]);
    assert_eq!(all_splits(3, 10).unwrap()[0], [vec![1], vec![2]]);
}

#[test]
fn by_hand() {
    // One split: (1, 2, 3) and (1, 3, 2) have r = 1/2, so that averages of both have 2 · ½ / 1.5.
    let trials = Trials::new([[1.0, 1.0], [2.0, 3.0], [3.0, 2.0]]);
    let found = SplitHalf::new(&trials, ALL_SPLITS, 0).unwrap();
    assert!((found.r - 0.5).abs() < 1e-12 && (found.reliability.unwrap() - 2.0 / 3.0).abs() < 1e-12);
    // Halves of one trial of three have three times the noise: 3 r/(1 + 2 r).
    let trials = Trials::new([[1.0, 1.0, 1.0], [2.0, 3.0, 2.0], [3.0, 2.0, 3.0]]);
    let found = SplitHalf::new(&trials, ALL_SPLITS, 0).unwrap();
    assert!((found.r - 2.0 / 3.0).abs() < 1e-12 && (found.reliability.unwrap() - 6.0 / 7.0).abs() < 1e-12);
}

#[test]
fn what_has_no_halves() {
    let of = |images: &[[f64; 2]]| SplitHalf::new(&Trials::new(images.iter().copied()), ALL_SPLITS, 0);
    assert_eq!(of(&[[1.0, 2.0]; 2]), Err(Undefined::FewImages));
    assert_eq!(of(&[[1.0, f64::NAN]; 3]), Err(Undefined::SingleTrials));
    assert_eq!(of(&[[1.0, 1.0]; 3]), Err(Undefined::ConstantResponses));
    // One half never varies.
    assert_eq!(of(&[[1.0, 1.0], [1.0, 2.0], [1.0, 3.0]]), Err(Undefined::ConstantResponses));
    let opposite = of(&[[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]]).unwrap();
    assert!((opposite.r + 1.0).abs() < 1e-12 && opposite.reliability.is_none(), "{opposite:?}");
}

/// Returns Pearson's r between the averages over two halves, from the averages themselves.
fn plain(trials: &Trials, [first, second]: &Halves) -> f64 {
    let average = |half: &[usize]| -> Vec<f64> {
        trials.iter().map(|image| mean(half.iter().map(|&trial| image[trial]))).collect()
    };
    correlation(&average(first), &average(second))
}

proptest! {
    #[test]
    fn products_give_the_correlations_of_averages(
        images in proptest::collection::vec(proptest::array::uniform7(-5.0_f64..50.0), 3..20),
    ) {
        let trials = Trials::new(images);
        let products = Products::new(&trials, 7);
        for halves in all_splits(7, ALL_SPLITS).unwrap() {
            let found = products.correlation(&halves).unwrap();
            prop_assert!((found - plain(&trials, &halves)).abs() < 1e-9);
        }
    }

    /// With 600 images the reliability has a standard error below 0.03, however trials are dealt.
    #[test]
    fn unequal_numbers_of_trials_have_the_reliability_of_their_averages(seed in any::<u64>()) {
        let mut random = generator(seed);
        let mut uniform = || crate::statistics::below(1 << 30, &mut random) as f64 / f64::from(1 << 30);
        let count = |image: usize| [2, 3, 5, 8][image % 4];
        let trials = Trials::new((0..600).map(|image| {
            let signal = uniform();
            (0..count(image)).map(|_| signal + 1.2 * uniform()).collect::<Vec<_>>()
        }));
        // Variances are in the proportion of 1 to 1.44, and the mean of 1/n is 139/480.
        let expected = 1.0 / (1.0 + 1.44 * 139.0 / 480.0);
        let found = SplitHalf::new(&trials, ALL_SPLITS, seed).unwrap();
        prop_assert!((found.reliability.unwrap() - expected).abs() < 0.12, "{found:?} {expected}");
        prop_assert_eq!(found, SplitHalf::new(&trials, ALL_SPLITS, seed).unwrap());
    }
}
