//! Sweeps that are killed, stopped and run twice at once.

use super::support::*;
use crate::cmd::Run;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Checks that every model was trained once, step by step, however often it was interrupted.
#[track_caller]
fn assert_trained_once(place: &Workplace, models: usize) {
    let mut trained = place.lines("trained");
    trained.sort();
    let ends = trained.len();
    trained.dedup();
    assert_eq!((trained.len(), ends), (models, models));
    let mut steps = place.lines("steps");
    steps.sort();
    let all = steps.len();
    steps.dedup();
    assert_eq!((steps.len(), all), (4 * models, 4 * models), "a step was lost or done twice");
}

#[test]
fn fifty_kills_lose_no_finished_model() {
    const MODELS: usize = 180;
    let place = Workplace::new(MODELS);
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut kills = 0;
    while kills < 50 {
        let before = place.finished();
        let mut sweep = place.start();
        sleep(Duration::from_millis(20 + u64::from(random.next_u32() % 150)));
        if sweep.try_wait().unwrap().is_none() {
            kills += 1;
        } else {
            assert_eq!(before.len(), MODELS, "it ended before all was done");
            panic!("all was done after {kills} kills: more models are needed");
        }
        // Its trainings must notice by themselves.
        sweep.kill().unwrap();
        sweep.wait().unwrap();
        let after = place.finished();
        for (model, files) in &before {
            assert_eq!(after.get(model), Some(files), "{model} after {kills} kills");
        }
    }
    let Run { code, stderr, .. } = place.run(&[]);
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(place.finished().len(), MODELS);
    assert_trained_once(&place, MODELS);
}

#[test]
fn two_sweeps_in_one_folder_share_the_work() {
    const MODELS: usize = 12;
    let place = Workplace::new(MODELS);
    let sweeps = [place.start(), place.start()];
    for sweep in sweeps {
        let Run { code, stderr, .. } = Run::from(sweep.wait_with_output().unwrap());
        assert_eq!(code, Some(0), "{stderr}");
        // Each ends when all models are finished, by either process.
        assert_eq!(place.finished().len(), MODELS, "{stderr}");
    }
    assert_trained_once(&place, MODELS);
}

#[test]
fn a_stopped_sweep_keeps_the_states() {
    const MODELS: usize = 40;
    let place = Workplace::new(MODELS);
    let sweep = place.start();
    let begun = Instant::now();
    while place.lines("steps").len() < 10 {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing is trained");
        sleep(Duration::from_millis(5));
    }
    let asked = Command::new("kill").args(["-TERM", &sweep.id().to_string()]).status().unwrap();
    assert!(asked.success());
    let Run { code, stderr, .. } = Run::from(sweep.wait_with_output().unwrap());
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("stopped: run the same command again to resume"), "{stderr}");
    assert!(place.finished().len() < MODELS);
    place.run(&[]).succeeded();
    assert_trained_once(&place, MODELS);
}

#[test]
fn a_closed_pipe_is_not_a_failure() {
    let place = Workplace::new(1);
    place.run(&[]).succeeded();
    for arguments in [["plan", "pilot.toml"], ["status", "sweep"], ["collect", "sweep"]] {
        let mut child = place
            .command(&arguments)
            .args(["--format", "json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = Run::from(child.wait_with_output().unwrap());
        assert_eq!(output.code, Some(0), "{}", output.stderr);
    }
}
