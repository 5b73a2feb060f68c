//! Multi-path networks: the list of paths, each a chain of its own.

use super::{Code, function, quoted};
use crate::network::{Chain, ChainStep, WholeNetwork};
use std::collections::BTreeMap;

/// Width at which the steps of a path are continued on another line.
const WIDTH: usize = 110;

pub(super) fn settings(network: &WholeNetwork, chains: &[Chain], code: &mut Code) {
    let kernels: BTreeMap<&String, usize> = chains
        .iter()
        .flat_map(|chain| &chain.steps)
        .filter_map(|step| step.convolution.as_ref())
        .map(|name| (name, network.shape(&format!("{name}.weight"))[2]))
        .collect();
    let kernels: Vec<String> = kernels.iter().map(|(name, kernel)| format!("\"{name}\": {kernel}")).collect();
    code.line(0, "# The convolutions, which all paths share, and their kernels.");
    code.line(0, format!("KERNELS = {{{}}}", kernels.join(", ")));
    let iterations: Vec<String> = network.plan.iterations.iter().map(ToString::to_string).collect();
    code.line(0, "# The iterations that the readout sees.");
    code.line(0, format!("ITERATIONS = [{}]", iterations.join(", ")));
    code.line(0, "# The paths: the iterations that each is read at, and its blocks from the bottom up, with the convolution into the");
    code.line(
        0,
        "# block (None for an identity) and the batch normalization after it. An activation follows each.",
    );
    code.line(0, "PATHS = [");
    for chain in chains {
        path(chain, code);
    }
    code.line(0, "]");
}

fn path(chain: &Chain, code: &mut Code) {
    let iterations: Vec<String> = chain.iterations.iter().map(ToString::to_string).collect();
    let step = |ChainStep { block, convolution, normalization }: &ChainStep| {
        format!("({block}, {}, {})", quoted(convolution.as_deref()), quoted(normalization.as_deref()))
    };
    let steps: Vec<String> = chain.steps.iter().map(step).collect();
    let line = format!("([{}], [{}]),", iterations.join(", "), steps.join(", "));
    if line.len() + 4 <= WIDTH {
        code.line(1, line);
        return;
    }
    code.line(1, format!("([{}], [", iterations.join(", ")));
    for step in steps {
        code.line(2, format!("{step},"));
    }
    code.line(1, "]),");
}

pub(super) fn layers(code: &mut Code) {
    code.line(2, "built = {None}");
    code.line(2, "for _, steps in PATHS:");
    code.line(3, "source = 1");
    code.line(3, "for block, conv, bn in steps:");
    code.line(4, "if conv not in built:");
    code.line(5, "self.add(conv, convolution(CHANNELS[source], CHANNELS[block], KERNELS[conv]))");
    code.line(4, "if bn not in built:");
    code.line(5, "self.add(bn, batch_normalization(CHANNELS[block]))");
    code.line(4, "built |= {conv, bn}");
    code.line(4, "source = block");
}

pub(super) fn outputs(network: &WholeNetwork, code: &mut Code) {
    let steps = &network.plan.steps;
    let identity = steps.iter().flat_map(|step| &step.terms).any(|term| term.convolution.is_none());
    let unnormalized = steps.iter().any(|step| step.normalization.is_none());
    let function = function(network.activation);
    code.line(1, "def outputs(self, first):");
    code.line(
        2,
        "# Of the paths that reach the top block at the same iteration, the sum (Fig. 4b and appendix E)",
    );
    code.line(2, "sums = {t: 0 for t in ITERATIONS}");
    code.line(2, "for iterations, steps in PATHS:");
    code.line(3, "y = first");
    code.line(3, "for _, conv, bn in steps:");
    if identity || unnormalized {
        code.line(4, "if conv is not None:");
        code.line(5, "y = self.layer(conv)(y)");
        code.line(4, "if bn is not None:");
        code.line(5, "y = self.layer(bn)(y)");
        code.line(4, format!("y = {function}(y)"));
    } else {
        code.line(4, format!("y = {function}(self.layer(bn)(self.layer(conv)(y)))"));
    }
    code.line(3, "for t in iterations:");
    code.line(4, "sums[t] = sums[t] + y");
    code.line(2, "return [sums[t] for t in ITERATIONS]");
    code.line(0, "");
}
