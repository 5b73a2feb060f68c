"""Draws how well strengths and contributions explain performance and lesions.

usage: figure.py FIGURE.svg NAME=EFFECTS.csv...
"""

import csv
import sys
from collections import defaultdict
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

MARKS = {"strength": ("o", "white", "#1f6fb4"), "contribution": ("D", "#c65102", "#c65102")}
TITLES = {
    "4.3 explained performance": "Correlation with performance",
    "4.3 lesions": "Correlation with drops by lesions",
}


def correlations(rows):
    """Returns by claim, by what is correlated, and by measure: the estimate and its interval."""
    found = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        of, _, measure = row["of"].rpartition(", by ")
        if row["claim"] in TITLES and measure in MARKS and row["estimate"]:
            found[row["claim"]][of][measure] = [float(row[name] or "nan") for name in ("estimate", "low", "high")]
    return found


def draw(studies, path):
    """Draws a row for each correlation, with a mark and an interval for each measure.

    `studies` maps names of studies to the rows of their `effects.csv`.
    """
    mpl.rcParams.update({"svg.hashsalt": "claims", "svg.fonttype": "none", "font.size": 8, "font.family": "sans-serif"})
    by_claim = defaultdict(list)
    for study, rows in studies.items():
        for claim, found in correlations(rows).items():
            prefix = f"{study}: " if len(studies) > 1 else ""
            for of, marks in found.items():
                short = of.removeprefix("drop in CC_raw, ").replace(" of the data", "")
                by_claim[claim].append((prefix + short, marks))
    heights = [len(rows) + 1 for rows in by_claim.values()]
    size = (183 / 25.4, (0.22 * sum(heights)) + 0.9)
    figure, panels = plt.subplots(
        len(by_claim), 1, figsize=size, sharex=True, squeeze=False, layout="constrained", height_ratios=heights
    )
    for panel, (claim, rows) in zip(panels[:, 0], by_claim.items(), strict=True):
        panel.axvline(0, color="0.6", linewidth=0.8, zorder=0)
        for place, (_, marks) in enumerate(rows):
            for measure, (estimate, low, high) in marks.items():
                marker, fill, colour = MARKS[measure]
                y = place + (0.16 if measure == "contribution" else -0.16)
                panel.plot([low, high], [y, y], color=colour, linewidth=1)
                panel.plot(estimate, y, marker, color=colour, markerfacecolor=fill, markersize=4.5)
        panel.set_yticks(range(len(rows)), [of for of, _ in rows])
        panel.set_ylim(len(rows) - 0.4, -0.6)
        panel.set_xlim(-1, 1)
        panel.set_title(TITLES[claim], loc="left", fontsize=8)
        panel.spines[["top", "right"]].set_visible(False)
    panels[-1, 0].set_xlabel("Pearson's r or Spearman's ρ, with 95 % intervals over seeds")
    for measure, (marker, fill, colour) in MARKS.items():
        panels[0, 0].plot([], [], marker, color=colour, markerfacecolor=fill, markersize=4.5, label=f"by {measure}")
    figure.legend(loc="outside upper right", ncols=2, frameon=False)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)


def main():
    studies = {}
    for argument in sys.argv[2:]:
        name, _, path = argument.rpartition("=")
        with Path(path).open(newline="") as file:
            studies[name] = list(csv.DictReader(file))
    draw(studies, sys.argv[1])


if __name__ == "__main__":
    main()
