//! A check of notebooks, which are executed in Jupyter.

use super::package::Installed;
use super::{Checks, jupyter, pytorch, script};
use crate::environment::{Environment, output};
use crate::root;
use anyhow::{Context, Result};
use pathscope_core::analysis::contributions::CONTRIBUTIONS;
use serde::Serialize;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The input of `check_notebook.py` for a notebook.
#[derive(Serialize)]
struct Case {
    name: String,
    notebook: PathBuf,
    #[serde(flatten)]
    expected: Expected,
}

/// The expected results of a notebook.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Expected {
    /// A study: the output of the commands for the same table, and the number of figures.
    Study { gain: Value, correlations: Value, figures: usize },
    /// A study without recurrent models: the number of parts that are left out.
    NothingToCompare { left_out: usize },
    /// A model: its analysis, and the number of figures.
    Model { analysis: Value, figures: usize },
    /// The notebook of the book: the number of figures.
    Book { figures: usize },
}

/// The notebook of the chapter on Python.
const BOOK: &str = "docs/src/gratings.ipynb";

/// The models whose notebooks are executed.
const MODELS: [&str; 4] = [
    "fixtures/nets/fig5.safetensors",
    "fixtures/nets/readouts.safetensors",
    "fixtures/reference/recurrent-2block-t5-late-avg-softplus/best.pth",
    "fixtures/reference/multipath-1block-t5-late-avg-removed-1-2/best.pth",
];

/// Executes the notebooks of models, and of a study as CSV and as Parquet, and compares their numbers with
/// those of the commands.
pub(super) fn check(pathscope: &Path, checks: &mut Checks) -> Result<()> {
    let environment = Environment::provide(&jupyter::purpose())?;
    let folder = tempfile::tempdir()?;
    let cases = cases(pathscope, &environment, folder.path())?;
    eprintln!("executing {} notebooks", cases.len());
    execute(environment.command(), &cases, folder.path(), checks)
}

/// Executes the notebook of the book beside the installed package.
pub(super) fn check_book(package: &Installed, checks: &mut Checks) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let original = root().join(BOOK);
    let notebook = folder.path().join(original.file_name().unwrap_or_default());
    fs::copy(&original, &notebook).with_context(|| original.display().to_string())?;
    eprintln!("executing the notebook of the book, which trains a network");
    let case = Case { name: BOOK.to_owned(), notebook, expected: Expected::Book { figures: 5 } };
    let command = package.beside(&[jupyter::purpose(), pytorch::purpose()])?;
    execute(command, &[case], folder.path(), checks)
}

fn execute(mut python: Command, cases: &[Case], folder: &Path, checks: &mut Checks) -> Result<()> {
    let file = folder.join("cases.json");
    fs::write(&file, serde_json::to_string(cases)?)?;
    apart_from_the_user(&mut python, folder)?;
    script::run(python, "check_notebook.py", &file, &mut |_, checks| checks.close(), checks)
}

/// Isolates a command from the user's kernels, settings, history and display.
fn apart_from_the_user(command: &mut Command, folder: &Path) -> Result<()> {
    for name in
        ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR"]
    {
        let place = folder.join(name.to_lowercase());
        fs::create_dir(&place)?;
        command.env(name, place);
    }
    command.env("JUPYTER_PREFER_ENV_PATH", "1").env("JUPYTER_NO_CONFIG", "1").env("PYTHONNOUSERSITE", "1");
    // Without this variable, kernels draw into the notebook.
    command.env_remove("MPLBACKEND").env_remove("DISPLAY");
    command.env_remove("JUPYTER_PATH").env_remove("JUPYTER_CONFIG_PATH");
    Ok(())
}

fn cases(pathscope: &Path, environment: &Environment, folder: &Path) -> Result<Vec<Case>> {
    let json = |arguments: &[&str], input: &Path| -> Result<Value> {
        let text = output(Command::new(pathscope).arg("--quiet").args(arguments).arg(input))?;
        Ok(serde_json::from_str(&text)?)
    };
    let write_with =
        |name: &str, input: &Path, contributions: Option<&Path>, expected: Expected| -> Result<Case> {
            let notebook = folder.join(name).with_extension("ipynb");
            let mut command = Command::new(pathscope);
            let about = match expected {
                Expected::Model { .. } => "model",
                _ => "study",
            };
            command.args(["--quiet", "notebook", about]).arg(input).arg("--out").arg(&notebook);
            if let Some(contributions) = contributions {
                command.arg("--contributions").arg(contributions);
            }
            output(&mut command)?;
            Ok(Case { name: name.to_owned(), notebook, expected })
        };
    let write = |name: &str, input: &Path, expected: Expected| write_with(name, input, None, expected);
    let mut cases = Vec::new();

    let fixture = root().join("fixtures/results/study.csv");
    let csv = folder.join("study.csv");
    fs::copy(&fixture, &csv).with_context(|| fixture.display().to_string())?;
    output(
        environment.command().arg(root().join("xtask/src/interop/make_results.py")).arg(&csv).arg(folder),
    )?;
    let parquet = folder.join("study.parquet");
    for (name, input, figures) in [("study-csv", &csv, 6), ("study-parquet", &parquet, 7)] {
        let gain = json(&["table", "1", "--format", "json", "--results"], input)?;
        let correlations = json(&["table", "correlations", "--format", "json", "--results"], input)?;
        cases.push(write(name, input, Expected::Study { gain, correlations, figures })?);
    }

    let feed_forward = folder.join("feed-forward.csv");
    cases.push(write("study-feed-forward", &feed_forward, Expected::NothingToCompare { left_out: 5 })?);

    for model in MODELS {
        let input = root().join(model);
        let name = if model.ends_with(".pth") { input.parent() } else { Some(input.as_path()) };
        let name = name.and_then(Path::file_stem).unwrap_or_default().to_string_lossy();
        let analysis = json(&["analyze", "--format", "json"], &input)?;
        cases.push(write(&name, &input, Expected::Model { analysis, figures: 2 })?);
    }

    let place = root().join("fixtures/reference/recurrent-1block-t7-2-avg");
    let (model, contributions) = (place.join("best.pth"), folder.join("contributions"));
    let mut command = Command::new(pathscope);
    command.args(["--quiet", "contributions", "--resamples", "0", "--no-figures", "--images"]);
    output(command.arg(place.join("images.npy")).arg(&model).arg("--out").arg(&contributions))?;
    let analysis = json(&["analyze", "--format", "json"], &model)?;
    let expected = Expected::Model { analysis, figures: 3 };
    cases.push(write_with("contributions", &model, Some(&contributions.join(CONTRIBUTIONS)), expected)?);
    Ok(cases)
}
