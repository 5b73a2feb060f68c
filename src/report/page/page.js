// The start of the page.

/**
 * Returns the text of a part of the page that holds data.
 * @param {string} id
 */
const dataText = (id) => document.getElementById(id)?.textContent ?? "null";

/**
 * Returns JSON as it was before it became part of the page: there `<` is written as the escape that JSON has for it.
 * @param {string} text
 */
const asWritten = (text) => text.replace(/\\(\\|u003c)/g, (all, escaped) => (escaped === "u003c" ? "<" : all));

/**
 * Returns an analysis; counts beyond exact doubles become text.
 * @param {string} text
 * @returns {AnalysisData}
 */
const analysisOf = (text) => JSON.parse(text.replace(/"paths": (\d{16,})/g, '"paths": "$1"'));

/** Lets the reader choose between light and dark. */
function themeSwitch() {
  const root = document.documentElement;
  return choice(
    "Colours",
    [
      { value: "", text: "as the system" },
      { value: "light", text: "light" },
      { value: "dark", text: "dark" },
    ],
    "",
    (theme) => {
      if (theme === "") delete root.dataset.theme;
      else root.dataset.theme = theme;
    },
  );
}

function start() {
  const report = /** @type {ReportData} */ (JSON.parse(dataText("report")));
  const main = /** @type {HTMLElement} */ (document.querySelector("main"));
  const analyses = report.models.map((_, index) => analysisOf(dataText(`analysis-${index + 1}`)));
  document.querySelector("#tools")?.append(
    themeSwitch(),
    button("Save analysis", () =>
      report.models.forEach((model, index) =>
        save(`${fileName(model.name)}-analysis.json`, "application/json", asWritten(dataText(`analysis-${index + 1}`))),
      ),
    ),
  );
  if (report.models.length === 0) document.querySelector("#tools button")?.remove();
  if (report.study) main.append(studySection(report.study, main.clientWidth));
  const place = html("article", { id: "model" });
  const choose = (/** @type {number} */ index) => {
    new ModelView(report.models[index], analyses[index], place);
    if (report.models.length > 1) place.scrollIntoView();
  };
  if (report.models.length > 1) main.append(comparison(report, analyses, choose, main.clientWidth));
  main.append(place);
  if (report.models.length > 0) new ModelView(report.models[0], analyses[0], place);
}

start();
