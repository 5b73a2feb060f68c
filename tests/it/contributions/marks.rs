use super::support::{images, model, total};
use ndarray::{Axis, s};
use pathscope_core::analysis::contributions::{Baseline, By, ComputeOptions, Contributions, Precision};

const ONE_BLOCK: &str = "fixtures/reference/recurrent-1block-t7-2-avg";
const TWO_BLOCKS: &str = "fixtures/reference/recurrent-2block-t5-late-avg-softplus";

fn double() -> ComputeOptions {
    ComputeOptions { precision: Precision::Double, ..ComputeOptions::default() }
}

fn by(folder: &str, by: By) -> Vec<Contributions> {
    let (model, images) = (model(&format!("{folder}/best.pth")), images(folder));
    model.compute(images.view(), &model.gradings(by), &double(), &|_| ()).unwrap()
}

fn assert_same(one: &ndarray::Array2<f64>, other: &ndarray::Array2<f64>) {
    let apart = (one - other).iter().fold(0.0_f64, |most, number| most.max(number.abs()));
    assert!(apart < 1e-12, "{apart:e}");
}

#[test]
fn blocks_connections_and_iterations_divide_the_same_sum() {
    let lengths = by(TWO_BLOCKS, By::Length).remove(0);
    for mark in [By::Block, By::Connection, By::Iteration] {
        for found in by(TWO_BLOCKS, mark) {
            assert_same(&total(&found), &total(&lengths));
        }
    }
    // Paths of length l have l - 1 convolutions in one block and 1 in the other, or any mixture.
    let blocks = by(TWO_BLOCKS, By::Block);
    assert_eq!(blocks.iter().map(|found| found.marks.clone()).collect::<Vec<_>>(), [[1, 2, 3, 4, 5]; 2]);
}

#[test]
fn lateral_uses_in_a_single_block_are_lengths_minus_one() {
    let lengths = by(ONE_BLOCK, By::Length).remove(0);
    let connections = by(ONE_BLOCK, By::Connection);
    let lateral = connections.iter().find(|found| found.mark.to_string().contains("lateral")).unwrap();
    assert_eq!(
        (&lengths.marks[..], &lateral.marks[..]),
        (&[1, 2, 3, 4, 5, 6, 7][..], &[0, 1, 2, 3, 4, 5, 6][..])
    );
    let apart = (&lengths.parts - &lateral.parts).iter().fold(0.0_f64, |most, number| most.max(number.abs()));
    assert!(apart < 1e-12, "{apart:e}");
}

#[test]
fn paths_enter_at_every_iteration() {
    let found = by(ONE_BLOCK, By::Iteration).remove(0);
    assert_eq!(found.marks, [1, 2, 3, 4, 5, 6, 7]);
    assert!(found.parts.index_axis(Axis(2), 3).iter().any(|&number| number != 0.0));
}

#[test]
fn all_single_paths_add_up_to_lengths() {
    let (model, images) = (model(&format!("{TWO_BLOCKS}/best.pth")), images(TWO_BLOCKS));
    let listed = model.compute_paths(images.view(), 1000, &double(), &|_| ()).unwrap();
    assert!(listed.all);
    // C(t + 1, 2) paths reach iteration t with two blocks, and the readout sees all five.
    assert_eq!(listed.paths.len(), 1 + 3 + 6 + 10 + 15);
    assert_eq!(model.ensemble().unwrap().paths.to_u64(), Some(35));
    let lengths = by(TWO_BLOCKS, By::Length).remove(0);
    for (place, &length) in lengths.marks.iter().enumerate() {
        let mut sum = ndarray::Array2::zeros(lengths.outputs.dim());
        for (rank, _) in listed.paths.iter().enumerate().filter(|(_, path)| path.length == length) {
            sum += &listed.contributions.parts.slice(s![.., .., rank]);
        }
        assert_same(&sum, &lengths.parts.slice(s![.., .., place]).to_owned());
    }
    let probability: f64 = listed.paths.iter().filter_map(|path| path.probability).sum();
    assert!((probability - 1.0).abs() < 1e-12);
}

#[test]
fn the_strongest_paths_are_those_of_the_analysis() {
    let (model, images) = (model(&format!("{TWO_BLOCKS}/best.pth")), images(TWO_BLOCKS));
    let listed = model.compute_paths(images.view(), 3, &ComputeOptions::default(), &|_| ()).unwrap();
    assert!(!listed.all);
    let report = pathscope_core::analysis::report::Report::new(&model.analysis, 3);
    let strongest = &report.ensembles[0].strongest;
    for (found, expected) in listed.paths.iter().zip(strongest) {
        assert_eq!((&found.path, found.length), (&expected.path, expected.length));
        let apart = (found.strength.unwrap() / expected.strength.unwrap() - 1.0).abs();
        assert!(apart < 1e-9, "{apart:e}");
    }
}

#[test]
fn a_baseline_counts_with_the_biases() {
    let (model, images) = (model(&format!("{ONE_BLOCK}/best.pth")), images(ONE_BLOCK));
    let gradings = model.gradings(By::Length);
    let with = |baseline: Baseline| {
        let options = ComputeOptions { baseline, ..double() };
        model.compute(images.view(), &gradings, &options, &|_| ()).unwrap().remove(0)
    };
    let first = images.index_axis(Axis(0), 0).to_owned();
    let of_first = with(Baseline::Image { pixels: first, path: "first.npy".into(), sha256: String::new() });
    // The first image is the baseline.
    let lengths = of_first.parts.slice(s![0, .., ..-1]);
    assert!(lengths.iter().all(|&number| number == 0.0));
    let [zero, mean] = [Baseline::Zero, Baseline::Mean].map(with);
    for found in [&of_first, &mean] {
        assert_eq!(found.outputs, zero.outputs);
        assert!(found.sum_difference().relative.unwrap() < 1e-12);
        assert!(found.parts != zero.parts);
    }
}

#[test]
fn batches_of_any_size_give_the_same() {
    let (model, images) = (model(&format!("{ONE_BLOCK}/best.pth")), images(ONE_BLOCK));
    let gradings = model.gradings(By::Length);
    let [one, other] = [2, 64].map(|batch| {
        let options = ComputeOptions { batch, ..double() };
        model.compute(images.view(), &gradings, &options, &|_| ()).unwrap().remove(0)
    });
    let apart = (&one.parts - &other.parts).iter().fold(0.0_f64, |most, number| most.max(number.abs()));
    assert!(apart < 1e-13, "{apart:e}");
}

#[test]
fn a_program_of_fixed_batches_takes_any_number_of_images() {
    let folder = "fixtures/programs/conv-gru";
    let images = images(folder);
    let (_, channels, height, width) = images.dim();
    let file = format!("{folder}/model.pt2");
    let options = pathscope_core::analysis::AnalysisOptions::default();
    let model = pathscope_core::analysis::contributions::ContributedModel::open(
        file.as_ref(),
        &options,
        [channels, height, width],
    )
    .unwrap();
    assert_eq!(model.batch(), Some(6));
    let gradings = model.gradings(By::Length);
    let all = model.compute(images.view(), &gradings, &double(), &|_| ()).unwrap().remove(0);
    let some = images.slice(s![..2, .., .., ..]);
    let some = model.compute(some, &gradings, &double(), &|_| ()).unwrap().remove(0);
    let apart = &all.parts.slice(s![..2, .., ..]) - &some.parts;
    assert!(apart.iter().all(|number| number.abs() < 1e-13));
}

#[test]
fn filters_on_images_are_contributions_where_paths_begin_there() {
    let file = "fixtures/programs/two-paths.pt2";
    let options = pathscope_core::analysis::AnalysisOptions::default();
    let model =
        pathscope_core::analysis::contributions::ContributedModel::open(file.as_ref(), &options, [1, 1, 1])
            .unwrap();
    let images = ndarray::arr1(&[2.0_f32, 4.0]).into_shape_with_order((2, 1, 1, 1)).unwrap();
    let grading = model.gradings(By::Length).remove(0);
    let fields = model.receptive_fields(images.view(), &grading, &[0], &double(), &|_| ()).unwrap();
    // The paths of length 1 are 2 · x for both images, and those of length 2 are -2 · x for the first and 0
    // for the other.
    assert_eq!((fields.marks, fields.filters.into_raw_vec_and_offset().0), (vec![1, 2], vec![2.0, -1.0]));
}
