//! Lengths, listing and strongest paths of deep circuits.
//!
//! The aims are 10 ms for the lengths of 8 RCPBs at T = 64, 1 s to list a million paths, and 100 ms for the
//! 100 strongest paths of that circuit.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]

use criterion::{Criterion, criterion_group, criterion_main};
use pathscope_core::circuit::{Circuit, Readout};
use pathscope_core::graph::unroll::{Component, UnrolledCircuit};
use pathscope_core::paths::ensemble::Ensemble;
use pathscope_core::paths::strength::Strengths;
use pathscope_core::paths::strongest::strongest;
use std::hint::black_box;

/// Returns strengths that differ between components.
fn strengths(unrolled: &UnrolledCircuit) -> Strengths {
    Strengths::new(unrolled.components(), |component| match *component {
        Component::Convolution { connection, .. } | Component::Identity { connection } => {
            0.9 + 0.01 * connection as f64
        }
        Component::Normalization { block, iteration, .. } => {
            0.7 + 0.013 * ((block * 37 + iteration.unwrap_or(0) * 11) % 29) as f64
        }
        Component::ConnectionNormalization { .. } => 0.8,
    })
}

fn paths(criterion: &mut Criterion) {
    let circuit = Circuit::of_recurrent_blocks(8, 64);
    criterion.bench_function("unroll 8 blocks at T = 64", |bencher| {
        bencher.iter(|| UnrolledCircuit::new(black_box(&circuit)).expect("a valid circuit"));
    });
    let unrolled = UnrolledCircuit::new(&circuit).expect("a valid circuit");
    let strengths = strengths(&unrolled);
    for readout in [Readout::NoAvg, Readout::TwoAvg] {
        criterion.bench_function(&format!("lengths of 8 blocks at T = 64, {readout}"), |bencher| {
            bencher.iter(|| Ensemble::of_readouts(black_box(&unrolled), &strengths, &[readout]));
        });
    }
    let weights = unrolled.readout_weights(Readout::NoAvg);
    criterion.bench_function("the 100 strongest of 8 blocks at T = 64", |bencher| {
        bencher.iter(|| strongest(black_box(unrolled.graph()), &strengths, &weights).take(100).count());
    });
    let mut group = criterion.benchmark_group("listing");
    group.sample_size(10);
    group.bench_function("a million paths of 8 blocks at T = 64", |bencher| {
        bencher.iter(|| {
            let paths = unrolled.paths().take(1_000_000);
            paths.map(|path| black_box(&path).length(unrolled.graph())).max()
        });
    });
    group.bench_function("a million paths and their strengths", |bencher| {
        bencher.iter(|| {
            let paths = unrolled.paths().take(1_000_000);
            paths.map(|path| strengths.of_path(unrolled.graph(), black_box(&path))).max()
        });
    });
    group.finish();
}

criterion_group!(benches, paths);
criterion_main!(benches);
