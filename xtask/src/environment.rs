//! Python environments, in the same cache as libtorch.

use crate::cache::{self, free_space, megabytes};
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The file that marks a complete environment. It is written last.
const FINISHED: &str = "finished";

const PYTHON: &str = "python3";

/// The purpose of an environment.
pub(crate) struct Purpose {
    /// The contents of the environment, for messages.
    pub what: String,
    /// The name of its folder, where `{tag}` stands for the tag of the Python. It must change if the contents
    /// do.
    pub folder: String,
    /// The disk space for the installation, including temporary files of pip, in bytes.
    pub room: u64,
    /// A Python program that prints a version, or fails if something is missing.
    pub trial: &'static str,
    /// A function that installs the contents into an empty environment, with a folder for pip.
    pub install: fn(&Environment, &Path) -> Result<()>,
}

/// A Python environment for the checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Environment {
    python: PathBuf,
}

impl Environment {
    /// Returns the user's environment if one is set, or else pathscope's own, which is installed if
    /// necessary.
    pub(crate) fn provide(purpose: &Purpose) -> Result<Self> {
        let what = &purpose.what;
        if let Some(python) = env::var_os("PATHSCOPE_PYTHON").filter(|python| !python.is_empty()) {
            let environment = Self { python: python.into() };
            let version = environment.try_out(purpose).with_context(|| {
                format!("PATHSCOPE_PYTHON={} is not a Python with {what}", environment.python.display())
            })?;
            eprintln!("PATHSCOPE_PYTHON is set: using its {what} ({version}), nothing is installed");
            return Ok(environment);
        }
        let home = cache::home()?;
        let tag =
            output(Command::new(PYTHON).args(["-c", "import sys; print(sys.implementation.cache_tag)"]))
                .with_context(|| {
                    format!("{what} needs Python 3 with pip (Debian: apt install python3-pip)")
                })?;
        let folder = home.join(purpose.folder.replace("{tag}", &tag));
        let environment = Self::of_folder(&folder);
        if environment.is_finished(&folder) {
            return Ok(environment);
        }
        fs::create_dir_all(&home).with_context(|| home.display().to_string())?;
        let lock = cache::lock(&folder.with_added_extension("lock"), &format!("installs {what}"))?;
        // Another process may have installed it while this one waited.
        if !environment.is_finished(&folder) {
            environment.install(purpose, &folder).with_context(|| {
                format!(
                    "{what} could not be installed into {}: to use an environment of your own, set PATHSCOPE_PYTHON to its Python",
                    folder.display()
                )
            })?;
        }
        drop(lock);
        Ok(environment)
    }

    /// Returns the environment in a folder.
    pub(crate) fn of_folder(folder: &Path) -> Self {
        Self { python: folder.join("bin/python") }
    }

    /// Returns whether the environment is complete, and the Python that it was made from still exists.
    fn is_finished(&self, folder: &Path) -> bool {
        folder.join(FINISHED).is_file() && self.python.is_file()
    }

    /// Returns a command that runs this Python, with one thread and without other installed packages.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.python);
        command.env("OMP_NUM_THREADS", "1").env_remove("PYTHONPATH").env("PYTHONDONTWRITEBYTECODE", "1");
        command.stdin(Stdio::null());
        command
    }

    /// Returns the interpreter.
    pub(crate) fn python(&self) -> &Path {
        &self.python
    }

    /// Returns a command that runs a program which was installed beside this Python.
    pub(crate) fn script(&self, name: &str) -> Command {
        let mut command = Command::new(self.python.with_file_name(name));
        command.stdin(Stdio::null());
        command
    }

    /// Runs the trial program and returns the version that it prints.
    pub(crate) fn try_out(&self, purpose: &Purpose) -> Result<String> {
        output(self.command().args(["-c", purpose.trial]))
    }

    /// Installs the environment in its final folder, because the scripts of a virtual environment name it. No
    /// other process works in the folder.
    fn install(&self, purpose: &Purpose, folder: &Path) -> Result<()> {
        let what = &purpose.what;
        if folder.exists() {
            eprintln!("{} is not complete: replacing it", folder.display());
            fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        let free = free_space(folder.parent().unwrap_or(folder))?;
        if free < purpose.room {
            bail!(
                "{} are free, but {} are needed: free some disk space, or set PATHSCOPE_CACHE to a folder on another disk",
                megabytes(free),
                megabytes(purpose.room)
            );
        }
        eprintln!("installing {what} into {}", folder.display());
        // The environment has no pip of its own, which Debian has in a separate package.
        output(Command::new(PYTHON).args(["-m", "venv", "--without-pip"]).arg(folder))?;
        let temporary = folder.join("temporary");
        fs::create_dir(&temporary).with_context(|| temporary.display().to_string())?;
        (purpose.install)(self, &temporary)?;
        fs::remove_dir_all(&temporary).with_context(|| temporary.display().to_string())?;
        self.try_out(purpose).context("the installed packages do not work")?;
        fs::write(folder.join(FINISHED), "")?;
        eprintln!("{what} is in {}", folder.display());
        Ok(())
    }

    /// Installs packages.
    pub(crate) fn pip(&self, arguments: &[&str], temporary: &Path) -> Result<()> {
        let status = Command::new(PYTHON)
            .args(["-m", "pip", "--python"])
            .arg(&self.python)
            .args(["install", "--only-binary=:all:", "--no-cache-dir", "--disable-pip-version-check"])
            .args(["--quiet", "--progress-bar", "off", "--no-warn-conflicts"])
            .args(arguments)
            // pip unpacks downloads there, and /tmp is often on a smaller disk.
            .env("TMPDIR", temporary)
            .stdin(Stdio::null())
            .stdout(io::stderr())
            .status()
            .with_context(|| format!("{PYTHON} cannot be run"))?;
        if !status.success() {
            bail!(
                "pip could not install {} (see its messages above): check the network, and that pip is version 22.3 or later",
                arguments.join(" ")
            );
        }
        Ok(())
    }
}

/// Returns the stdout of a command without the final line break.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{program} cannot be run"))?;
    if !output.status.success() {
        bail!("{program} failed:\n{}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}
