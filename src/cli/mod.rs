//! The command line: one file a subcommand, thin.
//!
//! In come arguments, out comes an exit status. Read [`run`] first.

mod ablate;
mod ablate_lesions;
mod analysis_folder;
mod analyze;
mod analyze_many;
mod arguments;
mod companion;
mod compare;
mod compare_measures;
mod compare_models;
mod completions;
mod contributions;
mod dataset;
mod diagram;
mod engine;
mod evaluate;
#[cfg(test)]
mod examples;
mod export;
mod figure;
mod former;
mod graph;
mod inputs;
mod inspect;
mod layout;
mod man;
mod memory;
mod notebook;
mod predict;
mod sheet;
mod sweep;
mod table;
mod text;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use pathscope::output::interrupt::clean_up_on_interrupt;
use pathscope::output::{Printer, protect_arguments};
use pathscope_core::files::output::{is_closed_pipe, overwrites_input};
use std::env;
use std::process::ExitCode;

/// Takes a trained recurrent convolutional network apart into the ensemble of feed-forward paths
/// hidden in it.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Example:\n  pathscope analyze best.pth --out results/"
)]
pub struct Cli {
    /// Print results and errors only: no progress, notes or warnings
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Analyze(analyze::AnalyzeArgs),
    Compare(Box<compare::CompareArgs>),
    Contributions(Box<contributions::ContributionsArgs>),
    Ablate(Box<ablate::AblateArgs>),
    /// Go on with the retraining of ablated networks
    #[command(disable_help_flag = true)]
    Retrain(companion::PassedOn),
    Inspect(inspect::InspectArgs),
    Graph(graph::GraphArgs),
    Export(export::ExportArgs),
    Figure(Box<figure::FigureArgs>),
    Diagram(Box<diagram::DiagramArgs>),
    #[command(subcommand)]
    Sweep(sweep::SweepCommand),
    Table(Box<table::TableArgs>),
    #[command(subcommand)]
    Notebook(notebook::NotebookCommand),
    #[command(subcommand)]
    Layout(layout::LayoutCommand),
    #[command(subcommand)]
    Dataset(dataset::DatasetCommand),
    /// Train a feed-forward or recurrent network on recordings
    #[command(disable_help_flag = true)]
    Train(companion::PassedOn),
    Predict(Box<predict::PredictArgs>),
    Evaluate(Box<evaluate::EvaluateArgs>),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// How a command that came to its end went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Success,
    /// It did what it could, and has said what it could not.
    Partial,
}

/// Runs a command and says how it went.
pub fn main() -> ExitCode {
    if let Some(new) = former::new_spelling(&words()) {
        Printer::new(false).error(&UsageError(format!("this command is spelled differently now: {new}")));
        return ExitCode::from(2);
    }
    let arguments = Cli::command().get_matches();
    protect_arguments(&arguments);
    let cli = Cli::from_arg_matches(&arguments).unwrap_or_else(|error| error.exit());
    let printer = Printer::new(cli.quiet);
    if let Err(error) = clean_up_on_interrupt() {
        printer.warning(error);
    }
    let companion = |name, args| companion::run(name, args, cli.quiet);
    let outcome = match cli.command {
        Command::Ablate(args) => ablate::run(&args, cli.quiet, &printer),
        Command::Retrain(args) => companion("retrain", args),
        Command::Train(args) => companion("train", args),
        Command::Predict(args) => predict::run(&args, &printer),
        Command::Evaluate(args) => evaluate::run(&args, &printer),
        Command::Analyze(args) => analyze::run(&args, &printer),
        Command::Contributions(args) => contributions::run(&args, &printer),
        Command::Compare(args) => compare::run(&args, &printer),
        Command::Inspect(args) => inspect::run(&args, &printer),
        Command::Graph(args) => graph::run(&args, &printer),
        Command::Export(args) => export::run(&args, &printer),
        Command::Sweep(command) => sweep::run(&command, &printer),
        Command::Figure(args) => figure::run(&args, &printer),
        Command::Diagram(args) => diagram::run(&args, &printer),
        Command::Table(args) => table::run(&args, &printer),
        Command::Notebook(command) => notebook::run(&command, &printer),
        Command::Layout(command) => layout::run(&command, &printer),
        Command::Dataset(command) => dataset::run(&command, &printer),
        Command::Completions(args) => completions::run(&args, &printer),
        Command::Man(args) => man::run(&args, &printer),
    };
    match outcome {
        Ok(Outcome::Success) => ExitCode::SUCCESS,
        Ok(Outcome::Partial) => ExitCode::FAILURE,
        Err(error) if is_closed_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) if error.is::<UsageError>() || overwrites_input(error.as_ref()) => {
            printer.error(error.as_ref());
            ExitCode::from(2)
        }
        Err(error) => {
            printer.error(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

/// The words of the command line after the command's name, for reading.
fn words() -> Vec<String> {
    env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect()
}

/// What is wrong with the command line, where clap cannot know it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct UsageError(String);

fn usage_error(message: impl Into<String>) -> anyhow::Error {
    UsageError(message.into()).into()
}
