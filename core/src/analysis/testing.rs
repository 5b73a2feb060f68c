//! The analysis of a program that tests make by hand.

use super::{Analysis, ProgramSubject, Subject};
use crate::graph::{GraphBuilder, Part};
use crate::paths::Reading;
use crate::paths::strength::{BatchNormStrength, ConvolutionStrength, Strengths};
use crate::program::tracing::Role;
use crate::program::{ComponentKind, Counted, Extent, OffPath, ProgramComponent, ProgramGraph};

/// Returns the analysis of a program with a convolution used twice, a skip over its second use, and a final
/// scale:
///
/// y = ½·(enter(enter(x)) + enter(x)).
///
/// With strengths 2 and ½, its paths have lengths 1 and 2 and strengths 1 and 2.
pub fn program() -> Analysis {
    let component = |name: &str, kind, uses, shape| ProgramComponent {
        name: name.to_owned(),
        kind,
        uses,
        shape,
        role: Role::Path,
        measured: true,
        modules: name.split_once('.').map(|(module, _)| module.to_owned()).into_iter().collect(),
    };
    let components = vec![
        component("area.enter", ComponentKind::Conv, 2, Some(vec![3, 3, 1, 1])),
        component("mul", ComponentKind::Scale, 1, None),
    ];
    let mut builder = GraphBuilder::new();
    let first = builder.add(Part::Component(0), [builder.source()]);
    let second = builder.add(Part::Component(0), [first]);
    let sum = builder.add(Part::Sum, [second, first]);
    let end = builder.add(Part::Component(1), [sum]);
    let lengths = components.iter().map(|component| component.kind.length(Counted::Convolutions));
    let (graph, _) = builder.finish(&[end], lengths.collect());
    let strengths = Strengths::new(&[2.0, 0.5], |&strength| strength);
    Analysis {
        path: "model.pt2".into(),
        sha256: "00".repeat(32),
        remarks: Vec::new(),
        parameters: 9,
        convolution_strength: ConvolutionStrength::KernelNorm,
        batch_norm_strength: BatchNormStrength::Effective,
        ensembles: vec![Reading::of_graph(&graph, &strengths).ensemble()],
        strengths,
        kernel_norms: None,
        subject: Subject::Program(Box::new(ProgramSubject {
            from: "x".to_owned(),
            to: "output 1".to_owned(),
            inputs: vec![vec![Extent::Symbolic, Extent::Known(3), Extent::Known(8), Extent::Known(8)]],
            outputs: 2,
            output: Some(1),
            count: Counted::Convolutions,
            operations: [("add".to_owned(), 1), ("conv2d".to_owned(), 3), ("mul".to_owned(), 1)].into(),
            off_path: vec![OffPath {
                name: "area.gate".to_owned(),
                kind: ComponentKind::Conv,
                reason: Role::Gate,
            }],
            paths: ProgramGraph {
                operations: vec![None; graph.node_count()],
                calls: vec![[].into(); graph.node_count()],
                graph,
                components,
            },
        })),
    }
}
