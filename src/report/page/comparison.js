// Several models side by side, and the results of a study.

/**
 * Returns the table of several models and their distributions; a click shows a model.
 * @param {ReportData} report
 * @param {AnalysisData[]} analyses
 * @param {(index: number) => void} choose
 * @param {number} room
 */
function comparison(report, analyses, choose, room) {
  const ensembles = report.models.flatMap((model, index) =>
    analyses[index].ensembles.map((ensemble) => ({ model, index, ensemble })),
  );
  const rows = ensembles.map(({ model, index, ensemble }) => ({
    cells: [
      model.name,
      ensemble.readout ?? "–",
      countText(String(ensemble.paths)),
      digits(ensemble.average_path_length),
      digits(ensemble.length_std),
      digits(ensemble.diversity_nats),
      digits(ensemble.effective_paths),
      digits(model.scores?.cc_norm2),
    ],
    values: [
      model.name,
      ensemble.readout,
      String(ensemble.paths),
      ensemble.average_path_length,
      ensemble.length_std,
      ensemble.diversity_nats,
      ensemble.effective_paths,
      model.scores?.cc_norm2,
    ],
    attributes: { "data-key": `model ${index}` },
    press: () => choose(index),
  }));
  const columns = [
    { name: "model", text: "Model" },
    { name: "readout", text: "Readout" },
    { name: "paths", text: "Paths", number: true },
    { name: "average_path_length", text: "Average length", number: true },
    { name: "length_std", text: "SD", number: true },
    { name: "diversity_nats", text: "Diversity (nats)", number: true },
    { name: "effective_paths", text: "Effective paths", number: true },
    { name: "cc_norm2", text: "CC_norm²", number: true },
  ];
  const drawn = ensembles.slice(0, 24).map(({ model, ensemble }) => {
    const name = `${model.name}${ensemble.readout ? `, ${ensemble.readout}` : ""}`;
    const { element } = barChart({
      label: `Path length distribution of ${name}`,
      axis: "path length",
      unit: "share",
      room: Math.min(room, 380),
      names: ensemble.lengths.map((row) => String(row.length)),
      numbers: ensemble.lengths.map((row) => row.length),
      press: null,
      series: [
        {
          name: "strength",
          style: "strength",
          values: ensemble.lengths.map((row) => row.probability),
          average: ensemble.average_path_length,
        },
      ],
      describe: (at) => `Length ${ensemble.lengths[at].length}: ${percent(ensemble.lengths[at].probability)}`,
    });
    return figure(name, `${name}-lengths`, element);
  });
  const more =
    ensembles.length > drawn.length
      ? [html("p", { class: "hint" }, `${ensembles.length - drawn.length} more are in the table only.`)]
      : [];
  return html(
    "section",
    {},
    html("h2", {}, plural(report.models.length, "model")),
    table("Models: choose one to see it below", "models", columns, rows),
    html("div", { class: "small" }, ...drawn),
    ...more,
  );
}
