//! Reading and analysis of a checkpoint.
//!
//! The reference is the published implementation, which takes 13 to 39 ms for the same, after 2.2 s of
//! imports.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]

use criterion::{Criterion, criterion_group, criterion_main};
use pathscope_core::analysis::{Analysis, AnalysisOptions};
use std::hint::black_box;
use std::path::Path;

fn analyze(criterion: &mut Criterion) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let options = AnalysisOptions::default();
    let mut group = criterion.benchmark_group("analyze");
    for name in [
        "reference/recurrent-1block-t3-no-avg/best.pth",
        "reference/recurrent-1block-t7-2-avg/best.pth",
        "reference/recurrent-2block-t5-late-avg-softplus/best.pth",
        "reference/multipath-1block-t5-late-avg-removed-1-2/best.pth",
        "nets/two-blocks.safetensors",
    ] {
        let file = fixtures.join(name);
        group.bench_function(name, |bencher| {
            bencher.iter(|| Analysis::of_file(black_box(&file), &options).expect("a fixture is readable"));
        });
    }
    group.finish();
}

criterion_group!(benches, analyze);
criterion_main!(benches);
