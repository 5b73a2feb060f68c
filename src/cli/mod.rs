//! The command line: one short file per subcommand.
//!
//! Arguments come in, an exit status comes out. Read [`run`] first.

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
mod report;
mod sheet;
mod sweep;
mod table;
mod text;

use anyhow::Result;
use clap::{Parser, Subcommand};
use pathscope::output::Printer;
use pathscope::shell::{self, CommandLine, Outcome, usage_error};
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
pub(crate) struct Cli {
    /// Print only results and errors: no progress, notes or warnings
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
    /// Resume the retraining of ablated networks
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
    Report(Box<report::ReportArgs>),
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

/// Runs the command and returns its exit status.
pub(crate) fn main() -> ExitCode {
    match former::new_spelling(&words()) {
        Some(new) => {
            let error = usage_error(format!("this command has a new spelling: {new}"));
            shell::exit_code(Err(error), &Printer::new(false))
        }
        None => shell::main::<Cli>(),
    }
}

/// Returns the arguments after the command's name, joined for display.
fn words() -> Vec<String> {
    env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect()
}

impl CommandLine for Cli {
    fn is_quiet(&self) -> bool {
        self.quiet
    }

    fn run(self, printer: &Printer) -> Result<Outcome> {
        let companion = |name, args| companion::run(name, args, self.quiet);
        match self.command {
            Command::Ablate(args) => ablate::run(&args, self.quiet, printer),
            Command::Retrain(args) => companion("retrain", args),
            Command::Train(args) => companion("train", args),
            Command::Predict(args) => predict::run(&args, printer),
            Command::Evaluate(args) => evaluate::run(&args, printer),
            Command::Analyze(args) => analyze::run(&args, printer),
            Command::Contributions(args) => contributions::run(&args, printer),
            Command::Compare(args) => compare::run(&args, printer),
            Command::Inspect(args) => inspect::run(&args, printer),
            Command::Graph(args) => graph::run(&args, printer),
            Command::Export(args) => export::run(&args, printer),
            Command::Sweep(command) => sweep::run(&command, printer),
            Command::Figure(args) => figure::run(&args, printer),
            Command::Diagram(args) => diagram::run(&args, printer),
            Command::Table(args) => table::run(&args, printer),
            Command::Report(args) => report::run(&args, printer),
            Command::Notebook(command) => notebook::run(&command, printer),
            Command::Layout(command) => layout::run(&command, printer),
            Command::Dataset(command) => dataset::run(&command, printer),
            Command::Completions(args) => completions::run(&args, printer),
            Command::Man(args) => man::run(&args, printer),
        }
    }
}
