//! A builder of program graphs for tests.

use pathscope_core::graph::{GraphBuilder, Part};
use pathscope_core::program::tracing::Role;
use pathscope_core::program::{ComponentKind, ModuleCall, ProgramComponent, ProgramGraph};
use std::sync::Arc;

/// The nodes of a program, each with the calls of modules that contain it.
pub(super) struct Nodes {
    builder: GraphBuilder,
    operations: Vec<Option<String>>,
    calls: Vec<Arc<[ModuleCall]>>,
}

impl Nodes {
    pub(super) fn new() -> Self {
        Self { builder: GraphBuilder::new(), operations: vec![None], calls: vec![[].into()] }
    }

    /// Adds a use of a component after other nodes, or a sum if there is no component.
    ///
    /// # Arguments
    ///
    /// * `calls` - the paths of modules from the outermost inward, each with the number of its call
    pub(super) fn add(
        &mut self,
        component: Option<usize>,
        before: &[usize],
        calls: &[(&str, usize)],
    ) -> usize {
        let part = component.map_or(Part::Sum, Part::Component);
        let node = self.builder.add(part, before.iter().map(|&node| petgraph::graph::NodeIndex::new(node)));
        self.operations.push(Some(format!("operation_{}", node.index())));
        let call =
            |&(path, call): &(&str, usize)| ModuleCall { path: path.to_owned(), call, class: String::new() };
        self.calls.push(calls.iter().map(call).collect());
        node.index()
    }

    /// Finishes the program, whose paths end at a node that all others lead to. Its components are
    /// convolutions named `c0`, `c1` and so on.
    pub(super) fn finish(self, end: usize, components: usize) -> ProgramGraph {
        let component = |number| ProgramComponent {
            name: format!("c{number}"),
            kind: ComponentKind::Conv,
            uses: 1,
            shape: None,
            role: Role::Path,
            measured: true,
            modules: Vec::new(),
        };
        let count = self.builder.node_count();
        let end = petgraph::graph::NodeIndex::new(end);
        let (graph, _) = self.builder.finish(&[end], vec![1; components]);
        assert_eq!(graph.node_count(), count, "every node leads to the end");
        let components = (0..components).map(component).collect();
        ProgramGraph { graph, components, operations: self.operations, calls: self.calls }
    }
}
