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
# A line of PyTorch for CUDA, where Triton is not installed.
UNRELATED = "triton not found"
# What pathscope says of the first record of a training.
UNTRAINED = "running variances of 1"

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
    # What its sentences say.
    "book": """
import json
first, later, last = recorder.records[0], recorder.records[2], recorder.records[-1]
by_strength, by_contribution = analysis.lengths["probability"], contributions.share
print(json.dumps({
    "learns": correct[0] < 0.4 and correct[300] > 0.8,
    "begins with short paths": first["contribution_average_path_length"] < 2,
    "40 steps make them long": later["step"] == 40 and later["contribution_average_path_length"] > 4,
    "strength follows slowly": 2.5 < last["average_path_length"] < last["contribution_average_path_length"],
    "one path of each length": analysis.lengths["paths"].tolist() == [1] * 5,
    "the ends are strongest": bool(by_strength[[0, 4]].min() > by_strength[1:4].max() and by_strength.max() < 0.5),
    "long paths contribute": bool(by_contribution[3:].sum() > 0.7 and by_contribution[0] < 0.1),
}))
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
    lines = [line for stream in streams if stream.name == "stderr" for line in stream.text.splitlines()]
    # A line of code follows each warning.
    warnings = [line for line in lines if not (UNRELATED in line or UNTRAINED in line or line.startswith("  "))]
    say("no warnings", not warnings, "; ".join(warnings) or "none")
    shown = [output.get("data", {}) for output in outputs]
    images = [base64.b64decode(data["image/png"]) for data in shown if "image/png" in data]
    images += [data["image/svg+xml"] for data in shown if "image/svg+xml" in data]
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
    elif kind == "book":
        say("without outputs", not any(cell.get("outputs") for cell in notebook.cells), "as committed")
        for sentence, true in shown.items():
            say(sentence, true, "is true" if true else "is not true")


def main():
    for case in json.loads(pathlib.Path(sys.argv[1]).read_text()):
        say_all(case["name"], check, case)


main()
