SETTINGS = """matched train_images recurrent_blocks iterations readout channels activation first_block loss
lengths_removed""".split()


def standard_error(values):
    return values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0


def label(fraction, images):
    """Returns the label of an amount of training data, such as 50 % (700)."""
    percent = f"{100 * fraction:.2f}".rstrip("0").rstrip(".")
    return f"{percent} %" if np.isnan(images) else f"{percent} % ({images:.0f})"


measured = finished[np.isfinite(finished[METRIC])]
if measured.empty:
    raise ValueError(f"no finished model has {PERFORMANCE}; set METRIC to the other measure")
configurations = measured.groupby(["kind", "train_fraction", "configuration"], as_index=False).agg(
    **{setting: (setting, "first") for setting in SETTINGS},
    seeds=("seed", "size"),
    performance=(METRIC, "mean"),
    average_path_length=("average_path_length", "mean"),
    diversity_nats=("diversity_nats", "mean"),
)
feed_forward = configurations[configurations["kind"] == "feed-forward"]
recurrent = configurations[configurations["kind"] == "recurrent"]
pairs = recurrent.merge(
    feed_forward[["train_fraction", "configuration", "performance"]],
    left_on=["train_fraction", "matched"], right_on=["train_fraction", "configuration"],
    suffixes=("", "_feed_forward"),
)

# The amounts of training data from the largest to the smallest, with their labels and colours in the figures.
trained = chosen[chosen["kind"].isin(["feed-forward", "recurrent"])]
amounts = trained.groupby("train_fraction")["train_images"].max().sort_index(ascending=False)
amounts = {fraction: label(fraction, images) for fraction, images in amounts.items()}
shades = LinearSegmentedColormap.from_list("amounts", ["#0d0887", "#9c179e", "#ed7953", "#f7c02c"])
AMOUNTS = dict(zip(amounts, shades(np.linspace(0, 1, len(amounts)))))
print(f"{len(feed_forward)} feed-forward and {len(recurrent)} recurrent configurations, {len(pairs)} pairs")
