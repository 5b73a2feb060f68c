//! Tests of tables of programs.

use super::*;
use crate::study::{PlannedModel, Study};
use pathscope_core::analysis::testing::program;
use pathscope_core::paths::enumerate::Paths;

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
    let lengths = csv(lengths(&analysis.ensembles));
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

#[test]
fn programs_have_no_circuit_in_a_table_of_models() {
    let compared =
        pathscope_core::analysis::comparison::ComparedModel::of_analysis("program", &program()).remove(0);
    let comparison = pathscope_core::analysis::comparison::Comparison::new(vec![compared]);
    let table = to_csv(&mut compared_models(&comparison).unwrap()).unwrap();
    assert!(table.lines().nth(1).unwrap().contains(",,,,,,,9,2,"), "{table}");
}

#[test]
fn planned_models_are_listed_as_they_are_trained() {
    let study = "schema = \"pathscope/study/1\"\nname = \"tiny\"\ndataset.name = \"demo\"\n\
                 recurrent.iterations = [3]\nrecurrent.readout = [\"late-avg\"]\nfeed-forward.matched = true\n";
    let plan = Study::from_toml(study, "tiny.toml".as_ref()).unwrap().plan().unwrap();
    let table = csv(planned_models(&plan));
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(
        lines[0],
        "id,kind,configuration,matched,original,split_seed,train_fraction,recurrent_blocks,iterations,readout,\
         channels,activation,first_block,loss,seed,multi_path,lengths_removed"
    );
    let rest = ["0,1.0,2,1,no-avg,16", "0,1.0,1,3,late-avg,16"];
    for ((line, model), rest) in lines[1..].iter().zip(&plan.models).zip(rest) {
        let PlannedModel { id, kind, configuration, matched, .. } = model;
        let expected = format!(
            "{id},{kind},{configuration},{matched},,{rest},relu,bn-before-activation,mse,0,none,none"
        );
        assert_eq!(*line, expected);
    }
}
