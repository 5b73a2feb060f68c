//! Tests that parse the arguments of those examples in README.md and the book that no test can run.

#[path = "../../tests/it/book/pages.rs"]
mod pages;

use super::{Cli, Command};
use clap::Parser;

/// The requirements of examples that are run elsewhere: by `tests/it/book/`, by the tests of pathscope-torch,
/// and by `cargo xtask interop`.
const TRIED: [&str; 3] = ["openblas", "libtorch", "pytorch"];

#[test]
fn the_arguments_of_examples_that_no_test_runs_are_right() {
    let mut parsed = 0;
    for page in pages::pages() {
        for block in page.blocks() {
            let Some(needs) = block.mark("needs").filter(|needs| !TRIED.contains(needs)) else { continue };
            for (words, _) in block.commands() {
                let place = format!("{}:{}, which needs {needs}", page.path.display(), block.line);
                let arguments = pages::arguments(&words).unwrap_or_else(|fault| panic!("{place}: {fault}"));
                let Some(arguments) = arguments else { continue };
                let cli = Cli::try_parse_from([&["pathscope".to_owned()], arguments].concat())
                    .unwrap_or_else(|error| panic!("{place}: {error}"));
                let passed_on = matches!(cli.command, Command::Train(_) | Command::Retrain(_));
                assert!(
                    !passed_on,
                    "{place}: pathscope-torch reads its arguments, so mark it needs:libtorch"
                );
                parsed += 1;
            }
        }
    }
    assert!(parsed > 0);
}
