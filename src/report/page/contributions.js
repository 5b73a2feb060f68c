// Contributions by length, of all units or one, over all images or for one, and the receptive fields of units.

/** @type {{ value: "share" | "variance_share" | "mean", text: string }[]} */
const MEASURES = [
  { value: "share", text: "share of mean |C|" },
  { value: "variance_share", text: "share of variance" },
  { value: "mean", text: "mean C" },
];

/**
 * Returns the section of contributions, if there are any.
 * @param {ModelView} view
 * @returns {HTMLElement[]}
 */
function contributionsOf({ data, root }) {
  const found = data.contributions;
  if (!found) return [];
  const chosen = { unit: "all", image: "all", measure: /** @type {"share" | "variance_share" | "mean"} */ ("share") };
  const place = html("div");
  const show = () =>
    place.replaceChildren(
      chosen.image === "all"
        ? overImages(data.name, found, chosen, root.clientWidth)
        : ofImage(data.name, found, chosen, root.clientWidth),
    );
  const ofUnits = found.units.map(({ unit }, index) => ({ value: String(index), text: `unit ${unit}` }));
  const ofImages = found.parts.map((_, index) => ({ value: String(index), text: `image ${index}` }));
  const units = choice("Unit", [{ value: "all", text: "all units" }, ...ofUnits], "all", (value) => {
    chosen.unit = value;
    imageSelect.toggleAttribute("disabled", value === "all");
    if (value === "all") imageSelect.value = chosen.image = "all";
    show();
  });
  const images = choice("Image", [{ value: "all", text: "all images" }, ...ofImages], "all", (value) => {
    chosen.image = value;
    show();
  });
  const imageSelect = /** @type {HTMLSelectElement} */ (images.querySelector("select"));
  // What one image adds to all units together is no number of anything.
  imageSelect.disabled = true;
  const measures = choice("Measure", MEASURES, chosen.measure, (value) => {
    chosen.measure = /** @type {typeof chosen.measure} */ (value);
    show();
  });
  show();
  const left = [
    found.units_left_out > 0 ? `${plural(found.units_left_out, "more unit")} only in the sum of all units` : "",
    found.images_left_out > 0 ? `${plural(found.images_left_out, "more image")} only in the averages` : "",
  ].filter((text) => text !== "");
  const notes = [...found.warnings, ...(left.length > 0 ? [`This page holds ${left.join(", and ")}.`] : [])];
  return [
    html(
      "section",
      { class: "contributions" },
      html("h3", {}, "Contributions"),
      html("p", {}, `Of ${plural(found.images, "image")} of ${found.image_source}. ${found.caution}`),
      ...notes.map((note) => html("p", { class: "warning" }, note)),
      html("div", { class: "controls", role: "group", "aria-label": "Which contributions" }, units, images, measures),
      place,
    ),
  ];
}

/**
 * @param {string} name
 * @param {ContributionsData} found
 * @param {{ unit: string, measure: "share" | "variance_share" | "mean" }} chosen
 * @param {number} room
 */
function overImages(name, found, { unit, measure }, room) {
  const summary = unit === "all" ? found.population : found.units[Number(unit)];
  const parts = [...summary.parts, summary.biases];
  const names = [...found.marks.map(String), "biases"];
  const measured = MEASURES.find(({ value }) => value === measure)?.text ?? measure;
  const interval = (/** @type {Part} */ part) => (measure === "mean" ? null : part[`${measure}_interval`]);
  const who = unit === "all" ? "all units" : `unit ${summary.unit}`;
  const { element } = barChart({
    label: `Contributions of ${who}`,
    axis: "path length (convolutions)",
    unit: measured,
    room,
    names,
    numbers: found.marks,
    series: [
      {
        name: measured,
        style: "contribution",
        values: parts.map((part) => part[measure]),
        intervals: parts.map(interval),
        average: summary.average,
      },
    ],
    describe: (index) =>
      `${index < found.marks.length ? "Length " : ""}${names[index]}: ${digits(parts[index][measure])}`,
    press: null,
  });
  const explained = new Map((summary.explained?.parts ?? []).map((part) => [part.mark, part]));
  const rows = parts.map((part, index) => {
    const of = explained.get(part.mark);
    return {
      cells: [
        names[index],
        digits(part.mean),
        digits(part.mean_absolute),
        percent(part.share),
        percent(part.variance_share),
        ...(explained.size > 0 ? [percent(of?.covariance_share)] : []),
      ],
      values: [
        names[index],
        part.mean,
        part.mean_absolute,
        part.share,
        part.share_interval?.low,
        part.share_interval?.high,
        part.variance_share,
        part.variance_share_interval?.low,
        part.variance_share_interval?.high,
        ...(explained.size > 0 ? [of?.covariance_share] : []),
      ],
    };
  });
  const columns = [
    { name: "length", text: "Length" },
    { name: "mean", text: "Mean C", number: true },
    { name: "mean_absolute", text: "Mean |C|", number: true },
    { name: "share", text: "Share of mean |C|", number: true },
    { name: "share_low", text: "", hidden: true },
    { name: "share_high", text: "", hidden: true },
    { name: "variance_share", text: "Share of variance", number: true },
    { name: "variance_share_low", text: "", hidden: true },
    { name: "variance_share_high", text: "", hidden: true },
    ...(explained.size > 0 ? [{ name: "explained", text: "Share of what is explained", number: true }] : []),
  ];
  const more = `Cancellation between lengths ${digits(summary.cancellation)}, between paths and biases ${digits(summary.bias_cancellation)}.${
    summary.agreement
      ? ` Agreement with strength: Spearman's ρ ${digits(summary.agreement.spearman)}, total variation ${digits(summary.agreement.total_variation)}.`
      : ""
  }`;
  return html(
    "div",
    {},
    figure(`Contributions of ${who}, over all images`, `${name}-contributions-${unit}`, element),
    html("p", {}, more),
    table(`Contributions of ${who}`, `${name}-contributions-${unit}`, columns, rows),
  );
}

/**
 * @param {string} name
 * @param {ContributionsData} found
 * @param {{ unit: string, image: string }} chosen
 * @param {number} room
 */
function ofImage(name, found, { unit, image }, room) {
  const values = found.parts[Number(image)][Number(unit)];
  const output = found.outputs[Number(image)][Number(unit)];
  const names = [...found.marks.map(String), "biases"];
  const what = `unit ${found.units[Number(unit)].unit} for image ${image}`;
  const { element } = barChart({
    label: `Contributions to ${what}`,
    axis: "path length (convolutions)",
    unit: "C",
    room,
    names,
    numbers: null,
    series: [{ name: `what the paths of a length add; together ${digits(output)}`, style: "contribution", values }],
    describe: (index) => `${index < found.marks.length ? "Length " : ""}${names[index]}: ${digits(values[index])}`,
    press: null,
  });
  const rows = [
    ...names.map((length, index) => ({ cells: [length, digits(values[index])], values: [length, values[index]] })),
    { cells: ["output", digits(output)], values: ["output", output] },
  ];
  return html(
    "div",
    {},
    figure(`Contributions to ${what}`, `${name}-contributions-${unit}-${image}`, element),
    table(
      `Contributions to ${what}`,
      `${name}-contributions-${unit}-${image}`,
      [
        { name: "length", text: "Length" },
        { name: "contribution", text: "C", number: true },
      ],
      rows,
    ),
  );
}

/**
 * Returns the section of receptive fields, if there are any.
 * @param {ModelView} view
 * @returns {HTMLElement[]}
 */
function fieldsOf({ data }) {
  const { fields } = data;
  if (!fields) return [];
  const place = html("div");
  const show = (/** @type {string} */ index) =>
    place.replaceChildren(
      figure(
        `Receptive fields of unit ${fields.units[Number(index)]}: white excites, black inhibits, each on its own scale`,
        `${data.name}-fields-${fields.units[Number(index)]}`,
        fieldDrawing(fields, Number(index)),
      ),
    );
  const units = choice(
    "Unit",
    fields.units.map((unit, index) => ({ value: String(index), text: `unit ${unit}` })),
    "0",
    show,
  );
  show("0");
  return [
    html(
      "section",
      { class: "fields" },
      html("h3", {}, "Receptive fields"),
      html(
        "p",
        {},
        "The linear filters that the paths of each length apply to the image, averaged over images. Below each: its largest weight, " +
          "as a part of the largest of the unit.",
      ),
      ...(fields.channel === null
        ? []
        : [html("p", { class: "hint" }, `Channel ${fields.channel}, counted from 0, which has the largest weight.`)]),
      ...(fields.units_left_out === 0
        ? []
        : [html("p", { class: "hint" }, `${plural(fields.units_left_out, "more unit")} left out.`)]),
      html("div", { class: "controls" }, units),
      place,
    ),
  ];
}

/**
 * Returns a drawing of the filters of a unit.
 * @param {FieldsData} fields
 * @param {number} index
 */
function fieldDrawing(fields, index) {
  const { marks, channels, height, width, scales, pixels } = fields;
  const side = 120;
  const [w, h] = width >= height ? [side, (side * height) / width] : [(side * width) / height, side];
  const largest = Math.max(...scales[index]) || 1;
  const total = marks.length * (side + 14) + 8;
  const element = /** @type {SVGSVGElement} */ (
    svg("svg", {
      viewBox: `0 0 ${total} ${side + 44}`,
      width: total,
      height: side + 44,
      role: "group",
      "aria-label": `Receptive fields of unit ${fields.units[index]}`,
      class: "graph",
    })
  );
  marks.forEach((mark, column) => {
    const x = 8 + column * (side + 14);
    const part = scales[index][column] / largest;
    element.append(
      svg("image", {
        x,
        y: 18,
        width: w,
        height: h,
        href: pictureOf(pixels[index][column], channels, height, width),
        role: "img",
        "aria-label": `Length ${mark}: ${percent(part)}`,
        preserveAspectRatio: "none",
        style: "image-rendering: pixelated",
      }),
      svg("rect", { x, y: 18, width: w, height: h, class: "frame" }),
      svg("text", { x: x + w / 2, y: 8, class: "under" }, `length ${mark}`),
      svg("text", { x: x + w / 2, y: 30 + h, class: "under" }, percent(part)),
    );
  });
  return element;
}

/**
 * Returns the address of a picture that holds its own pixels.
 * @param {string} pixels - base64 of [channels, height, width], 128 for zero
 * @param {number} channels - 1, or 3 for red, green and blue
 * @param {number} height
 * @param {number} width
 */
function pictureOf(pixels, channels, height, width) {
  const bytes = Uint8Array.from(atob(pixels), (letter) => letter.charCodeAt(0));
  const canvas = document.createElement("canvas");
  setAll(canvas, { width, height });
  const context = canvas.getContext("2d");
  const picture = new ImageData(width, height);
  for (let place = 0; place < height * width; place += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      picture.data[4 * place + channel] = bytes[(channels === 3 ? channel : 0) * height * width + place];
    }
    picture.data[4 * place + 3] = 255;
  }
  context?.putImageData(picture, 0, 0);
  return canvas.toDataURL("image/png");
}
