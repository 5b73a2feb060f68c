// A drawing of a graph on the page, which lights up.

/**
 * @typedef {object} Shown
 * @property {SVGSVGElement} element
 * @property {Drawing} drawing
 * @property {SVGElement[]} parts
 * @property {SVGElement[]} lines
 */

/**
 * @typedef {object} PartEvents
 * @property {(part: DrawnPart) => string} name - what a screen reader says
 * @property {(part: DrawnPart | null) => void} look - when the mouse or the focus comes, or goes
 * @property {(part: DrawnPart) => void} press
 */

/**
 * Returns the outline of a part.
 * @param {DrawnPart} part
 */
function outline({ shape, x, y, width, height }) {
  const box = { x: x - width / 2, y: y - height / 2, width, height, class: "outline" };
  if (shape === "sum") return svg("circle", { cx: x, cy: y, r: width / 2, class: "outline" });
  if (shape === "norm") return svg("rect", { ...box, rx: height / 2 });
  if (shape === "conv" || shape === "input") return svg("rect", box);
  if (shape === "group") {
    const behind = svg("rect", { ...box, x: box.x + 3, y: box.y - 3, rx: 2 });
    return svg("g", {}, behind, svg("rect", { ...box, rx: 2 }));
  }
  const slant = 8;
  const points = [
    [box.x + slant, box.y],
    [box.x + width - slant, box.y],
    [box.x + width, y],
    [box.x + width - slant, y + height / 2],
    [box.x + slant, y + height / 2],
    [box.x, y],
  ];
  return svg("polygon", { points: points.map((point) => point.join(",")).join(" "), class: "outline" });
}

/**
 * Puts a drawing onto the page.
 * @param {Drawing} drawing
 * @param {string} label
 * @param {PartEvents} events
 * @returns {Shown}
 */
function shown(drawing, label, events) {
  const lines = drawing.lines.map(({ d }) => svg("path", { d, class: "line" }));
  const parts = drawing.parts.map((part, index) => {
    const group = svg(
      "g",
      {
        class: `part ${part.shape}`,
        role: "button",
        "aria-label": events.name(part),
        "aria-pressed": "false",
        "data-key": `${label} ${index}`,
        "data-part": part.title,
      },
      outline(part),
    );
    if (part.label) group.append(svg("text", { x: part.x, y: part.y }, part.label));
    else if (part.shape === "sum") group.append(svg("text", { x: part.x, y: part.y, class: "plus" }, "+"));
    group.append(
      svg("path", {
        class: "cross",
        d: `M${part.x - part.width / 2} ${part.y + part.height / 2}l${part.width} ${-part.height}`,
      }),
    );
    group.addEventListener("pointerenter", () => events.look(part));
    group.addEventListener("pointerleave", () => events.look(null));
    group.addEventListener("focus", () => events.look(part));
    group.addEventListener("blur", () => events.look(null));
    pressable(group, () => events.press(part));
    return group;
  });
  const texts = drawing.texts.map(({ x, y, text }) => svg("text", { x, y, class: "note" }, text));
  const element = /** @type {SVGSVGElement} */ (
    svg(
      "svg",
      {
        viewBox: `0 0 ${drawing.width} ${drawing.height}`,
        width: drawing.width,
        height: drawing.height,
        role: "group",
        "aria-label": label,
        class: "graph",
      },
      ...lines,
      ...parts,
      ...texts,
    )
  );
  roving(element, parts);
  return { element, drawing, parts, lines };
}

/**
 * Lights up what of the paths' strength leads over each part and line, and strikes out what is knocked out.
 * @param {Shown} drawn
 * @param {{ node: (node: number) => number, edge: (from: number, to: number) => number }} flow
 * @param {boolean} isChoice - whether some paths are chosen, so that everything else is dimmed
 * @param {(node: number) => boolean} isOut - whether a node is knocked out
 * @param {Set<number>} chosen - the nodes of the chosen component
 */
function light({ drawing, parts, lines }, flow, isChoice, isOut, chosen) {
  drawing.parts.forEach((part, index) => {
    const share = Math.max(...part.nodes.map(flow.node));
    const classes = parts[index].classList;
    classes.toggle("lit", isChoice && share > 0);
    classes.toggle("dim", share === 0);
    classes.toggle("out", part.nodes.some(isOut));
    const isChosen = part.nodes.some((node) => chosen.has(node));
    classes.toggle("chosen", isChosen);
    parts[index].setAttribute("aria-pressed", String(isChosen));
  });
  drawing.lines.forEach((line, index) => {
    const share = line.edges.reduce((sum, [from, to]) => sum + flow.edge(from, to), 0);
    const classes = lines[index].classList;
    classes.toggle("lit", isChoice && share > 0);
    classes.toggle("dim", share === 0);
    lines[index].style.strokeWidth = String(share === 0 ? 0.7 : 0.9 + 5 * Math.min(share, 1));
  });
}
