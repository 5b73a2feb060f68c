//! What `pathscope report` writes, opened in Chromium.

use super::{Checks, script};
use crate::environment::{Environment, Purpose, output};
use crate::root;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Raised when something else is to be installed.
const REVISION: &str = "1";

/// What drives the browser.
const PACKAGES: [&str; 1] = ["selenium==4.51.0"];

const TRIAL: &str = "import selenium; print('Selenium', selenium.__version__)";

/// The nets whose every readout mode, number of iterations and component is checked.
const NETS: [&str; 8] =
    ["fig5", "readouts", "two-blocks", "held-block", "top-down", "skip", "multi-path", "ablated"];

/// The programs whose numbers are checked.
const PROGRAMS: [&str; 3] = ["staged-skip-areas", "dense-concat-smooth", "conv-gru"];

/// What `check_report.py` is told.
#[derive(Serialize)]
struct Cases<'a> {
    pathscope: &'a Path,
    chromium: PathBuf,
    driver: PathBuf,
    /// Where reports are written.
    folder: &'a Path,
    /// Where pictures of reports are put.
    pictures: PathBuf,
    nets: Vec<PathBuf>,
    programs: Vec<PathBuf>,
    /// A whole network, and images for it.
    whole: PathBuf,
    images: PathBuf,
    study: PathBuf,
}

fn purpose() -> Purpose {
    Purpose {
        what: "Selenium".to_owned(),
        folder: format!("selenium-{{tag}}-{REVISION}"),
        room: 100_000_000,
        trial: TRIAL,
        install,
    }
}

fn install(environment: &Environment, temporary: &Path) -> Result<()> {
    environment.pip(&PACKAGES, temporary)
}

/// Opens reports in Chromium, and holds what they compute against what the other commands say.
///
/// Pictures of them are put into the folder that `PATHSCOPE_PICTURES` names, so that they can be looked at.
pub(super) fn check(pathscope: &Path, checks: &mut Checks) -> Result<()> {
    let environment = Environment::provide(&purpose())?;
    let folder = tempfile::tempdir()?;
    let pictures = env::var_os("PATHSCOPE_PICTURES").filter(|folder| !folder.is_empty());
    let pictures = pictures.map_or_else(|| folder.path().join("pictures"), PathBuf::from);
    fs::create_dir_all(&pictures).with_context(|| pictures.display().to_string())?;
    let fixture = |name: String| root().join("fixtures").join(name);
    let whole = fixture("reference/recurrent-2block-t5-late-avg-softplus".to_owned());
    let cases = Cases {
        pathscope,
        chromium: program(&["chromium", "chromium-browser", "google-chrome"])?,
        driver: program(&["chromedriver"])?,
        folder: folder.path(),
        pictures,
        nets: NETS.iter().map(|name| fixture(format!("nets/{name}.safetensors"))).collect(),
        programs: PROGRAMS.iter().map(|name| fixture(format!("programs/{name}/model.pt2"))).collect(),
        images: whole.join("images.npy"),
        whole: whole.join("best.pth"),
        study: fixture("results/study.csv".to_owned()),
    };
    eprintln!("opening reports in Chromium");
    let file = folder.path().join("cases.json");
    fs::write(&file, serde_json::to_string(&cases)?)?;
    script::run(environment.command(), "check_report.py", &file, &mut |_, checks| checks.close(), checks)
}

/// Returns the first of these programs that is installed.
fn program(names: &[&str]) -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let found = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let Some(program) = found.into_iter().find(|place| place.is_file()) else {
        bail!(
            "reports are opened in Chromium, and there is no {} (Debian: apt install chromium chromium-driver)",
            names[0]
        );
    };
    output(Command::new(&program).arg("--version"))
        .with_context(|| format!("{} does not run", program.display()))?;
    Ok(program)
}
