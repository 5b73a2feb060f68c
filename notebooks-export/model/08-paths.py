ensembles = {ensemble["readout"] or "output": ensemble for ensemble in ANALYSIS["ensembles"]}
listed = []
for readout, ensemble in ensembles.items():
    for path in ensemble["strongest"]:
        product = math.prod(strengths[component] for component in path["path"])
        strength = math.nan if path["strength"] is None else path["strength"]
        listed.append({
            "readout": readout, "path": " > ".join(path["path"]), "length": path["length"],
            "product": product, "weight": strength / product if product > 0 else math.nan,
            "strength": strength, "probability": path["probability"],
        })
paths = pd.DataFrame(listed)
for readout, ensemble in ensembles.items():
    print(f"{readout}: {ensemble['paths']} paths, of which {len(ensemble['strongest'])} are listed")
pd.set_option("display.max_colwidth", None)
paths
