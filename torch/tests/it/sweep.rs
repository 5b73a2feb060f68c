//! A sweep whose models are really trained, by `pathscope-torch train`.

use crate::runs::data_set;
use pathscope::study::results::{Kind, ResultRow, Status};
use pathscope::study::run::MODEL;
use pathscope::study::sweep::{Companion, Event, Runner, RunnerSummary, SweepFolder, collect};
use pathscope::study::{Plan, Study};
use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

const STUDY: &str = r#"
schema = "pathscope/study/1"
name = "squares"
dataset = { name = "squares", folder = "data" }
[settings]
channels = 3
first-kernel = 5
batch = 32
validate-every = 10
patience = 3
learning-rate = 0.01
max-steps = 60
[recurrent]
iterations = [3]
readout = ["2-avg"]
[feed-forward]
matched = true
[[multi-path]]
[[ablated]]
lengths = ["1"]
"#;

fn begin(folder: &Path, name: &str) -> (SweepFolder, Plan) {
    let path = folder.join("squares.toml");
    fs::write(&path, STUDY).unwrap();
    let study = Study::read(&path).unwrap();
    let sweep = SweepFolder::begin(&folder.join(name), &study, &study.data().unwrap()).unwrap();
    (sweep, study.plan().unwrap())
}

fn run(
    sweep: &SweepFolder,
    plan: &Plan,
    jobs: usize,
    stop: &AtomicBool,
    listener: &(dyn Fn(usize, Event) + Sync),
) -> RunnerSummary {
    let companion = Companion {
        program: crate::COMMAND.into(),
        data: sweep.record().data.clone(),
        threads: 1,
        more: Vec::new(),
    };
    let jobs = NonZero::new(jobs).unwrap();
    let runner = Runner { folder: sweep, companion: &companion, jobs, retry_failed: false };
    runner.run(&plan.models, stop, listener).unwrap()
}

#[test]
fn every_kind_of_model_is_trained_evaluated_and_analyzed() {
    let folder = TempDir::new().unwrap();
    data_set(folder.path());
    let (sweep, plan) = begin(folder.path(), "sweep");
    let summary = run(&sweep, &plan, 2, &AtomicBool::new(false), &|_, event| {
        assert!(!matches!(event, Event::Failed(_)), "{event:?}");
    });
    assert_eq!(summary, RunnerSummary { finished: 4, ..RunnerSummary::default() });
    let collected = collect(&sweep, &plan, &|| {}).unwrap();
    assert_eq!(collected.warnings, Vec::<String>::new());
    assert!(collected.rows.iter().all(|row| row.status == Status::Finished), "{:?}", collected.rows);
    let row = |kind| collected.rows.iter().find(|row| row.kind == kind).unwrap();
    let lengths = |row: &ResultRow| row.distribution.keys().copied().collect::<Vec<_>>();
    let [feed_forward, recurrent, multi_path, ablated] = Kind::ALL.map(row);
    // Two blocks in place of one recurrent block, and only the longest path.
    assert_eq!((feed_forward.average_path_length, lengths(feed_forward)), (Some(2.0), vec![2]));
    assert_eq!(lengths(recurrent), [1, 2, 3]);
    assert_eq!(lengths(multi_path), [1, 2, 3]);
    assert_eq!(lengths(ablated), [2, 3]);
    assert_eq!(recurrent.matched, feed_forward.configuration);
    assert_eq!(ablated.original.as_ref(), Some(&recurrent.id));
    // Both have two kernels of 3 × 3. They have three and two normalizations, with 2 · 3 parameters each.
    let difference = recurrent.parameters.unwrap() - feed_forward.parameters.unwrap();
    assert_eq!(difference, 3 * 6 - 2 * 6);
    assert!(collected.rows.iter().all(|row| row.cc_norm2.is_some_and(|score| score.is_finite())));
}

#[test]
fn a_sweep_stopped_in_a_training_ends_as_without_interruption() {
    let folder = TempDir::new().unwrap();
    data_set(folder.path());
    let (whole, plan) = begin(folder.path(), "whole");
    run(&whole, &plan, 2, &AtomicBool::new(false), &|_, _| {});
    let (parts, plan) = begin(folder.path(), "parts");
    let stopped = AtomicBool::new(false);
    for stops in 0.. {
        let stop = AtomicBool::new(false);
        let summary = run(&parts, &plan, 1, &stop, &|_, event| {
            // Stop as soon as a model is in training, once for each model.
            if event == Event::Began && stops < plan.models.len() {
                stop.store(true, Ordering::Relaxed);
            }
            stopped.fetch_or(event == Event::Stopped, Ordering::Relaxed);
        });
        if !summary.stopped {
            break;
        }
    }
    assert!(stopped.load(Ordering::Relaxed), "no training was stopped");
    for model in &plan.models {
        let [a, b] = [&whole, &parts].map(|sweep| fs::read(sweep.model(&model.id).file(MODEL)).unwrap());
        assert!(a == b, "{}", model.description());
    }
}
