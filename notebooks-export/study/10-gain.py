def mean(scores):
    """Returns the mean over the last axis without NaNs, or NaN if there is nothing else."""
    present = ~np.isnan(scores)
    count = present.sum(axis=-1)
    return np.where(count > 0, np.where(present, scores, 0).sum(axis=-1) / np.maximum(count, 1), np.nan)


def groups(fraction):
    """Returns the combinations of readout mode and T, and an array of scores for each feed-forward configuration.

    The first row of an array holds the configuration's own scores, the others those of the recurrent configurations
    paired with it, one row for each combination. Columns are seeds; a missing score is NaN.
    """
    models = measured[measured["train_fraction"] == fraction]
    own = models[models["kind"] == "feed-forward"]
    others = models[(models["kind"] == "recurrent") & models["matched"].isin(own["configuration"])]
    modes = list(READOUTS)
    combinations = set(zip(others["readout"], others["iterations"]))
    combinations = sorted(combinations, key=lambda each: (modes.index(each[0]), each[1]))
    found = []
    for configuration in sorted(set(own["configuration"])):
        mine = others[others["matched"] == configuration]
        rows = [own[own["configuration"] == configuration]]
        rows += [mine[(mine["readout"] == readout) & (mine["iterations"] == t)] for readout, t in combinations]
        seeds = sorted(set().union(*(row["seed"] for row in rows)))
        found.append(np.array([row.groupby("seed")[METRIC].mean().reindex(seeds).to_numpy() for row in rows]))
    return combinations, found


def compare(scores):
    """Returns for each combination the mean of the feed-forward configurations paired with it, its own mean, and the
    gain in percent. The axes of `scores` are feed-forward configurations, then itself and combinations, then any."""
    own, recurrent = scores[:, :1], scores[:, 1:]
    has = ~np.isnan(recurrent)
    with np.errstate(invalid="ignore", divide="ignore"):
        own, recurrent = (np.where(has, each, 0).sum(axis=0) / has.sum(axis=0) for each in (own, recurrent))
        return own, recurrent, np.where(own > 0, 100 * (recurrent - own) / own, np.nan)


def gain_row(fraction):
    combinations, found = groups(fraction)
    scores = np.array([mean(by_seed) for by_seed in found])
    row = {
        "train_fraction": fraction, "training_data": amounts[fraction],
        "feed_forward_configurations": len(found), "feed_forward": scores[:, 0].mean(),
    }
    own, recurrent, gain = compare(scores)
    if np.isfinite(gain).any():
        best = int(np.nanargmax(gain))
        row["readout"], row["iterations"] = combinations[best][0], int(combinations[best][1])
        row["configurations"] = int(np.isfinite(scores[:, 1 + best]).sum())
        row["feed_forward"], row["recurrent"], row["gain_percent"] = own[best], recurrent[best], gain[best]
    return row


# From the smallest to the largest amount of data, as in the paper.
fractions = [fraction for fraction in reversed(amounts) if fraction in set(feed_forward["train_fraction"])]
table_1 = pd.DataFrame([gain_row(fraction) for fraction in fractions])
if "gain_percent" not in table_1:
    print("no recurrent configuration is paired with a feed-forward one, so there is no gain to show")
table_1.round(4)
