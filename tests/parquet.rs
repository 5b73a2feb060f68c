//! The tables of one model as Parquet.

use pathscope::tables::parquet::{Limits, read_parquet};
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
