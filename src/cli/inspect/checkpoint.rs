//! The contents of a checkpoint.

use super::super::Outcome;
use super::super::arguments::{CheckpointArgs, FormatArg};
use super::SCHEMA;
use anyhow::Result;
use pathscope::output::Printer;
use pathscope::tables;
use pathscope_core::analysis::AnalysisError;
use pathscope_core::circuit::TensorName;
use pathscope_core::files::checkpoint::{Checkpoint, EffectiveKernel};
use pathscope_core::files::text;
use pathscope_core::model::layout::{self, LayoutError, Model, TensorUse};
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;

/// The JSON that `inspect` writes for a checkpoint.
#[derive(Serialize)]
struct Inspection<'a> {
    schema: &'static str,
    path: String,
    container: pathscope_core::files::checkpoint::Container,
    key: Option<&'a str>,
    other_keys: &'a [String],
    layout: Option<&'a str>,
    evidence: &'a [String],
    remarks: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    effective_kernels: Vec<EffectiveKernel>,
    parameters: usize,
    tensors: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    role: Option<String>,
    element_type: &'static str,
    shape: &'a [usize],
    parameters: usize,
    uses: usize,
}

/// Lists the tensors of a checkpoint by role.
pub(super) fn run(
    file: &Path,
    args: &CheckpointArgs,
    format: FormatArg,
    printer: &Printer,
) -> Result<Outcome> {
    let opened = Checkpoint::open(file, args.key.as_deref());
    let checkpoint = opened.map_err(|error| AnalysisError::from(LayoutError::from(error)))?;
    printer.other_weights(file, checkpoint.other_weights());
    let (model, refusal) = match layout::recognize(&checkpoint, &args.given()) {
        Ok(model) => (Some(model), None),
        // Names and shapes help to find out why.
        Err(
            error @ (LayoutError::Unrecognized { .. }
            | LayoutError::Mismatch { .. }
            | LayoutError::ConfigNeeded { .. }),
        ) => (None, Some(error)),
        Err(error) => return Err(error.into()),
    };
    let tensors = match &model {
        Some(model) => model.tensor_uses(&checkpoint),
        None => TensorUse::without_roles(&checkpoint),
    };
    let parameters: usize = tensors.iter().map(|tensor| tensor.parameters).sum();
    printer.result(&match format {
        FormatArg::Table => {
            pathscope_core::files::text::shown(&table(&checkpoint, model.as_ref(), &tensors, parameters))
        }
        FormatArg::Csv => tables::to_csv(&mut tables::tensors(&tensors)?)?,
        FormatArg::Json => {
            let inspection = Inspection {
                schema: SCHEMA,
                path: file.display().to_string(),
                container: checkpoint.container(),
                key: checkpoint.key(),
                other_keys: checkpoint.other_weights(),
                layout: model.as_ref().map(|model| model.layout.as_str()),
                evidence: model.as_ref().map_or(&[], |model| &model.evidence),
                remarks: checkpoint.remarks(),
                effective_kernels: EffectiveKernel::all(&checkpoint),
                parameters,
                tensors: tensors.iter().map(row).collect(),
            };
            serde_json::to_string_pretty(&inspection)? + "\n"
        }
    })?;
    match refusal {
        None => Ok(Outcome::Success),
        Some(error) => {
            printer.error(&error);
            Ok(Outcome::Partial)
        }
    }
}

fn row(tensor: &TensorUse) -> Row<'_> {
    Row {
        name: &tensor.name,
        role: tensor.role.as_ref().map(TensorName::in_words),
        element_type: tensor.info.element_type.as_str(),
        shape: &tensor.info.shape,
        parameters: tensor.parameters,
        uses: tensor.uses,
    }
}

fn table(checkpoint: &Checkpoint, model: Option<&Model>, tensors: &[TensorUse], parameters: usize) -> String {
    let mut output = format!("{}\n  {}", checkpoint.path().display(), checkpoint.container());
    if let Some(key) = checkpoint.key() {
        let _ = write!(output, ", weights under '{key}'");
    }
    match model {
        None => output.push_str(", layout not recognized\n"),
        Some(model) => {
            let _ = writeln!(output, ", layout {}", model.layout);
            for sentence in &model.evidence {
                let _ = writeln!(output, "  {sentence}");
            }
        }
    }
    for remark in checkpoint.remarks() {
        let _ = writeln!(output, "  {remark}");
    }
    let without_role = if model.is_some() { "not used" } else { "" };
    let rows = tensors.iter().map(|tensor| {
        vec![
            tensor.role.as_ref().map_or_else(|| without_role.to_owned(), TensorName::in_words),
            tensor.name.clone(),
            tensor.info.element_type.as_str().to_owned(),
            text::shape(&tensor.info.shape, "×"),
            tensor.parameters.to_string(),
            tensor.uses.to_string(),
        ]
    });
    let head = ["role", "name", "type", "shape", "parameters", "uses"];
    let _ = write!(output, "\n{}", pathscope_core::files::text::table(&head, 3..6, rows));
    let _ = writeln!(output, "\n{parameters} parameters (shared ones are counted once)");
    output
}
