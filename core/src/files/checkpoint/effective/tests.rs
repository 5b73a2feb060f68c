use super::super::{ElementType, TensorInfo};
use super::{Reparametrization, Tensors};
use ndarray::{ArrayD, IxDyn};
use std::collections::BTreeMap;
use std::path::Path;

struct Stored(BTreeMap<String, ArrayD<f64>>);

impl Stored {
    fn new(tensors: &[(&str, &[usize], &[f64])]) -> Self {
        let array = |shape: &[usize], numbers: &[f64]| {
            ArrayD::from_shape_vec(IxDyn(shape), numbers.to_vec()).unwrap()
        };
        Self(
            tensors
                .iter()
                .map(|(name, shape, numbers)| ((*name).to_owned(), array(shape, numbers)))
                .collect(),
        )
    }

    fn tensors(&self) -> Tensors {
        let info = |array: &ArrayD<f64>| TensorInfo {
            element_type: ElementType::Float64,
            shape: array.shape().to_vec(),
        };
        Tensors::new(self.0.iter().map(|(name, array)| (name.clone(), info(array))).collect())
    }

    #[track_caller]
    fn assert_reads(&self, name: &str, shape: &[usize], expected: &[f64]) {
        let tensors = self.tensors();
        let read = tensors.read(Path::new("m.pt"), name, &|name, _| Ok(self.0[name].clone())).unwrap();
        assert_eq!(tensors.given[name].shape, shape);
        assert_eq!(read.shape(), shape);
        assert_eq!(read.into_raw_vec_and_offset().0, expected);
    }

    #[track_caller]
    fn assert_refuses(&self, name: &str, parts: &[&str]) {
        let tensors = self.tensors();
        assert!(!tensors.given.contains_key(name), "{name} is given out");
        let reason = tensors.refusal(name).unwrap_or_else(|| panic!("{name} is not refused"));
        for part in parts {
            assert!(reason.contains(part), "{part:?} is not in {reason:?}");
        }
    }

    fn names(&self) -> Vec<String> {
        self.tensors().given.into_keys().collect()
    }
}

/// Two rows of norms 5 and 10, rescaled to 15 and 5.
#[test]
fn weight_normalization_by_hooks() {
    let v: &[f64] = &[3.0, 4.0, 6.0, 8.0];
    let stored = Stored::new(&[
        ("up.weight_g", &[2, 1, 1, 1], &[15.0, 5.0]),
        ("up.weight_v", &[2, 2, 1, 1], v),
        ("up.bias", &[2], &[0.0; 2]),
    ]);
    stored.assert_reads("up.weight", &[2, 2, 1, 1], &[9.0, 12.0, 3.0, 4.0]);
    assert_eq!(stored.names(), ["up.bias", "up.weight"]);
    stored.assert_refuses("up.weight_v", &["part of up.weight", "name up.weight"]);
    let tensors = stored.tensors();
    let effective: Vec<_> = tensors.effective().collect();
    let parts = vec!["up.weight_g", "up.weight_v"];
    assert_eq!(effective, [("up.weight", Reparametrization::WeightNormalization, parts)]);
    // Both the magnitudes and the directions are trained.
    assert_eq!(tensors.parameters("up.weight"), 6);
}

#[test]
fn weight_normalization_along_the_second_dimension_and_along_none() {
    let v: &[f64] = &[3.0, 6.0, 4.0, 8.0];
    let columns = Stored::new(&[("w.weight_g", &[1, 2, 1], &[15.0, 5.0]), ("w.weight_v", &[2, 2, 1], v)]);
    columns.assert_reads("w.weight", &[2, 2, 1], &[9.0, 3.0, 12.0, 4.0]);
    for shape in [&[][..], &[1], &[1, 1, 1]] {
        let whole =
            Stored::new(&[("w.weight_g", shape, &[10.0]), ("w.weight_v", &[2, 2, 1], &[1.0, 3.0, 3.0, 9.0])]);
        whole.assert_reads("w.weight", &[2, 2, 1], &[1.0, 3.0, 3.0, 9.0]);
    }
}

#[test]
fn weight_normalization_as_a_parametrization() {
    let stored = Stored::new(&[
        ("up.parametrizations.weight.original0", &[2, 1, 1], &[15.0, 5.0]),
        ("up.parametrizations.weight.original1", &[2, 2, 1], &[3.0, 4.0, 6.0, 8.0]),
    ]);
    stored.assert_reads("up.weight", &[2, 2, 1], &[9.0, 12.0, 3.0, 4.0]);
    stored.assert_refuses("up.parametrizations.weight.original1", &["part of up.weight"]);
    assert_eq!(stored.names(), ["up.weight"]);
}

#[test]
fn pruning() {
    let stored = Stored::new(&[
        ("weight_orig", &[1, 2, 2], &[1.0, 2.0, 3.0, 4.0]),
        ("weight_mask", &[1, 2, 2], &[1.0, 0.0, 0.0, 1.0]),
        ("bias_orig", &[2], &[1.0, 2.0]),
        ("bias_mask", &[2], &[0.0, 1.0]),
    ]);
    stored.assert_reads("weight", &[1, 2, 2], &[1.0, 0.0, 0.0, 4.0]);
    stored.assert_reads("bias", &[2], &[0.0, 2.0]);
    assert_eq!(stored.tensors().parameters("weight"), 4);
}

/// A matrix that maps (0.6, 0.8) to 5 · (0, 1).
#[test]
fn spectral_normalization() {
    let w: &[f64] = &[4.0, -3.0, 3.0, 4.0];
    let (u, v): (&[f64], &[f64]) = (&[0.0, 1.0], &[0.6, 0.8]);
    let expected: Vec<f64> = w.iter().map(|number| number / (3.0 * 0.6 + 4.0 * 0.8)).collect();
    let old =
        Stored::new(&[("c.weight_orig", &[2, 2, 1], w), ("c.weight_u", &[2], u), ("c.weight_v", &[2], v)]);
    old.assert_reads("c.weight", &[2, 2, 1], &expected);
    assert_eq!(old.tensors().parameters("c.weight"), 4);
    let new = Stored::new(&[
        ("c.parametrizations.weight.original", &[2, 2, 1], w),
        ("c.parametrizations.weight.0._u", &[2], u),
        ("c.parametrizations.weight.0._v", &[2], v),
    ]);
    new.assert_reads("c.weight", &[2, 2, 1], &expected);
}

/// The second dimension of a transposed convolution is the output dimension.
#[test]
fn spectral_normalization_of_transposed_convolutions() {
    // The lengths decide: u has the 2 of the second dimension.
    let w: &[f64] = &[1.0, 0.0, 0.0, 2.0, 0.0, 0.0];
    let lengths = Stored::new(&[
        ("weight_orig", &[3, 2], w),
        ("weight_u", &[2], &[0.0, 1.0]),
        ("weight_v", &[3], &[0.0, 1.0, 0.0]),
    ]);
    lengths.assert_reads("weight", &[3, 2], &[0.5, 0.0, 0.0, 1.0, 0.0, 0.0]);
    // The vectors decide: the transposed matrix maps v to 5 u, and the matrix itself maps it elsewhere.
    let w: &[f64] = &[4.0, 3.0, -3.0, 4.0];
    let vectors = Stored::new(&[
        ("weight_orig", &[2, 2], w),
        ("weight_u", &[2], &[0.0, 1.0]),
        ("weight_v", &[2], &[0.6, 0.8]),
    ]);
    let expected: Vec<f64> = w.iter().map(|number| number / (3.0 * 0.6 + 4.0 * 0.8)).collect();
    vectors.assert_reads("weight", &[2, 2], &expected);
    // Before any training nothing decides, and dimension 0 is used.
    let untrained = Stored::new(&[
        ("weight_orig", &[2, 2], &[1.0, 2.0, 0.0, 1.0]),
        ("weight_u", &[2], &[1.0, 0.0]),
        ("weight_v", &[2], &[0.0, 1.0]),
    ]);
    untrained.assert_reads("weight", &[2, 2], &[0.5, 1.0, 0.0, 0.5]);
}

#[test]
fn chains_of_parametrizations() {
    let stored = Stored::new(&[
        ("parametrizations.weight.original0", &[2, 1], &[15.0, 5.0]),
        ("parametrizations.weight.original1", &[2, 2], &[3.0, 4.0, 6.0, 8.0]),
        ("parametrizations.weight.1._u", &[2], &[1.0, 0.0]),
        ("parametrizations.weight.1._v", &[2], &[1.0, 0.0]),
    ]);
    // [9, 12; 3, 4] divided by its upper left element.
    stored.assert_reads("weight", &[2, 2], &[1.0, 12.0 / 9.0, 3.0 / 9.0, 4.0 / 9.0]);
    assert_eq!(stored.names(), ["weight"]);
    let tensors = stored.tensors();
    assert_eq!(tensors.parameters("weight"), 6);
    assert_eq!(tensors.effective().next().unwrap().2.len(), 4);
}

#[test]
fn pruned_directions_of_weight_normalization() {
    let stored = Stored::new(&[
        ("weight_g", &[1, 1], &[2.0]),
        ("weight_v_orig", &[1, 2], &[3.0, 4.0]),
        ("weight_v_mask", &[1, 2], &[1.0, 0.0]),
    ]);
    stored.assert_reads("weight", &[1, 2], &[2.0, 0.0]);
    assert_eq!(stored.names(), ["weight"]);
}

#[test]
fn missing_parts() {
    let numbers: &[f64] = &[0.0; 4];
    let without_g = Stored::new(&[("a.weight_v", &[2, 2, 1], numbers)]);
    without_g.assert_refuses("a.weight", &["magnitude a.weight_g is missing"]);
    without_g.assert_refuses("a.weight_v", &["magnitude a.weight_g is missing"]);
    let without_v = Stored::new(&[("a.weight_g", &[4, 1, 1], numbers)]);
    without_v.assert_refuses("a.weight", &["direction a.weight_v is missing"]);
    let alone = Stored::new(&[("a.weight_orig", &[2, 2, 1], numbers)]);
    alone.assert_refuses("a.weight_orig", &["a.weight_mask", "a.weight_u and a.weight_v", "missing"]);
    let without_u = Stored::new(&[("a.weight_orig", &[2, 2, 1], numbers), ("a.weight_v", &[2], &[0.0; 2])]);
    without_u.assert_refuses("a.weight", &["a.weight_u is missing"]);
    let original0 = Stored::new(&[("a.parametrizations.weight.original0", &[4, 1, 1], numbers)]);
    original0.assert_refuses("a.weight", &["a.parametrizations.weight.original1 is missing"]);
    let without_vector = Stored::new(&[
        ("a.parametrizations.weight.original", &[2, 2, 1], numbers),
        ("a.parametrizations.weight.0._u", &[2], &[0.0; 2]),
    ]);
    without_vector.assert_refuses("a.weight", &["a.parametrizations.weight.0._v is missing"]);
    assert_eq!(without_vector.tensors().unresolved().count(), 2);
}

#[test]
fn unknown_parametrizations() {
    let numbers: &[f64] = &[0.0; 4];
    let name = "a.parametrizations.weight.original";
    let remedy = "remove_parametrizations";
    Stored::new(&[(name, &[2, 2], numbers)])
        .assert_refuses("a.weight", &["nothing but its original", remedy]);
    let base = ("a.parametrizations.weight.0.base", &[2, 2][..], numbers);
    Stored::new(&[(name, &[2, 2], numbers), base]).assert_refuses("a.weight", &["0.base", remedy]);
    // The factors of a product, as low-rank adaptations store them.
    let product = [
        ("a.parametrizations.weight.original0", &[4, 1][..], numbers),
        ("a.parametrizations.weight.original1", &[1, 4][..], numbers),
    ];
    Stored::new(&product).assert_refuses("a.weight", &["two originals", remedy]);
    let later = [
        (name, &[2, 2][..], numbers),
        ("a.parametrizations.weight.1._u", &[2][..], &[0.0; 2][..]),
        ("a.parametrizations.weight.1._v", &[2][..], &[0.0; 2][..]),
    ];
    Stored::new(&later).assert_refuses("a.weight", &["number 0", remedy]);
}

/// Names whose suffix is a coincidence are left alone.
#[test]
fn tensors_in_their_own_right() {
    let stored = Stored::new(&[
        ("bn_g", &[4], &[0.0; 4]),
        ("bn_v", &[4], &[0.0; 4]),
        ("gate_g", &[3, 2], &[0.0; 6]),
        ("gate_v", &[2, 2], &[0.0; 4]),
        ("image_orig", &[2], &[0.0; 2]),
        ("value_v", &[2, 2], &[0.0; 4]),
        ("x.weight", &[2], &[0.0; 2]),
        ("x.weight_orig", &[2], &[0.0; 2]),
    ]);
    assert_eq!(stored.names().len(), 8);
    assert_eq!(stored.tensors().refusal("bn"), None);
    assert_eq!(stored.tensors().effective().count(), 0);
}
