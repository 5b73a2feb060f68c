def limits_of(values):
    """Returns the same limits for both axes, with some margin around all values."""
    least, most = np.min(values), np.max(values)
    room = 0.05 * (most - least) or 0.05
    return least - room, most + room


def readout_points(readouts):
    return [
        Line2D([], [], color=READOUTS[readout], marker=MARKS[readout], linestyle="", label=readout)
        for readout in readouts
    ]


def identity_line():
    return [Line2D([], [], color="#666666", linewidth=0.8, label="equal")]


iterations = sorted(int(t) for t in set(pairs["iterations"]))
readouts = [readout for readout in READOUTS if readout in set(pairs["readout"])]
if pairs.empty:
    print("no recurrent configuration is paired with a feed-forward one, so figure 3a is left out")
else:
    figure, panels = plt.subplots(
        len(readouts), len(iterations), figsize=(1.3 * len(iterations) + 1, 1.4 * len(readouts) + 0.8),
        sharex=True, sharey=True, squeeze=False, layout="constrained",
    )
    limits = limits_of(pairs[["performance", "performance_feed_forward"]])
    for row, readout in zip(panels, readouts):
        for panel, t in zip(row, iterations):
            shown = pairs[(pairs["readout"] == readout) & (pairs["iterations"] == t)]
            panel.plot(limits, limits, color="#666666", linewidth=0.8)
            for fraction, points in shown.groupby("train_fraction"):
                x, y = points["performance_feed_forward"], points["performance"]
                panel.scatter(x, y, s=9, color=AMOUNTS[fraction])
            panel.set(xlim=limits, ylim=limits, aspect="equal")
            panel.text(
                0.04, 0.96, f"n = {len(shown)}", transform=panel.transAxes, va="top", fontsize=7, color="#666666",
            )
        row[0].set_ylabel(readout)
    for panel, t in zip(panels[0], iterations):
        panel.set_title(f"T = {t}")
    figure.supxlabel(f"feed-forward {PERFORMANCE}", fontsize=9)
    figure.supylabel(f"recurrent {PERFORMANCE}", fontsize=9)
    marks = [
        Line2D([], [], linestyle="", marker="o", color=colour, label=amounts[fraction])
        for fraction, colour in AMOUNTS.items()
    ]
    figure.legend(handles=marks + identity_line(), loc="outside upper center", ncols=2)
    plt.show()
