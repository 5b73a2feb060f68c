def distribution(text):
    """Returns a distribution from text such as 1:0.5 2:0.3 3:0.2."""
    shares = (pair.split(":") for pair in text.split())
    return pd.Series({int(length): float(share) for length, share in shares}, dtype=float)


def mean_distribution(models):
    """Returns the mean over models, then over configurations. A length that a distribution lacks counts as 0."""
    models = models[models["distribution"] != ""]
    shares = pd.DataFrame([distribution(text) for text in models["distribution"]], index=models["configuration"])
    return shares.fillna(0).groupby(level=0).mean().mean().sort_index()


models = measured[(measured["kind"] == "recurrent") & (measured["train_fraction"] == FRACTION)]
of_size = {blocks: at_fraction[at_fraction["recurrent_blocks"] == blocks] for blocks in block_counts}
circled = {blocks: examples(by_iterations(shown)) for blocks, shown in of_size.items()}
circled = {blocks: points for blocks, points in circled.items() if len(points)}
if not circled:
    print(f"no recurrent configuration has an average path length ({AMOUNT}), so figures 6e,f are left out")
else:
    widest = max(len(points) for points in circled.values())
    figure, panels = plt.subplots(
        len(circled), widest, figsize=(max(2.2 * widest, 4.5), 2.4 * len(circled)),
        squeeze=False, sharey=True, layout="constrained",
    )
    for row, (blocks, points) in zip(panels, circled.items()):
        points = points.set_index("readout")
        modes = [readout for readout in READOUTS if readout in points.index]
        for panel, (readout, point) in zip(row, points.loc[modes].iterrows()):
            shown = models[(models["recurrent_blocks"] == blocks) & (models["readout"] == readout)]
            shares = mean_distribution(shown[shown["iterations"] == point["iterations"]])
            panel.bar(shares.index, shares, color=READOUTS[readout])
            panel.set_title(f"{readout}, T = {point['iterations']:.0f}\naverage {point['average_path_length']:.2f}")
            panel.set_xticks(list(shares.index)[:: 1 + len(shares) // 9])
            panel.grid(axis="x", visible=False)
        row[0].set_ylabel(f"{blocks} recurrent block{'s' if blocks > 1 else ''}\nprobability")
        for panel in row[len(points):]:
            panel.set_visible(False)
    figure.supxlabel("path length", fontsize=9)
    plt.show()
