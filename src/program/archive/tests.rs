use super::*;
use crate::program::{Argument, Extent};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/programs").join(name)
}

fn opened(name: &str) -> ExportedProgram {
    ExportedProgram::open(&fixture(name)).unwrap()
}

fn value(program: &ExportedProgram, name: &str) -> ValueId {
    let at = program.program.values.iter().position(|value| value.name == name);
    ValueId::new(at.unwrap_or_else(|| panic!("no value {name}")))
}

#[test]
fn reference_programs_are_read() {
    for name in [
        "conv-gru",
        "delayed-areas-group-norm",
        "dense-concat-smooth",
        "gated-top-down",
        "gated-top-down-core",
        "recurrent-two-blocks-max-pool",
        "recurrent-two-blocks-max-pool-dynamic",
        "staged-skip-areas",
        "staged-skip-areas-core",
    ] {
        let program = opened(&format!("{name}/model.pt2"));
        assert!(program.torch_version().is_some_and(|version| version.starts_with('2')), "{name}");
        let (values, operations) = (&program.program.values, &program.program.operations);
        for (number, operation) in operations.iter().enumerate() {
            assert!(operation.reads().all(|id| id.index() < values.len()), "{name}");
            for id in operation.outputs.iter().flatten() {
                assert_eq!(program.program.value(*id).origin, Origin::Operation(number), "{name}");
            }
        }
        for (index, value) in values.iter().enumerate() {
            let tensor = value.tensor.as_ref().unwrap_or_else(|| panic!("{name}: {}", value.name));
            if let Ok(numbers) = program.tensor(ValueId::new(index)) {
                let shape: Vec<Extent> =
                    numbers.shape().iter().map(|&size| Extent::Known(size as i64)).collect();
                assert_eq!(shape, tensor.shape, "{name}: {}", value.name);
            }
        }
    }
}
