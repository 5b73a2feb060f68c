// Elements of the page, numbers as text, and what is saved from it.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Returns a new element of a page.
 * @param {string} tag
 * @param {Record<string, string | number | boolean>} attributes - false leaves one out
 * @param {(Node | string)[]} children
 * @returns {HTMLElement}
 */
function html(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  setAll(element, attributes);
  element.append(...children);
  return element;
}

/**
 * Returns a new element of a drawing.
 * @param {string} tag
 * @param {Record<string, string | number | boolean>} attributes - false leaves one out
 * @param {(Node | string)[]} children
 * @returns {SVGElement}
 */
function svg(tag, attributes = {}, ...children) {
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, tag));
  setAll(element, attributes);
  element.append(...children);
  return element;
}

/**
 * @param {Element} element
 * @param {Record<string, string | number | boolean>} attributes
 */
function setAll(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * Returns a button.
 * @param {string} text
 * @param {() => void} press
 * @param {Record<string, string | number | boolean>} attributes
 */
function button(text, press, attributes = {}) {
  const element = html("button", { type: "button", ...attributes }, text);
  element.addEventListener("click", press);
  return element;
}

/**
 * Returns a choice among a few values.
 * @param {string} label
 * @param {{ value: string, text: string }[]} options
 * @param {string} chosen
 * @param {(value: string) => void} choose
 */
function choice(label, options, chosen, choose) {
  const select = /** @type {HTMLSelectElement} */ (
    html("select", {}, ...options.map(({ value, text }) => html("option", { value, selected: value === chosen }, text)))
  );
  select.addEventListener("change", () => choose(select.value));
  return html("label", { class: "control" }, html("span", {}, label), select);
}

/**
 * Returns a number with four digits, or all of a whole one.
 * @param {number | null | undefined} value
 */
function digits(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size >= 1e4 && size < 1e6) return String(Math.round(value)).replace("-", "−");
  if (Number.isInteger(value) && size < 1e6) return String(value).replace("-", "−");
  const text = size >= 1e6 || size < 1e-3 ? value.toExponential(3).replace("e+", "e") : value.toPrecision(4);
  return text.replace("-", "−").replace("e-", "e−");
}

/** @param {number | null | undefined} share */
function percent(share) {
  if (share === null || share === undefined || Number.isNaN(share)) return "–";
  const value = 100 * share;
  const text =
    value !== 0 && Math.abs(value) < 0.05 ? value.toExponential(1) : value.toFixed(Math.abs(value) < 10 ? 2 : 1);
  return `${text.replace("-", "−").replace("e−", "e−")} %`;
}

/**
 * Returns a strength, also beyond the range of doubles.
 * @param {Magnitude} strength
 */
function strengthText(strength) {
  const value = toNumber(strength);
  if (value !== null) return digits(value);
  const exponent = logarithm(strength) / Math.LN10;
  const whole = Math.floor(exponent);
  return `${(10 ** (exponent - whole)).toFixed(3)}e${whole}`.replace("-", "−");
}

/** @param {bigint | number | string} count */
function countText(count) {
  const text = String(count);
  if (text.length > 24) return `${text[0]}.${text.slice(1, 4)}e${text.length - 1}`;
  return text.length > 4 ? text.replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f") : text;
}

/**
 * Returns a count with its noun.
 * @param {bigint | number} count
 * @param {string} noun
 */
const plural = (count, noun) => `${countText(count)} ${noun}${count === 1 || count === 1n ? "" : "s"}`;

/**
 * Hands a file to the reader.
 * @param {string} name
 * @param {string} type
 * @param {string} text
 */
function save(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = html("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  // A busy browser reads the file long after the click, and saves nothing if it is gone by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** @param {string} text */
const fileName = (text) => text.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^-+|-+$/g, "") || "report";

/** What a saved drawing keeps of its style: programs that draw vectors know no style sheet of a page. */
const KEPT = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-opacity",
  "opacity",
  "font-size",
  "font-family",
  "font-weight",
  "text-anchor",
  "dominant-baseline",
];

/**
 * Returns a drawing as the text of a file, as it looks on paper.
 * @param {SVGSVGElement} drawing
 */
function svgText(drawing) {
  const root = document.documentElement;
  const theme = root.dataset.theme;
  root.dataset.theme = "light";
  const copy = /** @type {SVGSVGElement} */ (drawing.cloneNode(true));
  const originals = [drawing, ...drawing.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, index) => {
    const style = getComputedStyle(originals[index]);
    if (element.tagName !== "title") KEPT.forEach((name) => element.setAttribute(name, style.getPropertyValue(name)));
    ["class", "tabindex", "role", "style", "aria-pressed", "aria-label", "data-part"].forEach((name) =>
      element.removeAttribute(name),
    );
  });
  if (theme === undefined) delete root.dataset.theme;
  else root.dataset.theme = theme;
  const [, , width, height] = (copy.getAttribute("viewBox") ?? "0 0 1 1").split(" ");
  setAll(copy, { xmlns: SVG, width, height });
  return `${new XMLSerializer().serializeToString(copy)}\n`;
}

/**
 * Returns a figure that can be saved.
 * @param {string} caption
 * @param {string} name - of the file, without its ending
 * @param {SVGSVGElement} drawing
 * @param {(Node | string)[]} more - what else stands below
 */
function figure(caption, name, drawing, ...more) {
  const text = html("span", {}, caption);
  const bar = html(
    "div",
    { class: "bar" },
    text,
    button("Save SVG", () => save(`${fileName(name)}.svg`, "image/svg+xml", svgText(drawing)), {
      "aria-label": `Save as SVG: ${caption}`,
    }),
  );
  return html("figure", {}, html("figcaption", {}, bar), html("div", { class: "scroll" }, drawing), ...more);
}

/**
 * Returns a cell of a file of comma-separated values.
 * @param {string | number | bigint | null | undefined} value
 */
function csvCell(value) {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * @typedef {object} Row
 * @property {(Node | string)[]} cells - as they are shown
 * @property {(string | number | bigint | null | undefined)[]} values - as they are saved
 * @property {Record<string, string | number | boolean>} [attributes]
 * @property {() => void} [press] - what a click or Enter does
 */

/**
 * Returns a table that can be saved.
 * @param {string} caption
 * @param {string} name - of the file, without its ending
 * @param {{ name: string, text: string, number?: boolean, hidden?: boolean }[]} columns - hidden ones are saved, but not shown
 * @param {Row[]} rows
 * @param {number} most - how many rows are shown; all are saved
 */
function table(caption, name, columns, rows, most = Infinity) {
  const visible = columns.filter((column) => !column.hidden);
  const csv = () =>
    [columns.map((column) => column.name), ...rows.map((row) => row.values)]
      .map((row) => `${row.map(csvCell).join(",")}\n`)
      .join("");
  const head = html(
    "tr",
    {},
    ...visible.map(({ text, number }) => html("th", { scope: "col", class: number ? "number" : false }, text)),
  );
  const body = rows.slice(0, most).map((row) => {
    const cells = row.cells.map((cell, index) => html("td", { class: visible[index].number ? "number" : false }, cell));
    const element = html("tr", row.attributes ?? {}, ...cells);
    if (row.press) pressable(element, row.press);
    return element;
  });
  const bar = html(
    "div",
    { class: "bar" },
    html("span", {}, caption),
    button("Save CSV", () => save(`${fileName(name)}.csv`, "text/csv", csv()), {
      "aria-label": `Save as CSV: ${caption}`,
    }),
  );
  return html(
    "div",
    { class: "table" },
    bar,
    html(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
      html("table", {}, html("thead", {}, head), html("tbody", {}, ...body)),
    ),
  );
}

/**
 * Lets an element be pressed by mouse and keyboard.
 * @param {Element} element
 * @param {() => void} press
 */
function pressable(element, press) {
  setAll(element, { tabindex: 0 });
  element.addEventListener("click", (event) => {
    if (!(event.target instanceof HTMLElement && event.target.closest("button, input"))) press();
  });
  element.addEventListener("keydown", (event) => {
    const { key, target } = /** @type {KeyboardEvent} */ (event);
    if (target === element && (key === "Enter" || key === " ")) {
      event.preventDefault();
      press();
    }
  });
}

/**
 * Makes one stop of the Tab key of many elements, among which arrow keys move.
 * @param {Element} root
 * @param {Element[]} elements
 */
function roving(root, elements) {
  elements.forEach((element, index) => element.setAttribute("tabindex", index === 0 ? "0" : "-1"));
  root.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[/** @type {KeyboardEvent} */ (event).key];
    const place = elements.findIndex((element) => element === document.activeElement);
    if (step === undefined || place < 0) return;
    event.preventDefault();
    const next = elements[(place + step + elements.length) % elements.length];
    elements.forEach((element) => element.setAttribute("tabindex", element === next ? "0" : "-1"));
    /** @type {HTMLElement} */ (next).focus();
  });
}
