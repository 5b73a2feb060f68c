//! Tests on random networks: the fast computation of contributions agrees with a plain one.

mod random;

use super::adjoint::Leg;
use super::apart::Recorded;
use super::flow::Flow;
use super::linear::Form;
use super::*;
use crate::program::execution::Step;
use crate::program::kernels::Tensor;
use crate::program::tracing::Traced;
use crate::program::{ComponentKind, Program};
use proptest::prelude::*;
use random::{Kinds, RandomNetwork, by_length, choices};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::slice::from_ref;

/// The largest number of paths that a test lists.
const MOST_PATHS: usize = 400;

fn contributor<'a>(network: &'a RandomNetwork, traced: &'a Traced, gate: Gate) -> Contributor<'a, f64> {
    Contributor::new(&network.net.program, &network.net, traced, gate).unwrap()
}

fn batch(
    network: &RandomNetwork,
    traced: &Traced,
    images: &Tensor<f64>,
    grades: &Grades,
    gate: Gate,
) -> Result<Batch, ContributionError> {
    let contributor = contributor(network, traced, gate);
    contributor.contributions(from_ref(images), grades, &AtStart::default())
}

fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(1.0, |largest: f64, number| largest.max(number.abs()))
}

fn apart(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f64::max)
}

/// Returns the contribution of every path to the outputs, one by one: its grade, and the product of its gated
/// operators with the image. `None` where there are too many paths.
fn listed(
    contributor: &Contributor<'_, f64>,
    images: &Tensor<f64>,
    grades: &Grades,
) -> Option<Vec<(Grade, Tensor<f64>)>> {
    let program = contributor.bound(from_ref(images)).unwrap();
    let nothing = Flow { starts: HashSet::new(), on_the_way: HashSet::new() };
    let (legs, _) = contributor.legs(&program, from_ref(images), &nothing).unwrap();
    let mut paths: HashMap<Step, Vec<(Grade, Tensor<f64>)>> = HashMap::new();
    for start in &contributor.flow.starts {
        paths.insert(*start, vec![(0, images.clone())]);
    }
    for leg in &legs {
        let Leg::Path(step) = leg else { continue };
        let of_step = continued(step, &paths, grades);
        if of_step.len() > MOST_PATHS {
            return None;
        }
        paths.insert(step.step, of_step);
    }
    Some(contributor.ends.iter().flat_map(|end| paths.remove(end).unwrap_or_default()).collect())
}

/// Returns the paths to the operands of a step, each carried through the step alone.
fn continued(
    step: &Recorded<'_, f64>,
    paths: &HashMap<Step, Vec<(Grade, Tensor<f64>)>>,
    grades: &Grades,
) -> Vec<(Grade, Tensor<f64>)> {
    let mut result = Vec::new();
    let graded =
        |grade| step.graded.map_or(Some(grade), |operation| grades.advance(operation, grade)).unwrap();
    match &step.linear.form {
        Form::Terms(terms) => {
            for (id, map) in terms {
                let (source, _) = &step.sources[id];
                for (grade, tensor) in paths.get(source).into_iter().flatten() {
                    let mapped = map.forward(&step.call, vec![tensor.clone()]).unwrap().remove(0);
                    result.push((graded(*grade), mapped));
                }
            }
        }
        Form::Arranged(arranged) => {
            for (id, (source, _)) in &step.sources {
                for (grade, tensor) in paths.get(source).into_iter().flatten() {
                    let given = HashMap::from([(*id, tensor.clone())]);
                    result.push((graded(*grade), arranged.forward(&step.call, &given).unwrap()));
                }
            }
        }
    }
    result
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn parts_by_length_are_sums_over_paths_one_by_one(choices in choices(), tangent in any::<bool>()) {
        let mut network = RandomNetwork::new(&choices, Kinds::All);
        let images = network.images();
        let gate = if tangent { Gate::Tangent } else { Gate::Secant };
        if let Some(traced) = network.traced() {
            let grades = by_length(&traced);
            let found = batch(&network, &traced, &images, &grades, gate).unwrap();
            let scale = found.parts.values().map(|part| largest(part)).fold(1.0, f64::max);
            prop_assert!(found.distance() <= 1e-10 * scale, "{} {:?}", found.distance(), network.net.program.operations);
            let contributor = contributor(&network, &traced, gate);
            if let Some(paths) = listed(&contributor, &images, &grades) {
                let mut sums: BTreeMap<Grade, Vec<f64>> = BTreeMap::new();
                for (grade, tensor) in paths {
                    let sum = sums.entry(grade).or_insert_with(|| vec![0.0; found.outputs.len()]);
                    let tensor = broadcast::fitted(tensor, images.shape()).unwrap();
                    sum.iter_mut().zip(&tensor).for_each(|(sum, number)| *sum += number);
                }
                prop_assert_eq!(sums.keys().collect::<Vec<_>>(), found.parts.keys().collect::<Vec<_>>());
                for (grade, sum) in &sums {
                    prop_assert!(apart(sum, &found.parts[grade]) <= 1e-10 * scale);
                }
            }
        }
    }

    #[test]
    fn filters_applied_to_the_image_are_the_contributions(choices in choices(), tangent in any::<bool>()) {
        let mut network = RandomNetwork::new(&choices, Kinds::All);
        let images = network.images();
        let gate = if tangent { Gate::Tangent } else { Gate::Secant };
        if let Some(traced) = network.traced() {
            let grades = by_length(&traced);
            let contributor = contributor(&network, &traced, gate);
            let found = contributor.contributions(from_ref(&images), &grades, &AtStart::default()).unwrap();
            let scale = found.parts.values().map(|part| largest(part)).fold(1.0, f64::max);
            let units = [0, 7, 17];
            // Filters are sums over images: the first image's filters, and the second's by subtraction.
            let one = contributor.filters(from_ref(&images), 0, 1, &grades, &units).unwrap();
            let both = contributor.filters(from_ref(&images), 0, 2, &grades, &units).unwrap();
            for unit in units {
                for (grade, part) in &found.parts {
                    let first = &one.sums[&(unit, *grade)];
                    let second = &both.sums[&(unit, *grade)] - first;
                    for (image, filter) in [first, &second].into_iter().enumerate() {
                        let pixels = images.index_axis(ndarray::Axis(0), image);
                        let product: f64 = filter.iter().zip(pixels).map(|(weight, pixel)| weight * pixel).sum();
                        let expected = part[image * found.units + unit];
                        prop_assert!((product - expected).abs() <= 1e-9 * scale, "{product} {expected} {:?}", network.net.program.operations);
                    }
                }
            }
        }
    }

    #[test]
    fn secant_and_tangent_agree_where_all_is_linear_in_pieces(choices in choices()) {
        let mut network = RandomNetwork::new(&choices, Kinds::Pieces);
        let images = network.images();
        if let Some(traced) = network.traced() {
            let grades = by_length(&traced);
            let [secant, tangent] =
                [Gate::Secant, Gate::Tangent].map(|gate| batch(&network, &traced, &images, &grades, gate).unwrap());
            prop_assert_eq!(secant, tangent);
        }
    }

    #[test]
    fn other_grades_divide_the_same_sums(choices in choices()) {
        let mut network = RandomNetwork::new(&choices, Kinds::All);
        let images = network.images();
        if let Some(traced) = network.traced() {
            let lengths = batch(&network, &traced, &images, &by_length(&traced), Gate::Secant).unwrap();
            let scale = lengths.parts.values().map(|part| largest(part)).fold(1.0, f64::max);
            for layer in traced.layers.iter().filter(|layer| layer.kind == ComponentKind::Conv) {
                let grades = Grades::new(layer.operations.iter().map(|&index| (index, Advance::Add(1))));
                let uses = batch(&network, &traced, &images, &grades, Gate::Secant).unwrap();
                let total = |batch: &Batch| {
                    let mut sum = vec![0.0; batch.outputs.len()];
                    for part in batch.parts.values() {
                        sum.iter_mut().zip(part).for_each(|(sum, number)| *sum += number);
                    }
                    sum
                };
                prop_assert!(apart(&total(&uses), &total(&lengths)) <= 1e-10 * scale);
                prop_assert!(apart(&uses.sources, &lengths.sources) <= 1e-10 * scale);
            }
        }
    }

    #[test]
    fn single_paths_add_up_to_lengths(choices in choices()) {
        let mut network = RandomNetwork::new(&choices, Kinds::All);
        let images = network.images();
        if let Some(traced) = network.traced()
            && let Some(paths) = sequences(&traced)
        {
            let lengths = batch(&network, &traced, &images, &by_length(&traced), Gate::Secant).unwrap();
            let scale = lengths.parts.values().map(|part| largest(part)).fold(1.0, f64::max);
            let (grades, ends) = following(components(&traced), &paths);
            let single = batch(&network, &traced, &images, &grades, Gate::Secant).unwrap();
            let mut sums: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
            let is_conv = |operation: &usize| is_convolution(&network.net.program, *operation);
            for (path, end) in paths.iter().zip(&ends) {
                let length = path.iter().filter(|operation| is_conv(operation)).count();
                let sum = sums.entry(length).or_insert_with(|| vec![0.0; single.outputs.len()]);
                let Some(part) = single.parts.get(end) else { continue };
                sum.iter_mut().zip(part).for_each(|(sum, number)| *sum += number);
            }
            for (length, sum) in sums {
                prop_assert!(apart(&sum, &lengths.parts[&(length as Grade)]) <= 1e-10 * scale);
            }
        }
    }
}

fn is_convolution(program: &Program, operation: usize) -> bool {
    program.operations[operation].target.contains("conv2d")
}

/// Returns the operations at which paths lead through components other than factors.
fn components(traced: &Traced) -> Vec<usize> {
    let layers = traced.layers.iter().filter(|layer| layer.kind != ComponentKind::Scale);
    layers.flat_map(|layer| layer.operations.iter().copied()).collect()
}

/// Returns the distinct sequences of components on paths, if there are few paths.
fn sequences(traced: &Traced) -> Option<Vec<Vec<usize>>> {
    let paths: Vec<_> = crate::paths::enumerate::Paths::new(&traced.graph).take(MOST_PATHS + 1).collect();
    if paths.len() > MOST_PATHS {
        return None;
    }
    let components = components(traced);
    let operations = |path: crate::paths::Path| -> Vec<usize> {
        let of_nodes = path.nodes.iter().filter_map(|node| traced.node_operations[node.index()]);
        of_nodes.filter(|operation| components.contains(operation)).collect()
    };
    let mut sequences: Vec<Vec<usize>> = paths.into_iter().map(operations).collect();
    sequences.sort();
    sequences.dedup();
    Some(sequences)
}
