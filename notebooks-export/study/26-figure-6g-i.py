def lengths(text):
    """Returns the lengths in text such as 1-3,5."""
    found = []
    for run in text.split(","):
        first, _, last = run.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def series(text):
    """Returns the number of removed lengths if they are adjacent and at most three, else 0."""
    removed = lengths(text)
    adjacent = removed == list(range(removed[0], removed[-1] + 1))
    return len(removed) if adjacent and len(removed) <= 3 else 0


def draw_ablations(panel, models, readout, circle):
    summary = models.groupby("lengths_removed")[METRIC].agg(["mean", standard_error, "size"])
    summary = summary.loc[sorted(summary.index, key=lengths)]
    joined = "" if any(series(text) == 0 for text in summary.index) else DASHES[readout]
    panel.errorbar(
        summary.index, summary["mean"], summary["standard_error"],
        color=READOUTS[readout], marker=MARKS[readout], markersize=4, capsize=2, linestyle=joined,
    )
    if circle:
        worst = summary["mean"].idxmin()
        panel.plot(
            [worst], [summary.loc[worst, "mean"]],
            marker="o", markersize=10, markerfacecolor="none", markeredgecolor="#222222",
        )
    return counted(summary["size"])


ablated = measured[measured["kind"] == "ablated"].copy()
if ablated.empty:
    print("no ablated model is finished, so figures 6g-i are left out")
else:
    # Show one kind of model only: the one with the longest series, on the most data.
    SIZE = ["train_fraction", "iterations", "recurrent_blocks"]
    sizes = ablated.groupby(SIZE, as_index=False).agg(models=("id", "size"))
    size = sizes.sort_values(["models", "train_fraction"]).iloc[-1]
    ablated = ablated[(ablated[SIZE] == size[SIZE]).all(axis=1)].copy()
    amount = label(size["train_fraction"], ablated["train_images"].max())
    print(f"T = {size['iterations']:.0f}, recurrent blocks: {size['recurrent_blocks']:.0f}, {amount}")
    ablated["series"] = ablated["lengths_removed"].map(series)
    titles = {1: "1 length removed", 2: "2 lengths removed", 3: "3 lengths removed", 0: "other removals"}
    titles = {length: title for length, title in titles.items() if length in set(ablated["series"])}
    modes = [readout for readout in READOUTS if readout in set(ablated["readout"])]
    figure, panels = plt.subplots(
        len(modes), len(titles), figsize=(max(2.6 * len(titles), 4.5), 2.4 * len(modes) + 0.5),
        squeeze=False, sharey="row", layout="constrained",
    )
    for row, readout in zip(panels, modes):
        of_mode = ablated[ablated["readout"] == readout]
        is_full = (measured["kind"] == "multi-path") & measured["original"].isin(of_mode["original"])
        full = measured.loc[is_full, METRIC]
        original = measured.loc[measured["id"].isin(of_mode["original"]), METRIC]
        for panel, (length, title) in zip(row, titles.items()):
            for baseline, style in [(full, "--"), (original, ":")]:
                if len(baseline):
                    panel.axhline(baseline.mean(), color="#222222", linewidth=1, linestyle=style)
            models = of_mode[of_mode["series"] == length]
            if models.empty:
                continue
            n = draw_ablations(panel, models, readout, circle=length == 3)
            panel.set_title(f"{title}, {n}")
            panel.margins(x=0.1)
        row[0].set_ylabel(f"{readout}\n{PERFORMANCE}")
    figure.supxlabel("lengths of the removed paths", fontsize=9)
    lines = [
        Line2D([], [], color="#222222", linestyle=style, label=name)
        for name, style in [("full multi-path model", "--"), ("recurrent original", ":")]
    ]
    lines += [
        Line2D([], [], color="#222222", marker="|", linestyle="", label="error bars: ± one standard error"),
        Line2D(
            [], [], linestyle="", marker="o", markersize=9, markerfacecolor="none", markeredgecolor="#222222",
            label="lowest without three lengths",
        ),
    ]
    figure.legend(handles=lines, loc="outside upper center", ncols=2)
    plt.show()
