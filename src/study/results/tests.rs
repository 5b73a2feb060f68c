//! Tests of tables of results as frames and files.

use super::*;
use crate::study::run::settings::{FirstBlock, Loss, PathModel};
use pathscope_core::circuit::{Activation, Readout};
use pathscope_core::data::scores::Score;
use pathscope_core::model::ablation::Ablation;
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Texts as they occur in tables, and worse ones.
fn text() -> impl Strategy<Value = String> {
    "[ -~äß²\n\t]{1,12}"
}

fn real() -> impl Strategy<Value = Option<f64>> {
    of(prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO)
}

fn whole() -> impl Strategy<Value = Option<usize>> {
    of(any::<usize>())
}

prop_compose! {
    fn settings()(
        study in text(),
        id in "m-[0-9a-f]{16}",
        kind in select(&Kind::ALL[..]),
        configurations in ["c-[0-9a-f]{16}", "c-[0-9a-f]{16}"],
        dataset in text(),
        original in of("m-[0-9a-f]{16}"),
        seeds in any::<(u64, u64)>(),
        train_fraction in 0.001..=1.0,
        train_images in whole(),
        counts in any::<[usize; 3]>(),
        readout in of(select(&Readout::ALL[..])),
        activation in select(vec![Activation::Relu, Activation::Softplus]),
        first_block in select(vec![FirstBlock::BnBeforeActivation, FirstBlock::BnAfterActivation]),
        loss in select(vec![Loss::Mse, Loss::Poisson]),
        multi_path in select(vec![PathModel::None, PathModel::PerPath, PathModel::Shared]),
        removed in prop::collection::btree_set(0..20_usize, 0..5),
        other_settings in of(text()),
    ) -> ResultRow {
        let [configuration, matched] = configurations;
        let [recurrent_blocks, iterations, channels] = counts;
        ResultRow {
            study, id, kind, configuration, matched, original, dataset, split_seed: seeds.0, train_fraction,
            train_images, recurrent_blocks, iterations, readout, channels, activation, first_block, loss,
            seed: seeds.1, multi_path, lengths_removed: Ablation::new(removed), other_settings, ..study_rows()[0].clone()
        }
    }
}

prop_compose! {
    fn row()(
        settings in settings(),
        status in select(vec![Status::Finished, Status::Partial, Status::Failed, Status::Broken, Status::Missing]),
        problem in of(text()),
        counts in [whole(), whole(), whole(), whole()],
        scores in [real(), real(), real(), real(), real(), real(), real(), real()],
        paths in [real(), real(), real(), real()],
        distribution in btree_map(any::<usize>(), 0.0..=1.0, 0..4),
        contributions in [real(), real(), real()],
        shares in [btree_map(any::<usize>(), 0.0..=1.0, 0..4), btree_map(any::<usize>(), -2.0..=2.0, 0..4)],
        training in [real(), real()],
        texts in [of(text()), of(text()), of(text()), of(text())],
    ) -> ResultRow {
        let [parameters, neurons, neurons_without_ceiling, steps] = counts;
        let [cc_raw, cc_raw_median, cc_raw_std, cc_raw2, cc_max, cc_norm2, cc_norm2_median, cc_norm2_std] = scores;
        let [average_path_length, length_std, diversity_nats, effective_paths] = paths;
        let [contribution_average_path_length, contribution_bias_share, contribution_spearman] = contributions;
        let [contribution_distribution, contribution_explained] = shares;
        let [best_validation_loss, seconds] = training;
        let [device, version, model_sha256, dataset_sha256] = texts;
        ResultRow {
            status, problem, parameters, neurons, neurons_without_ceiling, steps, cc_raw, cc_raw_median,
            cc_raw_std, cc_raw2, cc_max, cc_norm2, cc_norm2_median, cc_norm2_std, average_path_length,
            length_std, diversity_nats, effective_paths, distribution, contribution_average_path_length,
            contribution_distribution, contribution_bias_share, contribution_spearman, contribution_explained,
            best_validation_loss, seconds, device, version, model_sha256, dataset_sha256, ..settings
        }
    }
}

fn rows() -> impl Strategy<Value = Vec<ResultRow>> {
    vec(row(), 0..5).prop_map(|mut rows| {
        rows.iter_mut().enumerate().for_each(|(index, row)| row.id = format!("m-{index}{}", &row.id[3..]));
        rows
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn rows_survive_frames_and_files(rows in rows()) {
        prop_assert_eq!(&results_of_frame(&results_frame(&rows).unwrap()).unwrap(), &rows);
        let folder = tempfile::tempdir().unwrap();
        for name in ["results.csv", "results.parquet"] {
            let place = folder.path().join(name);
            write_results(&place, &rows).unwrap();
            prop_assert_eq!(&read_results(&[place]).unwrap().rows, &rows, "{}", name);
        }
    }
}

fn study() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/results/study.csv")
}

fn study_rows() -> &'static [ResultRow] {
    static ROWS: LazyLock<Vec<ResultRow>> = LazyLock::new(|| read_results(&[study()]).unwrap().rows);
    &ROWS
}

/// Returns the error for the fixture's first lines after `change`.
#[track_caller]
fn refused(change: impl Fn(&str) -> String) -> String {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("changed.csv");
    let first: String = fs::read_to_string(study()).unwrap().split_inclusive('\n').take(4).collect();
    let changed = change(&first);
    assert_ne!(changed, first);
    fs::write(&place, changed).unwrap();
    read_results(&[place]).unwrap_err().to_string()
}

#[test]
fn writing_the_fixture_again_gives_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("study.csv");
    write_results(&place, study_rows()).unwrap();
    assert_eq!(fs::read_to_string(place).unwrap(), fs::read_to_string(study()).unwrap());
}

#[test]
fn equal_rows_give_equal_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = |name: &str| {
        let place = folder.path().join(name);
        write_results(&place, study_rows()).unwrap();
        fs::read(place).unwrap()
    };
    assert_eq!(bytes("first.parquet"), bytes("second.parquet"));
}

#[test]
fn errors_name_the_place_the_value_and_the_expectation() {
    let value = refused(|text| text.replacen(",0.47,", ",much,", 1));
    assert!(
        value.contains("changed.csv: column cc_norm2, row 2: found 'much', expected a number, or nothing"),
        "{value}"
    );
    let word = refused(|text| text.replacen(",poisson,", ",posson,", 1));
    assert!(word.contains("column loss, row 3: found 'posson', expected `mse` or `poisson`"), "{word}");
    let nothing = refused(|text| text.replacen(",finished,", ",,", 1));
    assert!(nothing.contains("column status, row 1: found nothing, expected one of `finished`"), "{nothing}");
    let negative = refused(|text| text.replacen(",1400,", ",-1400,", 1));
    assert!(negative.contains("found '-1400', expected a whole number from 0"), "{negative}");
    let lengths = refused(|text| text.replacen(",none,none,", ",none,some,", 1));
    assert!(lengths.contains("expected path lengths such as 1-3,5, or none"), "{lengths}");
    let distribution = refused(|text| text.replacen(",2:1.0,", ",2=1.0,", 1));
    assert!(
        distribution.contains("expected lengths with their probabilities such as 1:0.75 2:0.25"),
        "{distribution}"
    );
    let repeated = refused(|text| text.replacen(",2:1.0,", ",2:0.5 2:0.5,", 1));
    assert!(repeated.contains("expected each length once, and not 2 twice"), "{repeated}");
    let column = refused(|text| text.replacen("cc_norm2,", "score,", 1));
    assert!(column.contains("columns are missing: cc_norm2 (expected"), "{column}");
    let columns = refused(|text| text.replacen("study,", "studio,", 1).replacen("cc_", "score_", 8));
    assert!(
        columns.contains("columns are missing: study, cc_raw, cc_raw_median, cc_raw_std, cc_raw2 and 4 more"),
        "{columns}"
    );
    let ragged = refused(|text| text.replacen(",2:1.0,", ",2:1.0,,,", 1));
    assert!(
        ragged.contains("changed.csv: not a CSV table: row 1 has 47 cells, and the header 45: numbers with a decimal comma"),
        "{ragged}"
    );
    let cut = refused(|text| text[..text.rfind(',').unwrap()].to_owned());
    assert!(
        cut.contains("changed.csv: not a CSV table: row 3 has 44 cells, and the header 45: it was cut short"),
        "{cut}"
    );
    let empty = refused(|_| String::new());
    assert!(empty.contains("changed.csv: not a CSV table: "), "{empty}");
}

/// Values of the first row as changed by a spreadsheet, with the expected message.
#[test]
fn values_changed_by_a_spreadsheet_are_recognized() {
    for (from, to, expected) in [
        (",2:1.0,", ",02:01:00,", "column distribution, row 1: found '02:01:00', expected lengths"),
        (",none,none,", ",none,03-Jan,", "it is a date now"),
        (",none,none,", ",none,2026-03-01,", "it is a date now"),
        (",1400,1,", ",1400,TRUE,", "it is a boolean now"),
        (",none,none,", ",FALSE,none,", "it is a boolean now"),
        (",1.0,1400,", ",100%,1400,", "it is a percentage now"),
        (",1.0,1400,", ",\"1,0\",1400,", "it is a number with a comma now"),
        (",1400,", ",1.4E+03,", "it is a rounded number in scientific notation now"),
        (
            "m-70fe714261d4402e",
            "7.03E+15",
            "column id, row 1: found '7.03E+15', expected the identity of a model: m- and",
        ),
        (
            "c-c4620164f789c7b7",
            "4.62E+15",
            "column configuration, row 1: found '4.62E+15', expected the identity of a",
        ),
    ] {
        let error = refused(|text| text.replacen(from, to, 1));
        assert!(
            error.contains(expected) && error.contains("(a spreadsheet changed it: it is "),
            "{to}: {error}"
        );
        assert!(
            error.ends_with("use the original table, or write Parquet with `pathscope sweep collect`)"),
            "{error}"
        );
    }
    let hand = refused(|text| text.replacen("m-70fe714261d4402e", "the best one", 1));
    assert!(hand.contains("found 'the best one'") && hand.contains("(correct it, or"), "{hand}");
}

/// Tables saved by a spreadsheet in another form, each with advice on how to save it.
#[test]
fn files_saved_by_a_spreadsheet_in_another_form_are_recognized() {
    let semicolons = |text: &str| text.replace(',', ";").replace("0.5", "0,5");
    for (changed, expected) in [
        (refused(semicolons), "its columns are separated by semicolons"),
        (refused(|text| text.replace(',', "\t")), "its columns are separated by tabs"),
        (
            refused(|text| format!("sep=;\n{}", semicolons(text))),
            "separated by the character in its first line",
        ),
        (
            refused(|text| text.replace('\n', ",,\n")),
            "the last 2 columns have no name: a spreadsheet changed it",
        ),
    ] {
        assert!(changed.contains(expected) && changed.contains("use the original table"), "{changed}");
    }
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("utf16.csv");
    let text = fs::read_to_string(study()).unwrap();
    for mark in [&b"\xff\xfe"[..], b""] {
        let bytes = mark.iter().copied().chain(text.encode_utf16().flat_map(u16::to_le_bytes));
        fs::write(&place, bytes.collect::<Vec<u8>>()).unwrap();
        let error = read_results(std::slice::from_ref(&place)).unwrap_err().to_string();
        assert!(error.contains("it is UTF-16") && error.contains("save it as 'CSV UTF-8"), "{error}");
    }
    // What changes nothing is accepted.
    let lines: String = text.lines().take(4).map(|line| format!("{line}\r\n")).collect();
    fs::write(&place, format!("\u{feff}{lines}")).unwrap();
    assert_eq!(read_results(&[place]).unwrap().rows, study_rows()[..3]);
}

/// Two configurations with the same identity, such as a rounded hash, would be averaged.
#[test]
fn models_of_one_configuration_agree_in_their_settings() {
    let error = refused(|text| {
        let (head, rows) = text.split_once('\n').unwrap();
        let mut rows: Vec<String> = rows.lines().map(str::to_owned).collect();
        rows[1] = rows[1].replace(",relu,", ",softplus,");
        format!("{head}\n{}\n", rows.join("\n"))
    });
    assert!(
        error.starts_with("the models of the configuration c-c4620164f789c7b7 differ in activation, in ")
            && error.contains("changed.csv (row 1) and ")
            && error.contains("changed.csv (row 2)"),
        "{error}"
    );
}

/// Tables of the first versions have identities without a letter in front.
#[test]
fn tables_with_identities_of_the_first_versions_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("old.csv");
    let text = fs::read_to_string(study()).unwrap().replace(",m-", ",").replace(",c-", ",");
    fs::write(&place, text).unwrap();
    let both = read_results(&[place, study()]).unwrap();
    assert!(both.rows == study_rows());
    let run = Path::new(env!("CARGO_MANIFEST_DIR")).join("analysis/v4-cowley/results.csv");
    assert!(read_results(&[run]).unwrap().rows.len() == 150);
}

/// The chunks into which a reader splits a table must not matter.
#[test]
fn tables_of_any_length_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("part.csv");
    let rows = read_results(&[study()]).unwrap().rows;
    for length in (1..rows.len()).step_by(101).chain([604]) {
        write_results(&place, &rows[..length]).unwrap();
        assert!(read_results(std::slice::from_ref(&place)).unwrap().rows == rows[..length], "{length} rows");
    }
}

#[test]
fn integers_may_be_doubles_and_columns_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("from-elsewhere.csv");
    let text = fs::read_to_string(study()).unwrap();
    let swapped: String =
        text.lines().take(4).map(|line| format!("more,{}\n", line.replace(",1400,", ",1400.0,"))).collect();
    fs::write(&place, swapped).unwrap();
    assert_eq!(read_results(&[place]).unwrap().rows, study_rows()[..3]);
}

#[test]
fn tables_of_other_programs_are_read() {
    let file = |name: &str| study().with_file_name(name);
    let rows = study_rows();
    assert_eq!(read_results(&[file("pandas.parquet")]).unwrap().rows, rows[rows.len() - 12..]);
    assert_eq!(read_results(&[file("polars-zstd.parquet")]).unwrap().rows, rows[rows.len() - 12..]);
}

#[test]
fn the_ending_decides_the_format() {
    let error = read_results(&["results.xlsx".into()]).unwrap_err().to_string();
    assert_eq!(error, "results.xlsx: the name of a table of results must end in .csv or .parquet");
    let error = read_results(&["nowhere.parquet".into()]).unwrap_err().to_string();
    assert!(
        error.starts_with("nowhere.parquet: cannot be read") && error.contains("expected a table of results"),
        "{error}"
    );
}

#[test]
fn equal_rows_of_several_files_are_kept_once_and_different_ones_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (csv, parquet) = (folder.path().join("a.csv"), folder.path().join("b.parquet"));
    let rows = study_rows();
    write_results(&csv, &rows[..3]).unwrap();
    write_results(&parquet, &rows[1..5]).unwrap();
    let both = read_results(&[csv.clone(), parquet.clone()]).unwrap();
    assert_eq!(both.rows, rows[..5]);
    assert_eq!(both.inputs.len(), 2);
    assert_eq!(both.inputs[1].sha256, pathscope_core::files::checkpoint::sha256(&parquet).unwrap());

    let mut other = rows[1].clone();
    other.cc_norm2 = None;
    write_results(&parquet, &[rows[4].clone(), other]).unwrap();
    let error = read_results(&[csv, parquet]).unwrap_err().to_string();
    assert!(error.starts_with(&format!("the model {} has a row in ", rows[1].id)), "{error}");
    assert!(error.contains("a.csv (row 2)") && error.contains("b.parquet (row 2)"), "{error}");
}

#[test]
fn columns_of_contributions_exist_if_a_row_has_them() {
    let mut rows = study_rows()[..3].to_vec();
    let names = |rows: &[ResultRow]| results_frame(rows).unwrap().width();
    assert_eq!(names(&rows), 45);
    rows[1].contribution_distribution = [(2, 0.25), (3, 0.75)].into();
    assert_eq!(names(&rows), 50);
    let frame = results_frame(&rows).unwrap();
    assert_eq!(results_of_frame(&frame).unwrap(), rows);
    // A table without some of the columns.
    let fewer = frame.drop("contribution_distribution").unwrap();
    assert_eq!(results_of_frame(&fewer).unwrap(), study_rows()[..3]);
}

#[test]
fn other_settings_have_a_column_beside_the_settings() {
    let mut rows = study_rows()[..3].to_vec();
    rows[1].other_settings = Some("downsample=2 kernel=5".to_owned());
    let frame = results_frame(&rows).unwrap();
    assert_eq!(frame.width(), 46);
    assert_eq!(frame.get_column_index("other_settings"), Some(22));
    assert_eq!(results_of_frame(&frame).unwrap(), rows);
}

#[test]
fn columns_of_more_scores_exist_if_a_row_has_them() {
    let mut rows = study_rows()[..3].to_vec();
    rows[1].set_more_scores(|score| (score != Score::Snr).then_some(0.5));
    assert_eq!((rows[1].score(Score::R2Er), rows[1].score(Score::Snr)), (Some(0.5), None));
    assert_eq!((rows[0].score(Score::R2Er), rows[0].score(Score::CcNorm2)), (None, rows[0].cc_norm2));
    let frame = results_frame(&rows).unwrap();
    assert_eq!(frame.width(), columns().len() - 6);
    assert_eq!(results_of_frame(&frame).unwrap(), rows);
    assert_eq!(results_of_frame(&frame.drop("r2_er").unwrap()).unwrap()[1].score(Score::R2Er), None);
}

#[test]
fn every_score_has_a_column_of_its_mean() {
    let numbers: Vec<&str> = columns().iter().map(|column| column.name).collect();
    for score in <Score as strum::VariantArray>::VARIANTS {
        assert!(numbers.contains(&score.column().as_str()), "{score}");
        let mut row = ResultRow::default();
        row.set_more_scores(|_| Some(0.25));
        (row.cc_raw, row.cc_raw2, row.cc_max, row.cc_norm2) =
            (Some(0.25), Some(0.25), Some(0.25), Some(0.25));
        assert_eq!(row.score(*score), Some(0.25), "{score}");
    }
}
