//! The contents of an exported program.

use super::super::Outcome;
use super::super::arguments::FormatArg;
use super::SCHEMA;
use anyhow::Result;
use pathscope::output::Printer;
use pathscope::tables;
use pathscope_core::files::text::{counted, shown, table};
use pathscope_core::program::tracing::{self, Module, Role, Settings, Traced, Why, operation_counts};
use pathscope_core::program::{ComponentKind, ExportedProgram, Extent, Origin, ProgramError, ValueId};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// The JSON that `inspect` writes for a program.
#[derive(Serialize)]
struct Inspection<'a> {
    schema: &'static str,
    path: String,
    container: &'static str,
    torch_version: Option<&'a str>,
    schema_version: String,
    inputs: Vec<Tensor>,
    outputs: Vec<Option<Tensor>>,
    operations: BTreeMap<String, usize>,
    from: Option<&'a str>,
    to: Option<&'a str>,
    parameters: u64,
    modules: Vec<Row<'a>>,
}

/// An input or an output of the program.
#[derive(Serialize)]
struct Tensor {
    name: String,
    element_type: Option<&'static str>,
    shape: Option<Vec<Extent>>,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    kind: Option<ComponentKind>,
    shape: Option<&'a [Extent]>,
    parameters: u64,
    uses: usize,
    on_paths: Option<usize>,
    role: Option<Role>,
    gates: Option<&'a str>,
    why: Option<String>,
}

/// Lists the modules of a program by their effect on its paths.
pub(super) fn run(path: &Path, settings: &Settings, format: FormatArg, printer: &Printer) -> Result<Outcome> {
    let file = ExportedProgram::open(path)?;
    let refused = |problem| ProgramError::Paths { path: path.to_owned(), problem: Box::new(problem) };
    let (traced, refusal) = match tracing::trace(&file.program, &file, settings) {
        Ok(traced) => (Some(traced), None),
        Err(problem) if problem.is_of_settings() => return Err(refused(problem).into()),
        // The contents of the program help to find out what to do.
        Err(problem) => (None, Some(refused(problem))),
    };
    let modules = tracing::modules(&file.program, traced.as_ref());
    printer.result(&match format {
        FormatArg::Table => shown(&text(&file, traced.as_ref(), &modules)),
        FormatArg::Csv => tables::to_csv(&mut tables::modules(&modules)?)?,
        FormatArg::Json => {
            let program = &file.program;
            let inspection = Inspection {
                schema: SCHEMA,
                path: path.display().to_string(),
                container: "exported program",
                torch_version: file.torch_version(),
                schema_version: version(&file),
                inputs: program.inputs.iter().map(|&input| tensor(&file, input)).collect(),
                outputs: program.outputs.iter().map(|output| Some(tensor(&file, (*output)?))).collect(),
                operations: operation_counts(&program.operations),
                from: traced.as_ref().map(|traced| &*traced.from),
                to: traced.as_ref().map(|traced| &*traced.to),
                parameters: file.parameters(),
                modules: modules.iter().map(row).collect(),
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

fn version(file: &ExportedProgram) -> String {
    let (major, minor) = file.schema_version();
    format!("{major}.{minor}")
}

fn tensor(file: &ExportedProgram, id: ValueId) -> Tensor {
    let value = file.program.value(id);
    let name = match &value.origin {
        Origin::Input(name) => name,
        _ => &value.name,
    };
    let tensor = value.tensor.as_ref();
    Tensor {
        name: name.clone(),
        element_type: tensor.map(|tensor| tensor.element_type.as_str()),
        shape: tensor.map(|tensor| tensor.shape.clone()),
    }
}

fn row(module: &Module) -> Row<'_> {
    let gates = match &module.why {
        Some(Why::Gates(operation)) => Some(&*operation.name),
        _ => None,
    };
    Row {
        name: &module.name,
        kind: module.kind,
        shape: module.shape.as_deref(),
        parameters: module.parameters,
        uses: module.uses,
        on_paths: module.on_paths,
        role: module.why.as_ref().map(Why::role),
        gates,
        why: module.why.as_ref().map(ToString::to_string),
    }
}

fn text(file: &ExportedProgram, traced: Option<&Traced>, modules: &[Module]) -> String {
    let torch = file.torch_version().map_or_else(String::new, |torch| format!(" by PyTorch {torch}"));
    let (path, format) = (file.path().display(), version(file));
    let mut text = format!("{path}\n  exported program, written{torch} in version {format} of the format\n");
    let program = &file.program;
    for &input in &program.inputs {
        let _ = writeln!(text, "  input {}", described(&tensor(file, input)));
    }
    for output in &program.outputs {
        let what = output.map_or("that is no tensor".to_owned(), |output| described(&tensor(file, output)));
        let _ = writeln!(text, "  output {what}");
    }
    let operations = counted(program.operations.len(), "operation");
    let mut counts: Vec<(String, usize)> = operation_counts(&program.operations).into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let counts: Vec<String> = counts.into_iter().map(|(name, count)| format!("{count} {name}")).collect();
    let _ = writeln!(text, "  {operations}: {}", counts.join(", "));
    match traced {
        Some(traced) => {
            let _ = writeln!(text, "  paths from {} to {}", traced.from, traced.to);
        }
        None => text.push_str("  its paths cannot be traced\n"),
    }
    let rows = modules.iter().map(|module| {
        vec![
            module.name.clone(),
            module.kind.map_or_else(String::new, |kind| kind.to_string()),
            module.shape.as_ref().map_or_else(String::new, |shape| tables::extents(shape, "×")),
            module.parameters.to_string(),
            module.uses.to_string(),
            module.on_paths.map_or_else(|| "?".to_owned(), |uses| uses.to_string()),
            module.why.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string),
        ]
    });
    let head = ["module", "kind", "shape", "parameters", "uses", "on paths", "why"];
    let _ = write!(text, "\n{}", table(&head, 2..6, rows));
    let parameters = file.parameters();
    let _ = writeln!(text, "\n{parameters} parameters (shared ones are counted once)");
    text
}

/// Formats a tensor briefly, such as `x: 1×3×32×32 float32`.
fn described(tensor: &Tensor) -> String {
    match (&tensor.shape, tensor.element_type) {
        (Some(shape), Some(element_type)) => {
            format!("{}: {} {element_type}", tensor.name, tables::extents(shape, "×"))
        }
        _ => format!("{}, whose shape is not stored", tensor.name),
    }
}
