//! A Python environment with Jupyter and the libraries of the notebooks.

use crate::environment::{Environment, Purpose};
use anyhow::Result;
use std::path::Path;

/// The revision of the environment, which must be raised if its contents change.
const REVISION: &str = "1";

/// The versions that the notebooks are executed with.
const PACKAGES: [&str; 8] = [
    "ipykernel==7.3.0",
    "matplotlib==3.10.9",
    "nbclient==0.11.0",
    "nbconvert==7.17.2",
    "nbformat==5.11.1",
    "pandas==3.1.1; python_version >= '3.11'",
    // The last version for Python 3.10.
    "pandas==2.3.3; python_version < '3.11'",
    "pyarrow==25.0.1",
];

/// A program that names all missing packages, and not only the first.
const TRIAL: &str = "
import importlib

missing = []
for name in ['ipykernel', 'matplotlib.pyplot', 'nbclient', 'nbconvert', 'nbformat', 'numpy', 'pandas', 'pyarrow']:
    try:
        importlib.import_module(name)
    except ImportError as error:
        missing.append(f'{name} ({error})')
if missing:
    raise SystemExit('it lacks ' + ', '.join(missing))
import nbconvert, pandas
print(f'nbconvert {nbconvert.__version__}, pandas {pandas.__version__}')
";

/// Returns the purpose of the environment.
pub(super) fn purpose() -> Purpose {
    Purpose {
        what: "Jupyter, pandas, PyArrow and Matplotlib".to_owned(),
        folder: format!("jupyter-{{tag}}-{REVISION}"),
        room: 800_000_000,
        trial: TRIAL,
        install,
    }
}

fn install(environment: &Environment, temporary: &Path) -> Result<()> {
    environment.pip(&PACKAGES, temporary)
}
