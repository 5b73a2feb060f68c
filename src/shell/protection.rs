//! Protection of the files that are named on the command line.

use clap::ArgMatches;
use pathscope_core::files::output::{protect, protect_all_read};
use std::path::PathBuf;

/// The argument that names the results of every command.
const OUTPUT_ARGUMENT: &str = "out";

/// Protects every file that is named on the command line from being overwritten, except those named by
/// `--out`.
pub(super) fn protect_arguments(arguments: &ArgMatches) {
    protect_all_read();
    for id in arguments.ids().filter(|id| id.as_str() != OUTPUT_ARGUMENT) {
        if let Ok(Some(paths)) = arguments.try_get_many::<PathBuf>(id.as_str()) {
            paths.for_each(|path| protect(path));
        }
    }
    if let Some((_, arguments)) = arguments.subcommand() {
        protect_arguments(arguments);
    }
}
