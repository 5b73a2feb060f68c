// The graph of a model as one readout sees it: the weights of its ends, and the nodes that are there.

/** @type {Mode[]} */
const MODES = ["no-avg", "early-avg", "late-avg", "2-avg"];

/**
 * Returns a graph that also knows the successors of its nodes.
 * @param {GraphData} data
 * @returns {Graph}
 */
function withSuccessors(data) {
  /** @type {number[][]} */
  const successors = data.components.map(() => []);
  data.predecessors.forEach((before, node) => before.forEach((from) => successors[from].push(node)));
  return { ...data, successors };
}

/**
 * Returns the weight of each of so many iterations in a readout.
 * @param {Mode} mode
 * @param {number} count
 * @returns {number[]}
 */
function readoutWeights(mode, count) {
  const weights = new Array(count).fill(1 / count);
  if (mode === "no-avg") return weights.map((_, index) => (index + 1 === count ? 1 : 0));
  if (mode === "2-avg") {
    let tail = 0;
    for (let t = count; t >= 1; t -= 1) {
      tail += 1 / t;
      weights[t - 1] = tail / count;
    }
  }
  return weights;
}

/**
 * Returns a graph as a readout of the first iterations sees it.
 *
 * The unrolling for fewer iterations is the part of the whole one that leads to ends at these iterations, and an iteration
 * without a path has dropped out of the readout of an ablated model there too.
 * @param {Graph} graph
 * @param {Mode | null} mode - null for a program
 * @param {number | null} iterations - null for a program
 * @param {Set<number>} knockedOut - numbers of components
 * @returns {Reading}
 */
function read(graph, mode, iterations, knockedOut) {
  const positions = new Map();
  graph.readout_iterations
    .filter((t) => iterations === null || t <= iterations)
    .forEach((t, position) => positions.set(t, position));
  const byPosition = mode === null ? [] : readoutWeights(mode, positions.size);
  const weights = graph.ends.map((end) => {
    if (mode === null) return 1;
    let weight = 0;
    for (const t of end.iterations) if (positions.has(t)) weight += byPosition[positions.get(t)];
    return weight;
  });
  const present = graph.components.map(() => false);
  for (const end of graph.ends) {
    if (mode === null || end.iterations.some((t) => positions.has(t))) present[end.node] = true;
  }
  for (let node = present.length - 1; node >= 0; node -= 1) {
    if (present[node]) for (const before of graph.predecessors[node]) present[before] = true;
  }
  const alive = present.map((is, node) => is && !knockedOut.has(graph.components[node]));
  return { graph, mode, iterations, weights, present, alive };
}

/**
 * Returns the strength of a node's component, which is 1 where it has none.
 * @param {Graph} graph
 * @param {number} node
 * @returns {Magnitude}
 */
const strengthOf = (graph, node) =>
  graph.components[node] < 0 ? ONE : magnitude(graph.strengths[graph.components[node]]);

/**
 * Returns how much a node adds to the length of a path.
 * @param {Graph} graph
 * @param {number} node
 */
const lengthOf = (graph, node) => (graph.components[node] < 0 ? 0 : graph.lengths[graph.components[node]]);

/**
 * Returns the number of nodes that use each component.
 * @param {Reading} reading
 */
function usesOf({ graph, present }) {
  const uses = graph.names.map(() => 0);
  graph.components.forEach((component, node) => {
    if (component >= 0 && present[node]) uses[component] += 1;
  });
  return uses;
}
