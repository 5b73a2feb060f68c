QUANTITIES = ["performance", "average_path_length", "diversity_nats"]


def pearson(x, y):
    if len(x) < 3 or x.nunique() < 2 or y.nunique() < 2:
        return np.nan
    return np.corrcoef(x, y)[0, 1]


def spearman(x, y):
    return pearson(x.rank(), y.rank())


def partial(x, y, z):
    xy, xz, yz = pearson(x, y), pearson(x, z), pearson(y, z)
    left = [1 - xz**2, 1 - yz**2]
    # If nothing is left, z determines x or y.
    return (xy - xz * yz) / np.sqrt(left[0] * left[1]) if len(x) > 3 and min(left) > 1e-12 else np.nan


def correlations_of(points):
    performance, length, diversity = (points[quantity] for quantity in QUANTITIES)
    return {
        "n": len(points),
        "pearson_length": pearson(performance, length),
        "pearson_diversity": pearson(performance, diversity),
        "spearman_length": spearman(performance, length),
        "spearman_diversity": spearman(performance, diversity),
        "partial_length": partial(performance, length, diversity),
        "partial_diversity": partial(performance, diversity, length),
    }


points = at_fraction.dropna(subset=QUANTITIES).copy()
# Rounded, because equal means may differ in their last digits, which would change ranks.
points[QUANTITIES] = points[QUANTITIES].round(12)
within = points.copy()
within[QUANTITIES] = (points[QUANTITIES] - points.groupby("matched")[QUANTITIES].transform("mean")).round(12)
sizes = sorted(int(blocks) for blocks in set(points["recurrent_blocks"]))
modes = [readout for readout in READOUTS if readout in set(points["readout"])]
rows = []
for within_groups, chosen_points in [(False, points), (True, within)] if len(points) else []:
    for blocks in (["all"] if len(sizes) != 1 else []) + sizes:
        for readout in (["all"] if len(modes) != 1 else []) + modes:
            has = (blocks == "all") | (chosen_points["recurrent_blocks"] == blocks)
            has &= (readout == "all") | (chosen_points["readout"] == readout)
            about = {"within_groups": within_groups, "recurrent_blocks": blocks, "readout": readout}
            rows.append({**about, **correlations_of(chosen_points[has])})
correlations = pd.DataFrame(rows)
if points.empty:
    print(f"no recurrent configuration has an average path length ({AMOUNT}), so there are no correlations")
correlations.round(2)
