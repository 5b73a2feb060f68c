// Charts of bars: the path length distribution, and contributions.

/**
 * Returns round numbers that divide a range.
 * @param {number} low
 * @param {number} high
 */
function ticks(low, high) {
  const rough = (high - low) / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const found = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index += 1)
    found.push(index * step);
  return found;
}

/** @param {number} tick */
const tickText = (tick) => String(Number(tick.toPrecision(6))).replace("-", "−");

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {string} style - the class of its bars
 * @property {(number | null)[]} values
 * @property {(Interval | null)[]} [intervals]
 * @property {number | null} [average] - where it is marked
 */

/**
 * @typedef {object} Chart
 * @property {string} label - what it shows
 * @property {string} axis - what its bars stand on
 * @property {string} unit - what the heights of bars are
 * @property {string[]} names - what is below the bars
 * @property {number[] | null} numbers - where averages are measured
 * @property {Series[]} series
 * @property {number} room - the width of the page
 * @property {(index: number) => string} describe
 * @property {((index: number) => void) | null} press
 */

/** @typedef {{ left: number, top: number, plot: number, step: number }} Frame */

/**
 * Returns a chart, with the elements that stand for its places.
 * @param {Chart} chart
 */
function barChart(chart) {
  const { names, series } = chart;
  const [left, top, plot] = [58, 24 + 18 * series.length, 170];
  const step = Math.max(9, Math.min(64, (Math.max(chart.room, 300) - left - 20) / Math.max(names.length, 1)));
  // Wide enough for the names of the series.
  const width = Math.max(left + step * names.length + 20, 300);
  const all = series
    .flatMap(({ values, intervals }) => [
      ...values,
      ...(intervals ?? []).flatMap((interval) => (interval ? [interval.low, interval.high] : [])),
    ])
    .filter((value) => value !== null);
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all) || 1];
  const yOf = (/** @type {number} */ value) => top + plot * (1 - (value - low) / (high - low));
  const element = /** @type {SVGSVGElement} */ (
    svg("svg", {
      viewBox: `0 0 ${width} ${top + plot + 44}`,
      width,
      height: top + plot + 44,
      role: "group",
      "aria-label": chart.label,
      class: "chart",
    })
  );
  for (const tick of ticks(low, high)) {
    element.append(
      svg("path", { d: `M${left} ${yOf(tick)}H${width - 20}`, class: tick === 0 ? "axis" : "grid" }),
      svg("text", { x: left - 6, y: yOf(tick), class: "tick" }, tickText(tick)),
    );
  }
  const bars = names.map((_, index) => placeOf(chart, index, { left, top, plot, step }, yOf));
  element.append(...bars);
  series.forEach((one, index) => element.append(...legend(chart, one, index, { left, top, plot, step })));
  element.append(
    svg("text", { x: left + (step * names.length) / 2, y: top + plot + 34, class: "under" }, chart.axis),
    svg("text", { x: 4, y: top - 8, class: "unit" }, chart.unit),
  );
  roving(element, bars);
  return { element, bars };
}

/**
 * Returns the bars at a place of a chart.
 * @param {Chart} chart
 * @param {number} index
 * @param {Frame} frame
 * @param {(value: number) => number} yOf
 */
function placeOf({ label, names, series, describe, press }, index, { left, top, plot, step }, yOf) {
  const middle = left + step * (index + 0.5);
  const group = svg(
    "g",
    { class: "place", "aria-label": describe(index), "data-key": `${label} ${names[index]}` },
    svg("title", {}, describe(index)),
    svg("rect", { x: middle - step / 2, y: top, width: step, height: plot + 20, class: "field" }),
  );
  series.forEach(({ values, intervals, style }, place) => {
    const value = values[index];
    const width = (0.8 * step) / series.length;
    const x = middle - 0.4 * step + place * width;
    if (value !== null && value !== undefined) {
      const [y, end] = [yOf(Math.max(value, 0)), yOf(Math.min(value, 0))];
      const height = Math.max(end - y, value === 0 ? 0 : 0.5);
      group.append(svg("rect", { x, y, width: Math.max(width - 1, 1), height, class: style }));
    }
    const interval = intervals?.[index];
    if (interval) {
      const d = `M${x + width / 2} ${yOf(interval.low)}V${yOf(interval.high)}`;
      group.append(svg("path", { d, class: "interval" }));
    }
  });
  // As many names as there is room for.
  if (index % Math.ceil(26 / step) === 0) {
    group.append(svg("text", { x: middle, y: top + plot + 12, class: "under" }, cut(names[index], 7)));
  }
  setAll(group, press ? { role: "button", "aria-pressed": "false" } : { role: "img" });
  if (press) pressable(group, () => press(index));
  return group;
}

/**
 * Returns where a number stands among ascending ones, counted from 0.
 * @param {number[]} numbers
 * @param {number} value
 */
function placeAmong(numbers, value) {
  const next = numbers.findIndex((number) => number >= value);
  if (next <= 0) return next === 0 ? 0 : numbers.length - 1;
  return next - (numbers[next] - value) / (numbers[next] - numbers[next - 1]);
}

/**
 * Returns the name of a series above a chart, and the mark of its average in it.
 * @param {Chart} chart
 * @param {Series} series
 * @param {number} index
 * @param {Frame} frame
 */
function legend({ numbers }, { name, style, average }, index, { left, top, plot, step }) {
  const y = 10 + 18 * index;
  const text = average === null || average === undefined ? name : `${name}: average ${digits(average)}`;
  const found = [
    svg("rect", { x: left, y: y - 6, width: 14, height: 12, class: style }),
    svg("text", { x: left + 20, y, class: "legend" }, text),
  ];
  if (average !== null && average !== undefined && numbers && numbers.length > 0) {
    const x = left + step * (placeAmong(numbers, average) + 0.5);
    found.push(
      svg("path", { d: `M${x} ${top - 4}V${top + plot}`, class: `average ${style}-average` }),
      svg("path", { d: `M${x - 5} ${top - 12}h10l-5 8z`, class: `mark ${style}-mark` }),
    );
  }
  return found;
}
