//! Reports of programs.

use super::Report;
use crate::analysis::testing::program;
use serde_json::json;

#[test]
fn a_program_stands_in_the_place_of_a_circuit() {
    let analysis = program();
    let report = serde_json::to_value(Report::new(&analysis, 1)).unwrap();
    assert_eq!(report["circuit"], json!(null));
    assert_eq!(report.get("complexity"), None);
    assert_eq!(
        report["program"],
        json!({
            "from": "x", "to": "output 1", "inputs": [[null, 3, 8, 8]], "outputs": 2, "output": 1,
            "count": "convolutions", "operations": {"add": 1, "conv2d": 3, "mul": 1},
            "off_path": [{"name": "area.gate", "kind": "conv", "reason": "gate"}],
        })
    );
    assert_eq!(
        report["components"],
        json!([
            {"name": "area.enter", "kind": "conv", "uses": 2, "role": "path", "shape": [3, 3, 1, 1], "strength": 2.0},
            {"name": "mul", "kind": "scale", "uses": 1, "role": "path", "shape": null, "strength": 0.5},
        ])
    );
    let ensemble = &report["ensembles"][0];
    assert_eq!((&ensemble["readout"], &ensemble["paths"]), (&json!(null), &json!(2)));
    assert!((ensemble["average_path_length"].as_f64().unwrap() - 5.0 / 3.0).abs() < 1e-12);
    assert_eq!(ensemble["strongest"][0]["path"], json!(["area.enter", "area.enter", "mul"]));
}
