//! Runs of the command on a small data set.

use crate::cmd::command;
use ndarray::{Array3, Array4};
use pathscope_core::files::arrays::npy_bytes;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

pub(crate) const IMAGES: usize = 300;
pub(crate) const IMAGE: usize = 12;
pub(crate) const NEURONS: usize = 4;
pub(crate) const TRIALS: usize = 6;

/// A fixed stream of pseudorandom numbers in \[0, 1).
pub(crate) struct Numbers(pub u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 24) as f32
    }
}

/// Makes images of light and dark squares, and neurons that respond to a bright place: a rectified local sum
/// with trial noise.
pub(crate) fn data_set(folder: &Path) -> PathBuf {
    let folder = folder.join("data");
    fs::create_dir(&folder).unwrap();
    let mut numbers = Numbers(1);
    let squares = Array3::from_shape_simple_fn((IMAGES, 4, 4), || numbers.next());
    let images = Array4::from_shape_fn((IMAGES, 1, IMAGE, IMAGE), |(image, _, row, column)| {
        squares[[image, row / 3, column / 3]]
    });
    let responses = Array3::from_shape_fn((IMAGES, TRIALS, NEURONS), |(image, _, neuron)| {
        let drive = squares[[image, 1 + neuron / 2, 1 + neuron % 2]] - 0.4;
        drive.max(0.0) + 0.05 * numbers.next()
    });
    fs::write(folder.join("images.npy"), npy_bytes(&images)).unwrap();
    fs::write(folder.join("responses.npy"), npy_bytes(&responses)).unwrap();
    fs::write(folder.join("dataset.toml"), "name = \"squares\"\n").unwrap();
    folder
}

/// The arguments of a small, quick run that has three phases and many validations.
pub(crate) const QUICK: [&str; 16] = [
    "--recurrent-blocks",
    "1",
    "--iterations",
    "2",
    "--channels",
    "4",
    "--first-kernel",
    "5",
    "--batch",
    "32",
    "--validate-every",
    "10",
    "--patience",
    "3",
    "--threads",
    "1",
];

pub(crate) fn train<'a>(data: &'a Path, out: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let paths = ["train", "--data", data.to_str().unwrap(), "--out", out.to_str().unwrap()];
    [&paths[..], &QUICK[..], &["--max-steps", "150", "--learning-rate", "0.01"], more].concat()
}

pub(crate) fn start(arguments: &[&str]) -> Child {
    command(arguments).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap()
}

/// Starts a training whose input ends as soon as it has a state to be resumed from, and waits for its end.
pub(crate) fn train_until_input_ends(data: &Path, run: &Path, more: &[&str]) -> ExitStatus {
    let mut child = command(&train(data, run, &[&["--stop-with-input"][..], more].concat()))
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(&run.join("training.state"), &mut child);
    drop(child.stdin.take());
    child.wait().unwrap()
}

pub(crate) fn wait_for(path: &Path, child: &mut Child) {
    let started = Instant::now();
    while !path.exists() {
        assert!(started.elapsed() < Duration::from_secs(120), "{} does not appear", path.display());
        assert!(child.try_wait().unwrap().is_none(), "ended before {} appeared", path.display());
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A file of one of the published models.
pub(crate) fn reference(model: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/reference").join(model).join(name)
}
