def interval(values):
    tail = (1 - CONFIDENCE) / 2
    return np.quantile(values[np.isfinite(values)], [tail, 1 - tail])


def resampled(by_seed, random):
    """The scores of a configuration and of those paired with it in every resample of their seeds."""
    seeds = by_seed.shape[1]
    drawn = mean(by_seed[:, random.integers(seeds, size=(RESAMPLES, seeds))])
    # What has none of the drawn seeds stays as it is.
    return np.where(np.isnan(drawn), mean(by_seed)[:, None], drawn)


def add_intervals(place, row):
    combinations, found = groups(row["train_fraction"])
    if RESAMPLES == 0 or all(by_seed.shape[1] < 2 for by_seed in found):
        return
    random = np.random.default_rng(RESAMPLES_SEED)
    scores = np.array([resampled(by_seed, random) for by_seed in found])
    own, _, gain = compare(scores)
    feed_forward = scores[:, 0].mean(axis=0)
    if not pd.isna(row.get("gain_percent")):
        best = combinations.index((row["readout"], row["iterations"]))
        feed_forward = own[best]
        table_1.loc[place, ["gain_percent_low", "gain_percent_high"]] = interval(gain[best])
        wins = np.where(np.isnan(gain), -np.inf, gain).argmax(axis=0) == best
        table_1.loc[place, "best_in_resamples"] = wins.mean()
    table_1.loc[place, ["feed_forward_low", "feed_forward_high"]] = interval(feed_forward)


intervals = ["feed_forward_low", "feed_forward_high", "gain_percent_low", "gain_percent_high", "best_in_resamples"]
table_1[intervals] = np.nan
for place, row in table_1.iterrows():
    add_intervals(place, row)
table_1[[column for column in ["training_data", "readout", "iterations", "gain_percent"] if column in table_1] + intervals].round(4)
