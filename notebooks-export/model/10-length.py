rows = []
for readout, ensemble in ensembles.items():
    shares = {row["length"]: row["probability"] for row in ensemble["lengths"] if row["probability"] is not None}
    if not shares:
        print(f"{readout}: all paths have a strength of 0, so there is no average")
        continue
    average = sum(share * length for length, share in shares.items())
    rows.append({
        "readout": readout,
        "average_path_length": average,
        "length_std": math.sqrt(sum(share * (length - average) ** 2 for length, share in shares.items())),
        "diversity_nats": -sum(share * math.log(share) for share in shares.values() if share > 0),
        "effective_paths": ensemble["effective_paths"],
    })
summary = pd.DataFrame(rows)
summary
