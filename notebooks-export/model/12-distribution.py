if summary.empty:
    print("no ensemble with a distribution: there is nothing to draw")
else:
    figure, panels = plt.subplots(
        1, len(summary), figsize=(max(2.6 * len(summary), 4), 2.9), squeeze=False, sharey=True, layout="constrained",
    )
    for panel, row in zip(panels[0], summary.itertuples()):
        distribution = pd.DataFrame(ensembles[row.readout]["lengths"]).dropna(subset=["probability"])
        panel.bar(distribution["length"], distribution["probability"].astype(float), color=READOUTS[row.readout])
        panel.axvline(row.average_path_length, color="#222222", linestyle="--", linewidth=1)
        panel.set_title(f"{row.readout}, average {row.average_path_length:.3g}")
        panel.set_xticks(list(distribution["length"])[:: 1 + len(distribution) // 10])
        panel.grid(axis="x", visible=False)
        panel.set_xlabel("path length")
    panels[0][0].set_ylabel("probability")
    plt.show()
