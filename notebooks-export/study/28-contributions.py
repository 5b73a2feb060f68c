BY_CONTRIBUTION = "contribution_average_path_length"


def with_contributions(models):
    """Returns means over the seeds of recurrent models that have both average path lengths, at one amount of data."""
    models = models[(models["kind"] == "recurrent") & (models["train_fraction"] == FRACTION)]
    models = models.dropna(subset=["average_path_length", BY_CONTRIBUTION])
    return models.groupby(["configuration", "readout"], as_index=False).agg(
        performance=(METRIC, "mean"),
        by_strength=("average_path_length", "mean"),
        by_contribution=(BY_CONTRIBUTION, "mean"),
        spearman=("contribution_spearman", "mean"),
        bias_share=("contribution_bias_share", "mean"),
    )


contributing = with_contributions(measured) if BY_CONTRIBUTION in measured else pd.DataFrame()
if contributing.empty:
    print(f"no recurrent model has contributions ({AMOUNT}); set contributions = true in the study to compute them")
else:
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.5, 4), layout="constrained")
    limits = limits_of(contributing[["by_strength", "by_contribution"]])
    right.plot(limits, limits, color="#666666", linewidth=0.8)
    right.set(xlim=limits, ylim=limits, aspect="equal")
    for readout, points in contributing.groupby("readout"):
        colour, mark = READOUTS[readout], MARKS[readout]
        left.scatter(points["by_strength"], points["performance"], s=14, facecolors="none", edgecolors=colour, marker=mark)
        left.scatter(points["by_contribution"], points["performance"], s=14, color=colour, marker=mark)
        right.scatter(points["by_strength"], points["by_contribution"], s=14, color=colour, marker=mark)
    left.set(xlabel="average path length", ylabel=PERFORMANCE)
    right.set(xlabel="average path length by strength", ylabel="by contribution")
    for panel in [left, right]:
        panel.set_title(f"{AMOUNT}, n = {len(contributing)}")
    kinds = [
        Line2D([], [], linestyle="", marker="o", markersize=5, color="#222222", markerfacecolor=fill, label=label)
        for fill, label in [("none", "by strength"), ("#222222", "by contribution")]
    ]
    modes = [readout for readout in READOUTS if readout in set(contributing["readout"])]
    figure.legend(handles=readout_points(modes) + kinds + identity_line(), loc="outside lower center", ncols=4)
    plt.show()
    # Rounded, because equal means may differ in their last digits, which would change ranks.
    ranked = contributing.round(12)
    for name, column in [("strength", "by_strength"), ("contribution", "by_contribution")]:
        rank_correlation = spearman(ranked[column], ranked["performance"])
        print(f"Spearman's ρ of {PERFORMANCE} with the average path length by {name}: {rank_correlation:.2f}")
    print(f"mean ρ of strengths and contributions within models: {contributing['spearman'].mean():.2f}")
    print(f"mean share of the biases: {contributing['bias_share'].mean():.2f}")
