"""Draws how far trained networks recover the average path lengths of the circuits that made their recordings.

usage: figure.py RESULTS.csv FIGURE.svg
"""

import csv
import sys
from collections import defaultdict

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

MARKERS = {"no-avg": "o", "late-avg": "s", "2-avg": "D"}
GREYS = {"no-avg": "black", "late-avg": "#1f6fb4", "2-avg": "#c65102"}


def main():
    mpl.rcParams.update(
        {"svg.hashsalt": "recovery", "svg.fonttype": "none", "font.size": 8, "font.family": "sans-serif"}
    )
    with open(sys.argv[1], newline="") as file:
        rows = list(csv.DictReader(file))
    figure, panels = plt.subplots(1, 2, figsize=(183 / 25.4, 88 / 25.4), sharex=True, sharey=True, layout="constrained")
    for panel, measure in zip(panels, ("strength", "contribution"), strict=True):
        panel.plot([1, 4.5], [1, 4.5], color="0.6", linewidth=1, zorder=0)
        panel.text(3.3, 3.65, "recovered", rotation=45, ha="center", va="center", color="0.4")
        cases = defaultdict(list)
        for row in rows:
            pair = [float(row[f"{name}_average_by_{measure}"]) for name in ("circuit", "network")]
            cases[row["readout"], row["trials"], row["gain"]].append(pair)
        for (readout, trials, _), pairs in cases.items():
            true = sum(pair[0] for pair in pairs) / len(pairs)
            found = [pair[1] for pair in pairs]
            middle = sum(found) / len(found)
            panel.plot([true, true], [min(found), max(found)], color=GREYS[readout], linewidth=0.8)
            fill = GREYS[readout] if trials == "16" else "white"
            panel.plot(true, middle, MARKERS[readout], color=GREYS[readout], markerfacecolor=fill, markersize=5)
        panel.set_xlabel(f"average path length of the circuit by {measure}")
        panel.set_ylabel(f"of the trained network by {measure}")
        panel.set_title(f"By {measure}", loc="left")
        panel.set_aspect("equal")
        panel.spines[["top", "right"]].set_visible(False)
    for readout, marker in MARKERS.items():
        panels[0].plot([], [], marker, color=GREYS[readout], label=readout)
    panels[0].plot([], [], "o", color="black", markerfacecolor="white", label="2 trials instead of 16")
    panels[0].legend(loc="upper left", frameon=False)
    figure.savefig(sys.argv[2], metadata={"Date": None, "Creator": None})


if __name__ == "__main__":
    main()
