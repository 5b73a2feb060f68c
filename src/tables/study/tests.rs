//! Tests of Tables 1 and 3 and of correlations on numbers that can be checked by hand.

use super::*;
use crate::study::results::{Kind, PaperDataset, PathMeasure, ResultRow, Status, read_results};
use pathscope_core::circuit::Readout;
use pathscope_core::data::scores::Score;
use pathscope_core::statistics::{Bootstrap, Interval};
use std::path::Path;
use std::sync::LazyLock;

fn study() -> Vec<ResultRow> {
    static ROWS: LazyLock<Vec<ResultRow>> = LazyLock::new(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/results/study.csv");
        read_results(&[path]).unwrap().rows
    });
    ROWS.clone()
}

fn options() -> TableOptions {
    TableOptions {
        bootstrap: Bootstrap { resamples: 4000, ..Bootstrap::default() },
        ..TableOptions::default()
    }
}

#[track_caller]
fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
}

#[track_caller]
fn interval_near(found: Option<Interval>, low: f64, high: f64) {
    let found = found.unwrap();
    near(found.low, low);
    near(found.high, high);
}

/// Checks a row against its feed-forward mean in hundredths, its best readout mode, and its gain in
/// hundredths.
#[track_caller]
fn check(row: &GainRow, images: usize, feed_forward: f64, readout: Readout, gain: f64) {
    assert_eq!((row.train_images, row.feed_forward_configurations), (Some(images), 4));
    near(row.feed_forward, feed_forward / 100.0);
    interval_near(row.feed_forward_interval, (feed_forward - 1.5) / 100.0, (feed_forward + 1.5) / 100.0);
    let best = row.best.unwrap();
    assert_eq!((best.readout, best.iterations, best.configurations), (readout, 7, 4));
    near(best.recurrent, (feed_forward + gain) / 100.0);
    near(best.gain_percent, 100.0 * gain / feed_forward);
    // Seeds that help feed-forward models hurt 2-avg by half as much.
    let with_seeds = if readout == Readout::TwoAvg { 2.25 } else { 0.0 };
    interval_near(
        best.gain_interval,
        100.0 * (gain - with_seeds) / (feed_forward + 1.5),
        100.0 * (gain + with_seeds) / (feed_forward - 1.5),
    );
    // 0.855 ± 0.006.
    assert!((best.best_in_resamples.unwrap() - 219.0 / 256.0).abs() < 0.03, "{:?}", best.best_in_resamples);
}

#[test]
fn table_1_by_hand() {
    let table = performance_gain(&study(), PaperDataset::First, &options()).unwrap();
    assert_eq!((table.dataset.as_str(), table.split_seed, table.rows.len()), ("ns2250", 0, 3));
    check(&table.rows[0], 350, 30.0, Readout::TwoAvg, 6.0);
    check(&table.rows[1], 700, 40.0, Readout::LateAvg, 5.0);
    check(&table.rows[2], 1400, 50.0, Readout::LateAvg, 4.0);
    // The numbers of fixtures/README.md themselves.
    let gains: Vec<f64> = table.rows.iter().map(|row| row.best.unwrap().gain_percent).collect();
    gains.iter().zip([20.0, 12.5, 8.0]).for_each(|(&found, expected)| near(found, expected));
    let interval = table.rows[0].best.unwrap().gain_interval.unwrap();
    assert!((interval.low - 11.905).abs() < 1e-3 && (interval.high - 28.947).abs() < 1e-3, "{interval:?}");
    let interval = table.rows[2].best.unwrap().gain_interval.unwrap();
    assert!((interval.low - 7.767).abs() < 1e-3 && (interval.high - 8.247).abs() < 1e-3, "{interval:?}");
    assert_eq!(table.notes, ["3 models that are not finished left out"]);
}

#[test]
fn table_3_by_hand() {
    let table = performance_gain(&study(), PaperDataset::Second, &options()).unwrap();
    assert_eq!((table.dataset.as_str(), table.rows.len()), ("imagenet8k", 3));
    check(&table.rows[0], 1280, 40.0, Readout::TwoAvg, 5.0);
    check(&table.rows[1], 2560, 50.0, Readout::LateAvg, 4.0);
    check(&table.rows[2], 5120, 60.0, Readout::LateAvg, 3.0);
}

#[test]
fn another_metric_or_split() {
    let raw = TableOptions { metric: Some(Score::CcRaw2), ..options() };
    let table = performance_gain(&study(), PaperDataset::First, &raw).unwrap();
    near(table.rows[2].feed_forward, 0.25);
    near(table.rows[2].best.unwrap().gain_percent, 8.0);
    let split = TableOptions { split_seed: Some(1), ..options() };
    let table = performance_gain(&study(), PaperDataset::Second, &split).unwrap();
    assert_eq!(table.rows.len(), 1);
    near(table.rows[0].feed_forward, 0.55);
    near(table.rows[0].best.unwrap().gain_percent, 100.0 * 3.0 / 55.0);
}

#[test]
fn what_is_missing_neither_wins_nor_loses() {
    // Only the worse half of the best models is there: on the same configurations they gain as much, 4 hundredths with
    // one recurrent block less 1, over 48.
    let mut rows = study();
    rows.retain(|row| {
        !(row.recurrent_blocks == 2 && row.readout == Some(Readout::LateAvg) && row.iterations == 7)
    });
    let table = performance_gain(&rows, PaperDataset::First, &options()).unwrap();
    let row = &table.rows[2];
    let best = row.best.unwrap();
    assert_eq!((best.readout, best.iterations, best.configurations), (Readout::LateAvg, 7, 2));
    near(row.feed_forward, 0.48);
    near(best.gain_percent, 100.0 * 3.0 / 48.0);
    assert_eq!(row.feed_forward_configurations, 4);
    let note = "100 % (1400): not all configurations are finished, and each combination is compared on those that it has: late-avg, T = 7 (2 of 4)";
    assert!(table.notes.iter().any(|found| found == note), "{:?}", table.notes);
    assert!(table.text().contains("2 of 4"), "{}", table.text());
}

#[test]
fn unfinished_models_do_not_count() {
    let mut rows = study();
    for row in rows.iter_mut().filter(|row| row.status != Status::Finished) {
        // Scores that would show if they counted.
        (row.cc_norm2, row.cc_raw2) = (Some(100.0), Some(100.0));
    }
    assert_eq!(
        performance_gain(&rows, PaperDataset::First, &options()),
        performance_gain(&study(), PaperDataset::First, &options())
    );
}

#[test]
fn one_seed_has_no_interval_and_some_are_said() {
    let mut rows = study();
    rows.retain(|row| row.seed == 0);
    let table = performance_gain(&rows, PaperDataset::First, &options()).unwrap();
    for row in &table.rows {
        assert_eq!((row.feed_forward_interval, row.best.unwrap().gain_interval), (None, None));
        assert_eq!(row.best.unwrap().best_in_resamples, None);
    }
    near(table.rows[2].feed_forward, 0.52);
    let text = table.text();
    assert!(
        text.contains(
            "25 % (350): no interval, since every configuration has one seed (train each with two or more)"
        ),
        "{text}"
    );

    let mut rows = study();
    rows.retain(|row| row.seed == 0 || row.loss == crate::study::run::settings::Loss::Mse);
    let table = performance_gain(&rows, PaperDataset::First, &options()).unwrap();
    assert!(table.rows[0].feed_forward_interval.is_some());
    assert!(table.text().contains("2 of 4 configurations have one seed, so the intervals are too narrow"));
    let none = TableOptions { bootstrap: Bootstrap { resamples: 0, ..Bootstrap::default() }, ..options() };
    let table = performance_gain(&study(), PaperDataset::First, &none).unwrap();
    assert_eq!(table.rows[0].feed_forward_interval, None);
}

#[test]
fn a_model_without_the_drawn_seeds_keeps_its_mean() {
    // Late-avg at T = 7 has only seed 1, with 2 hundredths less each, so 2-avg is best.
    let mut rows = study();
    rows.retain(|row| !(row.readout == Some(Readout::LateAvg) && row.iterations == 7 && row.seed == 0));
    let table = performance_gain(&rows, PaperDataset::First, &options()).unwrap();
    let best = table.rows[2].best.unwrap();
    assert_eq!((best.readout, best.iterations), (Readout::TwoAvg, 7));
    near(best.gain_percent, 6.0);
    // With 53 - y/2 it is above the constant 52 up to B = 7, and above late-avg at T = 3, 52 + y, up to B = 5.
    assert!((best.best_in_resamples.unwrap() - 219.0 / 256.0).abs() < 0.03, "{best:?}");
}

#[test]
fn errors_say_what_the_results_have() {
    let message = |rows: &[ResultRow], which, options: &TableOptions| {
        performance_gain(rows, which, options).unwrap_err().to_string()
    };
    let rows = study();
    let named = |name: &str| TableOptions { dataset: Some(name.to_owned()), ..options() };
    let unknown = message(&rows, PaperDataset::First, &named("ns2251"));
    assert_eq!(
        unknown,
        "no model was trained on 'ns2251': the results have imagenet8k, ns2250; did you mean ns2250?"
    );
    let split = TableOptions { split_seed: Some(7), ..options() };
    assert_eq!(
        message(&rows, PaperDataset::Second, &split),
        "no model of imagenet8k has the split seed 7: there are 0, 1"
    );
    assert!(message(&[], PaperDataset::First, &options()).starts_with("the results have no models"));
    let one: Vec<ResultRow> = rows.iter().filter(|row| row.dataset == "ns2250").cloned().collect();
    assert!(message(&one, PaperDataset::Second, &options()).contains("use this one with `--dataset ns2250`"));
    let change = |change: fn(&mut ResultRow)| {
        let mut changed = one.clone();
        changed.iter_mut().for_each(change);
        message(&changed, PaperDataset::First, &options())
    };
    assert!(
        change(|row| row.status = Status::Partial)
            .contains("(ns2250, split seed 0), but no finished one; resume with `pathscope sweep run`")
    );
    let ceiling = change(|row| row.cc_norm2 = None);
    assert!(
        ceiling.contains("no finished model (ns2250) has a CC_norm²")
            && ceiling.contains("`--score cc-raw2`"),
        "{ceiling}"
    );
    let pairs = change(|row| row.matched.insert(0, 'x'));
    assert!(pairs.contains("has its feed-forward one of the same size and settings"), "{pairs}");
}

/// Returns recurrent rows with given matched groups, performances, average path lengths and diversities.
fn points(values: &[(&str, f64, f64, f64)]) -> Vec<ResultRow> {
    let template = study().into_iter().find(|row| row.kind == Kind::Recurrent).unwrap();
    let row =
        |(index, &(matched, performance, length, diversity)): (usize, &(&str, f64, f64, f64))| ResultRow {
            id: index.to_string(),
            configuration: index.to_string(),
            matched: matched.to_owned(),
            cc_norm2: Some(performance),
            average_path_length: Some(length),
            diversity_nats: Some(diversity),
            ..template.clone()
        };
    values.iter().enumerate().map(row).collect()
}

#[test]
fn correlations_by_hand() {
    // Every two of these series have r = 1/2, and a partial correlation of 1/3 given the third.
    let rows = points(&[
        ("a", 1.0, 1.0, 1.0),
        ("a", 1.0, 0.0, 0.0),
        ("a", 0.0, 1.0, 0.0),
        ("a", 0.0, 0.0, 1.0),
        ("a", 0.0, 0.0, -1.0),
        ("a", 0.0, -1.0, 0.0),
        ("a", -1.0, 0.0, 0.0),
        ("a", -1.0, -1.0, -1.0),
    ]);
    let table = correlations(&rows, PaperDataset::First, None, &options()).unwrap();
    // One number of blocks and one readout mode, over configurations and within the one group.
    assert_eq!(table.subsets.len(), 2);
    for subset in &table.subsets {
        assert_eq!((subset.configurations, subset.matched_groups), (8, 1));
        assert_eq!(subset.resampled, Unit::Configurations);
        for estimate in [subset.pearson_length, subset.pearson_diversity] {
            near(estimate.value.unwrap(), 0.5);
            let Interval { low, high } = estimate.interval.unwrap();
            assert!(low < 0.5 && 0.5 < high);
        }
        // Mid-ranks 1.5, 4.5 and 7.5 are equally spaced, like -1, 0 and 1.
        near(subset.spearman_length.value.unwrap(), 0.5);
        near(subset.partial_length.value.unwrap(), 1.0 / 3.0);
        near(subset.partial_diversity.value.unwrap(), 1.0 / 3.0);
    }
}

#[test]
fn what_groups_differ_in_is_taken_away_within_them() {
    // Long paths are better within both groups, but the group with longer paths is worse by more.
    let rows = points(&[
        ("a", 0.8, 1.0, 0.1),
        ("a", 0.9, 2.0, 0.3),
        ("a", 1.0, 3.0, 0.2),
        ("b", 0.2, 11.0, 0.2),
        ("b", 0.3, 12.0, 0.1),
        ("b", 0.4, 13.0, 0.3),
    ]);
    let table = correlations(&rows, PaperDataset::First, None, &options()).unwrap();
    let [over, within] = &table.subsets[..] else { panic!("{table:?}") };
    assert!(!over.within_matched_groups && over.pearson_length.value.unwrap() < -0.9);
    assert!(within.within_matched_groups);
    near(within.pearson_length.value.unwrap(), 1.0);
    near(within.spearman_length.value.unwrap(), 1.0);
    // Length determines performance, so nothing is left for diversity.
    assert_eq!(within.partial_diversity, Estimate { value: None, interval: None });
}

#[test]
fn many_groups_are_drawn_as_a_whole() {
    let names: Vec<String> = (0..8).map(|group| group.to_string()).collect();
    let values: Vec<_> = names
        .iter()
        .enumerate()
        .flat_map(|(group, name)| {
            let height = group as f64;
            (0..6).map(move |t| {
                (name.as_str(), height + f64::from(t) / 100.0, (height * 3.0) % 7.0, f64::from(t % 3))
            })
        })
        .collect();
    let rows = points(&values);
    let table = correlations(&rows, PaperDataset::First, None, &options()).unwrap();
    let whole = table.subsets[0];
    assert_eq!((whole.matched_groups, whole.resampled), (8, Unit::MatchedGroups));
    // Equal points in a group count once: six times as many points do not narrow the interval.
    let single: Vec<_> = values.iter().step_by(6).copied().collect();
    let alone = correlations(&points(&single), PaperDataset::First, None, &options()).unwrap().subsets[0];
    let width = |estimate: Estimate| estimate.interval.map(|interval| interval.high - interval.low).unwrap();
    assert!((width(whole.pearson_length) / width(alone.pearson_length) - 1.0).abs() < 0.05);
}

#[test]
fn subsets_and_amounts() {
    let few = TableOptions { bootstrap: Bootstrap { resamples: 0, ..Bootstrap::default() }, ..options() };
    let table = correlations(&study(), PaperDataset::First, Some(0.5), &few).unwrap();
    assert_eq!((table.train_fraction, table.train_images), (0.5, Some(700)));
    // Blocks are all, one or two; modes are all or one of four; each over configurations and within groups.
    assert_eq!(table.subsets.len(), 3 * 5 * 2);
    let counts: Vec<usize> = table.subsets[..6].iter().map(|subset| subset.configurations).collect();
    assert_eq!(counts, [48, 12, 12, 12, 12, 24]);
    assert!(table.subsets.iter().all(|subset| subset.pearson_length.interval.is_none()));
    let error = correlations(&study(), PaperDataset::First, Some(0.4), &few).unwrap_err();
    assert!(
        error.to_string().ends_with("a fraction of 0.4 of the training images: there are 1, 0.5, 0.25"),
        "{error}"
    );
    let mut rows = study();
    rows.iter_mut().for_each(|row| row.diversity_nats = None);
    let error = correlations(&rows, PaperDataset::First, None, &few).unwrap_err().to_string();
    assert!(error.contains("has an average path length and a diversity"), "{error}");
}

#[test]
fn correlations_with_contributions_use_their_lengths() {
    let by = |rows: &[ResultRow], measure| {
        let options = TableOptions { measure, ..options() };
        correlations(rows, PaperDataset::First, None, &options)
    };
    let mut rows = study();
    let error = by(&rows, PathMeasure::Contribution).unwrap_err().to_string();
    assert!(error.contains("a diversity by contribution; set `contributions = true`"), "{error}");
    for row in &mut rows {
        row.contribution_average_path_length = row.average_path_length.map(|length| 10.0 - length);
        row.contribution_distribution = [(1, 0.5), (row.iterations + 1, 0.5)].into();
    }
    let strength = by(&rows, PathMeasure::Strength).unwrap();
    let contribution = by(&rows, PathMeasure::Contribution).unwrap();
    assert!(contribution.text().contains("length L and diversity H by contribution\n"));
    let of = |table: &Correlations| table.subsets[0].pearson_length.value.unwrap();
    near(of(&contribution), -of(&strength));
    // Every model has the same entropy, so nothing is correlated with it.
    assert_eq!(contribution.subsets[0].pearson_diversity.value, None);
}
