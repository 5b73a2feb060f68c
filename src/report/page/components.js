// The components of a model: its drawings, what is said of a part, and the table.

/**
 * Returns the distribution of path lengths, with what lights it up.
 * @param {ModelView} view
 * @param {number} room
 */
function distribution(view, room) {
  const { ensemble, data } = view;
  if (!ensemble) throw new Error("there is no graph");
  const { lengths } = ensemble;
  const parts = view.isOriginal() && data.contributions ? data.contributions.population.parts : [];
  const shareOf = new Map(parts.map((part) => [part.mark, part]));
  /** @type {Series[]} */
  const series = [
    { name: "strength", style: "strength", values: lengths.map((row) => row.probability), average: ensemble.average },
  ];
  if (parts.length > 0) {
    series.push({
      name: "contribution (share of mean |C|)",
      style: "contribution",
      average: data.contributions?.population.average,
      values: lengths.map((row) => shareOf.get(row.length)?.share ?? null),
      intervals: lengths.map((row) => shareOf.get(row.length)?.share_interval ?? null),
    });
  }
  const { element, bars } = barChart({
    label: "Path length distribution",
    axis: "path length (convolutions)",
    unit: "share",
    room,
    names: lengths.map((row) => String(row.length)),
    numbers: lengths.map((row) => row.length),
    series,
    describe: (index) =>
      `Length ${lengths[index].length}: ${plural(lengths[index].paths, "path")}, ${percent(lengths[index].probability)} of the strength${
        series.length > 1 ? `, ${percent(series[1].values[index])} of the contribution` : ""
      }`,
    press: (index) => view.chooseLength(lengths[index].length),
  });
  const list = lengthTable(data.name, lengths, shareOf);
  const hint = "Contributions are of the model as it is, and are shown beside strength only then.";
  const note = data.contributions && parts.length === 0 ? [html("p", { class: "hint" }, hint)] : [];
  const title = "Path length distribution: choose a length to see its paths";
  return {
    element: html(
      "section",
      {},
      figure(title, `${data.name}-lengths`, element, ...note),
      html("details", {}, html("summary", {}, "As a table"), list),
    ),
    light: () =>
      bars.forEach((bar, index) => {
        const isChosen = lengths[index].length === view.length;
        bar.setAttribute("aria-pressed", String(isChosen));
        bar.classList.toggle("chosen", isChosen);
      }),
  };
}

/**
 * Returns the lengths as a table.
 * @param {string} name - of the model
 * @param {Ensemble["lengths"]} lengths
 * @param {Map<number | null, Part>} shareOf - the contributions of lengths, if they are shown
 */
function lengthTable(name, lengths, shareOf) {
  const hasShares = shareOf.size > 0;
  const rows = lengths.map(({ length, paths, strength, probability }) => {
    const share = shareOf.get(length)?.share;
    const log = strength.m === 0 ? null : logarithm(strength);
    return {
      cells: [String(length), countText(paths), strengthText(strength), percent(probability)].concat(
        hasShares ? [percent(share)] : [],
      ),
      values: [length, paths, toNumber(strength), log, probability, ...(hasShares ? [share] : [])],
    };
  });
  const columns = [
    { name: "length", text: "Length", number: true },
    { name: "paths", text: "Paths", number: true },
    { name: "strength", text: "Strength", number: true },
    { name: "log_strength", text: "", hidden: true },
    { name: "probability", text: "Share of strength", number: true },
    ...(hasShares ? [{ name: "contribution_share", text: "Share of contribution", number: true }] : []),
  ];
  return table("Lengths", `${name}-lengths`, columns, rows);
}

/**
 * Returns the drawings of a model, with what lights them up.
 * @param {ModelView} view
 * @param {HTMLElement} details
 */
function drawingsOf(view, details) {
  const { reading, graph, data } = view;
  if (!reading || !graph) throw new Error("there is no graph");
  const chosen = () =>
    new Set(
      graph.components.flatMap((component, node) => (component >= 0 && component === view.component ? [node] : [])),
    );
  const drawn = [
    ["Unrolled", unrolledDrawing(reading, view.folded)],
    ["Rolled", rolledDrawing(reading)],
  ];
  const list = drawn.map(([name, drawing]) =>
    shown(/** @type {Drawing} */ (drawing), String(name), {
      name: (part) => part.title,
      look: (part) => describe(view, details, part),
      press: (part) => {
        const [component] = componentsIn(graph, part);
        view.component = component === view.component ? null : (component ?? null);
        view.relight?.();
      },
    }),
  );
  const elements = list.map((one, index) => {
    const notes = one.drawing.note ? [html("p", { class: "hint" }, one.drawing.note)] : [];
    const title =
      index === 0 ? "Unrolled: widths of lines are shares of strength" : "Rolled: arcs on the right lead back";
    const element = figure(title, `${data.name}-${index === 0 ? "unrolled" : "rolled"}`, one.element, ...notes);
    if (index === 0 && !view.reading?.graph.iterations && graph.components.length > 30) {
      element.querySelector("figcaption")?.append(
        button(
          view.folded ? "Every use" : "Chains as one part",
          () => {
            view.folded = !view.folded;
            view.show();
          },
          { "data-key": "fold" },
        ),
      );
    }
    return element;
  });
  const lightAll = () => {
    const flow = view.chosenFlow();
    const isChoice = view.length !== null || view.path !== null;
    const isOut = (/** @type {number} */ node) => view.knockedOut.has(graph.components[node]);
    list.forEach((one) => light(one, flow, isChoice, isOut, chosen()));
  };
  return { elements, light: lightAll };
}

/**
 * Returns the components in a part, each once.
 * @param {Graph} graph
 * @param {DrawnPart} part
 */
const componentsIn = (graph, part) => [
  ...new Set(part.nodes.map((node) => graph.components[node]).filter((component) => component >= 0)),
];

/**
 * Says what a part is, or what the chosen component is.
 * @param {ModelView} view
 * @param {HTMLElement} details
 * @param {DrawnPart | null} part
 */
function describe(view, details, part) {
  const { graph, uses } = view;
  if (!graph || !uses) return;
  const components = part ? componentsIn(graph, part) : view.component === null ? [] : [view.component];
  if (components.length === 0) {
    const hint = "Point at a component, or choose one, to see its strength, uses and share.";
    details.replaceChildren(part ? html("p", {}, part.title) : html("p", { class: "hint" }, hint));
    return;
  }
  const lines = components.slice(0, 6).map((component) => {
    const shape = graph.shapes[component] ? ` ${graph.shapes[component]?.join(" × ")}` : "";
    return html(
      "p",
      {},
      html("b", {}, graph.names[component]),
      ` ${graph.kinds[component]}${shape}: strength ${digits(graph.strengths[component])}, ` +
        `${plural(uses[component], "use")}, ${percent(view.share(component))} of the ensemble's strength leads through it. `,
      ...(part ? [] : [knockButton(view, component, "of the details")]),
    );
  });
  if (components.length > 6) lines.push(html("p", {}, `and ${components.length - 6} more`));
  details.replaceChildren(...lines);
}

/**
 * @param {ModelView} view
 * @param {number} component
 * @param {string} where
 */
function knockButton(view, component, where) {
  const isOut = view.knockedOut.has(component);
  const name = view.graph?.names[component];
  return button(isOut ? "Restore" : "Knock out", () => view.knock(component), {
    "data-key": `knock ${component} ${where}`,
    "aria-label": `${isOut ? "Restore" : "Knock out"} ${name}`,
  });
}

/** @param {ModelView} view */
function componentsOf(view) {
  const { graph, uses, data } = view;
  if (!graph || !uses) throw new Error("there is no graph");
  const used = graph.names.map((_, component) => component).filter((component) => uses[component] > 0);
  const isCheap = used.length * graph.components.length < MOST_WORK;
  const rows = used.map((component) => {
    const share = isCheap ? view.share(component) : null;
    const shape = graph.shapes[component]?.join(" × ") ?? "";
    return {
      cells: [
        graph.names[component],
        graph.kinds[component],
        shape,
        countText(uses[component]),
        digits(graph.strengths[component]),
        percent(share),
        knockButton(view, component, "of the table"),
      ],
      values: [
        graph.names[component],
        graph.kinds[component],
        shape,
        uses[component],
        graph.strengths[component],
        share,
        view.knockedOut.has(component) ? "yes" : "no",
      ],
      attributes: { class: view.knockedOut.has(component) ? "out" : "" },
    };
  });
  const columns = [
    { name: "name", text: "Component" },
    { name: "kind", text: "Kind" },
    { name: "shape", text: "Shape" },
    { name: "uses", text: "Uses", number: true },
    { name: "strength", text: "Strength", number: true },
    { name: "share", text: "Share of strength", number: true },
    { name: "knocked_out", text: "" },
  ];
  const found = table(
    `Components${isCheap ? "" : " (shares: point at one in a drawing)"}`,
    `${data.name}-components`,
    columns,
    rows,
  );
  return html("details", { open: rows.length <= 40 }, html("summary", {}, plural(rows.length, "component")), found);
}

/**
 * Returns the ensembles as the analysis has them, for a graph that is too large for the page.
 * @param {ModelView} view
 */
function ensemblesAsGiven({ analysis, data, root }) {
  return analysis.ensembles.map((ensemble) => {
    const name = ensemble.readout ?? "paths";
    const { element } = barChart({
      label: `Path length distribution, ${name}`,
      axis: "path length (convolutions)",
      unit: "share",
      room: root.clientWidth,
      names: ensemble.lengths.map((row) => String(row.length)),
      numbers: ensemble.lengths.map((row) => row.length),
      series: [
        {
          name: "strength",
          style: "strength",
          values: ensemble.lengths.map((row) => row.probability),
          average: ensemble.average_path_length,
        },
      ],
      describe: (index) => `Length ${ensemble.lengths[index].length}: ${percent(ensemble.lengths[index].probability)}`,
      press: null,
    });
    const rows = ensemble.lengths.map(({ length, paths, strength, log_strength, probability }) => ({
      cells: [String(length), countText(String(paths)), digits(strength), percent(probability)],
      values: [length, String(paths), strength, log_strength, probability],
    }));
    const columns = [
      { name: "length", text: "Length", number: true },
      { name: "paths", text: "Paths", number: true },
      { name: "strength", text: "Strength", number: true },
      { name: "log_strength", text: "", hidden: true },
      { name: "probability", text: "Share of strength", number: true },
    ];
    const list = table(`Lengths, ${name}`, `${data.name}-${name}-lengths`, columns, rows);
    return html(
      "section",
      {},
      html(
        "p",
        {},
        `${name}: average path length ${digits(ensemble.average_path_length)}, diversity ${digits(ensemble.diversity_nats)} nats.`,
      ),
      figure(`Path length distribution, ${name}`, `${data.name}-${name}`, element),
      list,
    );
  });
}
