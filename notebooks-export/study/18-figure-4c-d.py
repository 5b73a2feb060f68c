FRACTION = max(amounts, default=1.0)
AMOUNT = amounts.get(FRACTION, "")

originals = finished.set_index("id")[[METRIC, "average_path_length"]].add_prefix("original_")
multi_path = finished[(finished["kind"] == "multi-path") & (finished["train_fraction"] == FRACTION)]
multi_path = multi_path.join(originals, on="original", how="inner")
figures_4 = [(METRIC, PERFORMANCE), ("average_path_length", "average path length")]
if multi_path.empty:
    print(f"no finished multi-path model beside its original ({AMOUNT}): figures 4c,d are left out")
else:
    figure, panels = plt.subplots(1, 2, figsize=(7, 3.6), layout="constrained")
    for panel, (column, name) in zip(panels, figures_4):
        both = multi_path.dropna(subset=[column, f"original_{column}"])
        points = both.groupby(["configuration", "readout"], as_index=False)[[column, f"original_{column}"]].mean()
        for readout, of_mode in points.groupby("readout"):
            panel.scatter(of_mode[f"original_{column}"], of_mode[column], s=14, color=READOUTS[readout])
        panel.axline((points[column].min(), points[column].min()), slope=1, color="#666666", linewidth=0.8)
        panel.set(xlabel=f"{name} of the original", ylabel=f"{name} of the multi-path model", title=f"{AMOUNT}, n = {len(points)}")
        panel.set_aspect("equal", adjustable="datalim")
    modes = [readout for readout in READOUTS if readout in set(multi_path["readout"])]
    figure.legend(handles=readout_marks(modes)[:-1], loc="outside lower center", ncols=4)
    plt.show()
