// The rolled graph: every component once, in the order in which paths first reach them, from the input at the bottom upward.
// Arcs on the left lead up; those on the right lead back, and make the network recurrent.

const LINE = 26;
/** More components than this are folded by module. */
const MOST_ROWS = 60;
const MOST_ARCS = 1500;

/**
 * Returns the row of each node and the names of rows; nodes without a component have none where components alone are drawn.
 * @param {Reading} reading
 */
function rowsOf({ graph, present }) {
  const names = graph.rolled_names;
  const segments = (/** @type {string} */ name, /** @type {number} */ depth) =>
    name.split(".").slice(0, depth).join(".");
  let depth = Infinity;
  const used = new Set(
    graph.components.filter((component, node) => component >= 0 && present[node]).map((c) => graph.rolled[c]),
  );
  const deepest = Math.max(1, ...[...used].map((index) => names[index].split(".").length));
  if (used.size > MOST_ROWS) {
    const rows = (/** @type {number} */ at) => new Set([...used].map((index) => segments(names[index], at))).size;
    depth = deepest;
    while (depth > 1 && rows(depth) > MOST_ROWS) depth -= 1;
  }
  /** @type {Map<string, number[]>} */
  const rows = new Map([["input", [0]]]);
  graph.components.forEach((component, node) => {
    if (node === 0 || !present[node]) return;
    const place = graph.places?.[node];
    if (component < 0 && !place) return;
    const name =
      component < 0
        ? `output of ${graph.blocks[(place?.[0] ?? 2) - 2] || `block ${place?.[0]}`}`
        : segments(names[graph.rolled[component]], depth);
    rows.set(name, [...(rows.get(name) ?? []), node]);
  });
  return { rows: graph.places ? byBlock(graph, rows) : rows, folded: depth < Infinity };
}

/**
 * Returns the rows of a circuit block by block: connections, normalizations and the output.
 * @param {Graph} graph
 * @param {Map<string, number[]>} rows
 */
function byBlock(graph, rows) {
  const order = (/** @type {number[]} */ [node]) => {
    const component = graph.components[node];
    const isNorm = component >= 0 && graph.kinds[component] === "batch-norm";
    const level = component < 0 ? 3 : !isNorm ? 0 : graph.roles[component] ? 1 : 2;
    return 4 * (graph.places?.[node][0] ?? 0) + level;
  };
  return new Map([...rows].sort(([, a], [, b]) => order(a) - order(b)));
}

/**
 * Returns the drawing of the rolled graph.
 * @param {Reading} reading
 * @returns {Drawing}
 */
function rolledDrawing(reading) {
  const { graph } = reading;
  const { rows, folded } = rowsOf(reading);
  const rowAt = new Map([...rows.values()].flatMap((nodes, row) => nodes.map((node) => [node, row])));
  // What leads to a row without another row between: over sums that have none.
  /** @type {Map<number, [number, number][]>} */
  const arriving = new Map();
  /** @type {Map<string, [number, number][]>} */
  const arcs = new Map();
  graph.predecessors.forEach((before, node) => {
    if (!reading.present[node]) return;
    const row = rowAt.get(node);
    const edges = before.flatMap((from) => {
      const fromRow = rowAt.get(from);
      return fromRow === undefined
        ? (arriving.get(from) ?? []).map(([first]) => /** @type {[number, number]} */ ([first, node]))
        : [/** @type {[number, number]} */ ([from, node])];
    });
    if (row === undefined) {
      const single = new Map(edges.map((edge) => [rowAt.get(edge[0]), edge]));
      arriving.set(node, [...single.values()]);
      return;
    }
    for (const edge of edges) {
      // A line within a module is no recurrence.
      if (folded && rowAt.get(edge[0]) === row) continue;
      const key = `${rowAt.get(edge[0])} ${row}`;
      arcs.set(key, [...(arcs.get(key) ?? []), edge]);
    }
  });
  if (arcs.size > MOST_ARCS) {
    return noDrawing(`The rolled graph has ${arcs.size} connections, too many to draw: see the table of components.`);
  }
  return arcDrawing(graph, rows, arcs, folded);
}

/**
 * @param {Graph} graph
 * @param {Map<string, number[]>} rows
 * @param {Map<string, [number, number][]>} arcs
 * @param {boolean} folded
 * @returns {Drawing}
 */
function arcDrawing(graph, rows, arcs, folded) {
  const names = [...rows.keys()];
  const spans = [...arcs.keys()].map((key) => key.split(" ").map(Number));
  const reach = (/** @type {boolean} */ back) =>
    Math.max(0, ...spans.filter(([from, to]) => to <= from === back).map(([from, to]) => Math.abs(from - to)));
  const bow = (/** @type {number} */ span) => Math.min(14 + 9 * span, 150);
  const boxWidth = Math.min(280, Math.max(110, 7 * Math.max(...names.map((name) => name.length)) + 40));
  const left = reach(false) > 1 ? bow(reach(false)) + 6 : 12;
  const width = left + boxWidth + (spans.some(([from, to]) => to <= from) ? bow(reach(true)) + 16 : 12);
  const height = names.length * LINE + 16;
  const x = left + boxWidth / 2;
  const parts = names.map((name, row) => {
    const nodes = rows.get(name) ?? [];
    const first = partOf(graph, [nodes[0]], x, height - 8 - (row + 0.5) * LINE);
    const components = new Set(nodes.map((node) => graph.components[node]));
    const shape =
      first.shape === "sum" ? "other" : components.size > 1 && graph.places === null ? "group" : first.shape;
    const times = nodes.length > 1 ? ` ×${nodes.length}` : "";
    return /** @type {DrawnPart} */ ({
      ...first,
      nodes,
      shape,
      title: name,
      width: boxWidth,
      height: 19,
      label: cut(name, Math.floor(boxWidth / 7) - times.length) + times,
    });
  });
  const lines = [...arcs].map(([key, edges]) => {
    const [from, to] = key.split(" ").map(Number);
    const [a, b] = [sides(parts[from]), sides(parts[to])];
    let d = `M${x} ${a.top}L${x} ${b.bottom}`;
    if (to <= from) {
      const far = a.right + bow(from - to);
      const [start, end] = [parts[from].y - 4, parts[to].y + 4];
      d = `M${a.right} ${start}C${far} ${start - 8} ${far} ${end + 8} ${b.right} ${end}`;
    } else if (to > from + 1) {
      const far = a.left - bow(to - from);
      d = `M${a.left} ${parts[from].y}C${far} ${parts[from].y} ${far} ${parts[to].y} ${b.left} ${parts[to].y}`;
    }
    return { from, to, edges, d };
  });
  return { parts, lines, texts: [], width, height, note: folded ? "Components are drawn by module." : "" };
}
