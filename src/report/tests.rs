//! Pages of hand-built nets.

use super::{ReportedContributions, ReportedModel, report_page};
use crate::study::results::read_results;
use pathscope_core::analysis::contributions::testing::{document_of, random_contributions};
use pathscope_core::analysis::report::Report;
use pathscope_core::analysis::{Analysis, AnalysisOptions, testing};
use serde_json::Value;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn net(name: &str) -> Analysis {
    let file = root().join("fixtures/nets").join(name).with_extension("safetensors");
    let mut analysis = Analysis::of_file(&file, &AnalysisOptions::default()).unwrap();
    analysis.path = format!("{name}.safetensors").into();
    analysis
}

fn page(analysis: &Analysis) -> String {
    report_page("A title", &[model(analysis)], None).unwrap()
}

fn model(analysis: &Analysis) -> ReportedModel<'_> {
    ReportedModel { name: "the net", analysis, scores: None, contributions: None, fields: None }
}

/// The text of an element with data.
fn element(page: &str, id: &str) -> String {
    let start = format!("<script type=\"application/json\" id=\"{id}\">");
    let (_, after) = page.split_once(&start).expect("an element of this name");
    after.split_once("</script>").unwrap().0.to_owned()
}

fn data(page: &str) -> Value {
    serde_json::from_str(&element(page, "report")).unwrap()
}

#[test]
fn the_graph_of_a_net_is_in_the_page() {
    let analysis = net("fig5");
    let page = page(&analysis);
    insta::assert_snapshot!(serde_json::to_string_pretty(&data(&page)).unwrap());
    assert_eq!(page, self::page(&analysis));
}

#[test]
fn the_analysis_is_that_of_the_command() {
    let analysis = net("readouts");
    let expected = serde_json::to_string_pretty(&Report::new(&analysis, 10)).unwrap() + "\n";
    assert_eq!(element(&page(&analysis), "analysis-1"), expected);
}

#[test]
fn names_that_look_like_markup_stay_names() {
    let mut analysis = net("fig5");
    analysis.path = "</script><b>.pth".into();
    let page = report_page("<i>&", &[model(&analysis)], None).unwrap();
    assert!(page.contains("<title>&lt;i&gt;&amp;</title>"));
    assert!(!page.contains("</script><b>"));
    let embedded = element(&page, "analysis-1");
    assert!(embedded.contains("\\u003c/script>\\u003cb>.pth"), "{embedded}");
    let read: Value = serde_json::from_str(&embedded).unwrap();
    assert_eq!(read["source"]["path"], "</script><b>.pth");
}

#[test]
fn a_page_asks_nothing_of_any_network() {
    let page = page(&net("fig5"));
    for address in ["http://", "https://", "//cdn", "@import", "url("] {
        let found = page.replace("http://www.w3.org/2000/svg", "").contains(address);
        assert!(!found, "{address}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn a_page_is_small_beside_its_data() {
    let analysis = net("fig5");
    let page = page(&analysis);
    let data = element(&page, "report").len() + element(&page, "analysis-1").len();
    assert!(page.len() - data <= 300_000, "{}", page.len() - data);
}

#[test]
fn a_program_has_no_iterations() {
    let analysis = testing::program();
    let data = data(&page(&analysis));
    let graph = &data["models"][0]["graph"];
    assert_eq!((&graph["iterations"], &graph["places"]), (&Value::Null, &Value::Null));
    assert_eq!(graph["strengths"], serde_json::json!([2.0, 0.5]));
    assert_eq!(graph["lengths"], serde_json::json!([1, 0]));
}

#[test]
fn contributions_are_of_the_chosen_units() {
    let analysis = net("fig5");
    let contributions = random_contributions([3, 4, 2], 1);
    let document = document_of(&contributions, None);
    let reported = ReportedContributions { document: &document, by_image: Some(&contributions), units: &[2] };
    let model = ReportedModel { contributions: Some(reported), ..model(&analysis) };
    let data = data(&report_page("", &[model], None).unwrap());
    let found = &data["models"][0]["contributions"];
    assert_eq!((&found["units"][0]["unit"], &found["units_left_out"]), (&2.into(), &3.into()));
    let expected = contributions.outputs[[1, 2]];
    assert!((found["outputs"][1][0].as_f64().unwrap() - expected).abs() < 1e-6);
    assert_eq!(found["parts"][1][0].as_array().unwrap().len(), contributions.marks.len() + 1);
}

#[test]
fn a_study_has_a_row_for_each_finished_model() {
    let results = read_results(&[root().join("fixtures/results/study.csv")]).unwrap();
    let data = data(&report_page("", &[], Some(&results)).unwrap());
    let study = &data["study"];
    assert_eq!(study["rows"].as_array().unwrap().len(), 1008);
    assert_eq!(study["unfinished"], 5);
    assert_eq!(study["columns"][0], "id");
    assert_eq!(study["distributions"].as_array().unwrap().len(), 1008);
}
