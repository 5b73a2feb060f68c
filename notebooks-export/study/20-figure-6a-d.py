# The largest difference between the lengths of examples, relative to the length they have in common.
SIMILAR = 0.1


def examples(points):
    """Returns one point of each readout mode, all of similar average path length.

    Each point's length is tried as the common length, with the point of each mode that is nearest to it. Among choices
    within 10 % the longest length wins. If there are none, the points that are closest together win.
    """
    points = points.dropna(subset=["average_path_length"])
    best = None
    for length in points["average_path_length"]:
        nearest = points.assign(distance=(points["average_path_length"] - length).abs())
        nearest = nearest.sort_values(["distance", "iterations"]).drop_duplicates("readout")
        lengths = [length, *nearest["average_path_length"]]
        spread = max(lengths) - min(lengths)
        similar = spread <= SIMILAR * length
        rank = (similar, length, -spread) if similar else (similar, -spread, length)
        if best is None or rank > best[0]:
            best = (rank, nearest)
    return points.iloc[:0] if best is None else best[1]


def label_iterations(panel, summary):
    """Writes T beside points that have room for it, beginning with the most iterations."""
    (left, right), (bottom, top) = panel.get_xlim(), panel.get_ylim()
    points = summary.sort_values("iterations", ascending=False)
    x = (points["average_path_length"] - left) / (right - left)
    y = (points["mean"] - bottom) / (top - bottom)
    taken = list(zip(x, y))
    for point, place in zip(points.itertuples(), list(taken)):
        label = (place[0] + 0.03, place[1] + 0.045)
        if all(abs(label[0] - other[0]) > 0.025 or abs(label[1] - other[1]) > 0.04 for other in taken):
            taken.append(label)
            panel.text(
                *label, point.iterations, transform=panel.transAxes, ha="center", va="center",
                fontsize=7, color=READOUTS[point.readout],
            )


def draw_by_length(panel, configurations, performance):
    """Draws a line for each readout mode, from few to many iterations."""
    summary = by_iterations(configurations).dropna(subset=["average_path_length"])
    draw_feed_forward(panel, performance, with_error=False)
    for readout, line in summary.groupby("readout"):
        panel.plot(
            line["average_path_length"], line["mean"],
            color=READOUTS[readout], marker=MARKS[readout], linestyle=DASHES[readout], markersize=4,
        )
    circled = examples(summary)
    panel.plot(
        circled["average_path_length"], circled["mean"],
        linestyle="", marker="o", markersize=10, markerfacecolor="none", markeredgecolor="#222222",
    )
    panel.set_xlabel("average path length")
    panel.margins(0.1)
    label_iterations(panel, summary)


at_fraction = recurrent[recurrent["train_fraction"] == FRACTION]
block_counts = sorted(int(blocks) for blocks in set(at_fraction["recurrent_blocks"]))
if not block_counts:
    print(f"there is no recurrent configuration ({AMOUNT}), so figures 6a-d are left out")
else:
    figure, panels = plt.subplots(
        2, len(block_counts), figsize=(max(3.6 * len(block_counts), 4.5), 6),
        squeeze=False, sharey="col", layout="constrained",
    )
    for (above, below), blocks in zip(panels.T, block_counts):
        of_size = at_fraction[at_fraction["recurrent_blocks"] == blocks]
        own = feed_forward[feed_forward["train_fraction"] == FRACTION]
        own = own[own["recurrent_blocks"] == blocks]
        n = draw_by_iterations(above, of_size, own["performance"])
        above.set_title(f"{blocks} recurrent block{'s' if blocks > 1 else ''}, {AMOUNT}, {n}")
        draw_by_length(below, of_size, own["performance"])
    for panel in panels[:, 0]:
        panel.set_ylabel(PERFORMANCE)
    modes = [readout for readout in READOUTS if readout in set(at_fraction["readout"])]
    ring = Line2D(
        [], [], linestyle="", marker="o", markersize=9, markerfacecolor="none", markeredgecolor="#222222",
        label="similar lengths",
    )
    columns = int(figure.get_figwidth() / 2.2)
    figure.legend(handles=readout_lines(modes) + [ring], loc="outside lower center", ncols=columns)
    plt.show()
