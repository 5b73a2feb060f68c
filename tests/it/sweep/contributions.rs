//! Contributions of a sweep's models, which are collected if the study asks for them.

use super::support::*;
use crate::cmd::Run;
use pathscope::study::results::{ResultRow, read_results};
use pathscope_core::analysis::contributions::ContributionsDocument;
use pathscope_core::data::synth::{Settings, synthesize};
use pathscope_core::files::checkpoint::sha256;
use std::fs;
use std::path::PathBuf;

/// Returns a finished sweep of two models, each the network that simulated the data set.
fn finished_sweep() -> Workplace {
    let place = Workplace::new(2);
    fs::remove_dir_all(place.path("data")).unwrap();
    let settings = Settings {
        images: 40,
        size: 16,
        neurons: 3,
        channels: 2,
        readout: pathscope_core::circuit::Readout::NoAvg,
        ..Settings::default()
    };
    let dataset = synthesize(&settings, &place.path("data"), &|| ()).unwrap();
    let about = place.path("data/dataset.toml");
    let name = format!("name = {:?}", dataset.name());
    fs::write(&about, fs::read_to_string(&about).unwrap().replace(&name, "name = \"demo\"")).unwrap();
    let prepared = place.path("prepared/model.safetensors");
    let before = sha256(&prepared).unwrap();
    fs::copy(place.path("data/truth.safetensors"), &prepared).unwrap();
    let files = pathscope_core::data::Dataset::open(&place.path("data")).unwrap().sha256;
    let hashes = serde_json::to_string(&files).unwrap();
    for name in ["run.json", "evaluation.json"] {
        let text = fs::read_to_string(place.path("prepared").join(name)).unwrap();
        let text = text.replace("{\"dataset.toml\": \"00\"}", &hashes);
        fs::write(place.path("prepared").join(name), text.replace(&before, &sha256(&prepared).unwrap()))
            .unwrap();
    }
    place.run(&[]).succeeded();
    place
}

/// Changes the study to ask for contributions, after its models are trained.
fn ask_for_contributions(place: &Workplace) {
    let study = fs::read_to_string(place.path("pilot.toml")).unwrap();
    fs::write(place.path("pilot.toml"), study.replace("dataset =", "contributions = true\ndataset ="))
        .unwrap();
    let Run { stderr, .. } = place.run(&[]);
    assert!(stderr.contains("0 models finished now, 2 before"), "{stderr}");
}

fn collected(place: &Workplace, name: &str) -> (Vec<ResultRow>, String) {
    let (_, stderr) = place.success(&["collect", "sweep", "--out", name]);
    (read_results(&[place.path(name)]).unwrap().rows, stderr)
}

fn kept(place: &Workplace) -> Vec<PathBuf> {
    let models = place.finished().into_keys();
    models.map(|model| place.path(&format!("sweep/models/{model}/contributions.json"))).collect()
}

#[test]
fn contributions_are_collected_if_the_study_asks_for_them() {
    let place = finished_sweep();
    let (plain, _) = collected(&place, "plain.csv");
    assert!(plain.iter().all(|row| !row.has_contributions()));
    assert!(!fs::read_to_string(place.path("plain.csv")).unwrap().contains("contribution"));
    assert!(kept(&place).iter().all(|file| !file.exists()));

    ask_for_contributions(&place);
    let (rows, stderr) = collected(&place, "results.parquet");
    assert!(!stderr.contains("has no contributions"), "{stderr}");
    assert_eq!(rows.len(), 2);
    for (row, before) in rows.iter().zip(&plain) {
        assert_eq!((&row.id, &row.distribution), (&before.id, &before.distribution));
        let shares = &row.contribution_distribution;
        assert_eq!(shares.keys().copied().collect::<Vec<_>>(), [1, 2, 3]);
        assert!((shares.values().sum::<f64>() - 1.0).abs() < 1e-12, "{shares:?}");
        let average: f64 = shares.iter().map(|(&length, share)| length as f64 * share).sum();
        assert!((row.contribution_average_path_length.unwrap() - average).abs() < 1e-12);
        assert!((0.0..1.0).contains(&row.contribution_bias_share.unwrap()));
        assert!(row.contribution_spearman.is_some() && row.contribution_explained.len() == 3);
    }
    // The numbers of `pathscope contributions` for the same images.
    let folder = kept(&place)[0].parent().unwrap().to_owned();
    let data = place.path("data");
    let arguments = ["--split", "test", "--resamples", "0", "--format", "json"];
    let json = place
        .alone
        .run(
            &[&["contributions", folder.to_str().unwrap(), "--data", data.to_str().unwrap()], &arguments[..]]
                .concat(),
        )
        .succeeded()
        .stdout;
    let alone: serde_json::Value = serde_json::from_str(&json).unwrap();
    let kept = serde_json::to_value(ContributionsDocument::read(&folder.join("contributions.json")).unwrap())
        .unwrap();
    for part in ["population", "images_source", "settings", "strength"] {
        assert_eq!(kept[part], alone[part], "{part}");
    }
}

#[test]
fn stored_contributions_are_used_if_they_belong_to_model_and_images() {
    let place = finished_sweep();
    ask_for_contributions(&place);
    let (first, _) = collected(&place, "first.csv");
    let [one, other] = kept(&place).try_into().unwrap();
    // A mark shows whether the stored ones are read.
    let mut document = ContributionsDocument::read(&one).unwrap();
    document.summary.population.average = Some(7.5);
    fs::write(&one, document.json().unwrap()).unwrap();
    let marked = |rows: &[ResultRow]| {
        rows.iter().filter(|row| row.contribution_average_path_length == Some(7.5)).count()
    };
    assert_eq!((marked(&first), marked(&collected(&place, "again.csv").0)), (0, 1));
    // Another network, other images, tangents, damage: all are computed again.
    let changes: [fn(&mut ContributionsDocument); 5] = [
        |document| document.source.sha256 = "00".to_owned(),
        |document| document.images_source.sha256.clear(),
        |document| document.settings.gate = "tangent".to_owned(),
        |document| document.settings.readout = Some("2-avg".to_owned()),
        |document| document.images_source.dataset.as_mut().unwrap().split_seed = 9,
    ];
    for change in changes {
        let mut changed = document.clone();
        change(&mut changed);
        fs::write(&one, changed.json().unwrap()).unwrap();
        assert_eq!(collected(&place, "again.csv").0, first);
        fs::write(&one, document.json().unwrap()).unwrap();
    }
    fs::write(&one, "{").unwrap();
    fs::remove_file(&other).unwrap();
    assert_eq!(collected(&place, "again.csv").0, first);
    assert!(other.exists());
}

#[test]
fn a_model_without_contributions_causes_a_warning() {
    // The network of Figure 5 is only a recurrent stage.
    let place = Workplace::new(2);
    place.run(&[]).succeeded();
    ask_for_contributions(&place);
    let (rows, stderr) = collected(&place, "results.csv");
    assert!(rows.iter().all(|row| row.cc_norm2.is_some() && !row.has_contributions()), "{stderr}");
    assert_eq!(stderr.matches(" has no contributions: ").count(), 2, "{stderr}");

    // The images are not those of the training.
    let place = finished_sweep();
    ask_for_contributions(&place);
    let about = fs::read_to_string(place.path("data/dataset.toml")).unwrap();
    fs::write(place.path("data/dataset.toml"), about + "\n# changed\n").unwrap();
    let (rows, stderr) = collected(&place, "results.csv");
    assert!(rows.iter().all(|row| row.cc_norm2.is_some() && !row.has_contributions()), "{stderr}");
    assert!(stderr.contains("not the data set that the model was trained on"), "{stderr}");
}
