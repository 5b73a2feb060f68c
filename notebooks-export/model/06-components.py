components = pd.DataFrame(ANALYSIS["components"])
strengths = components.set_index("name")["strength"].astype(float)
shown = components.dropna(subset=["strength"])
MOST_BARS = 60
if len(shown) > MOST_BARS:
    print(f"the first {MOST_BARS} of {len(shown)} components are drawn")
    shown = shown.head(MOST_BARS)
colours = shown["kind"].map({"conv": "#0072b2", "linear": "#d55e00", "identity": "#009e73"}).fillna("#555555")
figure, panel = plt.subplots(figsize=(5.5, 0.5 + 0.22 * max(len(shown), 2)), layout="constrained")
panel.barh(shown["name"], shown["strength"].astype(float), color=colours)
panel.invert_yaxis()
panel.grid(axis="y", visible=False)
panel.set_xlabel("strength")
plt.show()
columns = ["name", "kind", "block", "role", "iteration", "uses", "strength"]
components[[column for column in columns if column in components]]
