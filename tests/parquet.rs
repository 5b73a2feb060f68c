//! Tables as Parquet, with the feature `parquet`.

#![cfg(feature = "parquet")]

use polars::prelude::{ParquetReader, SerReader};
use std::path::Path;
use std::process::Command;

#[test]
fn a_folder_of_results_has_parquet_beside_csv() {
    let folder = tempfile::tempdir().unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_pathscope"))
        .args(["analyze", "fixtures/nets/top-down.safetensors", "--quiet", "--no-figures", "--out"])
        .arg(folder.path())
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .status()
        .unwrap();
    assert!(status.success());
    for (table, rows) in [("components", 9), ("lengths", 3), ("paths", 4)] {
        let place = folder.path().join(table);
        let parquet = std::fs::File::open(place.with_extension("parquet")).unwrap();
        let frame = ParquetReader::new(parquet).finish().unwrap();
        assert_eq!(frame.height(), rows, "{table}");
        let csv = std::fs::read_to_string(place.with_extension("csv")).unwrap();
        let head: Vec<String> = frame.get_column_names().iter().map(ToString::to_string).collect();
        assert_eq!(csv.lines().next().unwrap(), head.join(","), "{table}");
    }
}
