//! Runs of the command, and what tests expect of one.

use std::ffi::OsStr;
use std::process::{Command, Output};

/// What a command printed, and how it ended.
#[derive(Debug)]
pub struct Run {
    /// `None` where a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Returns the command, in the folder of the package: with paths that are relative to it, what is printed does not
/// depend on the machine.
pub fn pathscope(arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pathscope"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// Runs the command in the folder of the package.
#[track_caller]
pub fn run(arguments: &[impl AsRef<OsStr>]) -> Run {
    Run::of(&mut pathscope(arguments))
}

/// Returns what the command prints to stdout. It has to succeed.
#[track_caller]
pub fn stdout(arguments: &[impl AsRef<OsStr>]) -> String {
    run(arguments).succeeded().stdout
}

/// Returns the message of the command that fails with this status. The message has to hold all these words.
#[track_caller]
pub fn refusal(arguments: &[impl AsRef<OsStr>], code: i32, words: &[&str]) -> String {
    run(arguments).refused(code, words)
}

impl Run {
    /// Runs a command to its end, which is not to be a panic.
    #[track_caller]
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self::from(output)
    }

    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }

    /// Expects a failure that prints no result, and returns its message, which has to hold all these words.
    #[track_caller]
    pub fn refused(self, code: i32, words: &[&str]) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (Some(code), ""), "{}", self.stderr);
        assert_says(&self.stderr, words);
        self.stderr
    }
}

impl From<Output> for Run {
    #[track_caller]
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let run =
            Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        run
    }
}

/// Expects a message to hold all these words.
#[track_caller]
pub fn assert_says(message: &str, words: &[&str]) {
    for word in words {
        assert!(message.contains(word), "{word:?} is not in:\n{message}");
    }
}
