"""Compares ways to stop a training: mean scores, their spread over seeds, and steps.

usage: steadier.py RESULTS.csv...
"""

import csv
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from effects import effect

RULES = {"": "published", "average-weights=0.99": "averaged weights", "smooth-validations=3": "smoothed criterion"}


def rule_of(row):
    """Returns the rule that a model was stopped by."""
    settings = row["other_settings"].split()
    return RULES[" ".join(each for each in settings if each.split("=")[0] in ("average-weights", "smooth-validations"))]


def spread_ratio(one, other):
    """Returns the ratio of standard deviations of paired series, with an interval from resampled pairs."""
    pairs = np.array([one, other])
    drawn = np.random.default_rng(0).integers(pairs.shape[1], size=(10_000, pairs.shape[1]))
    first, second = (series[drawn].std(axis=1, ddof=1) for series in pairs)
    ratios = first[second > 0] / second[second > 0]
    return (pairs[0].std(ddof=1) / pairs[1].std(ddof=1), *np.quantile(ratios, [0.025, 0.975]))


def main():
    for path in sys.argv[1:]:
        with Path(path).open(newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["status"] == "finished"]
        score = "cc_norm2" if any(row["cc_norm2"] for row in rows) else "cc_raw2"
        models = defaultdict(lambda: defaultdict(dict))
        for row in rows:
            models[row["kind"]][rule_of(row)][row["seed"]] = (float(row[score]), int(row["steps"]))
        print(f"{path}: {score}")
        for kind, by_rule in models.items():
            for rule in (rule for rule in RULES.values() if rule in by_rule):
                seeds = sorted(set(by_rule[rule]) & set(by_rule["published"]))
                if len(seeds) < 2:
                    print(f"  {kind}, {rule}: {len(seeds)} seeds, too few to compare")
                    continue
                found, taken = np.array([by_rule[rule][seed] for seed in seeds]).T
                scores, steps = np.array([by_rule["published"][seed] for seed in seeds]).T
                line = (
                    f"  {kind}, {rule}: {found.mean():.4f}, s.d. {found.std(ddof=1):.4f}, "
                    f"steps {taken.mean():.0f}, s.d. {taken.std(ddof=1):.0f}, n = {len(seeds)}"
                )
                if rule != "published":
                    gain = effect("", "", "", found - scores)
                    ratio, low, high = spread_ratio(found, scores)
                    line += (
                        f"; score {gain.estimate:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}], "
                        f"detectable {gain.detectable:.4f}; s.d. times {ratio:.2f} [{low:.2f}, {high:.2f}]; "
                        f"steps times {taken.mean() / steps.mean():.2f}"
                    )
                print(line)


if __name__ == "__main__":
    main()
