//! `pathscope sweep plan`

use crate::cli::Outcome;
use crate::cli::arguments::FormatArg;
use anyhow::Result;
use clap::Args;
use pathscope::output::Printer;
use pathscope::study::results::Kind;
use pathscope::study::run::Settings;
use pathscope::study::{ModelId, Plan, PlannedModel, Study};
use pathscope::tables;
use pathscope_core::analysis::report::Generator;
use pathscope_core::files::text::table;
use serde::Serialize;
use std::path::PathBuf;

/// Count and list the models of a study
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope sweep plan analysis/ns2250.toml
  pathscope sweep plan analysis/ns2250.toml --format csv > models.csv")]
pub(crate) struct PlanArgs {
    /// Study file
    study: PathBuf,

    /// Output format: table counts the models; json and csv also list them
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: FormatArg,
}

pub(super) fn run(args: &PlanArgs, printer: &Printer) -> Result<Outcome> {
    let plan = Study::read(&args.study)?.plan()?;
    printer.result(&match args.format {
        FormatArg::Table => pathscope_core::files::text::shown(&text(&plan)),
        FormatArg::Json => serde_json::to_string_pretty(&Document::new(&plan))? + "\n",
        FormatArg::Csv => tables::to_csv(&mut tables::planned_models(&plan)?)?,
    })?;
    Ok(Outcome::Success)
}

fn text(plan: &Plan) -> String {
    let study = &plan.study;
    let title = study.title.as_ref().map_or(String::new(), |title| format!(": {title}"));
    let mut rows: Vec<Vec<String>> =
        Kind::ALL.map(|kind| vec![kind.to_string(), plan.count(kind).to_string()]).into();
    rows.push(vec!["all".to_owned(), plan.models.len().to_string()]);
    format!("{}{title}\n\n{}", study.name, table(&["kind", "models"], 1..2, rows))
}

/// The JSON document `pathscope/plan/1`.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    generator: Generator,
    study: &'a str,
    dataset: &'a str,
    counts: Vec<Count>,
    models: Vec<Model<'a>>,
}

#[derive(Serialize)]
struct Count {
    kind: Kind,
    models: usize,
}

#[derive(Serialize)]
struct Model<'a> {
    id: &'a ModelId,
    kind: Kind,
    configuration: &'a ModelId,
    matched: &'a ModelId,
    original: Option<&'a ModelId>,
    settings: &'a Settings,
}

impl<'a> Document<'a> {
    fn new(plan: &'a Plan) -> Self {
        let model = |model: &'a PlannedModel| Model {
            id: &model.id,
            kind: model.kind,
            configuration: &model.configuration,
            matched: &model.matched,
            original: model.original.as_ref(),
            settings: &model.settings,
        };
        Self {
            schema: "pathscope/plan/1",
            generator: Generator::THIS,
            study: &plan.study.name,
            dataset: &plan.study.dataset.name,
            counts: Kind::ALL.map(|kind| Count { kind, models: plan.count(kind) }).into(),
            models: plan.models.iter().map(model).collect(),
        }
    }
}
