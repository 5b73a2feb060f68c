//! The types and lints of the scripts in reports, by TypeScript, ESLint and Prettier.

use super::Checks;
use crate::cache;
use crate::environment::output;
use crate::root;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Versions, since what is found differs between them.
const PACKAGES: [&str; 3] = ["typescript@5.9.3", "eslint@9.39.1", "prettier@3.6.2"];

/// Written last, when all is there.
const FINISHED: &str = "finished";

/// Checks types and lints of the scripts; nothing of the tools is part of a report.
pub(super) fn check(checks: &mut Checks) -> Result<()> {
    let tools = provide()?;
    let page = root().join("src/report/page").canonicalize()?;
    checks.open("scripts of reports");
    let tasks: [(&str, &str, &[&str]); 3] = [
        ("types", "typescript/bin/tsc", &["--project", "."]),
        ("lints", "eslint/bin/eslint.js", &["--max-warnings", "0", "."]),
        ("format", "prettier/bin/prettier.cjs", &["--check", "*.js", "*.mjs", "*.css", "types.d.ts"]),
    ];
    for (task, program, arguments) in tasks {
        let mut command = Command::new("node");
        command.arg(tools.join("node_modules").join(program)).args(arguments).current_dir(&page);
        let found = command.stdin(Stdio::null()).output().context("node cannot be run")?;
        let text = String::from_utf8_lossy(&found.stdout) + String::from_utf8_lossy(&found.stderr);
        let passed = found.status.success();
        checks.note(task, passed, if passed { "finds nothing" } else { &text });
    }
    checks.close();
    Ok(())
}

/// Returns the folder of the tools, which are installed if they are missing.
fn provide() -> Result<PathBuf> {
    let home = cache::home()?;
    let folder = home.join(PACKAGES.join("-").replace('@', "-"));
    if folder.join(FINISHED).is_file() {
        return Ok(folder);
    }
    fs::create_dir_all(&home).with_context(|| home.display().to_string())?;
    let lock = cache::lock(&folder.with_added_extension("lock"), "installs TypeScript, ESLint and Prettier")?;
    // Another process may have installed them while this one waited.
    if !folder.join(FINISHED).is_file() {
        install(&folder)?;
    }
    drop(lock);
    Ok(folder)
}

fn install(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    eprintln!("installing {} into {}", PACKAGES.join(", "), folder.display());
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--silent", "--prefix"]);
    output(npm.arg(folder).args(PACKAGES)).context(
        "the scripts of reports are checked by TypeScript, ESLint and Prettier, which npm installs (Debian: apt install nodejs npm); is the network there?",
    )?;
    fs::write(folder.join(FINISHED), "")?;
    Ok(())
}
