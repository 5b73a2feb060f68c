//! Tables as Parquet.

use pathscope::tables::parquet::{Limits, ParquetReadError, ParquetWriter, read_parquet};
use polars::prelude::df;
use std::path::Path;
use std::process::Command;

#[test]
fn a_folder_of_results_has_parquet_beside_csv() {
    let folder = tempfile::tempdir().unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_pathscope"))
        .args([
            "analyze",
            "fixtures/nets/top-down.safetensors",
            "--quiet",
            "--no-figures",
            "--parquet",
            "--out",
        ])
        .arg(folder.path())
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .status()
        .unwrap();
    assert!(status.success());
    for (table, rows) in [("components", 9), ("lengths", 3), ("paths", 4)] {
        let place = folder.path().join(table);
        let parquet = std::fs::read(place.with_extension("parquet")).unwrap();
        let csv = std::fs::read_to_string(place.with_extension("csv")).unwrap();
        let head: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
        let limits = Limits { rows, text: 1 << 20 };
        let mut frame = read_parquet(parquet.into(), &head, limits).unwrap();
        assert_eq!((frame.height(), frame.width()), (rows, head.len()), "{table}");
        assert_eq!(pathscope::tables::to_csv(&mut frame).unwrap(), csv, "{table}");
    }
}

#[test]
fn no_more_than_the_limits() {
    let frame = df!("name" => ["four", "five"], "paths" => [1_u64, 2]).unwrap();
    let mut file = Vec::new();
    let mut writer = ParquetWriter::new(&mut file, &frame, &[]).unwrap();
    // Two groups of rows.
    writer.write(&frame).unwrap();
    writer.write(&frame).unwrap();
    writer.finish().unwrap();
    let read = |rows, text| read_parquet(file.clone().into(), &["paths", "name"], Limits { rows, text });
    assert_eq!(read(4, 16).unwrap().height(), 4);
    assert!(matches!(read(3, 16), Err(ParquetReadError::TooManyRows { rows: 4, most: 3 })));
    assert!(matches!(read(4, 15), Err(ParquetReadError::TooMuchText { .. })));
}

#[test]
fn other_types_are_refused() {
    let frame = df!("name" => [1_i32]).unwrap();
    let error = ParquetWriter::new(Vec::new(), &frame, &[]).map(|_| ()).unwrap_err().to_string();
    assert!(error.ends_with("column name is of type i32, expected str, u64 or f64"), "{error}");
    let error = read_parquet(b"PAR1".to_vec().into(), &[], Limits { rows: 1, text: 1 }).unwrap_err();
    assert!(error.to_string().starts_with("it is no Parquet file, or a damaged one: "), "{error}");
}
