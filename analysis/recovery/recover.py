"""Trains networks on recordings that circuits of known weights made, and compares their path lengths with the circuits'.

usage: recover.py OUT [--jobs N]

Needs `pathscope` and `pathscope-torch` on PATH, and no other library. OUT gets `results.csv` with a row for each training, as
soon as it ends. A second run goes on with what is missing.
"""

import argparse
import csv
import itertools
import json
import math
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ITERATIONS = 5
GAINS = (0.25, 0.5, 1.0, 1.5, 2.0)
READOUTS = ("no-avg", "late-avg", "2-avg")
TRIALS = (2, 16)
SEEDS = (0, 1, 2)


def pathscope(*arguments):
    run = subprocess.run(["pathscope", "--quiet", *map(str, arguments)], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise RuntimeError(f"pathscope {' '.join(map(str, arguments))}: {run.stderr}")
    return run.stdout


def by_strength(model, readout):
    """Returns average path length and path length distribution by strength."""
    ensembles = json.loads(pathscope("analyze", model, "--format", "json"))["ensembles"]
    ensemble = next(each for each in ensembles if each["readout"] == readout)
    lengths = {each["length"]: each["probability"] for each in ensemble["lengths"]}
    return ensemble["average_path_length"], lengths


def by_contribution(model, data):
    """Returns average path length and path length distribution by contribution to the responses to the test images."""
    options = ["--baseline", "mean", "--resamples", 0, "--format", "json"]
    population = json.loads(pathscope("contributions", model, "--data", data, *options))["population"]
    return population["average"], {part["mark"]: part["share"] for part in population["parts"]}


def distance(one, other):
    """Returns the total variation distance of two distributions."""
    return sum(abs(one.get(length, 0) - other.get(length, 0)) for length in one.keys() | other.keys()) / 2


def recovered(folder, gain, readout, trials, seed):
    """Simulates, trains and compares, and returns a row."""
    data, run = folder / "data", folder / "run"
    shutil.rmtree(folder, ignore_errors=True)
    circuit = ["--iterations", ITERATIONS, "--readout", readout, "--lateral-gain", gain]
    size = ["--images", 1500, "--size", 20, "--neurons", 12, "--trials", trials, "--seed", seed]
    pathscope("dataset", "synth", *size, *circuit, "--out", data)
    training = ["--batch", 32, "--learning-rate", 0.01, "--validate-every", 20, "--max-steps", 1000, "--threads", 1]
    network = ["--iterations", ITERATIONS, "--readout", readout, "--channels", 8, "--seed", seed]
    pathscope("train", "--data", data, *network, *training, "--evaluate", "--out", run)
    row = {"gain": gain, "readout": readout, "trials": trials, "seed": seed}
    row["cc_norm2"] = json.loads((run / "evaluation.json").read_text())["scores"]["mean_cc_norm2"]
    models = {"circuit": data / "truth.safetensors", "network": run / "model.safetensors"}
    strengths = {name: by_strength(model, readout) for name, model in models.items()}
    models["network"] = run
    contributions = {name: by_contribution(model, data) for name, model in models.items()}
    for measure, found in (("strength", strengths), ("contribution", contributions)):
        for name, (average, _) in found.items():
            row[f"{name}_average_by_{measure}"] = average
        row[f"distance_by_{measure}"] = distance(found["circuit"][1], found["network"][1])
    shutil.rmtree(folder)
    return row


def correlation(pairs):
    pairs = list(pairs)
    means = [sum(each) / len(pairs) for each in zip(*pairs, strict=True)]
    products = [sum((pair[i] - means[i]) * (pair[j] - means[j]) for pair in pairs) for i, j in ((0, 0), (0, 1), (1, 1))]
    return products[1] / math.sqrt(products[0] * products[2])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    table = arguments.out / "results.csv"
    rows = list(csv.DictReader(table.open())) if table.exists() else []
    done = {(float(row["gain"]), row["readout"], int(row["trials"]), int(row["seed"])) for row in rows}
    cases = [case for case in itertools.product(GAINS, READOUTS, TRIALS, SEEDS) if case not in done]
    cases.sort(key=lambda case: case[3])
    with ThreadPoolExecutor(arguments.jobs) as pool:
        folders = (arguments.out / "-".join(map(str, case)) for case in cases)
        for row in pool.map(lambda folder, case: recovered(folder, *case), folders, cases):
            with table.open("a", newline="") as file:
                writer = csv.DictWriter(file, row)
                if not rows:
                    writer.writeheader()
                writer.writerow(row)
            rows.append({name: str(value) for name, value in row.items()})
            print(", ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    for measure in ("strength", "contribution"):
        names = [f"{name}_average_by_{measure}" for name in ("circuit", "network")]
        found = correlation([float(row[name]) for name in names] for row in rows)
        print(f"average path length by {measure}: Pearson's r of circuits and networks {found:.3f}, n = {len(rows)}")


if __name__ == "__main__":
    main()
