//! Finished models whose files have changed since.

use super::support::*;
use std::fs;
use std::path::PathBuf;

const FILES: [&str; 6] =
    ["model.safetensors", "settings.toml", "run.json", "evaluation.json", "analysis.json", "finished.json"];

/// Returns a finished sweep and the folders of its models.
fn finished(models: usize) -> (Workplace, Vec<PathBuf>) {
    let place = Workplace::new(models);
    place.run(&[]).succeeded();
    let folders = place.finished().into_keys().map(|name| place.path("sweep/models").join(name)).collect();
    (place, folders)
}

/// Returns the unfinished rows of `collect`, which must be broken and as many as in `status`.
#[track_caller]
fn broken(place: &Workplace) -> Vec<String> {
    let (rows, _) = place.success(&["collect", "sweep", "--format", "csv"]);
    let rows: Vec<String> =
        rows.lines().skip(1).filter(|row| !row.contains(",finished,")).map(str::to_owned).collect();
    assert!(
        rows.iter().all(|row| row.contains(",broken,") && row.contains("and run the sweep again")),
        "{rows:?}"
    );
    let (status, _) = place.success(&["status", "sweep", "--format", "csv"]);
    assert_eq!(status.matches(",broken,").count(), rows.len(), "{status}");
    rows
}

/// A change of any digit in any file of a finished model is detected.
#[test]
fn a_changed_digit_in_any_file_is_detected() {
    let (place, folders) = finished(2);
    assert!(broken(&place).is_empty());
    for name in FILES {
        let path = folders[0].join(name);
        let sound = fs::read(&path).unwrap();
        let digits: Vec<usize> = (0..sound.len()).filter(|&at| sound[at].is_ascii_digit()).collect();
        // Only several places of each file, because all digits would take minutes.
        for at in digits.iter().step_by(digits.len().div_ceil(6)) {
            let mut altered = sound.clone();
            altered[*at] = if sound[*at] == b'9' { b'0' } else { sound[*at] + 1 };
            fs::write(&path, &altered).unwrap();
            let rows = broken(&place);
            assert_eq!(rows.len(), 1, "{name}, byte {at}");
            let id = folders[0].file_name().unwrap().to_string_lossy();
            assert!(rows[0].contains(&*id) && !rows[0].contains("0.5,0.5"), "{name}, byte {at}: {}", rows[0]);
        }
        fs::write(&path, sound).unwrap();
    }
    assert!(broken(&place).is_empty());
}

#[test]
fn a_missing_file_is_detected() {
    let (place, folders) = finished(2);
    // Without its analysis, a model is not finished. Without its settings, it cannot be identified.
    for (name, said) in [
        ("model.safetensors", "model.safetensors is missing"),
        ("run.json", "run.json: cannot be read"),
        ("evaluation.json", "evaluation.json: cannot be read"),
        ("settings.toml", "settings.toml: cannot be read"),
        ("finished.json", "finished.json is missing"),
    ] {
        let path = folders[1].join(name);
        let sound = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let rows = broken(&place);
        assert!(rows.len() == 1 && rows[0].contains(said), "{name}: {rows:?}");
        fs::write(&path, sound).unwrap();
    }
    let (stdout, _) = place.success(&["status", "sweep"]);
    assert!(!stdout.contains("altered"), "{stdout}");
}

/// Networks of one size, whose files have the same length and age.
#[test]
fn swapped_networks_are_detected() {
    let (place, folders) = finished(3);
    let [first, second] = [0, 1].map(|index: usize| folders[index].join("model.safetensors"));
    // All networks are the same here. Another one has the same length.
    let sound = fs::read(&first).unwrap();
    let mut other = sound.clone();
    *other.last_mut().unwrap() ^= 1;
    fs::write(&first, other).unwrap();
    let rows = broken(&place);
    assert!(rows.len() == 1 && rows[0].contains("is not the network that was evaluated"), "{rows:?}");
    let between = place.path("between");
    for (from, to) in [(&first, &between), (&second, &first), (&between, &second)] {
        fs::rename(from, to).unwrap();
    }
    let id = folders[1].file_name().unwrap().to_string_lossy();
    let rows = broken(&place);
    assert!(rows.len() == 1 && rows[0].contains(&*id), "{rows:?}");
    let (stdout, _) = place.success(&["status", "sweep"]);
    assert!(
        stdout.contains("\nfiles altered, missing or of another model\n")
            && stdout.contains("and run the sweep again"),
        "{stdout}"
    );
}

/// All files of another model, which are consistent.
#[test]
fn the_folder_of_another_model_is_detected() {
    let (place, folders) = finished(2);
    for name in FILES {
        fs::copy(folders[0].join(name), folders[1].join(name)).unwrap();
    }
    let rows = broken(&place);
    assert!(rows.len() == 1 && rows[0].contains("belongs to the model m-"), "{rows:?}");
    // Only the settings are its own.
    let settings = fs::read_to_string(folders[0].join("settings.toml")).unwrap();
    let seed = |text: &str| text.lines().find(|line| line.starts_with("seed = ")).map(str::to_owned).unwrap();
    let other = if seed(&settings).ends_with('0') { "seed = 1" } else { "seed = 0" };
    fs::write(folders[1].join("settings.toml"), settings.replace(&seed(&settings), other)).unwrap();
    let rows = broken(&place);
    assert!(rows.len() == 1 && rows[0].contains("its files belong to the model m-"), "{rows:?}");
}

/// A model that is removed as advised is trained again, and no other.
#[test]
fn the_remedy_helps() {
    let (place, folders) = finished(2);
    fs::remove_file(folders[0].join("model.safetensors")).unwrap();
    assert_eq!(broken(&place).len(), 1);
    fs::remove_dir_all(&folders[0]).unwrap();
    place.run(&[]).succeeded();
    assert_eq!(place.lines("calls").len(), 3);
    assert!(broken(&place).is_empty());
    // A repeated evaluation is recorded when the model is analyzed again.
    let evaluation = fs::read_to_string(folders[1].join("evaluation.json")).unwrap();
    fs::write(folders[1].join("evaluation.json"), evaluation.replace("a test", "another test")).unwrap();
    assert!(broken(&place)[0].contains("if it was evaluated again, remove its analysis.json"));
    fs::remove_file(folders[1].join("analysis.json")).unwrap();
    place.run(&[]).succeeded();
    assert_eq!(place.lines("calls").len(), 3, "nothing is trained");
    assert!(broken(&place).is_empty());
}

/// Models of the first versions, which recorded no hashes, are read with a note.
#[test]
fn models_without_recorded_hashes_are_read_with_a_note() {
    let (place, folders) = finished(3);
    for folder in &folders {
        fs::remove_file(folder.join("finished.json")).unwrap();
        let analysis = fs::read_to_string(folder.join("analysis.json")).unwrap();
        let analysis = format!("{}\n}}\n", analysis.split_once(",\n  \"checksum\"").unwrap().0);
        fs::write(folder.join("analysis.json"), analysis).unwrap();
    }
    assert!(broken(&place).is_empty());
    for command in ["collect", "status"] {
        let (_, stderr) = place.success(&[command, "sweep"]);
        assert!(stderr.contains("3 models were finished by a version that recorded no hashes"), "{stderr}");
    }
    // Inconsistent files are still detected.
    let alter = |folder: &PathBuf, name: &str, from: &str, to: &str| {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(folder.join(name), text.replacen(from, to, 1)).unwrap();
    };
    alter(&folders[0], "evaluation.json", "\"mean_cc_norm2\": 0.5", "\"mean_cc_norm2\": 0.6");
    alter(&folders[1], "analysis.json", "\"average_path_length\": 1", "\"average_path_length\": 2");
    let mut network = fs::read(folders[2].join("model.safetensors")).unwrap();
    *network.last_mut().unwrap() ^= 1;
    fs::write(folders[2].join("model.safetensors"), network).unwrap();
    let rows = broken(&place).concat();
    for expected in [
        "its mean_cc_norm2 is not that of its neurons",
        "its average_path_length does not follow",
        "not the network that was evaluated",
    ] {
        assert!(rows.contains(expected), "{expected}: {rows}");
    }
}
