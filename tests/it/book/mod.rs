//! Tests of README.md and the book: examples give the output that they show, links lead somewhere, and
//! figures are up to date.

#![cfg(unix)]

mod figures;
mod links;
mod pages;
mod runner;

use pages::{Block, Page, pages};
use runner::Place;
use std::path::Path;
use std::thread;

/// The needs of blocks that are checked elsewhere. The tests of pathscope-torch run those that need libtorch,
/// `cargo xtask interop` runs those that need PyTorch, and a unit test of the command line parses the others.
const ELSEWHERE: [&str; 4] = ["libtorch", "pytorch", "slurm", "data"];

#[test]
fn every_example_does_what_it_shows() {
    let pages = pages();
    let faults: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = pages.iter().map(|page| scope.spawn(|| faults(page))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// Returns the faults of the examples on a page.
fn faults(page: &Page) -> Vec<String> {
    let place = Place::new(page, Path::new(env!("CARGO_BIN_EXE_pathscope")));
    let mut faults = Vec::new();
    for block in page.blocks() {
        let outcome = if block.language() == "rust" && page.path != Path::new("README.md") {
            Err("src/lib.rs runs the documentation tests of README.md alone: include this page there"
                .to_owned())
        } else {
            check(&block, &place)
        };
        if let Err(fault) = outcome {
            faults.push(format!("{}:{}: {fault}", page.path.display(), block.line));
        }
    }
    faults
}

fn check(block: &Block, place: &Place) -> Result<(), String> {
    match (block.language(), block.mark("needs")) {
        ("sh", Some("openblas")) if !cfg!(feature = "lapack") => {
            let fault = place.perform(block, <[String]>::to_vec).unwrap_err();
            if fault.contains("is built with LAPACK") { Ok(()) } else { Err(fault) }
        }
        ("sh" | "console", None | Some("openblas")) => place.perform(block, <[String]>::to_vec),
        ("toml", None) if block.mark("file").is_some() => place.perform(block, <[String]>::to_vec),
        ("sh" | "console" | "python", Some(needs)) if ELSEWHERE.contains(&needs) => Ok(()),
        ("json", None) => serde_json::from_str::<serde_json::Value>(&block.text)
            .map(drop)
            .map_err(|error| error.to_string()),
        // Documentation tests run Rust, and `text` is output that depends on the machine.
        ("rust" | "text", None) => Ok(()),
        (language, needs) => Err(format!("nothing checks a block of {language:?} that needs {needs:?}")),
    }
}
