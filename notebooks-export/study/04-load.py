import hashlib
import pathlib

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D

# The columns of text; all others hold numbers.
WORDS = """study id status problem kind configuration matched original dataset readout activation first_block loss
multi_path lengths_removed distribution device version model_sha256 dataset_sha256 contribution_distribution
contribution_explained""".split()
SEEDS = ["split_seed", "seed"]

READOUTS = {"no-avg": "#1f77b4", "early-avg": "#ff7f0e", "late-avg": "#2ca02c", "2-avg": "#d62728"}
# Marks and dashes tell readout modes apart in grey and for the colour-blind.
MARKS = dict(zip(READOUTS, "o^sD"))
DASHES = dict(zip(READOUTS, ["-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 1.5, 1, 1.5))]))
PERFORMANCE = {"cc_norm2": "CC_norm²", "cc_raw2": "CC_raw²", "r2_er": "r²_ER", "feve": "FEVE"}.get(METRIC, METRIC)
plt.rcParams.update({
    "figure.dpi": 100, "font.size": 9, "axes.titlesize": 9, "legend.frameon": False,
    "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.color": "#e6e6e6", "axes.axisbelow": True,
})


def read(path):
    """Reads a table of results. Missing values are "" in text columns and NaN in the others."""
    if path.endswith(".parquet"):
        table = pd.read_parquet(path)
    else:
        # As text first, since an id that consists of digits must not become a number.
        table = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    for column in table:
        if column in WORDS:
            table[column] = table[column].astype(object).where(table[column].notna(), "")
        elif column in SEEDS:
            table[column] = table[column].map(int)
        else:
            table[column] = table[column].astype(float)
    return table


for path, recorded in zip(RESULTS, SHA256):
    if hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest() != recorded:
        print(f"{path} has changed since the notebook was written")
# A model may be in several tables.
table = pd.concat([read(path) for path in RESULTS], ignore_index=True).drop_duplicates(ignore_index=True)
if table["id"].duplicated().any():
    raise ValueError("a model has different rows in several tables; leave out the older table")
print(f"{len(table)} models of {', '.join(sorted(set(table['study'])))}")
for (dataset, split), models in table.groupby(["dataset", "split_seed"]):
    print(f"  {dataset}, split seed {split}: {len(models)}")
