//! `pathscope report` through the command. `cargo xtask interop` opens what it writes in Chromium.

use crate::cmd::{Run, assert_says, command, stdout};
use crate::common::fixture;
use serde_json::Value;
use std::fs;
use std::path::Path;

fn report(folder: &Path, arguments: &[&str]) -> Run {
    Run::of(command(&["report"]).args(arguments).current_dir(folder))
}

#[track_caller]
fn written(folder: &Path, arguments: &[&str]) -> String {
    let out = folder.join("report.html");
    let Run { stdout, stderr, .. } =
        report(folder, &[arguments, &["--out", "report.html"]].concat()).succeeded();
    assert_eq!(stdout, "");
    assert_says(&stderr, &["the report is in report.html"]);
    fs::read_to_string(out).unwrap()
}

fn element<'a>(page: &'a str, id: &str) -> &'a str {
    let start = format!("<script type=\"application/json\" id=\"{id}\">");
    let (_, after) = page.split_once(&start).expect("an element of this name");
    after.split_once("</script>").unwrap().0
}

fn data(page: &str) -> Value {
    serde_json::from_str(element(page, "report")).unwrap()
}

fn path_of(name: &str) -> String {
    fixture(name).to_str().unwrap().to_owned()
}

#[test]
fn the_analysis_in_a_report_is_what_analyze_prints() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "nets/fig5.safetensors",
        "reference/recurrent-1block-t7-2-avg/best.pth",
        "programs/conv-gru/model.pt2",
    ] {
        let model = path_of(name);
        let page = written(folder.path(), &[&model]);
        assert_eq!(element(&page, "analysis-1"), stdout(&["analyze", &model, "--format", "json"]), "{name}");
        assert!(data(&page)["models"][0]["graph"].is_object(), "{name}");
        assert_eq!(written(folder.path(), &[&model]), page);
    }
}

#[test]
fn contributions_and_receptive_fields_of_units() {
    let folder = tempfile::tempdir().unwrap();
    let place = "reference/recurrent-1block-t3-no-avg";
    let (model, images) = (path_of(&format!("{place}/best.pth")), path_of(&format!("{place}/images.npy")));
    let page = written(folder.path(), &[&model, "--images", &images, "--unit", "2", "--receptive-fields"]);
    let data = data(&page);
    let found = &data["models"][0]["contributions"];
    assert_eq!((&found["units"][0]["unit"], &found["mode"]), (&2.into(), &"no-avg".into()));
    assert_eq!(found["marks"], serde_json::json!([1, 2, 3]));
    let fields = &data["models"][0]["fields"];
    assert_eq!((&fields["units"], &fields["height"]), (&serde_json::json!([2]), &50.into()));
}

#[test]
fn several_models_and_a_study() {
    let folder = tempfile::tempdir().unwrap();
    let page = written(
        folder.path(),
        &[
            &path_of("nets/fig5.safetensors"),
            &path_of("nets/skip.safetensors"),
            &path_of("results/study.csv"),
        ],
    );
    let data = data(&page);
    assert_eq!(data["models"][1]["name"], "skip.safetensors");
    assert_eq!(data["study"]["rows"].as_array().unwrap().len(), 1008);
    assert!(page.contains("<title>2 models</title>"));
}

#[test]
fn a_model_that_cannot_be_read_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("broken.pth"), "nothing").unwrap();
    let model = path_of("nets/fig5.safetensors");
    let run = report(folder.path(), &[&model, "broken.pth", "--out", "report.html"]);
    assert_eq!(run.code, Some(1));
    assert_says(&run.stderr, &["broken.pth"]);
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert_eq!(data(&page)["models"].as_array().unwrap().len(), 1);
}

#[test]
fn wrong_usage_and_bad_input_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let (model, table) = (path_of("nets/fig5.safetensors"), path_of("results/study.csv"));
    for (arguments, code, words) in [
        (vec![model.as_str(), "--out", "report.pdf"], 2, vec!["must end in .html"]),
        (vec![&model, "--unit", "1", "--out", "a.html"], 2, vec!["--unit needs images"]),
        (vec![&table, "--images", "a.npy", "--out", "a.html"], 2, vec!["need a model"]),
        (vec!["nowhere.pth", "--out", "a.html"], 1, vec!["nowhere.pth"]),
        (vec![&model, "--out", "nowhere/a.html"], 1, vec!["nowhere/a.html"]),
    ] {
        report(at, &arguments).refused(code, &words);
        assert_eq!(fs::read_dir(at).unwrap().count(), 0, "{arguments:?}");
    }
}
