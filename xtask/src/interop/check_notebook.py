"""Executes notebooks, and compares their results with those of pathscope's other commands.

usage: check_notebook.py CASES.json

Prints a line of JSON for each check.
"""

import base64
import json
import pathlib
import subprocess
import sys

import nbformat

from say import say, say_all

TOLERANCE = 1e-9
# For intervals from other random numbers, relative to the scale of each quantity.
INTERVAL = {"feed_forward": 0.002, "gain_percent": 0.5, "best_in_resamples": 0.03}
# An empty figure is smaller.
LEAST_BYTES = 4000

# Appended to the notebook, to print its numbers in full precision.
SHOW = {
    "study": """
import json
def records(frame):
    return json.loads(frame.to_json(orient="records", double_precision=15))
print(json.dumps({"gain": records(table_1), "correlations": records(correlations)}))
""",
    "nothing-to-compare": "print('{}')",
    "model": """
print(json.dumps({"summary": summary.to_dict("records"), "paths": paths.to_dict("records")}))
""",
}


class Differences:
    """The largest difference between some numbers and their expected values."""

    def __init__(self):
        self.largest, self.count, self.wrong = 0.0, 0, []

    def add(self, what, found, expected, tolerance=TOLERANCE):
        self.count += 1
        if found is None or expected is None:
            passed = found is None and expected is None
        elif isinstance(expected, str):
            passed = found == expected
        else:
            difference = abs(found - expected)
            self.largest = max(self.largest, difference)
            passed = difference <= tolerance
        if not passed:
            self.wrong.append(f"{what}: {found}, expected {expected}")

    def say(self, check):
        detail = "; ".join(self.wrong) or f"{self.count} numbers, {self.largest:.1e}"
        say(check, self.count and not self.wrong, detail)


def execute(path, kind):
    """Returns the executed notebook and the output of its last cell."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(SHOW[kind]))
    shown = path.with_name(f"{path.stem}-shown.ipynb")
    nbformat.write(notebook, shown)
    output = path.with_name(f"{path.stem}-executed.ipynb")
    command = ["-m", "nbconvert", "--execute", "--to", "notebook", "--output", output.name, str(shown)]
    run = subprocess.run([sys.executable, *command], capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(run.stderr)
    executed = nbformat.read(output, as_version=4)
    nbformat.validate(executed)
    last = executed.cells.pop()
    return executed, json.loads("".join(each.text for each in last.outputs))


def check_outputs(executed, figures, left_out):
    outputs = [output for cell in executed.cells if cell.cell_type == "code" for output in cell.outputs]
    streams = [output for output in outputs if output.output_type == "stream"]
    warnings = [stream.text for stream in streams if stream.name == "stderr"]
    say("no warnings", not warnings, "; ".join(warnings) or "none")
    images = [base64.b64decode(output.data["image/png"]) for output in outputs if "image/png" in output.get("data", {})]
    found = sum(len(image) > LEAST_BYTES for image in images)
    say("figures", found == len(images) == figures, f"{found} of {figures}")
    said = sum(stream.text.count(" are left out") for stream in streams if stream.name == "stdout")
    say("parts left out", said == left_out, f"{said} of {left_out}")


def check_gain(found, expected):
    numbers, intervals = Differences(), Differences()
    numbers.add("rows", len(found), len(expected["rows"]))
    for row, other in zip(found, expected["rows"]):
        best = other["best"]
        for name in ["train_fraction", "feed_forward_configurations", "feed_forward"]:
            numbers.add(name, row[name], other[name])
        for name in ["readout", "iterations", "configurations", "recurrent", "gain_percent"]:
            numbers.add(name, row[name], best[name])
        bounds = {"feed_forward": other["feed_forward_interval"], "gain_percent": best["gain_interval"]}
        for name, interval in bounds.items():
            for end in ["low", "high"]:
                intervals.add(f"{name} {end}", row[f"{name}_{end}"], interval[end], INTERVAL[name])
        name = "best_in_resamples"
        intervals.add(name, row[name], best[name], INTERVAL[name])
    numbers.say("table 1")
    intervals.say("its intervals")


def check_correlations(found, expected):
    differences = Differences()
    subsets = {
        (subset["within_matched_groups"], subset["recurrent_blocks"] or "all", subset["readout"] or "all"): subset
        for subset in expected["subsets"]
    }
    differences.add("subsets", len(found), len(subsets))
    for row in found:
        subset = subsets[row["within_groups"], row["recurrent_blocks"], row["readout"]]
        differences.add("n", row["n"], subset["configurations"])
        for statistic in ["pearson", "spearman", "partial"]:
            for quantity in ["length", "diversity"]:
                name = f"{statistic}_{quantity}"
                # The rounding error of a partial correlation depends on the order of its sums.
                differences.add(f"{name} of {row}", row[name], subset[name]["value"], 1e-6)
    differences.say("correlations")


def readout_weight(readout, iterations, t, lengths_removed):
    """Returns the weight of iteration t in a model with one recurrent block, or with all of its paths (Eqs. 2a-e)."""
    # Averages skip iterations without paths.
    first = next(length for length in range(1, iterations + 1) if length not in lengths_removed)
    if readout == "no-avg":
        return 1.0 if t == iterations else 0.0
    if readout == "2-avg":
        assert not lengths_removed
        return sum(1 / later for later in range(t, iterations + 1)) / iterations
    return 1 / (iterations - first + 1)


def check_model(shown, analysis):
    differences, products = Differences(), Differences()
    ensembles = analysis["ensembles"]
    differences.add("ensembles", len(shown["summary"]), len(ensembles))
    for row, ensemble in zip(shown["summary"], ensembles):
        for name in ["readout", "average_path_length", "length_std", "diversity_nats", "effective_paths"]:
            differences.add(f"{name} of {ensemble['readout']}", row[name], ensemble[name])
    circuit = analysis["circuit"]
    for path in shown["paths"]:
        # From the last normalization, bn[block,iteration] or bn[block,iteration,path].
        ends_at = int(path["path"].rpartition("bn[")[2].rstrip("]").split(",")[1])
        weight = readout_weight(path["readout"], circuit["iterations"], ends_at, circuit["lengths_removed"])
        products.add(f"weight of {path['path']}", path["weight"], weight)
    differences.say("average path length, diversity")
    products.say("strengths are products")


def check(case):
    path = pathlib.Path(case["notebook"])
    text = path.read_text()
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    say("valid", True, f"nbformat {notebook.nbformat}.{notebook.nbformat_minor}")
    say("as Jupyter writes it", nbformat.writes(notebook) == text.rstrip("\n"), f"{len(text)} characters")
    kind = next(kind for kind in SHOW if kind in case)
    expected = case[kind]
    executed, shown = execute(path, kind)
    check_outputs(executed, expected.get("figures", 0), expected.get("left_out", 0))
    if kind == "study":
        check_gain(shown["gain"], expected["gain"])
        check_correlations(shown["correlations"], expected["correlations"])
    elif kind == "model":
        check_model(shown, expected["analysis"])


def main():
    for case in json.loads(pathlib.Path(sys.argv[1]).read_text()):
        say_all(case["name"], check, case)


main()
