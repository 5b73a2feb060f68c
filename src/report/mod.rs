//! Reports: one HTML file that holds models or the results of a study, draws them and computes with them.
//!
//! In come analyses, with contributions, receptive fields and scores where they were computed, or the results of a study. Out
//! comes the text of a page that needs nothing else: it contains style, scripts and data, and makes no network requests.
//! Equal arguments give equal bytes. Read [`report_page`] first; `page/` has the style and the scripts, one idea a file.

mod assets;
mod data;
mod escape;
#[cfg(test)]
mod tests;

pub use data::{ReportedContributions, ReportedModel};

use crate::study::results::Results;
use data::ReportData;
use escape::{in_html, in_script};
use pathscope_core::analysis::report::{Generator, Report};

/// The number of strongest paths in the analysis of a report, as `pathscope analyze` has by default.
const TOP: usize = 10;

/// Returns the page on some models, on the results of a study, or on both.
///
/// The page holds each analysis as `pathscope analyze --format json` writes it, byte for byte, in an element
/// `<script type="application/json" id="analysis-1">` and so on. A `<` in it is written as `\u003c`, which JSON reads as
/// the same letter. What the page computes with is in the element `report`.
///
/// # Arguments
///
/// * `title` - the title of the page
/// * `models` - the models, in the order in which they are shown
/// * `study` - the results of a study
///
/// # Errors
///
/// Fails if a value cannot be serialized, which does not happen with valid arguments.
///
/// # Complexity
///
/// O(graphs + contributions + rows). Graphs that a page could not compute with in an instant, and numbers beyond some hundred
/// thousand, are left out, and the page says so.
pub fn report_page(
    title: &str,
    models: &[ReportedModel<'_>],
    study: Option<&Results>,
) -> serde_json::Result<String> {
    let mut data = String::new();
    for (index, model) in models.iter().enumerate() {
        let analysis = serde_json::to_string_pretty(&Report::new(model.analysis, TOP))? + "\n";
        push_data(&mut data, &format!("analysis-{}", index + 1), &analysis);
    }
    push_data(&mut data, "report", &serde_json::to_string(&ReportData::new(models, study)?)?);
    let generator = format!("{} {}", Generator::THIS.name, Generator::THIS.version);
    Ok(filled(&[
        ("title", &in_html(title)),
        ("generator", &in_html(&generator)),
        ("style", assets::STYLE),
        ("data", &data),
        ("scripts", &assets::SCRIPTS.concat()),
    ]))
}

/// Appends an element that holds JSON.
fn push_data(page: &mut String, id: &str, json: &str) {
    page.push_str(&format!("<script type=\"application/json\" id=\"{id}\">{}</script>\n", in_script(json)));
}

/// Returns the page with its places filled. What is filled in is not searched for places again.
fn filled(values: &[(&str, &str)]) -> String {
    let mut parts = assets::PAGE.split("{{");
    let mut page = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, after) = part.split_once("}}").expect("every place of the page has an end");
        let value = values.iter().find(|(known, _)| *known == name);
        page.push_str(value.expect("every place of the page has a value").1);
        page.push_str(after);
    }
    page
}
