//! The command in a separate folder, where it finds no companion except one that a test writes.

use crate::cmd::Run;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A folder with the command in it, and no companion.
pub struct Alone(TempDir);

impl Alone {
    pub fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let command = folder.path().join("pathscope");
        // A hard link is enough where the system has them. A copy could not be run while a new process of
        // another test still has it open.
        if fs::hard_link(env!("CARGO_BIN_EXE_pathscope"), &command).is_err() {
            fs::copy(env!("CARGO_BIN_EXE_pathscope"), &command).unwrap();
        }
        Self(folder)
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// Returns the command in the folder, with the PATH of the tests.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.path("pathscope"));
        command.args(arguments).current_dir(self.folder());
        command
    }

    /// Runs the command in the folder, with nothing else on PATH.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).env("PATH", self.folder()))
    }
}

/// Writes a script that can be run immediately.
///
/// A separate process writes it. If this process did, new processes of other tests could inherit the open
/// file, and the script could not be run until they close it.
#[cfg(unix)]
#[track_caller]
pub fn write_script(path: &Path, text: &str) {
    let write = "printf %s \"$1\" > \"$0\" && chmod +x \"$0\"";
    let status = Command::new("sh").arg("-c").arg(write).arg(path).arg(text).status().unwrap();
    assert!(status.success(), "{}: cannot be written", path.display());
}
