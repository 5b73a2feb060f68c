"""Computes what a study says about the paper's claims: effects with intervals over seeds, and the power that there was.

usage: effects.py RESULTS.csv LESIONS.csv
"""

import csv
import math
import sys
from collections import defaultdict
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from statistics import NormalDist

import numpy as np

MEASURES = ("strength", "contribution")
QUANTITIES = ("average path length", "diversity")
RESAMPLES = 10_000
CONFIDENCE = 0.95
POWER = 0.8


@dataclass
class Effect:
    """A number that a claim rests on, with its interval over seeds.

    `detectable` is the smallest true effect that the interval excludes 0 for in 80 % of such studies.
    """

    claim: str
    of: str
    unit: str
    n: int
    estimate: float
    low: float
    high: float
    detectable: float = math.nan


def t_quantile(probability, degrees):
    """Returns a quantile of Student's t, for probabilities above 0.5."""
    scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(degrees * math.pi)
    x = np.linspace(0, 200, 400_001)
    density = scale * (1 + x**2 / degrees) ** (-(degrees + 1) / 2)
    cumulative = 0.5 + np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(x))])
    return float(np.interp(probability, cumulative, x))


def effect(claim, of, unit, by_seed):
    """Returns the mean over seeds, with Student's interval and the detectable effect."""
    values = np.asarray(list(by_seed), float)
    n, mean = len(values), float(values.mean())
    if n < 2:
        return Effect(claim, of, unit, n, mean, math.nan, math.nan)
    error = values.std(ddof=1) / math.sqrt(n)
    beyond = t_quantile(0.5 + CONFIDENCE / 2, n - 1)
    return Effect(
        claim, of, unit, n, mean, mean - beyond * error, mean + beyond * error,
        (beyond + t_quantile(POWER, n - 1)) * error,
    )  # fmt: skip


def resampled(claim, of, unit, groups, statistic):
    """Returns a statistic of all points of some groups, with an interval from resamples of the groups.

    `statistic` takes points [n, columns]. The detectable effect takes the statistic to be normally distributed, with the
    standard deviation of the resamples.
    """
    groups = [np.asarray(group, float) for group in groups]
    random = np.random.default_rng(0)
    drawn = random.integers(len(groups), size=(RESAMPLES, len(groups)))
    found = [statistic(np.concatenate([groups[index] for index in indices])) for indices in drawn]
    low, high = np.nanquantile(found, [0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2])
    quantile = NormalDist().inv_cdf
    detectable = (quantile(0.5 + CONFIDENCE / 2) + quantile(POWER)) * np.nanstd(found)
    estimate = statistic(np.concatenate(groups))
    return Effect(claim, of, unit, len(groups), *map(float, (estimate, low, high, detectable)))


def correlation(x, y):
    """Returns Pearson's r, or NaN if a series is constant."""
    x, y = x - x.mean(), y - y.mean()
    scale = math.sqrt((x @ x) * (y @ y))
    return float(x @ y) / scale if scale > 0 else math.nan


def rank_correlation(x, y):
    """Returns Spearman's ρ of series without ties."""
    return correlation(*(np.argsort(np.argsort(series)).astype(float) for series in (x, y)))


def number(text):
    return float(text) if text else math.nan


def distribution(text):
    """Returns the lengths and shares of a path length distribution such as `1:0.25 2:0.75`."""
    return {int(length): float(share) for length, share in (part.split(":") for part in text.split())}


def entropy(shares):
    """Returns the entropy of a distribution in nats, or NaN if it is empty, as that of a network that predicts nothing."""
    if not shares:
        return math.nan
    return -sum(share * math.log(share) for share in shares.values() if share > 0)


class Study:
    """The finished models of a study, and the lesions of some of them."""

    def __init__(self, rows, lesions):
        self.rows, self.lesions = rows, lesions
        with_ceiling = any(row["cc_norm2"] for row in rows)
        self.score = "cc_norm2" if with_ceiling else "cc_raw2"
        self.fractions = sorted({float(row["train_fraction"]) for row in rows}, reverse=True)

    @classmethod
    def read(cls, results, lesions):
        def rows(path):
            with Path(path).open(newline="") as file:
                return list(csv.DictReader(file))

        finished = [row for row in rows(results) if row["status"] == "finished"]
        if not any(row.get("contribution_distribution") for row in finished):
            raise SystemExit(f"{results}: models have no contributions; set `contributions = true` and collect again")
        return cls(finished, rows(lesions))

    def of(self, kind, **settings):
        """Returns the models of a kind with some settings."""
        chosen = [row for row in self.rows if row["kind"] == kind]
        return [row for row in chosen if all(type(value)(row[name]) == value for name, value in settings.items())]

    def scores(self, rows):
        """Returns the mean score of some models by seed."""
        found = defaultdict(list)
        for row in rows:
            found[int(row["seed"])].append(number(row[self.score]))
        return {seed: float(np.mean(scores)) for seed, scores in sorted(found.items())}


def quantity(row, name, measure):
    """Returns the average path length or the diversity of a model by a measure."""
    if measure == "strength":
        return number(row["average_path_length" if name == "average path length" else "diversity_nats"])
    if name == "average path length":
        return number(row["contribution_average_path_length"])
    return entropy(distribution(row["contribution_distribution"]))


def percent(fraction):
    return f"{100 * fraction:g} % of the data"


def gains(study, fraction):
    """Returns the gains in percent over the mean feed-forward score, by seed, for each combination and for all."""
    feed_forward = study.scores(study.of("feed-forward", train_fraction=fraction))
    mean = np.mean(list(feed_forward.values()))
    recurrent = study.of("recurrent", train_fraction=fraction)
    kinds = sorted({(int(row["iterations"]), row["readout"]) for row in recurrent})
    found = {}
    for iterations, readout in kinds:
        chosen = [row for row in recurrent if (int(row["iterations"]), row["readout"]) == (iterations, readout)]
        found[f"{readout}, T = {iterations}"] = study.scores(chosen)
    found["all recurrent"] = study.scores(recurrent)
    # Seeds have as many models as others, so that no seed stands for other combinations.
    complete = [seed for seed in feed_forward if all(seed in scores for scores in found.values())]
    return {
        name: {seed: 100 * (scores[seed] - feed_forward[seed]) / mean for seed in complete}
        for name, scores in found.items()
    }


def recurrence(study):
    """Claim 4.1: recurrent models outperform feed-forward ones, by more with less data."""
    if not study.of("feed-forward"):
        return
    by_fraction = {fraction: gains(study, fraction) for fraction in study.fractions}
    for fraction, found in by_fraction.items():
        for name, by_seed in found.items():
            yield effect("4.1 gain of recurrence", f"{name}, {percent(fraction)}", "%", by_seed.values())
    most, *less = study.fractions
    for fraction in less:
        for name, by_seed in by_fraction[fraction].items():
            seeds = by_seed.keys() & by_fraction[most].get(name, {}).keys()
            growth = [by_seed[seed] - by_fraction[most][name][seed] for seed in sorted(seeds)]
            of = f"{name}, {percent(fraction)} less {percent(most)}"
            yield effect("4.1 growth of the gain", of, "percentage points", growth)


def multi_path(study):
    """Claim 4.2: multi-path models perform as their originals, and have their average path lengths."""
    originals = {row["id"]: row for row in study.of("recurrent")}
    by_kind = defaultdict(lambda: defaultdict(list))
    for row in study.of("multi-path"):
        if row["original"] in originals:
            kind = f"{row['readout']}, T = {row['iterations']}"
            by_kind[kind][int(row["seed"])].append((originals[row["original"]], row))
    if not by_kind:
        return
    # Seeds have as many models as others, so that no seed stands for other combinations.
    complete = sorted(set.intersection(*(set(by_seed) for by_seed in by_kind.values())))
    together = {seed: [pair for by_seed in by_kind.values() for pair in by_seed[seed]] for seed in complete}
    features = {"score": lambda row: number(row[study.score])}
    for measure in MEASURES:
        features[f"average path length by {measure}"] = lambda row, by=measure: quantity(row, QUANTITIES[0], by)
    claim = "4.2 multi-path models"
    for name, feature in features.items():
        for kind, by_seed in {"all": together, **dict(sorted(by_kind.items()))}.items():
            differences = [
                np.mean([feature(row) - feature(original) for original, row in by_seed[seed]])
                for seed in sorted(by_seed)
            ]
            yield effect(claim, f"{name}, {kind}, multi-path less recurrent", "", differences)
        points = [[[feature(original), feature(row)] for original, row in together[seed]] for seed in complete]
        yield resampled(claim, f"{name}, Pearson's r", "r", points, lambda xy: correlation(*xy.T))


def explained(study):
    """Claim 4.3: average path length and diversity explain performance, by strength and by contribution."""
    for fraction in study.fractions:
        rows = study.of("recurrent", train_fraction=fraction)
        cells = defaultdict(list)
        for row in rows:
            cells[row["iterations"], row["readout"]].append(row)
        for name in QUANTITIES:
            columns = {row["id"]: point(study, row, name) for row in rows}
            within = {}
            for cell in cells.values():
                middle = np.mean([columns[row["id"]] for row in cell], axis=0)
                within.update({row["id"]: columns[row["id"]] - middle for row in cell})
            for over, points in (("over models", columns), ("within configurations", within)):
                by_seed = defaultdict(list)
                for row in rows:
                    by_seed[row["seed"]].append(points[row["id"]])
                of = f"{name}, {over}, {percent(fraction)}"
                yield from compared("4.3 explained performance", of, by_seed.values())


def point(study, row, name):
    return np.array([number(row[study.score]), *(quantity(row, name, measure) for measure in MEASURES)])


def compared(claim, of, groups):
    """Returns the correlations of the first column with the two others, and how much stronger the second one is."""
    groups = list(groups)
    for column, measure in enumerate(MEASURES, 1):
        yield resampled(
            claim, f"{of}, by {measure}", "r", groups, lambda xy, at=column: correlation(xy[:, 0], xy[:, at])
        )
    more = f"{of}, |r| by contribution less |r| by strength"
    yield resampled(
        claim, more, "r", groups, lambda xy: abs(correlation(*xy.T[[0, 2]])) - abs(correlation(*xy.T[[0, 1]]))
    )


def lesions(study):
    """Which length matters, by lesions with copied weights: over lengths, and short against long paths."""
    settings = {row["id"]: row for row in study.of("recurrent")}
    by_model = defaultdict(list)
    for lesion in study.lesions:
        if lesion["model"] in settings and lesion["strength"] and lesion["share"]:
            by_model[lesion["model"]].append(lesion)
    for fraction in study.fractions:
        by_seed, short, rest, ranks = (defaultdict(list) for _ in range(4))
        for model, found in by_model.items():
            row = settings[model]
            if float(row["train_fraction"]) != fraction:
                continue
            points = np.array([[float(each[name]) for name in ("drop_cc_raw", "strength", "share")] for each in found])
            # Models differ in how much any lesion costs, which is no question of lengths.
            by_seed[row["seed"]].extend(points - points.mean(axis=0))
            ranks[row["seed"]].append([rank_correlation(points[:, 0], points[:, at]) for at in (1, 2)])
            shortest = min(range(len(found)), key=lambda index: int(found[index]["removed"]))
            short[row["seed"]].append(points[shortest, 0])
            rest[row["seed"]].append(np.delete(points[:, 0], shortest).mean())
        if not by_seed:
            continue
        of = f"lesions of single lengths, {percent(fraction)}"
        yield from compared("4.3 lesions", f"drop in CC_raw, {of}", by_seed.values())
        means = np.array([np.mean(ranks[seed], axis=0) for seed in by_seed])
        within = f"drop in CC_raw, {of}, ρ within models"
        for measure, values in zip(MEASURES, means.T, strict=True):
            yield effect("4.3 lesions", f"{within}, by {measure}", "ρ", values)
        yield effect("4.3 lesions", f"{within}, by contribution less by strength", "ρ", means[:, 1] - means[:, 0])
        for name, drops in (("the shortest paths", short), ("other paths", rest)):
            means = [np.mean(drops[seed]) for seed in by_seed]
            yield effect("4.3 lesions", f"drop in CC_raw without {name}, {of}", "", means)
        difference = [np.mean(short[seed]) - np.mean(rest[seed]) for seed in by_seed]
        yield effect("4.3 lesions", f"drop in CC_raw, shortest less others, {of}", "", difference)


def retrained(study):
    """Claim 4.3.1: retrained models without shorter paths perform worse."""
    full = {row["original"]: row for row in study.of("multi-path")}
    drops = defaultdict(dict)
    for row in study.of("ablated"):
        if row["original"] in full:
            of = (row["readout"], row["lengths_removed"])
            drops[of][row["seed"]] = number(full[row["original"]][study.score]) - number(row[study.score])
    for (readout, removed), by_seed in sorted(drops.items()):
        of = f"drop without {removed}, {readout}, retrained"
        yield effect("4.3 ablation", of, "", by_seed.values())
    for readout in sorted({readout for readout, _ in drops}):
        triples = sorted(removed for mode, removed in drops if mode == readout and "-" in removed)
        if len(triples) > 1:
            first, last = drops[readout, triples[0]], drops[readout, triples[-1]]
            more = [first[seed] - last[seed] for seed in sorted(first.keys() & last.keys())]
            yield effect("4.3 ablation", f"drop without {triples[0]} less without {triples[-1]}, {readout}", "", more)


def effects(study):
    """Returns the effects of all claims."""
    return [found for of in (recurrence, multi_path, explained, lesions, retrained) for found in of(study)]


def write(found, path):
    with Path(path).open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(field.name for field in fields(Effect))
        for each in found:
            row = (round(value, 6) if isinstance(value, float) else value for value in astuple(each))
            writer.writerow("" if isinstance(value, float) and math.isnan(value) else value for value in row)


def text(found):
    lines, last = [], None
    for each in found:
        if each.claim != last:
            lines += ["", each.claim]
            last = each.claim
        unit = f" {each.unit}" if each.unit not in ("", "r", "ρ") else ""
        detectable = "" if math.isnan(each.detectable) else f", detectable {each.detectable:.3g}"
        lines.append(
            f"  {each.of}: {each.estimate:.3g}{unit} [{each.low:.3g}, {each.high:.3g}], n = {each.n}{detectable}"
        )
    note = f"intervals of {CONFIDENCE:.0%} over n seeds; detectable: with a power of {POWER:.0%}"
    return "\n".join([*lines[1:], "", note])


def main():
    print(text(effects(Study.read(*sys.argv[1:3]))))


if __name__ == "__main__":
    main()
