//! `pathscope inspect`

use super::Outcome;
use super::arguments::{CheckpointArgs, FormatArg};
use super::printer::Printer;
use super::text;
use anyhow::Result;
use clap::Args;
use pathscope::checkpoint::Checkpoint;
use pathscope::layout::{self, Model, TensorUse};
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

/// List the tensors of a checkpoint by role, and say what was recognized and why
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  pathscope inspect best.pth")]
pub struct InspectArgs {
    /// Checkpoint (.pt, .pth, .safetensors)
    file: PathBuf,

    #[command(flatten)]
    checkpoint: CheckpointArgs,

    /// Format of what is printed
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: FormatArg,
}

/// The JSON of `inspect`.
#[derive(Serialize)]
struct Inspection<'a> {
    schema: &'static str,
    path: String,
    container: pathscope::checkpoint::Container,
    key: Option<&'a str>,
    layout: &'a str,
    evidence: &'a [String],
    parameters: usize,
    tensors: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    role: Option<&'a str>,
    element_type: &'static str,
    shape: &'a [usize],
    parameters: usize,
    uses: usize,
}

pub fn run(args: &InspectArgs, printer: &Printer) -> Result<Outcome> {
    let checkpoint = Checkpoint::open(&args.file, args.checkpoint.key.as_deref())?;
    let model = layout::recognize(&checkpoint, &args.checkpoint.given())?;
    let tensors = model.tensor_uses(&checkpoint);
    let parameters: usize = tensors.iter().map(|tensor| tensor.parameters).sum();
    printer.result(&match args.format {
        FormatArg::Table => table(&checkpoint, &model, &tensors, parameters),
        FormatArg::Csv => csv(&tensors),
        FormatArg::Json => {
            let inspection = Inspection {
                schema: "pathscope/inspection/1",
                path: args.file.display().to_string(),
                container: checkpoint.container(),
                key: checkpoint.key(),
                layout: &model.layout,
                evidence: &model.evidence,
                parameters,
                tensors: tensors.iter().map(row).collect(),
            };
            serde_json::to_string_pretty(&inspection)? + "\n"
        }
    })?;
    Ok(Outcome::Success)
}

fn row(tensor: &TensorUse) -> Row<'_> {
    Row {
        name: &tensor.name,
        role: tensor.role.as_deref(),
        element_type: tensor.info.element_type.as_str(),
        shape: &tensor.info.shape,
        parameters: tensor.parameters,
        uses: tensor.uses,
    }
}

fn table(checkpoint: &Checkpoint, model: &Model, tensors: &[TensorUse], parameters: usize) -> String {
    let mut output = format!("{}\n  {}", checkpoint.path().display(), checkpoint.container());
    if let Some(key) = checkpoint.key() {
        let _ = write!(output, ", weights under '{key}'");
    }
    let _ = writeln!(output, ", layout {}", model.layout);
    for sentence in &model.evidence {
        let _ = writeln!(output, "  {sentence}");
    }
    let rows = tensors.iter().map(|tensor| {
        vec![
            tensor.role.clone().unwrap_or_else(|| "not used".to_owned()),
            tensor.name.clone(),
            tensor.info.element_type.as_str().to_owned(),
            shape(&tensor.info.shape, "×"),
            tensor.parameters.to_string(),
            tensor.uses.to_string(),
        ]
    });
    let head = ["role", "name", "type", "shape", "parameters", "uses"];
    let _ = write!(output, "\n{}", text::table(&head, 3..6, rows));
    let _ = writeln!(output, "\n{parameters} parameters, each counted once however often it is used");
    output
}

fn csv(tensors: &[TensorUse]) -> String {
    let field = |text: &str| {
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let mut output = "name,role,type,shape,parameters,uses\n".to_owned();
    for tensor in tensors {
        let _ = writeln!(
            output,
            "{},{},{},{},{},{}",
            field(&tensor.name),
            field(tensor.role.as_deref().unwrap_or_default()),
            tensor.info.element_type.as_str(),
            shape(&tensor.info.shape, "x"),
            tensor.parameters,
            tensor.uses
        );
    }
    output
}

fn shape(extents: &[usize], separator: &str) -> String {
    extents.iter().map(ToString::to_string).collect::<Vec<_>>().join(separator)
}
