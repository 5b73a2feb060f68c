//! `pathscope dataset` through the command.

use crate::cmd::{Run, refusal, run, stdout};
use ndarray::Array3;
use pathscope_core::files::arrays::{NpyElement, npy_bytes};
use std::fs;
use std::path::Path;

/// Makes a data set of twelve images, three trials and four neurons, one of which is pure noise.
fn tiny(parent: &Path) -> String {
    let folder = parent.join("tiny");
    fs::create_dir(&folder).unwrap();
    let images = Array3::from_shape_fn((12, 6, 8), |(n, y, x)| ((n * 23 + y * 31 + x * x * 5) % 256) as u8);
    let responses = Array3::from_shape_fn((12, 3, 4), |(n, t, r)| match r {
        3 => ((n + 4 * t) % 12) as f32,
        _ if (n, t) == (5, 2) => f32::NAN,
        _ => ((n * (r + 3)) % 7 + (n + t * r) % 3) as f32,
    });
    fs::write(folder.join("images.npy"), npy_bytes(&images)).unwrap();
    fs::write(folder.join("responses.npy"), npy_bytes(&responses)).unwrap();
    fs::write(
        folder.join("dataset.toml"),
        "name = \"tiny\"\ntitle = \"Twelve images\"\nunits = \"spikes\"\n",
    )
    .unwrap();
    folder.to_str().unwrap().to_owned()
}

#[test]
fn info() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = tiny(folder.path());
    insta::assert_snapshot!("tiny-text", stdout(&["dataset", "info", &dataset]));
    insta::assert_snapshot!("tiny-csv", stdout(&["dataset", "info", &dataset, "--format", "csv"]));
    let json = stdout(&["dataset", "info", &dataset, "--format", "json"]);
    insta::assert_snapshot!("tiny-json", json.replace(folder.path().to_str().unwrap(), "…"));
    let out = folder.path().join("info");
    stdout(&["dataset", "info", &dataset, "--out", out.to_str().unwrap()]);
    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    insta::assert_snapshot!("tiny-contact-sheet", read("contact-sheet.svg"));
    insta::assert_snapshot!("tiny-cc-max", read("cc-max.svg"));
    assert_eq!(read("dataset.json"), json);
    assert_eq!(read("neurons.csv"), stdout(&["dataset", "info", &dataset, "--format", "csv"]));
}

/// Adds a data set of forty images, with a given number of trials for each image.
fn with_trials(parent: &Path, name: &str, count: impl Fn(usize) -> usize) -> String {
    let folder = parent.join(name);
    fs::create_dir(&folder).unwrap();
    let images = Array3::from_shape_fn((40, 4, 4), |(n, y, x)| ((n * 37 + y * 31 + x * 5) % 256) as u8);
    let most = (0..40).map(&count).max().unwrap();
    let responses = Array3::from_shape_fn((40, most, 2), |(n, t, r)| {
        if t < count(n) { ((n * (r + 3)) % 11 + (n * 5 + t * 7) % 4) as f32 } else { f32::NAN }
    });
    fs::write(folder.join("images.npy"), npy_bytes(&images)).unwrap();
    fs::write(folder.join("responses.npy"), npy_bytes(&responses)).unwrap();
    fs::write(folder.join("dataset.toml"), "name = \"trials\"\n").unwrap();
    folder.to_str().unwrap().to_owned()
}

#[test]
fn info_reports_ceilings_and_their_images() {
    let folder = tempfile::tempdir().unwrap();
    let info = |dataset: &str, more: &[&str]| {
        let Run { stdout, stderr, .. } = run(&[&["dataset", "info", dataset], more].concat()).succeeded();
        (stdout, stderr)
    };
    let unequal = with_trials(folder.path(), "unequal", |image| 3 + image % 4);
    let (text, warnings) = info(&unequal, &[]);
    assert!(text.contains("3 to 6 of each image"), "{text}");
    assert!(
        text.contains("CC_max² = 1 - mean(s²/n) / Var(averages), of 3 to 6 trials of an image"),
        "{text}"
    );
    assert_eq!(warnings, "");
    let (text, warnings) = info(&unequal, &["--trials", "5"]);
    assert!(text.contains("CC_max by Eq. 3c, of the first 5 trials of each image"), "{text}");
    assert!(warnings.contains("20 of the 40 images have fewer than 5 trials"), "{warnings}");
    assert!(warnings.contains("use the other 20 only"), "{warnings}");
    refusal(
        &["dataset", "info", &unequal, "--trials", "7"],
        1,
        &["--trials 7", "no image has more than 6 trials"],
    );
    let (json, _) = info(&unequal, &["--format", "json"]);
    assert!(json.contains("\"formula\": \"unequal-trials\""), "{json}");

    let mixed = with_trials(folder.path(), "mixed", |image| if image % 4 == 0 { 6 } else { 1 });
    let (text, warnings) = info(&mixed, &[]);
    assert!(text.contains("1 to 6 of each image, 1 of 30"), "{text}");
    assert!(text.contains("CC_max of 2 neurons"), "{text}");
    assert!(warnings.contains("30 of the 40 images have a single trial"), "{warnings}");

    let averages = with_trials(folder.path(), "averages", |_| 1);
    let (text, _) = info(&averages, &[]);
    assert!(text.contains("single trials, or averages without trials"), "{text}");
    assert!(text.contains("2 neurons have no CC_max: averages without trials"), "{text}");
}

#[test]
fn info_names_unusual_ceilings() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = with_trials(folder.path(), "odd", |_| 2);
    // Equal trials, and almost independent trials.
    let sign = |n: usize| if n.is_multiple_of(2) { 1.0 } else { -1.0 };
    let responses = Array3::from_shape_fn((40, 2, 2), |(n, t, r)| match (r, t) {
        (0, _) => (n * 5 % 11) as f32,
        (_, 0) => 3.0 + sign(n),
        _ => 3.0 + sign(n / 2) + 0.003 * sign(n),
    });
    fs::write(Path::new(&dataset).join("responses.npy"), npy_bytes(&responses)).unwrap();
    let text = stdout(&["dataset", "info", &dataset]);
    assert!(text.contains("1 neuron has a CC_max above 1, of N images at most √(N/(N-1))"), "{text}");
    assert!(text.contains("1 neuron has a CC_max below 0.1: it can rule a mean CC_norm²"), "{text}");
}

/// Imports images three pixels wide, and returns the warnings and what `info` reports about the pixels.
fn import_pixels<T: NpyElement>(pixels: impl Fn(usize) -> T, more: &[&str]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let images = Array3::from_shape_fn((12, 3, 3), |(n, y, x)| pixels(n * 9 + y * 3 + x));
    let responses = Array3::from_shape_fn((12, 2, 1), |(n, t, _)| (n * 5 % 7 + n * t % 2) as f32);
    fs::write(path("images.npy"), npy_bytes(&images)).unwrap();
    fs::write(path("responses.npy"), npy_bytes(&responses)).unwrap();
    let (images, responses, out) = (path("images.npy"), path("responses.npy"), path("out"));
    let import = ["dataset", "import", "--images", &images, "--responses", &responses, "--out", &out];
    let said = run(&[&import[..], more].concat()).succeeded().stderr;
    let info = run(&["dataset", "info", &out]);
    let warned = |said: &str| said.lines().filter(|line| line.starts_with("warning:")).collect::<String>();
    assert_eq!(warned(&said), warned(&info.stderr), "info warns as import did");
    let line = info.stdout.lines().find_map(|line| line.trim().strip_prefix("pixels")).unwrap();
    (warned(&said), line.trim().to_owned())
}

#[test]
fn pixels_of_doubtful_scale_cause_a_warning() {
    let byte = |index: usize| (index * 37 % 256) as u8;
    let bit = |index: usize| ((index / 9) >> (index % 9)) as u8 % 2;
    for (found, range, remedy) in [
        (import_pixels(byte, &[]), "uint8, 0 to 255, divided by 255", ""),
        (import_pixels(|index| f32::from(byte(index)), &[]), "float32, 0 to 255, as they are", "255"),
        (import_pixels(|index| f64::from(byte(index)) / 2.0, &[]), "float32, 0 to 127.5, as they are", "255"),
        (import_pixels(|index| i32::from(byte(index)) * 4, &[]), "float32, 0 to 1020, as they are", "1023"),
        (import_pixels(bit, &[]), "uint8, 0 to 1, divided by 255", "1"),
        (import_pixels(|index| f32::from(bit(index)), &[]), "float32, 0 to 1, as they are", ""),
        (import_pixels(|index| f32::from(byte(index)) / 255.0, &[]), "float32, 0 to 1, as they are", ""),
    ] {
        let (warning, line) = found;
        assert_eq!(line, range);
        let advice = format!("give --images-scale {remedy} if");
        assert_eq!(warning.contains(&advice), !remedy.is_empty(), "{range}: {warning}");
        assert_eq!(warning.is_empty(), remedy.is_empty(), "{range}: {warning}");
    }
}

#[test]
fn a_given_scale_resolves_the_doubt() {
    let byte = |index: usize| (index * 37 % 256) as u8;
    let float = |index: usize| f32::from(byte(index));
    for (found, range) in [
        (import_pixels(float, &["--images-scale", "255"]), "uint8, 0 to 255, divided by 255"),
        (import_pixels(float, &["--images-scale", "1"]), "float32, 0 to 255, as they are"),
        (import_pixels(byte, &["--images-scale", "1"]), "float32, 0 to 255, as they are"),
        (
            import_pixels(|index| float(index) * 4.0, &["--images-scale", "1020"]),
            "float32, 0 to 1, as they are",
        ),
        (
            import_pixels(|index| ((index / 9) >> (index % 9)) as u8 % 2, &["--images-scale", "1"]),
            "float32, 0 to 1, as they are",
        ),
    ] {
        assert_eq!(found, (String::new(), range.to_owned()));
    }
    refusal(
        &["dataset", "import", "--images", "a", "--responses", "b", "--out", "c", "--images-scale", "0"],
        2,
        &["--images-scale", "255, 1 (as they are) or another number above 0"],
    );
}

#[test]
fn info_refuses_invalid_data_sets() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = tiny(folder.path());
    let responses = Path::new(&dataset).join("responses.npy");
    let whole = fs::read(&responses).unwrap();
    fs::write(&responses, &whole[..200]).unwrap();
    refusal(&["dataset", "info", &dataset], 1, &["responses.npy", "cut off"]);
    fs::write(&responses, &whole[..20]).unwrap();
    refusal(&["dataset", "info", &dataset], 1, &["responses.npy", "its header cannot be read"]);
    let huge =
        String::from_utf8_lossy(&whole[10..128]).replace("(12, 3, 4), ", "(4294967295, 65536, 4294967295), ");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((huge.len() as u16).to_le_bytes());
    bytes.extend(huge.as_bytes());
    bytes.extend(&whole[128..]);
    fs::write(&responses, bytes).unwrap();
    refusal(&["dataset", "info", &dataset], 1, &["responses.npy", "more bytes than can be counted"]);
    fs::write(&responses, npy_bytes(&Array3::<f64>::ones((12, 3, 4)))).unwrap();
    refusal(&["dataset", "info", &dataset], 1, &["responses.npy holds float64, expected float32", "astype"]);
    fs::write(&responses, npy_bytes(&Array3::<f32>::ones((12, 3, 4)))).unwrap();
    refusal(&["dataset", "info", &dataset], 1, &["responses.npy: all 4 neurons respond equally"]);
    fs::write(&responses, &whole).unwrap();
    let mut images = Array3::<f32>::zeros((12, 6, 8));
    images[[7, 0, 0]] = f32::NAN;
    fs::write(Path::new(&dataset).join("images.npy"), npy_bytes(&images)).unwrap();
    refusal(&["dataset", "info", &dataset], 1, &["images.npy: 1 of the pixels", "image 7"]);
    fs::remove_file(&responses).unwrap();
    refusal(&["dataset", "info", &dataset], 1, &["responses.npy", "check its name"]);
    refusal(
        &["dataset", "info", "fixtures/nets/fig5.safetensors"],
        1,
        &["fig5.safetensors", "a file, not the folder"],
    );
}

#[test]
fn simulated_data() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let out = out.to_str().unwrap();
    let small =
        ["dataset", "synth", "--images", "30", "--size", "16", "--neurons", "3", "--channels", "4", "--out"];
    assert_eq!(stdout(&[&small[..], &[out]].concat()), "");
    refusal(&[&small[..], &[out]].concat(), 1, &["demo", "not overwritten"]);
    assert!(stdout(&["dataset", "info", out]).contains("30 of 16 × 16 pixels"));
    let truth = format!("{out}/truth.safetensors");
    let text = stdout(&["analyze", &truth]);
    assert!(text.contains("1 recurrent block, 3 iterations, relu, readout 2-avg"), "{text}");
    // With gains of 1, 1/2 and 1: 0.818182 of 1, 0.159091 of 2 and 0.0227273 of 3.
    assert!(text.contains("average path length 1.20455 "), "{text}");
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    stdout(&[&small[..], &[empty.to_str().unwrap()]].concat());
    for name in ["images.npy", "truth.safetensors", "truth.json", "rates.npy", "dataset.toml"] {
        let read = |parent: &str| fs::read(Path::new(parent).join(name)).unwrap();
        assert_eq!(read(out), read(empty.to_str().unwrap()), "{name}");
    }
    refusal(
        &["dataset", "synth", "--size", "5", "--out", "unwritten"],
        1,
        &["size of the images is 5, expected 12 to 512"],
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "something was left behind");
}
