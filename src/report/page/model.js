// What is shown of one model: its numbers, its drawings and its paths, as the reader has chosen.

/** The most paths that are listed, and how many at once. */
const MOST_PATHS = 1000;
const PATHS_AT_ONCE = 10;
/** The most steps of work that go into the shares of all components at once. */
const MOST_WORK = 2e6;

class ModelView {
  /**
   * @param {ModelData} data
   * @param {AnalysisData} analysis
   * @param {HTMLElement} root
   */
  constructor(data, analysis, root) {
    this.data = data;
    this.analysis = analysis;
    this.root = root;
    this.graph = data.graph && withSuccessors(data.graph);
    this.mode = this.graph?.iterations ? (this.graph.mode ?? "no-avg") : null;
    this.iterations = this.graph?.iterations ?? null;
    /** @type {Set<number>} */
    this.knockedOut = new Set();
    /** @type {number | null} */
    this.length = null;
    /** @type {FoundPath | null} */
    this.path = null;
    /** @type {number | null} */
    this.component = null;
    this.folded = !this.graph?.places && (this.graph?.components.length ?? 0) > 80;
    this.listed = PATHS_AT_ONCE;
    /** @type {(() => void) | null} */
    this.relight = null;
    /** @type {{ length: number | null, reading: Reading, list: FoundPath[], more: Generator<FoundPath, void, void> } | null} */
    this.found = null;
    this.show();
  }

  /** Computes everything anew and shows it; the focus stays where it is. */
  show() {
    const key = document.activeElement?.getAttribute("data-key");
    this.root.replaceChildren(modelHead(this));
    if (this.graph) this.showGraph(this.graph);
    else this.root.append(html("p", { class: "warning" }, this.data.left_out ?? ""), ...ensemblesAsGiven(this));
    this.root.append(...contributionsOf(this), ...fieldsOf(this));
    if (key) /** @type {HTMLElement | null} */ (this.root.querySelector(`[data-key="${CSS.escape(key)}"]`))?.focus();
  }

  /** @param {Graph} graph */
  showGraph(graph) {
    const reading = read(graph, this.mode, this.iterations, this.knockedOut);
    const to = totalsTo(reading);
    this.reading = reading;
    this.to = to;
    this.from = totalsFrom(reading);
    this.whole = overLengths(to);
    this.ensemble = ensembleOf(reading, to);
    this.uses = usesOf(reading);
    /** @type {Map<number, number | null>} */
    this.shares = new Map();
    if (this.length !== null && !this.ensemble.lengths.some(({ length }) => length === this.length)) this.length = null;
    this.path = null;
    this.listed = PATHS_AT_ONCE;
    this.root.append(controls(this), numbersOf(this));
    const details = html("div", { class: "details", "aria-live": "polite" });
    const place = html("div", { class: "drawings" });
    this.root.append(place);
    // Where two columns have room, a chart has the left one.
    const chart = distribution(
      this,
      matchMedia("(min-width: 60rem)").matches ? place.clientWidth * 0.4 : place.clientWidth,
    );
    const paths = html("section", { class: "paths", "aria-label": "Paths" });
    const drawings = drawingsOf(this, details);
    const [unrolled, rolled] = drawings.elements;
    place.append(html("div", {}, chart.element, rolled), html("div", {}, unrolled, paths), details);
    this.root.append(componentsOf(this));
    this.relight = () => {
      drawings.light();
      chart.light();
      describe(this, details, null);
    };
    this.listPaths(paths);
    this.relight();
  }

  /** The part of the paths that is chosen: one path, those of a length, or all. */
  chosenFlow() {
    const { path, reading, to, from, ensemble } = this;
    if (!reading || !to || !from || !ensemble) throw new Error("there is no graph");
    if (path) {
      const { nodes } = path;
      return {
        node: (/** @type {number} */ node) => Number(nodes.includes(node)),
        edge: (/** @type {number} */ a, /** @type {number} */ b) =>
          Number(nodes.some((node, index) => node === a && nodes[index + 1] === b)),
      };
    }
    const row = ensemble.lengths.find(({ length }) => length === this.length);
    return flow(reading, to, from, this.length, row ? row.strength : ensemble.total);
  }

  /**
   * Returns the part of the ensemble's strength that leads through a component.
   * @param {number} component
   */
  share(component) {
    const { reading, whole, ensemble, shares } = this;
    if (!reading || !whole || !ensemble || !shares) return null;
    let share = shares.get(component);
    if (share === undefined) {
      const strength = strengthThrough(reading, whole, (node) => reading.graph.components[node] === component);
      share = ensemble.total.m === 0 ? null : ratio(strength, ensemble.total);
      shares.set(component, share);
    }
    return share;
  }

  /** @param {HTMLElement} section */
  listPaths(section) {
    const again = () => this.listPaths(section);
    this.relist = again;
    const { reading, ensemble } = this;
    if (!reading || !ensemble) return;
    if (this.found?.length !== this.length || this.found.reading !== reading) {
      this.found = { length: this.length, reading, list: [], more: strongestPaths(reading, this.length) };
    }
    const { list, more } = this.found;
    while (list.length < this.listed) {
      const next = more.next();
      if (next.done) break;
      list.push(next.value);
    }
    section.replaceChildren(pathTable(this, list, again));
  }

  /** @param {number | null} length */
  chooseLength(length) {
    this.length = length === this.length ? null : length;
    this.path = null;
    this.listed = PATHS_AT_ONCE;
    this.relist?.();
    this.relight?.();
  }

  /** @param {FoundPath} path */
  choosePath(path) {
    this.path = path === this.path ? null : path;
    this.relight?.();
  }

  /** @param {number} component */
  knock(component) {
    if (!this.knockedOut.delete(component)) this.knockedOut.add(component);
    this.show();
  }

  /** Whether everything is as the model is: contributions are of this alone. */
  isOriginal() {
    const { graph, mode, iterations, knockedOut } = this;
    const stated = this.data.contributions?.mode ?? graph?.mode ?? null;
    return !graph || ((mode === null || mode === stated) && iterations === graph.iterations && knockedOut.size === 0);
  }
}

/** @param {ModelView} view */
function modelHead({ data, analysis, graph }) {
  const { source, circuit, program } = analysis;
  const facts = [
    circuit ? `${plural(circuit.recurrent_blocks, "recurrent block")}, ${plural(circuit.iterations, "iteration")}` : "",
    circuit ? `readout mode ${circuit.readout ?? "not stated"}` : "",
    program ? `paths from ${program.from} to ${program.to}` : "",
    source.layout ? `layout ${source.layout}` : "",
    plural(data.parameters, "parameter"),
  ].filter((fact) => fact !== "");
  const { scores } = data;
  const measured = scores
    ? [
        html(
          "p",
          {},
          `CC_norm² ${digits(scores.cc_norm2)} (median ${digits(scores.cc_norm2_median)}), CC_raw² ${digits(scores.cc_raw2)}, ` +
            `of ${plural(scores.neurons, "neuron")} of ${scores.dataset}${
              scores.without_ceiling > 0 ? `, ${scores.without_ceiling} of them without a ceiling.` : "."
            }`,
        ),
      ]
    : [];
  const hint = graph
    ? [
        html(
          "p",
          { class: "hint" },
          "Choose a length, a path or a component with the mouse or with Tab, arrow keys and Enter.",
        ),
      ]
    : [];
  return html(
    "header",
    {},
    ...(data.name === document.title ? [] : [html("h2", {}, data.name)]),
    html("p", {}, `${facts.join("; ")}.`),
    ...measured,
    html("p", { class: "hash" }, `${source.path}, SHA-256 ${source.sha256}`),
    ...hint,
  );
}

/** @param {ModelView} view */
function controls(view) {
  const { graph } = view;
  const bar = html("div", { class: "controls", role: "group", "aria-label": "What is read out" });
  if (graph?.iterations) {
    const modes = choice(
      "Readout mode",
      MODES.map((mode) => ({ value: mode, text: mode + (mode === graph.mode ? " (the model's)" : "") })),
      view.mode ?? "",
      (mode) => {
        view.mode = /** @type {Mode} */ (mode);
        view.show();
      },
    );
    modes.querySelector("select")?.setAttribute("data-key", "mode");
    const number = /** @type {HTMLInputElement} */ (
      html("input", {
        type: "number",
        min: 1,
        max: graph.iterations,
        step: 1,
        value: view.iterations ?? 1,
        "data-key": "iterations",
      })
    );
    number.addEventListener("change", () => {
      const value = Math.round(Number(number.value)) || 1;
      view.iterations = Math.min(Math.max(value, 1), graph.iterations ?? 1);
      view.show();
    });
    bar.append(
      modes,
      html("label", { class: "control" }, html("span", {}, `Iterations (1 to ${graph.iterations})`), number),
    );
  }
  const original = button(
    "As the model is",
    () => {
      view.mode = graph?.iterations ? (graph.mode ?? "no-avg") : null;
      view.iterations = graph?.iterations ?? null;
      view.knockedOut.clear();
      view.show();
    },
    { "data-key": "original" },
  );
  const isChanged =
    view.knockedOut.size > 0 ||
    view.iterations !== (graph?.iterations ?? null) ||
    (graph?.mode && graph.mode !== view.mode);
  if (!isChanged) original.setAttribute("disabled", "");
  bar.append(original);
  if (view.knockedOut.size > 0) {
    const names = [...view.knockedOut].map((component) => graph?.names[component]).join(", ");
    bar.append(
      html(
        "p",
        { class: "warning", role: "status" },
        `Knocked out: ${names}. Paths through ${view.knockedOut.size > 1 ? "them" : "it"} are gone; ` +
          "weights of the readout stay.",
      ),
    );
  }
  return bar;
}

/** @param {ModelView} view */
function numbersOf({ ensemble, reading }) {
  const list = html("dl", { class: "numbers" });
  if (!ensemble || !reading) return list;
  const { paths, total, average, std, diversity, effective } = ensemble;
  const rows = /** @type {[string, string, string, unknown][]} */ ([
    ["average_path_length", "Average path length", digits(average), average],
    ["length_std", "Standard deviation", digits(std), std],
    ["diversity_nats", "Diversity (nats)", digits(diversity), diversity],
    ["effective_paths", "Effective paths", digits(effective), effective],
    ["paths", "Paths", countText(paths), paths],
    ["total_strength", "Total strength", strengthText(total), toNumber(total)],
    [
      "log_strength",
      "Its logarithm",
      digits(total.m === 0 ? null : logarithm(total)),
      total.m === 0 ? null : logarithm(total),
    ],
  ]);
  for (const [name, label, text, value] of rows) {
    list.append(
      html("div", {}, html("dt", {}, label), html("dd", { "data-number": name, "data-value": String(value) }, text)),
    );
  }
  if (paths === 0n) list.append(html("p", { class: "warning" }, "No path leads to the readout."));
  return list;
}

/**
 * Returns the strongest paths as a table.
 * @param {ModelView} view
 * @param {FoundPath[]} list
 * @param {() => void} again
 */
function pathTable(view, list, again) {
  const { ensemble, graph, length } = view;
  if (!ensemble || !graph) return html("div");
  const of = ensemble.lengths.find((row) => row.length === length);
  const count = of ? of.paths : ensemble.paths;
  const caption = `The strongest of ${plural(count, "path")}${length === null ? "" : ` of length ${length}`}`;
  /** @type {Map<FoundPath, Element>} */
  const elements = new Map();
  const rows = list.map((path, index) => {
    const names = path.nodes
      .map((node) => graph.components[node])
      .filter((c) => c >= 0)
      .map((c) => graph.names[c]);
    const share = ensemble.total.m === 0 ? null : ratio(path.strength, ensemble.total);
    return {
      cells: [
        String(index + 1),
        html("span", { class: "path" }, names.join(" > ")),
        String(path.length),
        strengthText(path.strength),
        percent(share),
      ],
      values: [index + 1, names.join(" > "), path.length, toNumber(path.strength), logarithm(path.strength), share],
      attributes: { "aria-selected": "false", "data-key": `path ${index}` },
      press: () => {
        view.choosePath(path);
        elements.forEach((element, one) => element.setAttribute("aria-selected", String(one === view.path)));
      },
    };
  });
  const columns = [
    { name: "rank", text: "#", number: true },
    { name: "path", text: "Path" },
    { name: "length", text: "Length", number: true },
    { name: "strength", text: "Strength", number: true },
    { name: "log_strength", text: "", hidden: true },
    { name: "probability", text: "Share", number: true },
  ];
  const found = table(caption, `${view.data.name}-paths`, columns, rows);
  found.querySelectorAll("tbody tr").forEach((row, index) => elements.set(list[index], row));
  const isMore = list.length === view.listed && list.length < MOST_PATHS && BigInt(list.length) < count;
  if (isMore) {
    const more = button(
      "More paths",
      () => {
        view.listed = Math.min(MOST_PATHS, view.listed * 2);
        again();
      },
      { "data-key": "more paths" },
    );
    found.append(more);
  } else if (list.length === MOST_PATHS)
    found.append(html("p", {}, "The page lists no more; `pathscope analyze --top` does."));
  if (length !== null)
    found.append(button("All lengths", () => view.chooseLength(length), { "data-key": "all lengths" }));
  return found;
}
