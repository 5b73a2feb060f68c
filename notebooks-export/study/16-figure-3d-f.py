def by_iterations(configurations):
    """Returns means over configurations, one row for each readout mode and T."""
    summary = configurations.groupby(["readout", "iterations"], as_index=False).agg(
        mean=("performance", "mean"), error=("performance", standard_error), n=("performance", "size"),
        average_path_length=("average_path_length", "mean"),
    )
    summary["iterations"] = summary["iterations"].astype(int)
    return summary


def counted(numbers):
    numbers = [int(number) for number in numbers]
    least, most = min(numbers), max(numbers)
    return f"n = {least}" if least == most else f"n = {least} to {most}"


def draw_feed_forward(panel, performance, with_error=True):
    if len(performance) == 0:
        return
    centre, error = performance.mean(), standard_error(performance)
    panel.axhline(centre, color="#222222", linewidth=1.2)
    for end in [centre - error, centre + error] if with_error and error > 0 else []:
        panel.axhline(end, color="#222222", linewidth=0.8, linestyle="--")


def readout_lines(readouts):
    lines = [
        Line2D(
            [], [], color=READOUTS[readout], marker=MARKS[readout], linestyle=DASHES[readout], markersize=4,
            label=readout,
        )
        for readout in readouts
    ]
    return lines + [
        Line2D([], [], color="#222222", label="feed-forward"),
        Line2D([], [], color="#222222", linewidth=0.8, linestyle="--", label="feed-forward ± one standard error"),
        Line2D([], [], color="#222222", marker="|", linestyle="", label="error bars: ± one standard error"),
    ]


def draw_by_iterations(panel, configurations, performance):
    """Draws a line for each readout mode. `performance` is that of the feed-forward configurations."""
    summary = by_iterations(configurations)
    draw_feed_forward(panel, performance)
    modes = [readout for readout in READOUTS if readout in set(summary["readout"])]
    for place, readout in enumerate(modes):
        line = summary[summary["readout"] == readout]
        # Side by side, so that error bars do not hide one another.
        aside = 0.06 * (place - (len(modes) - 1) / 2)
        panel.errorbar(
            line["iterations"] + aside, line["mean"], line["error"],
            color=READOUTS[readout], marker=MARKS[readout], linestyle=DASHES[readout], markersize=4, capsize=2,
        )
    panel.set_xticks(sorted(set(summary["iterations"])))
    panel.set_xlabel("iterations T")
    return counted([*summary["n"], *([len(performance)] if len(performance) else [])])


shown = [fraction for fraction in amounts if fraction in set(recurrent["train_fraction"])]
if not shown:
    print("there is no recurrent configuration, so figures 3d-f are left out")
else:
    figure, panels = plt.subplots(
        1, len(shown), figsize=(max(3 * len(shown), 4.5), 3.1), squeeze=False, layout="constrained",
    )
    for panel, fraction in zip(panels[0], shown):
        own = feed_forward.loc[feed_forward["train_fraction"] == fraction, "performance"]
        n = draw_by_iterations(panel, recurrent[recurrent["train_fraction"] == fraction], own)
        panel.set_title(f"{amounts[fraction]}, {n}")
    panels[0][0].set_ylabel(PERFORMANCE)
    modes = [readout for readout in READOUTS if readout in set(recurrent["readout"])]
    figure.legend(handles=readout_lines(modes), loc="outside lower center", ncols=int(figure.get_figwidth() / 2.2))
    plt.show()
