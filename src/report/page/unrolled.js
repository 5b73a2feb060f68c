// Where the parts of an unrolled circuit stand: by block and iteration. What is drawn otherwise is in layered.js.

const BOX = { width: 62, height: 22 };
const GAP = { x: 8, y: 14 };
const RADIUS = 8;
/** More parts than this are folded, and more than twice as many are not drawn. */
const MOST_PARTS = 700;

/** @typedef {{ left: number, right: number, top: number, bottom: number }} Sides */

/**
 * Returns the shape of a part, which tells kinds apart without colour.
 * @param {Graph} graph
 * @param {number[]} nodes
 * @returns {DrawnPart["shape"]}
 */
function shapeOf(graph, nodes) {
  if (nodes.length > 1) return "group";
  if (nodes[0] === 0) return "input";
  const component = graph.components[nodes[0]];
  if (component < 0) return "sum";
  if (graph.kinds[component] === "conv") return "conv";
  return graph.kinds[component].endsWith("norm") ? "norm" : "other";
}

/**
 * Returns what is written in the box of a component.
 * @param {Graph} graph
 * @param {number} component
 */
function shortName(graph, component) {
  const kind = graph.kinds[component];
  if (graph.roles[component] && kind === "conv") return String(graph.roles[component]);
  if (graph.places && kind === "batch-norm") return "bn";
  if (graph.places) return kind;
  const parts = graph.names[component].split(".");
  // A number alone says too little.
  const last = parts.slice(-2);
  return /^\d+$/.test(last[last.length - 1]) ? last.join(".") : last[last.length - 1];
}

/**
 * Shortens text to what a box has room for.
 * @param {string} text
 * @param {number} most
 */
const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/**
 * Returns the drawing of an unrolled graph.
 * @param {Reading} reading
 * @param {boolean} folded - chains are drawn as one part
 * @returns {Drawing}
 */
function unrolledDrawing(reading, folded) {
  const { graph } = reading;
  return graph.places && !graph.separate && !folded ? byPlace(reading) : byDepth(reading, folded);
}

/**
 * Returns the module that several components are in, or how many they are.
 * @param {string[]} names
 */
function commonModule(names) {
  const parts = names.map((name) => name.split("."));
  const common = parts[0].filter((_, index) =>
    parts.every((other) => other.slice(0, index + 1).join() === parts[0].slice(0, index + 1).join()),
  );
  return common.length > 0 ? common.slice(-2).join(".") : `${names.length} parts`;
}

/**
 * Returns a part of a drawing.
 * @param {Graph} graph
 * @param {number[]} nodes
 * @param {number} x
 * @param {number} y
 * @returns {DrawnPart}
 */
function partOf(graph, nodes, x, y) {
  const shape = shapeOf(graph, nodes);
  const isRound = shape === "sum";
  const components = nodes.map((node) => graph.components[node]).filter((component) => component >= 0);
  let label = shape === "input" ? "input" : "";
  if (components.length === 1) label = shortName(graph, components[0]);
  if (components.length > 1) label = commonModule(components.map((component) => graph.names[component]));
  const title =
    components.length > 0
      ? components.map((component) => graph.names[component]).join(" > ")
      : shape === "input"
        ? "input"
        : sumName(graph, nodes[0]);
  return {
    nodes,
    x,
    y,
    shape,
    label: cut(label, 10),
    title,
    width: isRound ? 2 * RADIUS : BOX.width,
    height: isRound ? 2 * RADIUS : BOX.height,
  };
}

/**
 * @param {Graph} graph
 * @param {number} node
 */
function sumName(graph, node) {
  const place = graph.places?.[node];
  if (!place) return "sum";
  const name = graph.blocks[place[0] - 2];
  return `output of block ${place[0]}${name ? ` (${name})` : ""} at iteration ${place[1]}`;
}

/**
 * Draws blocks above each other and iterations side by side. Of many iterations, the first ones and the last are drawn.
 * @param {Reading} reading
 * @returns {Drawing}
 */
function byPlace({ graph, present }) {
  const places = /** @type {number[][]} */ (graph.places);
  const last = graph.places ? Math.max(...places.filter((_, node) => present[node]).map(([, t]) => t)) : 0;
  const count = present.filter(Boolean).length;
  const kept = Math.max(2, Math.floor((MOST_PARTS / count) * last));
  const isShown = (/** @type {number} */ t) => count <= MOST_PARTS || t < kept || t === last;
  /** @type {Map<string, number[][]>} rows of nodes by block and iteration */
  const cells = new Map();
  const rows = [0, 0, 0, 0];
  places.forEach(([block, t], node) => {
    if (node === 0 || !present[node] || !isShown(t)) return;
    const key = `${block} ${t}`;
    const cell = cells.get(key) ?? [[], [], [], []];
    const component = graph.components[node];
    const before = graph.predecessors[node];
    const isNorm = component >= 0 && graph.kinds[component] === "batch-norm";
    const isOfConnection = isNorm && graph.roles[component] !== null;
    const row = component < 0 ? 3 : isOfConnection ? 1 : isNorm ? 2 : 0;
    if (row === 0 && before.some((from) => from > 0 && places[from][1] < t)) cell[0].unshift(node);
    else cell[row].push(node);
    rows[row] = Math.max(rows[row], cell[row].length);
    cells.set(key, cell);
  });
  const used = [0, 1, 2, 3].filter((row) => rows[row] > 0);
  const widest = Math.max(...rows);
  const column = widest * (BOX.width + GAP.x) + 26;
  const step = BOX.height + GAP.y;
  const blockHeight = used.length * step + 20;
  const numbers = [...new Set(places.filter((_, node) => node > 0 && present[node]).map(([block]) => block))].sort(
    (a, b) => a - b,
  );
  const shown = [...new Set(places.filter((_, node) => node > 0 && present[node]).map(([, t]) => t))]
    .filter(isShown)
    .sort((a, b) => a - b);
  const folds = shown.length > 0 && shown[shown.length - 1] - shown[0] + 1 > shown.length;
  const left = 92;
  const xOf = (/** @type {number} */ t) =>
    left + shown.indexOf(t) * column + (folds && t === last ? 44 : 0) + column / 2;
  const bottom = numbers.length * blockHeight + 30;
  /** @type {DrawnPart[]} */
  const parts = [];
  const width = left + shown.length * column + (folds ? 44 : 0);
  const input = partOf(graph, [0], (left + width) / 2, bottom + 6);
  parts.push({ ...input, width: width - left - 20 });
  for (const [key, cell] of cells) {
    const [block, t] = key.split(" ").map(Number);
    const base = bottom - 24 - numbers.indexOf(block) * blockHeight;
    used.forEach((row, level) =>
      cell[row].forEach((node, index) => {
        const x = xOf(t) + (index - (cell[row].length - 1) / 2) * (BOX.width + GAP.x);
        parts.push(partOf(graph, [node], x, base - level * step - BOX.height / 2));
      }),
    );
  }
  const texts = shown.map((t) => ({ x: xOf(t), y: bottom + 36, text: `t = ${t}` }));
  numbers.forEach((block, index) =>
    texts.push({
      x: 44,
      y: bottom - 24 - (index + 0.5) * blockHeight + 10,
      text: cut(graph.blocks[block - 2] || `block ${block}`, 13),
    }),
  );
  if (folds) texts.push({ x: xOf(last) - column / 2 - 22, y: bottom / 2, text: "…" });
  const note = folds ? `Iterations ${kept} to ${last - 1} are not drawn, but count.` : "";
  return finished(graph, parts, texts, width + 10, bottom + 46, note, (from, to) => {
    const [a, b] = [sides(from), sides(to)];
    // What comes from the same iteration or the input goes up; what comes from an earlier one goes to the right.
    if (from.nodes[0] === 0) return `M${to.x} ${a.top}L${to.x} ${b.bottom}`;
    if (from.x < to.x - column / 2) {
      const bend = Math.min(40, (b.left - a.right) / 2);
      return `M${a.right} ${from.y}C${a.right + bend} ${from.y} ${b.left - bend} ${to.y} ${b.left} ${to.y}`;
    }
    const bend = (a.top - b.bottom) / 2;
    if (bend > blockHeight / 2) {
      const side = xOf(places[to.nodes[0]][1]) + column / 2 - 6;
      return `M${a.right} ${from.y}C${side} ${from.y} ${side} ${to.y} ${b.right} ${to.y}`;
    }
    return `M${from.x} ${a.top}C${from.x} ${a.top - bend} ${to.x} ${b.bottom + bend} ${to.x} ${b.bottom}`;
  });
}

/** @param {DrawnPart} part @returns {Sides} */
const sides = ({ x, y, width, height }) => ({
  left: x - width / 2,
  right: x + width / 2,
  top: y - height / 2,
  bottom: y + height / 2,
});

/**
 * Joins the parts of a drawing by its lines.
 * @param {Graph} graph
 * @param {DrawnPart[]} parts
 * @param {Drawing["texts"]} texts
 * @param {number} width
 * @param {number} height
 * @param {string} note
 * @param {(from: DrawnPart, to: DrawnPart) => string} route
 * @returns {Drawing}
 */
function finished(graph, parts, texts, width, height, note, route) {
  const partAt = new Map(parts.flatMap((part, index) => part.nodes.map((node) => [node, index])));
  /** @type {Map<string, DrawnLine>} */
  const lines = new Map();
  parts.forEach((part, to) =>
    part.nodes.forEach((node) =>
      graph.predecessors[node].forEach((before) => {
        const from = partAt.get(before);
        if (from === undefined || from === to) return;
        const key = `${from} ${to}`;
        const line = lines.get(key) ?? { from, to, edges: [], d: route(parts[from], part) };
        line.edges.push([before, node]);
        lines.set(key, line);
      }),
    ),
  );
  return { parts, lines: [...lines.values()], texts, width, height, note };
}

/**
 * Returns a drawing that only says why it is none.
 * @param {string} note
 * @returns {Drawing}
 */
const noDrawing = (note) => ({ parts: [], lines: [], texts: [], width: 10, height: 10, note });
