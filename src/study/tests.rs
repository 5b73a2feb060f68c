//! Tests of the studies in `analysis/`, and of invalid studies.

use super::*;
use crate::study::results::Kind;
use pathscope_core::model::ablation::Ablation;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn plan(name: &str) -> Plan {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("analysis").join(name);
    Study::read(&path).unwrap().plan().unwrap()
}

fn study(text: &str) -> Result<Plan, StudyError> {
    let head = "schema = \"pathscope/study/1\"\nname = \"tiny\"\ndataset.name = \"demo\"\n";
    Study::from_toml(&format!("{head}{text}"), Path::new("tiny.toml"))?.plan()
}

/// Models that were trained before a study asked for contributions keep their identities.
#[test]
fn contributions_change_no_identity() {
    let of = |text: &str| study(&format!("{text}recurrent.iterations = [2, 3]")).unwrap();
    let (plain, asking) = (of(""), of("contributions = true\n"));
    assert_eq!((plain.study.contributions, asking.study.contributions), (false, true));
    assert_eq!(plain.models, asking.models);
}

#[test]
fn rows_name_the_settings_that_have_no_column() {
    let text = "settings.kernel = 5\nsettings.images-scale = 255\naxes.smooth-validations = [1, 3]\nrecurrent.iterations = [2]";
    let plan = study(text).unwrap();
    let rows: Vec<_> = plan.models.iter().map(|model| model.row(&plan.study).other_settings).collect();
    assert_eq!(
        rows,
        ["images-scale=255.0 kernel=5", "images-scale=255.0 kernel=5 smooth-validations=3"]
            .map(|text| Some(text.to_owned()))
    );
    let plain = study("recurrent.iterations = [2]\nrecurrent.channels = [8]").unwrap();
    assert_eq!(plain.models[0].row(&plain.study).other_settings, None);
}

/// The studies of Table 2 and appendices C.2, E and G.
#[test]
fn the_grids_of_the_paper_have_its_numbers_of_models() {
    for (name, counts) in [
        ("ns2250.toml", [288, 6912, 3456, 2048]),
        ("imagenet8k.toml", [480, 11520, 3456, 2048]),
        // Appendix H: all the data, a third of the models.
        ("imagenet8k-split.toml", [160, 3840, 0, 0]),
    ] {
        let plan = plan(name);
        assert_eq!(Kind::ALL.map(|kind| plan.count(kind)), counts, "{name}");
        let ids: BTreeSet<_> = plan.models.iter().map(|model| &model.id).collect();
        assert_eq!(ids.len(), plan.models.len(), "{name}");
    }
}

#[test]
fn every_feed_forward_model_has_24_recurrent_ones_of_its_size() {
    let plan = plan("ns2250.toml");
    let mut recurrent: BTreeMap<_, usize> = BTreeMap::new();
    for model in plan.models.iter().filter(|model| model.kind == Kind::Recurrent) {
        *recurrent.entry((&model.matched, model.settings.seed)).or_default() += 1;
    }
    let feed_forward = plan.models.iter().filter(|model| model.kind == Kind::FeedForward);
    for model in feed_forward {
        assert_eq!(model.configuration, model.matched);
        assert_eq!(recurrent.remove(&(&model.configuration, model.settings.seed)), Some(24));
        assert!([2, 4].contains(&model.settings.recurrent_blocks) && model.settings.iterations == 1);
    }
    assert!(recurrent.is_empty());
}

/// The study of Figure 25 has 32 models in each point.
#[test]
fn ablated_models_have_their_originals_among_the_recurrent_ones() {
    let plan = plan("ns2250.toml");
    let ids: BTreeSet<_> = plan.models.iter().map(|model| &model.id).collect();
    let mut points: BTreeMap<_, usize> = BTreeMap::new();
    for model in &plan.models {
        assert!(model.original.as_ref().is_none_or(|original| ids.contains(original)));
        if model.kind == Kind::Ablated {
            let point = (model.settings.readout.to_string(), model.settings.lengths_removed.clone());
            *points.entry(point).or_default() += 1;
        }
    }
    assert_eq!(points.len(), 4 * 16);
    assert!(points.values().all(|&models| models == 32));
}

#[test]
fn series_remove_adjacent_lengths_and_models_can_be_left_out() {
    let text = r#"
        [axes]
        seed = [0, 1]
        [recurrent]
        iterations = [3]
        [feed-forward]
        matched = true
        [[multi-path]]
        [[ablated]]
        lengths = ["1,3", "1"]
        adjacent = [1, 2, 3]
        [[exclude]]
        kind = "ablated"
        seed = 1
    "#;
    let plan = study(text).unwrap();
    assert_eq!(Kind::ALL.map(|kind| plan.count(kind)), [2, 2, 2, 6]);
    let ablated = plan.models.iter().filter(|model| model.kind == Kind::Ablated);
    let removed: Vec<_> = ablated.map(|model| model.settings.lengths_removed.to_string()).collect();
    // '1' occurs twice but is one model. Removing all three lengths at once would leave nothing.
    assert_eq!(removed, ["1,3", "1", "2", "3", "1-2", "2-3"]);
    assert!(plan.models.iter().all(|model| model.settings.lengths_removed == Ablation::full()
        || (model.settings.seed == 0 && model.original.is_some())));
}

#[test]
fn feed_forward_models_need_no_recurrent_ones() {
    let plan = study("axes.channels = [2, 4]\nfeed-forward.blocks = [1, 3]").unwrap();
    let sizes: Vec<_> =
        plan.models.iter().map(|model| (model.settings.channels, model.settings.recurrent_blocks)).collect();
    assert_eq!(sizes, [(2, 1), (2, 3), (4, 1), (4, 3)]);
}

#[test]
fn the_order_of_a_study_does_not_matter_to_its_models() {
    let one = "settings.crop = 20\naxes.seed = [0, 1]\nrecurrent.iterations = [2, 3]\n";
    let other = "recurrent.iterations = [3, 2]\naxes.seed = [1, 0]\naxes.crop = [20]\n";
    let ids = |text| study(text).unwrap().models.into_iter().map(|model| model.id).collect::<BTreeSet<_>>();
    assert_eq!(ids(one), ids(other));
}

#[test]
fn errors_in_a_study_name_their_place() {
    for (text, expected) in [
        ("", "tiny.toml: asks for no model"),
        ("color = 1", "unknown field `color`"),
        ("feed-forward.matched = true", "in [feed-forward]: matched: there are no recurrent models"),
        ("recurrent.iterations = [1]", "in [recurrent]: iterations: is 1, expected 2 or more"),
        ("recurrent.channels = [4]\naxes.channels = [8]", "in its axes: channels: is given twice"),
        (
            "recurrent.iterations = [2]\n[[multi-path]]\nof.channels = [3]",
            "in [[multi-path]]: of: no recurrent",
        ),
        ("recurrent.iterations = [2]\n[[ablated]]", "in [[ablated]]: removes nothing"),
        (
            "recurrent.iterations = [3]\n[[ablated]]\nlengths = [\"5\"]",
            "in [[ablated]]: ablated, 1 RCPB, T = 3, 2-avg without 5, 16 channels, 100 % of the data, seed 0: --lengths-removed is 5",
        ),
        (
            "recurrent.iterations = [3]\n[[multi-path]]\nnormalization = \"none\"",
            "in [[multi-path]]: normalization: is none",
        ),
        ("recurrent.kernel = [4]", "in [recurrent]: recurrent, 1 RCPB, T = 5, 2-avg, 16 channels"),
    ] {
        let error = study(text).unwrap_err().to_string();
        assert!(error.contains(expected) && error.starts_with("tiny.toml: "), "{text}: {error}");
    }
    let long =
        |name: &str| format!("{name} = [{}]\n", (0..2000).map(|n| format!("{n},")).collect::<String>());
    let error =
        study(&format!("axes.{}axes.{}recurrent.iterations = [2]", long("seed"), long("crop"))).unwrap_err();
    assert!(matches!(error, StudyError::TooMany { limit: 1_000_000, .. }), "{error}");
    let error = Study::from_toml(
        "schema = \"pathscope/study/1\"\nname = \"../x\"\ndataset.name = \"d\"",
        Path::new("a"),
    );
    assert!(error.unwrap_err().to_string().contains("its name is '../x'"));
}
