//! Runs of the command, with checks of the results.

use std::ffi::OsStr;
use std::process::{Command, Output};

/// The output and exit status of a command.
#[derive(Debug)]
pub struct Run {
    /// `None` if a signal ended the command.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Returns the command with the folder of the package as its working directory. With relative paths, the
/// output does not depend on the machine.
pub fn command(arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(crate::COMMAND);
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// Runs the command in the folder of the package.
#[track_caller]
pub fn run(arguments: &[impl AsRef<OsStr>]) -> Run {
    Run::of(&mut command(arguments))
}

/// Returns the stdout of the command, which must succeed.
#[track_caller]
pub fn stdout(arguments: &[impl AsRef<OsStr>]) -> String {
    run(arguments).succeeded().stdout
}

/// Returns the message of the command, which must fail with this status. The message must contain all these
/// words.
#[track_caller]
pub fn refusal(arguments: &[impl AsRef<OsStr>], code: i32, words: &[&str]) -> String {
    run(arguments).refused(code, words)
}

impl Run {
    /// Runs a command to its end. It must not panic.
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

    /// Checks that the command failed without results, and returns its message, which must contain all these
    /// words.
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

/// Checks that a message contains all these words.
#[track_caller]
pub fn assert_says(message: &str, words: &[&str]) {
    for word in words {
        assert!(message.contains(word), "{word:?} is not in:\n{message}");
    }
}
