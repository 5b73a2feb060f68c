// The strongest paths, one after the other, without listing the rest: a best-first search from the ends backwards, led by the
// strength of the best way that is left. Every candidate leads to a path, so nothing is searched in vain.

/**
 * @typedef {object} Candidate
 * @property {Magnitude} bound - the strength of the strongest path that it leads to
 * @property {Magnitude} behind - the strength of what comes after the node, with the readout's weight
 * @property {number} node
 * @property {number} left - the convolutions up to and including the node
 * @property {Candidate | null} after - the candidate that it came from
 */

/**
 * Returns the strength of the best way of every length up to and including each node.
 * @param {Reading} reading
 * @returns {Map<number, Magnitude>[]}
 */
function bestWays({ graph, alive }) {
  /** @type {Map<number, Magnitude>[]} */
  const best = [];
  graph.predecessors.forEach((before, node) => {
    const ways = new Map(node === 0 ? [[0, ONE]] : []);
    if (alive[node]) {
      for (const from of before) {
        for (const [length, strength] of best[from]) {
          const longer = length + lengthOf(graph, node);
          const more = times(strength, strengthOf(graph, node));
          if (exceeds(more, ways.get(longer) ?? ZERO)) ways.set(longer, more);
        }
      }
    }
    best.push(alive[node] ? ways : new Map());
  });
  return best;
}

/**
 * Puts a candidate into a heap whose first is the strongest.
 * @param {Candidate[]} heap
 * @param {Candidate} candidate
 */
function push(heap, candidate) {
  if (candidate.bound.m === 0) return;
  let place = heap.push(candidate) - 1;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    if (!exceeds(heap[place].bound, heap[parent].bound)) return;
    [heap[place], heap[parent]] = [heap[parent], heap[place]];
    place = parent;
  }
}

/**
 * Takes the strongest candidate out of a heap.
 * @param {Candidate[]} heap
 * @returns {Candidate | undefined}
 */
function pop(heap) {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return last;
  heap[0] = last;
  for (let place = 0; ; ) {
    let largest = place;
    for (const child of [2 * place + 1, 2 * place + 2]) {
      if (child < heap.length && exceeds(heap[child].bound, heap[largest].bound)) largest = child;
    }
    if (largest === place) return first;
    [heap[place], heap[largest]] = [heap[largest], heap[place]];
    place = largest;
  }
}

/**
 * Returns the path that a candidate at the source stands for.
 * @param {Graph} graph
 * @param {Candidate} candidate
 * @param {number} weight - of the path's end
 * @returns {FoundPath}
 */
function pathOf(graph, candidate, weight) {
  const nodes = [];
  for (let one = /** @type {Candidate | null} */ (candidate); one; one = one.after) nodes.push(one.node);
  let strength = ONE;
  for (const node of nodes) strength = times(strength, strengthOf(graph, node));
  const length = nodes.reduce((sum, node) => sum + lengthOf(graph, node), 0);
  return { nodes, length, strength: times(strength, magnitude(weight)) };
}

/**
 * Yields the paths that are read out, from the strongest downward; those of no strength are left out.
 * @param {Reading} reading
 * @param {number | null} length - only paths of this length
 * @returns {Generator<FoundPath, void, void>}
 */
function* strongestPaths(reading, length) {
  const { graph, weights } = reading;
  const best = bestWays(reading);
  /** @type {Candidate[]} */
  const heap = [];
  /** @type {Map<Candidate, number>} */
  const weightOf = new Map();
  graph.ends.forEach((end, index) => {
    const weight = magnitude(weights[index]);
    for (const [left, strength] of best[end.node]) {
      if (length !== null && left !== length) continue;
      const candidate = { bound: times(strength, weight), behind: weight, node: end.node, left, after: null };
      weightOf.set(candidate, weights[index]);
      push(heap, candidate);
    }
  });
  for (let taken = pop(heap); taken; taken = pop(heap)) {
    if (taken.node === 0) {
      let last = taken;
      while (last.after) last = last.after;
      yield pathOf(graph, taken, weightOf.get(last) ?? 0);
      continue;
    }
    const behind = times(taken.behind, strengthOf(graph, taken.node));
    const left = taken.left - lengthOf(graph, taken.node);
    for (const node of graph.predecessors[taken.node]) {
      const way = best[node].get(left);
      if (way) push(heap, { bound: times(way, behind), behind, node, left, after: taken });
    }
  }
}
