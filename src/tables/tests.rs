//! Tables of programs.

use super::*;
use crate::analysis::testing::program;
use crate::paths::enumerate::Paths;

fn csv(frame: Result<DataFrame, TableError>) -> String {
    to_csv(&mut frame.unwrap()).unwrap()
}

#[test]
fn what_a_program_lacks_is_left_empty() {
    let analysis = program();
    assert_eq!(
        csv(components(&analysis)),
        "name,kind,block,role,iteration,shape,strength,uses\n\
         area.enter,conv,,,,3x3x1x1,2.0,2\n\
         mul,scale,,,,,0.5,1\n"
    );
    let lengths = csv(lengths(&analysis));
    assert_eq!(lengths.lines().nth(2).unwrap().split(',').take(4).collect::<Vec<_>>(), ["", "2", "1", "2.0"]);
    let mut rows = PathRows::default();
    for path in Paths::new(analysis.graph()) {
        rows.push(&analysis, 0, &path, analysis.strengths.of_path(analysis.graph(), &path));
    }
    let paths = csv(rows.take_frame());
    assert!(paths.contains("\n,area.enter > area.enter > mul,,2,2.0,"), "{paths}");
    let summary = csv(summary(&[analysis]));
    let row: Vec<&str> = summary.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(row[2..11], ["", "", "", "", "", "", "", "2", "3.0"]);
    assert_eq!(row[row.len() - 3..], ["", "", ""]);
}
