//! A Python environment with libraries that the package works with, and a type checker.

use crate::environment::{Environment, Purpose};
use anyhow::Result;
use std::path::Path;

/// The revision of the environment, which must be raised if its contents change.
const REVISION: &str = "1";

const PACKAGES: [&str; 5] =
    ["mypy==2.4.1", "packaging==26.4", "polars==2.1.0", "pyyaml==6.0.4", "tqdm==4.70.1"];

/// Lightning, which is installed without its dependencies, because one of them is PyTorch. It finds that in
/// PyTorch's own environment.
const LIGHTNING: [&str; 3] = ["lightning==2.6.6", "lightning-utilities==0.15.3", "torchmetrics==1.9.0"];

const TRIAL: &str = "
import mypy, packaging, polars, tqdm, yaml
from importlib.metadata import version
version('torchmetrics'), version('lightning-utilities')
print(f\"polars {version('polars')}, Lightning {version('lightning')}, mypy {version('mypy')}\")
";

/// Returns the purpose of the environment.
pub(super) fn purpose() -> Purpose {
    Purpose {
        what: "polars, Lightning, tqdm and mypy".to_owned(),
        folder: format!("libraries-{{tag}}-{REVISION}"),
        room: 500_000_000,
        trial: TRIAL,
        install,
    }
}

fn install(environment: &Environment, temporary: &Path) -> Result<()> {
    environment.pip(&PACKAGES, temporary)?;
    environment.pip(&[&["--no-deps"], LIGHTNING.as_slice()].concat(), temporary)
}
