// The results of a study: a table, performance against average path length or diversity, and the distribution of a model.

/** The most rows of the table that the page shows; all are saved. */
const MOST_SHOWN = 500;

/**
 * Returns the values of a column.
 * @param {StudyData} study
 * @param {string} name
 */
function column(study, name) {
  const place = study.columns.indexOf(name);
  return study.rows.map((row) => row[place] ?? null);
}

/**
 * Returns the section of a study.
 * @param {StudyData} study
 * @param {number} room
 */
function studySection(study, room) {
  const chosen = { x: "average_path_length", y: "cc_norm2", row: -1 };
  const place = html("div");
  const below = html("div", { "aria-live": "polite" });
  const numeric = study.columns.filter((name) => column(study, name).some((value) => typeof value === "number"));
  if (!numeric.includes(chosen.x)) chosen.x = numeric[0];
  if (!numeric.includes(chosen.y)) chosen.y = numeric[numeric.length - 1];
  const press = (/** @type {number} */ row) => {
    chosen.row = row;
    below.replaceChildren(rowDetails(study, row, room));
    place
      .querySelectorAll("[data-row]")
      .forEach((element) =>
        element.setAttribute("aria-pressed", String(element.getAttribute("data-row") === String(row))),
      );
  };
  const show = () =>
    place.replaceChildren(
      figure(
        `${chosen.y} against ${chosen.x}: choose a model`,
        `study-${chosen.y}-${chosen.x}`,
        scatter(study, chosen.x, chosen.y, Math.min(room, 720), press),
      ),
    );
  const options = numeric.map((name) => ({ value: name, text: name }));
  const controls = html(
    "div",
    { class: "controls", role: "group", "aria-label": "Axes" },
    choice("Across", options, chosen.x, (value) => {
      chosen.x = value;
      show();
    }),
    choice("Up", options, chosen.y, (value) => {
      chosen.y = value;
      show();
    }),
  );
  show();
  const notes = [
    study.unfinished > 0 ? `${plural(study.unfinished, "model")} not finished, left out.` : "",
    study.left_out > 0 ? `${plural(study.left_out, "more model")} in the tables than this page holds.` : "",
    study.rows.length > MOST_SHOWN ? `The table shows the first ${MOST_SHOWN}; all are saved.` : "",
  ].filter((note) => note !== "");
  return html(
    "section",
    {},
    html("h2", {}, `Study of ${plural(study.rows.length, "model")}`),
    html("p", { class: "hash" }, study.files.join("; ")),
    ...notes.map((note) => html("p", { class: "hint" }, note)),
    controls,
    place,
    below,
    studyTable(study, press),
  );
}

/**
 * @param {StudyData} study
 * @param {(row: number) => void} press
 */
function studyTable(study, press) {
  const rows = study.rows.map((row, index) => ({
    cells: row.map((value) => (typeof value === "number" ? digits(value) : (value ?? "–"))),
    values: row,
    press: () => press(index),
    attributes: { "data-key": `row ${index}` },
  }));
  const columns = study.columns.map((name) => ({
    name,
    text: name.replaceAll("_", " "),
    number: column(study, name).some((value) => typeof value === "number"),
  }));
  return table("Models of the study", "study", columns, rows, MOST_SHOWN);
}

/**
 * Returns the points of two columns; kinds of models have shapes of their own.
 * @param {StudyData} study
 * @param {string} x
 * @param {string} y
 * @param {number} room
 * @param {(row: number) => void} press
 */
function scatter(study, x, y, room, press) {
  const [left, top, plot] = [62, 30, 260];
  const width = Math.max(room, 300);
  const kinds = column(study, "kind");
  const [xs, ys] = [column(study, x), column(study, y)];
  const points = xs
    .map((value, row) => ({ row, x: value, y: ys[row] }))
    .filter((point) => typeof point.x === "number" && typeof point.y === "number");
  const range = (/** @type {number[]} */ values) => {
    const [low, high] = [
      values.reduce((a, b) => Math.min(a, b), Infinity),
      values.reduce((a, b) => Math.max(a, b), -Infinity),
    ];
    const margin = (high - low) * 0.05 || Math.abs(high) * 0.05 || 1;
    return points.length > 0 ? [low - margin, high + margin] : [0, 1];
  };
  const [xLow, xHigh] = range(points.map((point) => Number(point.x)));
  const [yLow, yHigh] = range(points.map((point) => Number(point.y)));
  const xOf = (/** @type {number} */ value) => left + ((value - xLow) / (xHigh - xLow)) * (width - left - 16);
  const yOf = (/** @type {number} */ value) => top + plot * (1 - (value - yLow) / (yHigh - yLow));
  const element = /** @type {SVGSVGElement} */ (
    svg("svg", {
      viewBox: `0 0 ${width} ${top + plot + 44}`,
      width,
      height: top + plot + 44,
      role: "group",
      "aria-label": `${y} against ${x}`,
      class: "chart",
    })
  );
  for (const tick of ticks(yLow, yHigh)) {
    element.append(
      svg("path", { d: `M${left} ${yOf(tick)}H${width - 16}`, class: "grid" }),
      svg("text", { x: left - 6, y: yOf(tick), class: "tick" }, tickText(tick)),
    );
  }
  for (const tick of ticks(xLow, xHigh)) {
    element.append(svg("text", { x: xOf(tick), y: top + plot + 14, class: "under" }, tickText(tick)));
  }
  const names = [...new Set(kinds)].sort();
  names.forEach((kind, index) => {
    const at = left + index * Math.min(110, (width - left) / names.length);
    element.append(
      svg("path", { d: markOf(index, at, 12), class: "point" }),
      svg("text", { x: at + 10, y: 12, class: "legend" }, String(kind)),
    );
  });
  const marks = points.map((point) => {
    const label = `${study.rows[point.row][0]}: ${x} ${digits(Number(point.x))}, ${y} ${digits(Number(point.y))}`;
    const mark = svg(
      "path",
      {
        d: markOf(names.indexOf(kinds[point.row]), xOf(Number(point.x)), yOf(Number(point.y))),
        class: "point",
        role: "button",
        "aria-label": label,
        "aria-pressed": "false",
        "data-row": point.row,
        "data-key": `point ${point.row}`,
      },
      svg("title", {}, label),
    );
    pressable(mark, () => press(point.row));
    return mark;
  });
  element.append(
    ...marks,
    svg("text", { x: (left + width) / 2, y: top + plot + 34, class: "under" }, x),
    svg("text", { x: 4, y: top - 2, class: "unit" }, y),
  );
  roving(element, marks);
  return element;
}

/**
 * Returns the outline of a point: circle, square, triangle or diamond.
 * @param {number} kind
 * @param {number} x
 * @param {number} y
 */
function markOf(kind, x, y) {
  return [
    `M${x - 4} ${y}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z`,
    `M${x - 4} ${y - 4}h8v8h-8z`,
    `M${x} ${y - 5}l5 9h-10z`,
    `M${x} ${y - 5}l5 5l-5 5l-5 -5z`,
  ][kind % 4];
}

/**
 * Returns what is known of a model of a study.
 * @param {StudyData} study
 * @param {number} row
 * @param {number} room
 */
function rowDetails(study, row, room) {
  const facts = study.columns
    .map((name, place) => [name, study.rows[row][place]])
    .filter(([, value]) => value !== null)
    .map(([name, value]) =>
      html(
        "div",
        {},
        html("dt", {}, String(name).replaceAll("_", " ")),
        html("dd", {}, typeof value === "number" ? digits(value) : String(value)),
      ),
    );
  const lengths = study.distributions[row];
  const average = column(study, "average_path_length")[row];
  const { element } = barChart({
    label: "Path length distribution of the chosen model",
    axis: "path length (convolutions)",
    unit: "share",
    room: Math.min(room, 600),
    press: null,
    names: lengths.map(([length]) => String(length)),
    numbers: lengths.map(([length]) => length),
    series: [
      {
        name: "strength",
        style: "strength",
        values: lengths.map(([, share]) => share),
        average: typeof average === "number" ? average : null,
      },
    ],
    describe: (index) => `Length ${lengths[index][0]}: ${percent(lengths[index][1])}`,
  });
  return html(
    "div",
    {},
    html("h3", {}, String(study.rows[row][0])),
    html("dl", { class: "numbers" }, ...facts),
    figure("Path length distribution of the chosen model", `study-${study.rows[row][0]}-lengths`, element),
  );
}
