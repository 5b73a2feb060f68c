FRACTION = max(amounts, default=1.0)
AMOUNT = amounts.get(FRACTION, "any amount of data")

originals = finished.set_index("id")[[METRIC, "average_path_length"]].add_prefix("original_")
multi_path = finished[(finished["kind"] == "multi-path") & (finished["train_fraction"] == FRACTION)]
multi_path = multi_path.join(originals, on="original", how="inner")
if multi_path.empty:
    print(f"no multi-path model and its original are both finished ({AMOUNT}), so figures 4c,d are left out")
else:
    figure, panels = plt.subplots(1, 2, figsize=(7, 4), layout="constrained")
    for panel, (column, name) in zip(panels, [(METRIC, PERFORMANCE), ("average_path_length", "average path length")]):
        columns = [f"original_{column}", column]
        points = multi_path.dropna(subset=columns).groupby(["configuration", "readout"], as_index=False)[columns].mean()
        if not points.empty:
            limits = limits_of(points[columns])
            panel.plot(limits, limits, color="#666666", linewidth=0.8)
            panel.set(xlim=limits, ylim=limits, aspect="equal")
        for readout, of_mode in points.groupby("readout"):
            panel.scatter(
                of_mode[columns[0]], of_mode[columns[1]], s=14, color=READOUTS[readout], marker=MARKS[readout],
            )
        panel.set(xlabel=f"recurrent original: {name}", ylabel=f"multi-path: {name}")
        panel.set_title(f"{AMOUNT}, n = {len(points)}")
    modes = [readout for readout in READOUTS if readout in set(multi_path["readout"])]
    figure.legend(handles=readout_points(modes) + identity_line(), loc="outside lower center", ncols=5)
    plt.show()
