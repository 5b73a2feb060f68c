// Where the parts of an unrolled graph stand that has no blocks and iterations: by their distance from the input.

/**
 * Returns sets of nodes that are drawn as one part: chains without a branch, or single nodes.
 * @param {Reading} reading
 * @param {boolean} folded
 * @returns {number[][]}
 */
function chains({ graph, present }, folded) {
  /** @type {number[][]} */
  const found = [];
  const chainOf = new Map();
  const ends = new Set(graph.ends.map((end) => end.node));
  const next = (/** @type {number} */ node) => graph.successors[node].filter((to) => present[to]);
  present.forEach((is, node) => {
    if (!is) return;
    const [before, ...more] = graph.predecessors[node];
    const joins =
      folded &&
      before > 0 &&
      more.length === 0 &&
      next(before).length === 1 &&
      !ends.has(before) &&
      graph.components[node] >= 0 &&
      graph.components[before] >= 0;
    const chain = joins ? chainOf.get(before) : [];
    if (!joins) found.push(chain);
    chain.push(node);
    chainOf.set(node, chain);
  });
  return found;
}

/**
 * Draws the parts of a graph by their distance from the input: programs upward, and separate paths side by side.
 * @param {Reading} reading
 * @param {boolean} folded
 * @returns {Drawing}
 */
function byDepth(reading, folded) {
  const { graph } = reading;
  const groups = chains(reading, folded);
  if (groups.length === 0) return noDrawing("No path leads to the readout.");
  if (groups.length > 2 * MOST_PARTS) {
    const parts = plural(groups.length, "part");
    return noDrawing(`The unrolled graph has ${parts}, too many to draw: the numbers and lists are of all of them.`);
  }
  const parts = groups.map((nodes) => partOf(graph, nodes, 0, 0));
  const layers = layersOf(graph, groups);
  const note = folded ? "Chains of components are drawn as one part." : "";
  return graph.separate ? alongside(graph, parts, layers, note) : upward(graph, parts, layers, note);
}

/**
 * Returns the parts of each distance from the input, sorted by where what leads to them stands.
 * @param {Graph} graph
 * @param {number[][]} groups - the nodes of each part
 */
function layersOf(graph, groups) {
  const groupAt = new Map(groups.flatMap((nodes, index) => nodes.map((node) => [node, index])));
  /** @type {number[]} */
  const depths = [];
  /** @type {number[]} */
  const places = [];
  const layers = /** @type {number[][]} */ ([]);
  groups.forEach((nodes, index) => {
    const before = graph.predecessors[nodes[0]].map((node) => groupAt.get(node)).filter((group) => group !== undefined);
    depths[index] = Math.max(-1, ...before.map((group) => depths[group])) + 1;
    // A path of its own keeps its place from beginning to end.
    const isFirst = graph.separate && before[0] === 0;
    const sum = before.reduce((all, group) => all + places[group], 0);
    places[index] = isFirst ? index : sum / Math.max(before.length, 1);
    (layers[depths[index]] ??= []).push(index);
  });
  layers.forEach((layer) => layer.sort((a, b) => places[a] - places[b] || a - b));
  return layers;
}

/**
 * Draws every path as a line of parts.
 * @param {Graph} graph
 * @param {DrawnPart[]} parts
 * @param {number[][]} layers
 * @param {string} note
 * @returns {Drawing}
 */
function alongside(graph, parts, layers, note) {
  const [column, row] = [BOX.width + 26, BOX.height + 16];
  const partAt = new Map(parts.flatMap((part) => part.nodes.map((node) => [node, part])));
  const height = (layers[1] ?? []).length * row + 24;
  layers.forEach((layer, depth) =>
    layer.forEach((index, place) => {
      const before = depth > 1 ? partAt.get(graph.predecessors[parts[index].nodes[0]][0]) : undefined;
      parts[index].x = 46 + depth * column;
      parts[index].y = before?.y ?? (depth === 0 ? height / 2 : 12 + (place + 0.5) * row);
    }),
  );
  return finished(graph, parts, [], 46 + layers.length * column, height, note, (from, to) => {
    const [start, end] = [sides(from).right, sides(to).left];
    return `M${start} ${from.y}C${start + 12} ${from.y} ${end - 12} ${to.y} ${end} ${to.y}`;
  });
}

/**
 * Draws the input at the bottom and what comes after it above.
 * @param {Graph} graph
 * @param {DrawnPart[]} parts
 * @param {number[][]} layers
 * @param {string} note
 * @returns {Drawing}
 */
function upward(graph, parts, layers, note) {
  const [column, row] = [BOX.width + 14, BOX.height + 12];
  const bow = (/** @type {number} */ span) => Math.min(8 + 6 * span, 130);
  const depthAt = new Map(
    layers.flatMap((layer, depth) => layer.flatMap((index) => parts[index].nodes.map((node) => [node, depth]))),
  );
  const spans = [...depthAt].flatMap(([node, depth]) =>
    graph.predecessors[node].map((before) => depth - (depthAt.get(before) ?? depth)),
  );
  const beside = bow(Math.max(0, ...spans));
  const wide = Math.max(...layers.map((layer) => layer.length)) * column;
  const height = layers.length * row + 12;
  layers.forEach((layer, depth) =>
    layer.forEach((index, place) => {
      parts[index].x = 8 + wide / 2 + (place - (layer.length - 1) / 2) * column;
      parts[index].y = height - 6 - (depth + 0.5) * row;
    }),
  );
  return finished(graph, parts, [], wide + beside + 12, height, note, (from, to) => {
    const [a, b] = [sides(from), sides(to)];
    const span = Math.round((from.y - to.y) / row);
    if (span > 1) {
      const far = Math.max(a.right, b.right) + bow(span);
      return `M${a.right} ${from.y}C${far} ${from.y - 6} ${far} ${to.y + 6} ${b.right} ${to.y}`;
    }
    return `M${from.x} ${a.top}C${from.x} ${a.top - 6} ${to.x} ${b.bottom + 6} ${to.x} ${b.bottom}`;
  });
}
