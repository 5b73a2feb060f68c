import math

import matplotlib.pyplot as plt
import pandas as pd

READOUTS = {"output": "#666666"}
plt.rcParams.update({
    "figure.dpi": 100, "font.size": 9, "axes.titlesize": 9, "legend.frameon": False,
    "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.color": "#e6e6e6", "axes.axisbelow": True,
})

source, program = ANALYSIS["source"], ANALYSIS["program"]
print(f"{source['path']}, SHA-256 {source['sha256']}")
print(f"paths from {program['from']} to {program['to']}, length: {program['count']}")
print("operations:", ", ".join(f"{count} {name}" for name, count in program["operations"].items()))
for component in program["off_path"]:
    print(f"on no path: {component['name']} ({component['kind']}, {component['reason']})")
print("conventions:", ", ".join(f"{name} {value}" for name, value in ANALYSIS["conventions"].items()))
