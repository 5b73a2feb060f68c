# The number of resamples in memory at once.
PORTION = 1000


def resampled(by_seed, random, count):
    """Returns the mean scores of a configuration and of those paired with it in resamples of their seeds."""
    seeds = by_seed.shape[1]
    drawn = mean(by_seed[:, random.integers(seeds, size=(count, seeds))])
    # A configuration without any of the drawn seeds keeps its mean.
    return np.where(np.isnan(drawn), mean(by_seed)[:, None], drawn)


def interval(values):
    tail = (1 - CONFIDENCE) / 2
    values = np.concatenate(values)
    return np.quantile(values[np.isfinite(values)], [tail, 1 - tail])


def intervals(row):
    combinations, found = groups(row["train_fraction"])
    if RESAMPLES == 0 or all(by_seed.shape[1] < 2 for by_seed in found):
        return {}
    has_best = not pd.isna(row.get("gain_percent"))
    best = combinations.index((row["readout"], row["iterations"])) if has_best else None
    random = np.random.default_rng(RESAMPLES_SEED)
    means, gains, wins = [], [], 0
    for start in range(0, RESAMPLES, PORTION):
        scores = np.array([resampled(by_seed, random, min(PORTION, RESAMPLES - start)) for by_seed in found])
        own, _, gain = compare(scores)
        means.append(own[best] if has_best else scores[:, 0].mean(axis=0))
        if has_best:
            gains.append(gain[best])
            wins += (np.where(np.isnan(gain), -np.inf, gain).argmax(axis=0) == best).sum()
    row = dict(zip(["feed_forward_low", "feed_forward_high"], interval(means)))
    if has_best:
        row.update(zip(["gain_percent_low", "gain_percent_high"], interval(gains)))
        row["best_in_resamples"] = wins / RESAMPLES
    return row


BOUNDS = "feed_forward_low feed_forward_high gain_percent_low gain_percent_high best_in_resamples".split()
bounds = pd.DataFrame([intervals(row) for _, row in table_1.iterrows()], index=table_1.index, columns=BOUNDS)
table_1 = table_1.drop(columns=BOUNDS, errors="ignore").join(bounds)
SHOWN = ["training_data", "readout", "iterations", "gain_percent", *BOUNDS]
table_1[[name for name in SHOWN if name in table_1]].round(4)
