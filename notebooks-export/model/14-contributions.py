def shares_by(rows, key, share):
    return {row[key]: row[share] for row in rows if row[share] is not None}


if CONTRIBUTIONS is None:
    print("no contributions were given, so there is nothing to compare strengths with")
else:
    population = CONTRIBUTIONS["population"]
    strength = CONTRIBUTIONS["strength"] or {"lengths": []}
    by_strength = shares_by(strength["lengths"], "length", "probability")
    by_contribution = shares_by(population["parts"], "mark", "share")
    lengths = sorted(by_strength.keys() | by_contribution.keys())
    compared = pd.DataFrame({
        "length": lengths,
        "by_strength": [by_strength.get(length, 0.0) for length in lengths],
        "by_contribution": [by_contribution.get(length, 0.0) for length in lengths],
    })
    figure, panel = plt.subplots(figsize=(max(4.5, 0.35 * len(lengths)), 3), layout="constrained")
    # Each with the shift and colour of its bars, and the colour of the line at its average.
    drawn = {"by_strength": (-0.2, "#9e9e9e", "#4d4d4d"), "by_contribution": (0.2, "#6baed6", "#08519c")}
    for column, (shift, colour, line) in drawn.items():
        average = (compared["length"] * compared[column]).sum()
        label = f"{column.replace('_', ' ')}, average {average:.3g}"
        panel.bar(compared["length"] + shift, compared[column], width=0.4, color=colour, label=label)
        if compared[column].sum() > 0:
            panel.axvline(average, color=line, linestyle="--", linewidth=1)
    panel.set(xlabel="path length", ylabel="share")
    panel.set_xticks(lengths[:: 1 + len(lengths) // 15])
    panel.grid(axis="x", visible=False)
    panel.legend()
    plt.show()
    agreement = population["agreement"] or {}
    if agreement.get("spearman") is not None:
        print(f"Spearman's ρ of the two over lengths: {agreement['spearman']:.2f}")
    if population["biases"]["share"] is not None:
        print(f"share of the biases beside all lengths: {population['biases']['share']:.3f}")
    print(f"{CONTRIBUTIONS['images']} images of {CONTRIBUTIONS['images_source']['path']}")
    print(CONTRIBUTIONS["caution"])
    for warning in CONTRIBUTIONS["warnings"]:
        print(f"warning: {warning}")
