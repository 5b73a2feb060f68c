//! The training examples of README.md and the book, cut short.

#![cfg(unix)]

#[path = "../../../tests/it/book/pages.rs"]
mod pages;
#[path = "../../../tests/it/book/runner.rs"]
mod runner;

use pages::{Page, pages};
use runner::Place;
use std::path::Path;

#[test]
fn every_example_that_needs_libtorch_succeeds() {
    // The command finds pathscope-torch beside it.
    let pathscope = Path::new(crate::COMMAND).with_file_name("pathscope");
    assert!(pathscope.exists(), "build the command `pathscope` first: cargo build");
    let trains = |page: &Page| page.blocks().iter().any(|block| block.mark("needs") == Some("libtorch"));
    let pages: Vec<_> = pages().into_iter().filter(trains).collect();
    assert!(!pages.is_empty());
    let mut faults = Vec::new();
    for page in pages {
        let place = Place::new(&page, &pathscope);
        for block in page.blocks() {
            if block.mark("needs").is_none_or(|needs| needs == "libtorch") {
                let outcome = place.perform(&block, cut_short);
                faults.extend(
                    outcome.err().map(|fault| format!("{}:{}: {fault}", page.path.display(), block.line)),
                );
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// Limits a training to a few steps.
fn cut_short(arguments: &[String]) -> Vec<String> {
    let mut arguments = arguments.to_vec();
    if let Some(place) = arguments.iter().position(|argument| argument == "--max-steps") {
        "40".clone_into(&mut arguments[place + 1]);
    }
    arguments
}
