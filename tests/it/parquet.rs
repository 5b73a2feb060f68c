//! Tables as Parquet.

use crate::cmd::stdout;
use pathscope::frames::{Limits, ParquetReadError, TableError, TableFormat, TableWriter, read_parquet};
use polars::prelude::{
    Categories, Column, DataFrame, DataType, NamedFrom, ParquetCompression, ParquetWriter, Series, df,
};

#[test]
fn a_folder_of_results_has_parquet_beside_csv() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let net = "fixtures/nets/top-down.safetensors";
    stdout(&["analyze", net, "--quiet", "--no-figures", "--parquet", "--out", out]);
    for (table, rows) in [("components", 9), ("lengths", 3), ("paths", 4)] {
        let place = folder.path().join(table);
        let parquet = std::fs::read(place.with_extension("parquet")).unwrap();
        let csv = std::fs::read_to_string(place.with_extension("csv")).unwrap();
        let head: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
        let limits = Limits { rows, bytes: 1 << 20 };
        let mut frame = read_parquet(parquet, &head, limits).unwrap();
        assert_eq!((frame.height(), frame.width()), (rows, head.len()), "{table}");
        assert_eq!(pathscope::tables::to_csv(&mut frame).unwrap(), csv, "{table}");
    }
}

/// Returns a Parquet file in which each frame is a group of rows.
fn parquet(frames: &mut [DataFrame]) -> Result<Vec<u8>, TableError> {
    let mut file = Vec::new();
    let mut writer = TableWriter::new(TableFormat::Parquet, &mut file);
    frames.iter_mut().try_for_each(|frame| writer.write(frame))?;
    writer.finish()?;
    Ok(file)
}

#[test]
fn no_more_than_the_limits() {
    let frame = df!("name" => ["four", "five"], "paths" => [1_u64, 2]).unwrap();
    let file = parquet(&mut [frame.clone(), frame]).unwrap();
    let read = |rows, bytes| read_parquet(file.clone(), &["paths", "name"], Limits { rows, bytes });
    assert_eq!(read(4, 1000).unwrap().height(), 4);
    assert!(matches!(read(3, 1000), Err(ParquetReadError::TooManyRows { rows: 4, most: 3 })));
    assert!(matches!(read(4, 100), Err(ParquetReadError::TooManyBytes { most: 100 })));
}

/// A dictionary has each word once, however many rows use it.
#[test]
fn text_is_measured_as_it_is_read() {
    let word = "x".repeat(10_000);
    let file = parquet(&mut [df!("name" => vec![word; 1000]).unwrap()]).unwrap();
    assert!(file.len() < 10_000, "{}", file.len());
    let read = |bytes| read_parquet(file.clone(), &["name"], Limits { rows: 1000, bytes });
    assert_eq!(read(10_000_000).unwrap().height(), 1000);
    assert!(matches!(read(9_999_999), Err(ParquetReadError::TooManyBytes { .. })));
}

#[test]
fn every_compression_and_type_is_read() {
    let words = Column::new("word".into(), ["one", "two"]);
    let categories = DataType::from_categories(Categories::global());
    let mut frame = df!(
        "name" => [Some("a"), None],
        "paths" => [1_u64, 2],
        "strength" => [0.5, 0.25],
        "small" => [-1_i8, 1],
        "less" => [1_u16, 2],
        "single" => [0.5_f32, 0.25],
        "is" => [true, false],
        "nothing" => [None::<f64>, None],
    )
    .unwrap();
    frame.with_column(words.clone()).unwrap();
    let mut written = frame.clone();
    written.with_column(words.cast(&categories).unwrap()).unwrap();
    let names: Vec<&str> = frame.columns().iter().map(|column| column.name().as_str()).collect();
    for compression in [
        ParquetCompression::Uncompressed,
        ParquetCompression::Snappy,
        ParquetCompression::Gzip(None),
        ParquetCompression::Lz4Raw,
        ParquetCompression::Zstd(None),
    ] {
        let mut file = Vec::new();
        ParquetWriter::new(&mut file).with_compression(compression).finish(&mut written).unwrap();
        let read = read_parquet(file, &names, Limits { rows: 2, bytes: 1000 }).unwrap();
        assert!(read.equals_missing(&frame), "{compression:?}: {read:?}");
    }
}

#[test]
fn other_files_and_frames_are_refused() {
    let error = read_parquet(b"PAR1".to_vec(), &[], Limits { rows: 1, bytes: 1 }).unwrap_err();
    assert!(
        error.to_string().starts_with("expected a Parquet file, but it is not one or is damaged: "),
        "{error}"
    );
    let lists = df!("name" => [Series::new("".into(), [0.5, 0.25])]).unwrap();
    let error =
        read_parquet(parquet(&mut [lists]).unwrap(), &["name"], Limits { rows: 1, bytes: 1000 }).unwrap_err();
    assert_eq!(error.to_string(), "column name is of type largelist, expected strings or numbers");
    let frames = &mut [df!("name" => ["a"]).unwrap(), df!("name" => [1.0]).unwrap()];
    assert!(matches!(parquet(frames), Err(TableError::Columns)));
}
