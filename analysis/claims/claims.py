"""Tries the paper's claims on a recording, from training to figures.

usage: claims.py STUDY.toml DATA OUT [--jobs N] [--threads N]

Needs `pathscope` and `pathscope-torch` on PATH, NumPy and Matplotlib. OUT gets the sweep, `results.csv`, `lesions.csv`,
`effects.csv`, correlations over configurations, and figures. A second run goes on with what is missing.
"""

import argparse
import csv
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import effects
import figure


def pathscope(*arguments, required=True):
    """Runs a command of pathscope, which shows its progress and errors itself."""
    run = subprocess.run(["pathscope", *map(str, arguments)], check=False)
    if run.returncode != 0 and required:
        raise SystemExit(run.returncode)


def lesions(out, data, jobs):
    """Scores the recurrent models without the paths of each length, with copied weights, and returns the table."""
    table = out / "lesions.csv"
    with (out / "results.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "recurrent" and row["status"] == "finished"]
    if not rows:
        raise SystemExit(f"{out / 'results.csv'}: no recurrent model is finished")
    longest = max(int(row["iterations"]) for row in rows)
    rows = [row for row in rows if int(row["iterations"]) == longest]

    def measured(row):
        folder = out / "lesions" / row["id"]
        if not (folder / "lesions.csv").is_file():
            run = out / "sweep" / "models" / row["id"]
            command = ["pathscope", "--quiet", "ablate", run, "--remove", "each", "--data", data, "--out", folder]
            subprocess.run([*command, "--threads", "1"], check=True, stdout=subprocess.DEVNULL)
        with (folder / "lesions.csv").open(newline="") as file:
            return [{**lesion, "model": row["id"]} for lesion in csv.DictReader(file)]

    (out / "lesions").mkdir(exist_ok=True)
    with ThreadPoolExecutor(jobs) as pool:
        found = []
        for number, of_model in enumerate(pool.map(measured, rows), 1):
            print(f"lesions of {number} of {len(rows)} models", file=sys.stderr)
            found.extend(of_model)
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, found[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
    return table


def draw(results, out, score, fractions):
    """Draws Figs. 3, 4c,d and 6, and makes tables of correlations, for each amount of data and measure.

    A study may lack the models of a figure or table, which the command names.
    """
    made_from = ("--results", results, *score)
    pathscope("figure", "3", *made_from, "--width", 183, "--out", out / "figure-3.svg", required=False)
    for fraction in fractions:
        part = "" if fraction == max(fractions) else f"-{100 * fraction:g}-percent"
        for measure in effects.MEASURES:
            by = "" if measure == "strength" else "-by-contribution"
            chosen = (*made_from, "--train-fraction", fraction, "--measure", measure)
            # Performance is the same by both measures.
            for number in ("4c", "4d", "6") if measure == "strength" else ("4d", "6"):
                file = out / f"figure-{number}{part}{by}.svg"
                pathscope("figure", number, *chosen, "--width", 183, "--out", file, required=False)
            table = out / f"correlations{part}-by-{measure}.csv"
            pathscope("table", "correlations", *chosen, "--format", "csv", "--out", table, required=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", type=Path, help="study file")
    parser.add_argument("data", type=Path, help="folder of the data set")
    parser.add_argument("out", type=Path, help="folder for the sweep, tables and figures")
    parser.add_argument("--jobs", type=int, default=2, help="models to train at once")
    parser.add_argument("--threads", type=int, default=1, help="threads per training")
    arguments = parser.parse_args()
    out, data = arguments.out, arguments.data
    out.mkdir(parents=True, exist_ok=True)

    machine = ("--jobs", arguments.jobs, "--threads", arguments.threads)
    pathscope("sweep", "run", arguments.study, "--data", data, "--out", out / "sweep", *machine)
    results = out / "results.csv"
    pathscope("sweep", "collect", out / "sweep", "--out", results)
    study = effects.Study.read(results, lesions(out, data, arguments.jobs))
    score = ("--score", study.score.replace("_", "-"))
    draw(results, out, score, study.fractions)
    pathscope("table", "1", "--results", results, *score, required=False)
    found = effects.effects(study)
    effects.write(found, out / "effects.csv")
    with (out / "effects.csv").open(newline="") as file:
        figure.draw({arguments.study.stem: list(csv.DictReader(file))}, out / "measures.svg")
    print(effects.text(found))


if __name__ == "__main__":
    main()
