import math

import matplotlib.pyplot as plt
import pandas as pd

READOUTS = {"no-avg": "#1f77b4", "early-avg": "#ff7f0e", "late-avg": "#2ca02c", "2-avg": "#d62728"}
plt.rcParams.update({
    "figure.dpi": 100, "font.size": 9, "axes.titlesize": 9, "legend.frameon": False,
    "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.color": "#e6e6e6", "axes.axisbelow": True,
})

source, circuit = ANALYSIS["source"], ANALYSIS["circuit"]
print(f"{source['path']}, SHA-256 {source['sha256']}, layout {source['layout']}")
print(f"recurrent blocks: {circuit['recurrent_blocks']}, iterations T: {circuit['iterations']}")
print(f"activation: {circuit['activation'] or 'not specified'}")
print(f"readout mode: {circuit['readout'] or 'not specified, so all four are shown'}")
if circuit["multi_path"]:
    removed = ", ".join(str(length) for length in circuit["lengths_removed"]) or "none"
    print(f"multi-path: every path is a chain of its own; lengths removed: {removed}")
print("conventions:", ", ".join(f"{name} {value}" for name, value in ANALYSIS["conventions"].items()))
