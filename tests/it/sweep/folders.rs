//! The folder of a sweep, and folders that do not belong to it.

use super::support::*;
use crate::cmd::{Run, assert_says};
use pathscope::study::results::{Status, read_results};
use pathscope_core::data::scores::Score;
use std::fs;

#[test]
fn a_sweep_trains_measures_and_collects() {
    let place = Workplace::new(2);
    let Run { code, stdout, stderr } = place.run(&[]);
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(stdout, "");
    assert!(stderr.contains("2 models finished now, 0 before, 0 failed"), "{stderr}");
    let calls = place.lines("calls");
    let ends =
        format!("--data {} --threads 1 --device cpu", place.path("data").canonicalize().unwrap().display());
    assert!(calls.iter().all(|call| call.ends_with(&ends)), "{calls:?}");

    let (stdout, stderr) = place.success(&["collect", "sweep", "--out", "results.parquet"]);
    insta::assert_snapshot!(stdout);
    assert_eq!(stderr, "the table is results.parquet\n");
    let rows = read_results(&[place.path("results.parquet")]).unwrap().rows;
    let row = &rows[0];
    assert_eq!((row.status, row.seed, row.iterations, row.train_images), (Status::Finished, 0, 3, Some(192)));
    assert_eq!((row.cc_norm2, row.cc_norm2_median, row.cc_raw_median), (Some(0.5), Some(0.5), Some(0.5)));
    assert_eq!((row.neurons, row.neurons_without_ceiling), (Some(3), Some(1)));
    assert_eq!((row.score(Score::R2Er), row.score(Score::Feve)), (Some(0.375), None));
    let (chosen, _) = place.success(&["collect", "sweep", "--score", "r2-er", "--score", "cc-raw"]);
    assert_says(&chosen, &["mean r²_ER   mean CC_raw   mean path length", "0.375           0.5"]);
    assert!(!chosen.contains("CC_norm²"), "{chosen}");
    // Figure 5, see fixtures/README.md.
    assert_eq!(row.average_path_length, Some(1.75));
    assert_eq!(row.distribution.values().sum::<f64>(), 1.0);
    // Same input, same bytes.
    let bytes = fs::read(place.path("results.parquet")).unwrap();
    place.success(&["collect", "sweep", "--out", "again.parquet"]);
    assert_eq!(bytes, fs::read(place.path("again.parquet")).unwrap());
    // All models are finished.
    place.run(&[]).succeeded();
    assert_eq!(place.lines("calls").len(), 2);
}

#[test]
fn a_study_may_grow() {
    let place = Workplace::new(1);
    place.run(&[]).succeeded();
    let first = place.finished();
    place.write_study(3);
    place.run(&[]).succeeded();
    let all = place.finished();
    assert_eq!((first.len(), all.len()), (1, 3));
    assert!(first.iter().all(|(model, files)| all.get(model) == Some(files)));
    // … and shrink: existing folders stay and are not counted.
    place.write_study(2);
    place.run(&[]).succeeded();
    let (stdout, stderr) = place.success(&["status", "sweep"]);
    assert!(stderr.contains("1 folder under sweep is of no model of the study"), "{stderr}");
    assert!(stdout.lines().last().unwrap().trim_start().starts_with("all"), "{stdout}");
}

#[test]
fn work_trains_the_models_of_a_list() {
    let place = Workplace::new(4);
    fs::write(place.path("fail"), "").unwrap();
    place.run(&[]);
    fs::remove_file(place.path("fail")).unwrap();
    fs::remove_file(place.path("calls")).unwrap();
    let (stdout, _) = place.success(&["plan", "pilot.toml", "--format", "csv"]);
    let ids: Vec<&str> = stdout.lines().skip(1).map(|line| &line[..18]).collect();
    assert_eq!(ids.len(), 4);
    fs::write(place.path("chunk"), format!("{}\n{}\n", ids[2], ids[0])).unwrap();
    place.success(&["work", "sweep", "--chunk", "chunk", "--retry-failed", "--jobs", "1"]);
    let finished = place.finished();
    assert!(finished.len() == 2 && finished.contains_key(ids[0]) && finished.contains_key(ids[2]));
    fs::write(place.path("chunk"), "m-0123456789abcdef\n").unwrap();
    let Run { code, stderr, .. } = Run::of(&mut place.command(&["work", "sweep", "--chunk", "chunk"]));
    assert_eq!(code, Some(1));
    assert!(stderr.contains("m-0123456789abcdef: not a model of the study 'pilot'"), "{stderr}");
}

/// Folders of models have the digits of their identities as names, and so do tables.
#[test]
fn a_sweep_of_the_first_versions_is_resumed() {
    let place = Workplace::new(2);
    place.run(&[]).succeeded();
    place.success(&["collect", "sweep", "--out", "today.csv"]);
    let folders: Vec<_> = place.finished().into_keys().collect();
    for folder in &folders {
        let models = place.path("sweep/models");
        fs::rename(models.join(folder), models.join(folder.strip_prefix("m-").unwrap())).unwrap();
    }
    place.write_study(3);
    let Run { stderr, .. } = place.run(&[]);
    assert!(stderr.contains("1 model finished now, 2 before, 0 failed"), "{stderr}");
    assert_eq!(place.lines("calls").len(), 3, "nothing is trained twice");
    let names = place.finished().into_keys().map(|name| name.len()).collect::<Vec<_>>();
    assert_eq!(names.iter().filter(|&&length| length == 16).count(), 2, "{names:?}");
    let (stdout, stderr) = place.success(&["status", "sweep", "--format", "csv"]);
    assert_eq!((stdout.matches(",finished,").count(), stderr.as_str()), (3, ""), "{stdout}");
    place.success(&["collect", "sweep", "--out", "again.csv"]);
    let [today, again] =
        ["today.csv", "again.csv"].map(|name| read_results(&[place.path(name)]).unwrap().rows);
    assert_eq!(today, again[..2]);
    // A list of models in a queue has identities of the first version, too.
    fs::write(place.path("chunk"), folders[0].strip_prefix("m-").unwrap()).unwrap();
    place.success(&["work", "sweep", "--chunk", "chunk"]);
}

#[test]
fn invalid_sweeps_are_refused_before_any_training() {
    let place = Workplace::new(1);
    let refused = |arguments: &[&str], code: i32| Run::of(&mut place.command(arguments)).refused(code, &[]);
    let stderr = refused(&["status", "nowhere"], 1);
    assert!(
        stderr.contains(
            "nowhere: no sweep was begun here: begin one with `pathscope sweep run STUDY --out nowhere`"
        ),
        "{stderr}"
    );
    let stderr = refused(&["plan", "nothing.toml"], 1);
    assert!(stderr.contains("nothing.toml: cannot be read"), "{stderr}");
    let stderr = refused(&["run", "pilot.toml", "--jobs", "0"], 2);
    assert!(stderr.contains("--jobs"), "{stderr}");
    let stderr = refused(&["run", "pilot.toml", "--data", "prepared"], 1);
    assert!(stderr.contains("dataset.toml"), "{stderr}");
    fs::write(place.path("prepared/dataset.toml"), "name = \"other\"").unwrap();
    let stderr = refused(&["run", "pilot.toml", "--data", "prepared"], 1);
    assert!(stderr.contains("holds the data set 'other', but the study uses 'demo'"), "{stderr}");
    place.run(&[]).succeeded();
    let stderr = refused(&["collect", "sweep", "--out", "results.xlsx"], 1);
    assert!(stderr.contains("results.xlsx"), "{stderr}");
    let study = fs::read_to_string(place.path("pilot.toml")).unwrap();
    fs::write(place.path("other.toml"), study.replace("pilot", "other")).unwrap();
    let stderr = refused(&["run", "other.toml", "--out", "sweep"], 1);
    assert!(stderr.contains("sweep: this is the sweep of the study 'pilot', not of 'other'"), "{stderr}");
    fs::remove_file(place.path("pathscope-torch")).unwrap();
    let Run { stderr, .. } =
        Run::of(place.command(&["run", "pilot.toml", "--out", "new"]).env("PATH", "/nowhere"));
    assert!(stderr.contains("`pathscope sweep` needs the command pathscope-torch"), "{stderr}");
    assert!(!place.path("new").exists());
    // Status and collection do not need it.
    place.success(&["status", "sweep"]);
    place.success(&["collect", "sweep"]);
}
