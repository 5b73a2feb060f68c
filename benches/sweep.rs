//! Planning of the paper's larger grid, and collection of the results of a sweep.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pathscope::study::results::Status;
use pathscope::study::run::Record;
use pathscope::study::sweep::{SweepFolder, collect};
use pathscope::study::{Plan, Study};
use pathscope_core::analysis::report::Report;
use pathscope_core::analysis::{Analysis, AnalysisOptions};
use pathscope_core::data::evaluation::{
    EvaluatedData, EvaluatedModel, EvaluatedPart, Evaluation, EvaluationSettings, NeuronScore, Scores,
};
use pathscope_core::files::checkpoint::sha256;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use tempfile::TempDir;

const MODELS: usize = 2000;
/// The number of neurons in the paper's data set.
const NEURONS: usize = 79;

fn planning(criterion: &mut Criterion) {
    let study = Study::read(Path::new("analysis/imagenet8k.toml")).expect("a study");
    criterion.bench_function("plan/imagenet8k", |bencher| bencher.iter(|| black_box(&study).plan()));
}

fn collecting(criterion: &mut Criterion) {
    let (_folder, sweep, plan) = finished_sweep();
    let rows = collect(&sweep, &plan, &|| {}).expect("results").rows;
    assert!(rows.iter().all(|row| row.status == Status::Finished), "{:?}", rows[0].problem);
    let mut group = criterion.benchmark_group("collect");
    group.throughput(Throughput::Elements(MODELS as u64)).sample_size(10);
    group.bench_function("2000 models", |bencher| bencher.iter(|| collect(&sweep, &plan, &|| {})));
}

/// Returns a finished sweep in which every model is that of Figure 5.
fn finished_sweep() -> (TempDir, SweepFolder, Plan) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let seeds: Vec<String> = (0..MODELS).map(|seed| seed.to_string()).collect();
    let text = format!(
        "schema = \"pathscope/study/1\"\nname = \"bench\"\ndataset.name = \"demo\"\naxes.seed = [{}]\n\
         recurrent = {{ iterations = [3], readout = [\"no-avg\"] }}\n",
        seeds.join(", ")
    );
    let path = folder.path().join("bench.toml");
    fs::write(&path, text).expect("a file");
    let study = Study::read(&path).expect("a study");
    let sweep = SweepFolder::begin(&folder.path().join("sweep"), &study, folder.path()).expect("a sweep");
    let plan = study.plan().expect("a plan");
    let net = Path::new("fixtures/nets/fig5.safetensors");
    let analysis = Analysis::of_file(net, &AnalysisOptions::default()).expect("an analysis");
    let analysis = serde_json::to_string_pretty(&Report::new(&analysis, 0)).expect("JSON");
    let evaluation = serde_json::to_string_pretty(&evaluation(&sha256(net).expect("a hash"))).expect("JSON");
    let record = serde_json::to_string_pretty(&record()).expect("JSON");
    for model in &plan.models {
        let place = sweep.model(&model.id);
        fs::create_dir_all(place.path()).expect("a folder");
        place.write_settings(&model.settings).expect("a file");
        for (name, text) in
            [("run.json", &record), ("evaluation.json", &evaluation), ("analysis.json", &analysis)]
        {
            fs::write(place.file(name), text).expect("a file");
        }
        fs::copy(net, place.file("model.safetensors")).expect("a file");
    }
    (folder, sweep, plan)
}

fn evaluation(sha256: &str) -> Evaluation {
    let score = |neuron| NeuronScore { neuron, cc_raw: 0.4, cc_max: Some(0.8), cc_norm2: Some(0.25) };
    Evaluation {
        schema: pathscope_core::data::evaluation::SCHEMA.to_owned(),
        generator: "a benchmark".to_owned(),
        model: EvaluatedModel { path: "model.safetensors".to_owned(), sha256: sha256.to_owned() },
        dataset: EvaluatedData { name: "demo".to_owned(), sha256: [].into() },
        settings: EvaluationSettings {
            iterations: Some(3),
            split: EvaluatedPart::Test,
            split_seed: 0,
            images: 1600,
            crop: 0,
            downsample: 1,
        },
        trials: None,
        pixels: None,
        choice: None,
        all_scores: None,
        scores: Scores {
            neurons: NEURONS,
            without_ceiling: 0,
            mean_cc_raw: 0.4,
            mean_cc_raw2: 0.16,
            mean_cc_max: Some(0.8),
            mean_cc_norm2: Some(0.25),
            median_cc_norm2: Some(0.25),
            by_neuron: (0..NEURONS).map(score).collect(),
        },
    }
}

fn record() -> Record {
    Record {
        schema: pathscope::study::run::SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        dataset: "demo".to_owned(),
        dataset_sha256: [].into(),
        settings: None,
        pixels: None,
        images: [5120, 1280, 1600],
        neurons: NEURONS,
        parameters: 100_000,
        device: "cpu".to_owned(),
        threads: 1,
        finished: true,
        steps: 2000,
        best_step: 1500,
        best_validation_loss: Some(0.05),
        seconds: 300.0,
    }
}

criterion_group!(benches, planning, collecting);
criterion_main!(benches);
