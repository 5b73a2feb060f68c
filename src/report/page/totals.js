// Counts and strengths by length, node by node: no path is listed. The order of additions is that of pathscope.

/**
 * @param {LengthTotal} total
 * @param {LengthTotal} other
 * @returns {LengthTotal}
 */
function merged(total, other) {
  const strength = plus(total.strength, other.strength);
  let log = total.log;
  if (strength.m !== 0) log += ratio(other.strength, strength) * (other.log - total.log);
  return { paths: total.paths + other.paths, strength, log };
}

/** @returns {LengthTotal} */
const nothing = () => ({ paths: 0n, strength: ZERO, log: 0 });

/**
 * Returns the totals of two sets of paths together.
 * @param {Totals} one
 * @param {Totals} other
 * @returns {Totals}
 */
function together(one, other) {
  if (one.list.length === 0) return other;
  if (other.list.length === 0) return one;
  const shortest = Math.min(one.shortest, other.shortest);
  const end = Math.max(one.shortest + one.list.length, other.shortest + other.list.length);
  const list = [];
  for (let length = shortest; length < end; length += 1) {
    const own = one.list[length - one.shortest] ?? nothing();
    const more = other.list[length - other.shortest];
    list.push(more ? merged(own, more) : own);
  }
  return { shortest, list };
}

/**
 * Returns totals times a factor, of paths that are longer by some convolutions.
 * @param {Totals} totals
 * @param {Magnitude} factor
 * @param {number} longer
 * @returns {Totals}
 */
function scaled(totals, factor, longer) {
  const shortest = totals.shortest + longer;
  if (factor.m === 1 && factor.e === 0) return { shortest, list: totals.list };
  const more = logarithm(factor);
  const list = totals.list.map(({ paths, strength, log }) => {
    const product = times(strength, factor);
    return { paths, strength: product, log: product.m === 0 ? 0 : log + more };
  });
  return { shortest, list };
}

/** @type {Totals} */
const NO_TOTALS = { shortest: 0, list: [] };

/**
 * Returns the totals of the ways from the source up to and including each node.
 * @param {Reading} reading
 * @returns {Totals[]}
 */
function totalsTo({ graph, alive }) {
  /** @type {Totals[]} */
  const totals = [];
  graph.predecessors.forEach((before, node) => {
    let total = node === 0 ? { shortest: 0, list: [{ paths: 1n, strength: ONE, log: 0 }] } : NO_TOTALS;
    if (alive[node]) {
      for (const from of before) total = together(total, totals[from]);
      total = scaled(total, strengthOf(graph, node), lengthOf(graph, node));
    }
    totals.push(alive[node] ? total : NO_TOTALS);
  });
  return totals;
}

/**
 * Returns the strengths of the ways from each node, itself not included, to the readout.
 * @param {Reading} reading
 * @returns {Map<number, Magnitude>[]} - by node, and by length
 */
function totalsFrom({ graph, alive, weights }) {
  /** @type {Map<number, Magnitude>[]} */
  const totals = graph.components.map(() => new Map());
  graph.ends.forEach((end, index) => {
    if (weights[index] > 0) totals[end.node].set(0, plus(totals[end.node].get(0) ?? ZERO, magnitude(weights[index])));
  });
  for (let node = totals.length - 1; node >= 0; node -= 1) {
    if (!alive[node]) continue;
    for (const next of graph.successors[node]) {
      if (!alive[next]) continue;
      for (const [length, strength] of totals[next]) {
        const longer = length + lengthOf(graph, next);
        const more = times(strength, strengthOf(graph, next));
        totals[node].set(longer, plus(totals[node].get(longer) ?? ZERO, more));
      }
    }
  }
  return totals;
}

/**
 * Returns the ensemble of all paths that are read out.
 * @param {Reading} reading
 * @param {Totals[]} totals - of the ways to each node
 * @returns {Ensemble}
 */
function ensembleOf({ graph, weights }, totals) {
  /** @type {Map<number, number[]>} */
  const endsAt = new Map();
  graph.ends.forEach((end, index) => endsAt.set(end.node, [...(endsAt.get(end.node) ?? []), index]));
  /** @type {Totals} */
  let sum = NO_TOTALS;
  for (const node of [...endsAt.keys()].sort((a, b) => a - b)) {
    for (const index of endsAt.get(node) ?? []) {
      if (weights[index] > 0) sum = together(sum, scaled(totals[node], magnitude(weights[index]), 0));
    }
  }
  const rows = sum.list
    .map((total, index) => ({ length: sum.shortest + index, ...total }))
    .filter((row) => row.paths > 0n);
  const total = rows.reduce((all, row) => plus(all, row.strength), ZERO);
  const isZero = total.m === 0;
  const lengths = rows.map(({ length, paths, strength }) => ({
    length,
    paths,
    strength,
    probability: isZero ? null : ratio(strength, total),
  }));
  const paths = rows.reduce((all, row) => all + row.paths, 0n);
  if (isZero) return { paths, total, average: null, std: null, diversity: null, effective: null, lengths };
  let average = 0;
  let log = 0;
  lengths.forEach(({ length, probability }, index) => {
    average += (probability ?? 0) * length;
    log += (probability ?? 0) * rows[index].log;
  });
  let variance = 0;
  let diversity = 0;
  for (const { length, probability } of lengths) {
    const p = probability ?? 0;
    variance += p * (length - average) ** 2;
    if (p > 0) diversity += p * Math.log(1 / p);
  }
  const effective = Math.exp(Math.max(logarithm(total) - log, 0));
  return {
    paths,
    total,
    average,
    std: Math.sqrt(variance),
    diversity,
    effective: effective < Infinity ? effective : null,
    lengths,
  };
}

/**
 * Returns the strength of the paths over a node or an edge: all of them, or those of one length.
 * @param {Totals} to - of the ways up to it
 * @param {Map<number, Magnitude>} from - of the ways from it
 * @param {number | null} length
 */
function through(to, from, length) {
  if (length === null) {
    const before = to.list.reduce((sum, total) => plus(sum, total.strength), ZERO);
    return times(before, [...from.values()].reduce(plus, ZERO));
  }
  let sum = ZERO;
  to.list.forEach((total, index) => {
    const after = from.get(length - to.shortest - index);
    if (after) sum = plus(sum, times(total.strength, after));
  });
  return sum;
}

/**
 * Returns the part of the paths' strength that leads over each of some nodes and edges.
 * @param {Reading} reading
 * @param {Totals[]} to
 * @param {Map<number, Magnitude>[]} from
 * @param {number | null} length - of only the paths of this length
 * @param {Magnitude} whole - the strength of all these paths
 */
function flow({ graph, alive }, to, from, length, whole) {
  const share = (/** @type {Magnitude} */ part) => (whole.m === 0 ? 0 : ratio(part, whole));
  return {
    node: (/** @type {number} */ node) => (alive[node] ? share(through(to[node], from[node], length)) : 0),
    edge: (/** @type {number} */ before, /** @type {number} */ node) => {
      if (!alive[before] || !alive[node]) return 0;
      const rest = length === null ? null : length - lengthOf(graph, node);
      return share(times(through(to[before], from[node], rest), strengthOf(graph, node)));
    },
  };
}

/**
 * Returns the strength of all ways to each node.
 * @param {Totals[]} totals
 */
const overLengths = (totals) => totals.map((total) => total.list.reduce((sum, one) => plus(sum, one.strength), ZERO));

/**
 * Returns the strength of the paths that lead through a component at least once.
 * @param {Reading} reading
 * @param {Magnitude[]} whole - the strength of all ways to each node
 * @param {(node: number) => boolean} isUse - whether a node is a use of the component
 */
function strengthThrough({ graph, alive, weights }, whole, isUse) {
  // Of the ways to each node, those that have passed a use.
  /** @type {Magnitude[]} */
  const passed = [];
  graph.predecessors.forEach((before, node) => {
    if (!alive[node]) passed.push(ZERO);
    else if (isUse(node)) passed.push(whole[node]);
    else
      passed.push(
        times(
          before.reduce((sum, from) => plus(sum, passed[from]), ZERO),
          strengthOf(graph, node),
        ),
      );
  });
  return graph.ends.reduce((sum, end, index) => plus(sum, times(passed[end.node], magnitude(weights[index]))), ZERO);
}
