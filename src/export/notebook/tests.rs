//! Tests of the notebooks that are written.

use super::cells::{MODEL, PROGRAM, STUDY, Template};
use super::{Notebook, NotebookError, StudyNotebookOptions, model_notebook, study_notebook};
use crate::study::results::{Results, Status, read_results};
use pathscope_core::analysis::contributions::testing::{document_of, random_contributions};
use pathscope_core::analysis::contributions::{ContributionsDocument, Mark};
use pathscope_core::analysis::{Analysis, AnalysisOptions};
use pathscope_core::data::scores::Score;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn fixture() -> Results {
    read_results(&[root().join("fixtures/results/study.csv")]).unwrap()
}

fn of_study(results: &Results, options: &StudyNotebookOptions) -> Result<Notebook, NotebookError> {
    study_notebook(results, &root().join("fixtures"), options)
}

fn of_fig5() -> Notebook {
    let file = root().join("fixtures/nets/fig5.safetensors");
    let mut analysis = Analysis::of_file(&file, &AnalysisOptions::default()).unwrap();
    analysis.path = "fig5.safetensors".into();
    model_notebook(&analysis, 10, None).unwrap()
}

/// Asserts what nbformat 4.5 requires of a notebook that has not been run.
#[track_caller]
fn assert_valid(notebook: &Notebook) {
    let json: Value = serde_json::from_str(&notebook.to_json().unwrap()).unwrap();
    assert_eq!((&json["nbformat"], &json["nbformat_minor"]), (&4.into(), &5.into()));
    assert_eq!(json["metadata"]["kernelspec"]["name"], "python3");
    let mut ids = BTreeSet::new();
    for cell in json["cells"].as_array().unwrap() {
        let id = cell["id"].as_str().unwrap();
        assert!(ids.insert(id), "{id} is there twice");
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        assert!((1..=64).contains(&id.len()) && id.chars().all(allowed), "{id}");
        assert!(cell["metadata"].is_object());
        let keys: Vec<&str> = cell.as_object().unwrap().keys().map(String::as_str).collect();
        match cell["cell_type"].as_str() {
            Some("markdown") => assert_eq!(keys, ["cell_type", "id", "metadata", "source"]),
            Some("code") => {
                assert_eq!(keys, ["cell_type", "execution_count", "id", "metadata", "outputs", "source"]);
                assert_eq!(
                    (&cell["execution_count"], &cell["outputs"]),
                    (&Value::Null, &Value::Array(vec![]))
                );
            }
            other => panic!("{id} is a cell of type {other:?}"),
        }
        let lines: Vec<&str> =
            cell["source"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
        let (last, others) = lines.split_last().unwrap();
        assert!(!last.is_empty() && !last.ends_with('\n'), "{id}");
        assert!(others.iter().all(|line| line.ends_with('\n')), "{id}");
    }
}

#[test]
fn notebooks_are_valid_and_always_the_same() {
    let of_program = || model_notebook(&pathscope_core::analysis::testing::program(), 10, None).unwrap();
    for make in [|| of_study(&fixture(), &StudyNotebookOptions::default()).unwrap(), of_fig5, of_program] {
        let notebook = make();
        assert_valid(&notebook);
        assert_eq!(notebook.to_json().unwrap(), make().to_json().unwrap());
    }
}

#[test]
fn every_file_is_a_cell() {
    for (folders, templates) in
        [(&["study"][..], STUDY), (&["model"], MODEL), (&["model", "program"], PROGRAM)]
    {
        let entries = folders
            .iter()
            .flat_map(|folder| fs::read_dir(root().join("notebooks-export").join(folder)).unwrap());
        let files: BTreeSet<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let cells: Vec<&str> = templates.iter().map(|template| template.file).collect();
        assert_eq!(cells, files.iter().collect::<Vec<_>>(), "{folders:?}");
    }
}

#[test]
fn every_setting_has_one_line() {
    let settings: [(&[Template], &[&str]); 3] = [
        (STUDY, &["RESULTS", "SHA256", "VERSION", "METRIC", "DATASET", "SPLIT_SEED"]),
        (MODEL, &["VERSION", "ANALYSIS", "CONTRIBUTIONS"]),
        (PROGRAM, &["VERSION", "ANALYSIS", "CONTRIBUTIONS"]),
    ];
    for (templates, names) in settings {
        for name in names {
            let start = format!("{name} = ");
            let lines = templates.iter().flat_map(|template| template.text.lines());
            assert_eq!(lines.filter(|line| line.starts_with(&start)).count(), 1, "{name}");
        }
    }
}

#[test]
fn the_settings_of_a_study_are_in_a_cell() {
    let options = StudyNotebookOptions { metric: Some(Score::CcRaw2), dataset: Some("imagenet8k".into()) };
    let notebook = of_study(&fixture(), &options).unwrap();
    let cell = notebook.cells[2].text();
    assert!(cell.contains("RESULTS = [\"results/study.csv\"]\n"), "{cell}");
    assert!(
        cell.contains("METRIC = \"cc_raw2\"\nDATASET") || cell.contains("METRIC = \"cc_raw2\"\n#"),
        "{cell}"
    );
    assert!(cell.contains("DATASET = \"imagenet8k\"\nSPLIT_SEED = 0\n"), "{cell}");
    let json: Value = serde_json::from_str(&notebook.to_json().unwrap()).unwrap();
    let origin = &json["metadata"]["pathscope"];
    assert_eq!(origin["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(origin["inputs"][0]["path"], "results/study.csv");
    let hash = origin["inputs"][0]["sha256"].as_str().unwrap();
    assert!(cell.contains(&format!("SHA256 = [\"{hash}\"]\n")), "{cell}");
    assert_eq!(origin["settings"]["metric"], "cc-raw2");
}

#[test]
fn what_has_nothing_to_show_is_refused() {
    let refusal = |results: &Results, options: &StudyNotebookOptions| {
        of_study(results, options).unwrap_err().to_string()
    };
    let plain = StudyNotebookOptions::default();
    assert!(refusal(&Results::default(), &plain).contains("have no models"));

    let other = StudyNotebookOptions { dataset: Some("ns225".into()), ..plain.clone() };
    let text = refusal(&fixture(), &other);
    assert!(text.contains("imagenet8k, ns2250; did you mean ns2250?"), "{text}");

    let mut results = fixture();
    results.rows.iter_mut().for_each(|row| row.cc_norm2 = None);
    let text = refusal(&results, &plain);
    assert!(text.contains("CC_norm²") && text.contains("--score cc-raw2"), "{text}");
    assert!(
        of_study(&results, &StudyNotebookOptions { metric: Some(Score::CcRaw2), ..plain.clone() }).is_ok()
    );

    results.rows.iter_mut().for_each(|row| row.status = Status::Partial);
    let text = refusal(&results, &plain);
    assert!(text.contains("models (ns2250, split seed 0), but no finished one"), "{text}");
}

#[test]
fn the_notebook_of_a_model_is_golden() {
    insta::assert_snapshot!("model_notebook", of_fig5().to_json().unwrap());
}

#[test]
fn the_notebook_of_a_program_speaks_of_no_iterations() {
    let notebook = model_notebook(&pathscope_core::analysis::testing::program(), 10, None).unwrap();
    let text: String = notebook.cells.iter().map(|cell| cell.text().clone()).collect();
    assert!(text.contains("A program is the list of operations") && text.contains("\"to\": \"output 1\""));
    assert!(!text.contains("iterations T") && !text.contains("pathscope ablate"));
}

#[test]
fn contributions_are_shown_beside_strengths() {
    let file = root().join("fixtures/nets/fig5.safetensors");
    let analysis = Analysis::of_file(&file, &AnalysisOptions::default()).unwrap();
    let mut document = document_of(&random_contributions([6, 3, 2], 1), None);
    let refused = |document: &ContributionsDocument| {
        model_notebook(&analysis, 10, Some((document, &file))).unwrap_err().to_string()
    };
    assert!(refused(&document).contains("its contributions are of another model"));
    document.source.sha256.clone_from(&analysis.sha256);
    let notebook = model_notebook(&analysis, 10, Some((&document, &file))).unwrap();
    assert_valid(&notebook);
    let cell = notebook.cells[1].text();
    assert!(cell.contains("CONTRIBUTIONS = json.loads(r'''\n{") && cell.contains("\"units\": []"), "{cell}");
    let json: Value = serde_json::from_str(&notebook.to_json().unwrap()).unwrap();
    assert_eq!(json["metadata"]["pathscope"]["inputs"].as_array().unwrap().len(), 2);
    document.summary.mark = Mark::Iteration;
    assert!(refused(&document).contains("not by path length"));
}
