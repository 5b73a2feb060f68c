MOST_LISTED = 20

chosen = table[(table["dataset"] == DATASET) & (table["split_seed"] == SPLIT_SEED)]
if chosen.empty:
    raise ValueError(f"no model of {DATASET}, split seed {SPLIT_SEED}: the cell above lists what there is")
finished = chosen[chosen["status"] == "finished"]
unfinished = chosen[chosen["status"] != "finished"]
print(f"{len(finished)} finished models of {DATASET}, split seed {SPLIT_SEED}; {len(unfinished)} others are left out")
for model in unfinished.head(MOST_LISTED).itertuples():
    reason = model.problem.partition("\n")[0] or "not begun"
    print(f"  {model.id} {model.kind} {model.status}: {reason}")
if len(unfinished) > MOST_LISTED:
    print(f"  and {len(unfinished) - MOST_LISTED} more")
pd.crosstab(chosen["kind"], chosen["status"])
