//! The recurrent stage of a program: blocks at iterations, or on paths.

use super::ComponentUse;
use super::builder::{Builder, known};
use crate::circuit::{ConnectionName, LayerName};
use crate::network::plan::{FIRST, Step, Term};
use crate::program::{Argument, Extent, ValueId};
use std::collections::{BTreeMap, HashMap};

/// The recurrent stage under construction.
struct Stage<'b, 'a> {
    builder: &'b mut Builder<'a>,
    connection_names: Vec<ConnectionName>,
    channels: BTreeMap<usize, usize>,
    /// The output of the first block, followed by that of every step.
    maps: Vec<ValueId>,
    /// The output of a layer for a map. After the map through which paths enter, it is kept by the iteration
    /// of entry.
    layers: HashMap<(ValueId, LayerName, Option<usize>), ValueId>,
    /// The output of a block, by the terms of its sum and its normalization.
    outputs: HashMap<(usize, Vec<ValueId>, Option<LayerName>), ValueId>,
}

impl Builder<'_> {
    /// Adds the recurrent stage (Eqs. 2f-2i; for a multi-path network, appendix E).
    ///
    /// # Returns
    ///
    /// For each iteration that is read out, the maps whose sum is read.
    pub(super) fn stage(&mut self, first: ValueId) -> Vec<Vec<ValueId>> {
        let (network, plan) = (self.network, self.plan);
        let mut stage = Stage {
            connection_names: network.circuit.connection_names(),
            channels: network.channels(),
            maps: vec![first],
            layers: HashMap::new(),
            outputs: HashMap::new(),
            builder: self,
        };
        for step in &plan.steps {
            let output = stage.step(step);
            stage.maps.push(output);
        }
        let maps = stage.maps;
        plan.read.iter().map(|read| read.iter().map(|&map| maps[map]).collect()).collect()
    }
}

impl Stage<'_, '_> {
    /// Adds the computation of a block, unless the same was computed before.
    fn step(&mut self, step: &Step) -> ValueId {
        let arriving: Vec<ValueId> = step.terms.iter().map(|term| self.arriving(step, term)).collect();
        let key = (step.block, arriving.clone(), step.normalization);
        if let Some(&output) = self.outputs.get(&key) {
            return output;
        }
        let mut map = match arriving.split_first() {
            Some((&first, others)) => others.iter().fold(first, |sum, &other| self.builder.sum(sum, other)),
            None => self.silence(step.block),
        };
        if let Some(layer) = step.normalization {
            map = self.builder.normalization(layer, map);
            self.note_use(step, layer);
        }
        let output = self.builder.activation(self.builder.network.activation, map);
        self.outputs.insert(key, output);
        output
    }

    /// Returns the term that a connection brings to a block.
    fn arriving(&mut self, step: &Step, term: &Term) -> ValueId {
        let source = self.maps[term.map];
        let entry = (term.map == FIRST).then_some(step.iteration);
        let Some(layer) = term.convolution else {
            let identity = LayerName::from(self.connection_names[term.connection]);
            return self.once(source, identity, entry, |stage| {
                let same = stage.passed_on(source, identity, entry);
                stage.note_use(step, identity);
                same
            });
        };
        let convolved = self.once(source, layer, None, |stage| {
            let kernel = stage.builder.network.kernel_size(layer);
            let convolved = stage.builder.convolution(layer, source, kernel / 2);
            stage.note_use(step, layer);
            convolved
        });
        match entry {
            // The convolution is the same at every iteration, but this is where paths of this iteration
            // enter.
            Some(_) => self.once(convolved, layer, entry, |stage| stage.passed_on(convolved, layer, entry)),
            None => convolved,
        }
    }

    /// Adds the output of a layer for a map, unless it was added before.
    fn once(
        &mut self,
        source: ValueId,
        layer: LayerName,
        entry: Option<usize>,
        write: impl FnOnce(&mut Self) -> ValueId,
    ) -> ValueId {
        let key = (source, layer, entry);
        if let Some(&known) = self.layers.get(&key) {
            return known;
        }
        let written = write(self);
        self.layers.insert(key, written);
        written
    }

    /// Adds the same map under another name, where paths may enter.
    fn passed_on(&mut self, source: ValueId, layer: LayerName, entry: Option<usize>) -> ValueId {
        let shape = self.builder.shape(source);
        let same = self.builder.inside(&layer.to_string(), "torch.nn.modules.linear.Identity", |builder| {
            builder.operation("alias", "default", [("self", Argument::Tensor(source))], shape)
        });
        if let Some(iteration) = entry {
            self.builder.note_entry(iteration);
        }
        same
    }

    /// Returns the zeros of a block at iterations that no input has reached (Eq. 2h).
    fn silence(&mut self, block: usize) -> ValueId {
        let mut shape = self.builder.shape(self.maps[FIRST]);
        shape[0] = Extent::Known(1);
        shape[1] = known(self.channels.get(&block).copied().unwrap_or(0));
        self.builder.zeros(&format!("silence[{block}]"), shape)
    }

    fn note_use(&mut self, step: &Step, component: LayerName) {
        let (block, iteration) = (step.block, step.iteration);
        self.builder.note_use(ComponentUse { component: component.to_string(), block, iteration });
    }
}
