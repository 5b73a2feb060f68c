//! A Python with PyTorch, in a virtual environment in the cache.
//!
//! On Linux the PyTorch that pip finds is built for CUDA and asks for more than 2 GB of NVIDIA's
//! libraries. Here it gets the two small ones that it initializes, and stand-ins for the others: see
//! [`super::cuda`].

use super::cuda;
use crate::cache::{self, free_space, megabytes};
use crate::libtorch::recipe::{self, VERSION};
use crate::libtorch::unpack;
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Raised when something else is to be installed.
const REVISION: &str = "1";

/// What PyTorch and the checks need besides the wheels of PyTorch's recipe.
const PACKAGES: [&str; 8] = [
    "filelock",
    "fsspec",
    "jinja2",
    "networkx",
    "numpy",
    "setuptools>=77.0.3",
    "sympy",
    "typing-extensions>=4.10",
];

/// Written last, when all is there.
const FINISHED: &str = "finished";

/// Bytes that the installation takes, with what pip has beside it for a moment.
const ROOM: u64 = 2_200_000_000;

/// Fails where PyTorch lacks something that the checks use.
const TRIAL: &str = "
import numpy, torch
x = torch.randn(2, 1, 8, 8)
layers = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Softplus())
layers(x).sum().backward()
torch.optim.Adam(layers.parameters()).step()
torch.jit.script(layers)(x)
print(torch.__version__)
";

/// A Python with PyTorch and NumPy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    python: PathBuf,
}

impl Environment {
    /// That of the user, or else ours, which is installed if it is not there.
    pub fn provide() -> Result<Self> {
        if let Some(python) = env::var_os("PATHSCOPE_PYTHON").filter(|python| !python.is_empty()) {
            let environment = Self { python: python.into() };
            let version = environment.try_out().with_context(|| {
                format!(
                    "PATHSCOPE_PYTHON={} is not a Python with PyTorch and NumPy",
                    environment.python.display()
                )
            })?;
            eprintln!("PATHSCOPE_PYTHON is set: using its PyTorch {version}, nothing is installed");
            return Ok(environment);
        }
        let home = cache::home()?;
        let tag =
            output(Command::new(PYTHON).args(["-c", "import sys; print(sys.implementation.cache_tag)"]))
                .context("PyTorch needs Python 3 with pip (Debian: apt install python3-pip)")?;
        let folder = home.join(format!("pytorch-{VERSION}-{tag}-{REVISION}"));
        let environment = Self { python: folder.join("bin/python") };
        if environment.is_finished(&folder) {
            return Ok(environment);
        }
        fs::create_dir_all(&home).with_context(|| home.display().to_string())?;
        let lock = cache::lock(&folder.with_added_extension("lock"), "installs PyTorch")?;
        // Another process may have made it while this one waited.
        if !environment.is_finished(&folder) {
            environment.install(&folder).with_context(|| {
                format!(
                    "PyTorch {VERSION} could not be installed into {}; with another one, set PATHSCOPE_PYTHON to its Python",
                    folder.display()
                )
            })?;
        }
        drop(lock);
        Ok(environment)
    }

    /// Whether all is there, and the Python that the environment was made from too.
    fn is_finished(&self, folder: &Path) -> bool {
        folder.join(FINISHED).is_file() && self.python.is_file()
    }

    /// A command that runs this Python, with one thread and without what else is installed.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.python);
        command.env("OMP_NUM_THREADS", "1").env_remove("PYTHONPATH").env("PYTHONDONTWRITEBYTECODE", "1");
        command.stdin(Stdio::null());
        command
    }

    /// The version of PyTorch, if it works.
    fn try_out(&self) -> Result<String> {
        output(self.command().args(["-c", TRIAL]))
    }

    /// Installs into a folder that only this process works in, in its place, since the scripts of
    /// a virtual environment name it.
    fn install(&self, folder: &Path) -> Result<()> {
        if folder.exists() {
            eprintln!("{} is not complete: replacing it", folder.display());
            fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        let free = free_space(folder.parent().unwrap_or(folder))?;
        if free < ROOM {
            bail!(
                "there are {} free, but {} are needed: make room, or set PATHSCOPE_CACHE to a folder on another disk",
                megabytes(free),
                megabytes(ROOM)
            );
        }
        let recipe = recipe::for_platform(env::consts::OS, env::consts::ARCH)?;
        unpack::check_compiler(&recipe)?;
        eprintln!("installing PyTorch {VERSION} into {}", folder.display());
        // Without a pip of its own, which Debian has in a package apart.
        output(Command::new(PYTHON).args(["-m", "venv", "--without-pip"]).arg(folder))?;
        let temporary = folder.join("temporary");
        fs::create_dir(&temporary).with_context(|| temporary.display().to_string())?;
        let wheels: Vec<&str> = recipe.wheels.iter().map(|wheel| wheel.requirement).collect();
        self.pip(&[&["--no-deps"], wheels.as_slice()].concat(), &temporary)?;
        self.pip(&PACKAGES, &temporary)?;
        fs::remove_dir_all(&temporary).with_context(|| temporary.display().to_string())?;
        let packages =
            output(self.command().args(["-c", "import sysconfig; print(sysconfig.get_path('platlib'))"]))?;
        let lib = Path::new(&packages).join("torch/lib");
        if lib.join("libtorch_cuda.so").is_file() {
            cuda::stand_in(&lib).context("stand-ins for NVIDIA's libraries")?;
        }
        let version = self.try_out().context("what was installed does not work")?;
        if version.split('+').next() != Some(VERSION) {
            bail!("pip has installed PyTorch {version}, expected {VERSION}");
        }
        fs::write(folder.join(FINISHED), "")?;
        eprintln!("PyTorch {VERSION} is in {}", folder.display());
        Ok(())
    }

    fn pip(&self, arguments: &[&str], temporary: &Path) -> Result<()> {
        let status = Command::new(PYTHON)
            .args(["-m", "pip", "--python"])
            .arg(&self.python)
            .args(["install", "--only-binary=:all:", "--no-cache-dir", "--disable-pip-version-check"])
            .args(["--quiet", "--progress-bar", "off", "--no-warn-conflicts"])
            .args(arguments)
            // pip unpacks there what it downloads, and /tmp is often on a smaller disk.
            .env("TMPDIR", temporary)
            .stdin(Stdio::null())
            .stdout(io::stderr())
            .status()
            .with_context(|| format!("{PYTHON} cannot be run"))?;
        if !status.success() {
            bail!(
                "pip could not install {} (its own words are above): is the network there, and is pip at least version 22.3?",
                arguments.join(" ")
            );
        }
        Ok(())
    }
}

const PYTHON: &str = "python3";

/// What a command prints, without the last line's end.
pub fn output(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{program} cannot be run"))?;
    if !output.status.success() {
        bail!("{program} failed:\n{}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}
