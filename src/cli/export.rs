//! `pathscope export`

use super::arguments::CheckpointArgs;
use super::{Outcome, inputs};
use anyhow::Result;
use clap::{Args, ValueEnum};
use pathscope::export::{self, MODULE, WEIGHTS};
use pathscope::output::Printer;
use pathscope::study::run::SETTINGS;
use pathscope_core::files::output::{OutputError, PendingFile, PendingFolder};
use pathscope_core::network::WholeNetwork;
use std::fs;
use std::path::PathBuf;

/// Write a network for PyTorch
///
/// The result is a Python module to read, change and train further, or a file for torch.jit.load. Both make
/// the same predictions as pathscope.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pathscope export run/ --to pytorch --out my-network/
  pathscope export best.pth --to torchscript --out my-network.pt

  python my-network/model.py images.npy predictions.npy
  python -c \"import torch; print(torch.jit.load('my-network.pt'))\"")]
pub(super) struct ExportArgs {
    /// Checkpoint of a whole network (.pt, .pth, .safetensors), or folder of a run
    #[arg(value_name = "RUN|FILE")]
    file: PathBuf,

    /// What to write
    #[arg(long, value_enum, value_name = "KIND")]
    to: Target,

    /// Output: a new folder for pytorch, a file for torchscript
    #[arg(long, value_name = "DIR|FILE")]
    out: PathBuf,

    #[command(flatten)]
    checkpoint: CheckpointArgs,
}

/// The value of `--to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Target {
    /// A folder with model.py, a readable module, and model.safetensors, its weights
    Pytorch,
    /// One file for torch.jit.load, which needs no Python module
    Torchscript,
}

/// An output place that was checked before the work began.
enum Place {
    Folder(PendingFolder),
    File(PendingFile),
}

pub(super) fn run(args: &ExportArgs, printer: &Printer) -> Result<Outcome> {
    let place = match args.to {
        Target::Pytorch => Place::Folder(PendingFolder::create(&args.out)?),
        Target::Torchscript => Place::File(PendingFile::create(&args.out)?),
    };
    let file = inputs::model_file(&args.file)?;
    let network = WholeNetwork::open(&file, args.checkpoint.key.as_deref(), &args.checkpoint.given())?;
    match place {
        Place::Folder(folder) => {
            let write = |name: &str, contents: &[u8]| {
                fs::write(folder.path().join(name), contents)
                    .map_err(|source| OutputError::unfinished(&args.out.join(name), source))
            };
            write(MODULE, export::python_module(&network).as_bytes())?;
            write(WEIGHTS, &export::safetensors(&network)?)?;
            folder.finish()?;
        }
        Place::File(file) => file.finish_with(export::torchscript(&network)?)?,
    }
    printer.note(format_args!("the network is in {}", args.out.display()));
    if args.file.join(SETTINGS).is_file() {
        printer.note(format_args!(
            "it expects images as in training: cropped and downsampled as {} says",
            args.file.join(SETTINGS).display()
        ));
    }
    Ok(Outcome::Success)
}
