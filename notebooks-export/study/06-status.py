chosen = table[(table["dataset"] == DATASET) & (table["split_seed"] == SPLIT_SEED)]
if chosen.empty:
    raise ValueError(f"no model of {DATASET}, split seed {SPLIT_SEED}; the cell above lists the data sets and seeds")
finished = chosen[chosen["status"] == "finished"]
unfinished = chosen[chosen["status"] != "finished"]
print(f"{len(finished)} finished models of {DATASET}, split seed {SPLIT_SEED}; left out: {len(unfinished)}")
reasons = [problem.partition("\n")[0] or "it was not begun" for problem in unfinished["problem"]]
unfinished = unfinished.assign(reason=reasons)
for (kind, status, reason), models in unfinished.groupby(["kind", "status", "reason"]):
    print(f"  {len(models)} {kind}, {status}: {reason}")
pd.crosstab(chosen["kind"], chosen["status"])
