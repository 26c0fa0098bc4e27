# %% [markdown]
"""A run in pandas: an example to run cell by cell, in an editor that knows ``# %%`` cells, or as a whole.

Start it as ``python docs/notebook.py``. It reads the published reference run; put the folder of your own in its
place, or ``"latest"``. docs/PANDAS.md lists every column.
"""

# %% Open a run
from pathlib import Path

import matplotlib.pyplot as plt

import bench

# Cells of an editor know no file: there the root of the repository is where they are run.
root = Path(__file__).resolve().parents[1] if "__file__" in globals() else Path()
run = bench.open_run(root / "reports/reference-cpu")
print(run)  # a notebook shows more: put `run` alone at the end of a cell

# %% One row per case and metric
shown = ["kernel", "n", "dtype", "metric", "value", "low", "high", "unit", "status"]
print(run.frame.sample(5, random_state=0)[shown].to_string())
print(run.schema.to_string(index=False, max_colwidth=70))

# %% One metric as a table of two sides, in seconds per call
# The run varies six axes. Two are shown, so the others must be fixed: nothing is averaged without your knowledge.
here = {"dtype": "float32", "causal": False, "mode": "forward", "allocator": "retain"}
time = run.pivot("n", "kernel", metric="time", where=here)
print(time[["sdpa", "naive", "linear", "performer"]])

try:
    run.pivot("n", "kernel", metric="time", where={"dtype": "float32"})
except ValueError as error:
    print(error)

# %% The same for reading: units, intervals, and why a value is missing
print(run.styled_pivot("n", "kernel", metric="time", where=here).to_string(delimiter=" | "))

# %% One figure: times with their intervals, and where linear attention overtakes
kernels = {"sdpa": "tab:blue", "linear": "tab:orange", "performer": "tab:green"}
low, high = (run.pivot("n", "kernel", values, where=here) for values in ("low", "high"))
figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
for kernel, colour in kernels.items():
    seconds = time[kernel].dropna()
    axes.fill_between(
        seconds.index, low[kernel][seconds.index], high[kernel][seconds.index], color=colour, alpha=0.3, lw=0
    )
    axes.plot(seconds.index, seconds, marker="o", markersize=3, color=colour)
    axes.annotate(f" {kernel}", (seconds.index[-1], seconds.iloc[-1]), color=colour, va="center")

of_linear = run.crossovers.query("metric == 'time' and subject == 'linear' and baseline == 'SDPA'")
for axis, value in here.items():
    of_linear = of_linear[of_linear[axis] == value]
for crossing in of_linear.query("outcome == 'crosses'").itertuples():
    axes.axvspan(crossing.low, crossing.high, color="0.85", zorder=0)
    axes.set_title(f"linear attention overtakes SDPA {crossing.text.partition(';')[0]}")

axes.set(xscale="log", yscale="log", xlabel="sequence length n", ylabel="time per call (s)")
axes.set_xlim(right=8 * time.index.max())  # room for the names
plt.show()

# %% Every crossover against SDPA, in words
against = run.crossovers.query("metric == 'time' and baseline == 'SDPA' and causal == False")
against = against[(against["allocator"] == "retain") & (against["outcome"] != "no data")]
for found in against.itertuples():
    print(f"{found.dtype}, {found.mode}: {found.subject} {found.text}")

# %% The claims of the suite, and what became of them
for claim in run.claims.itertuples():
    print(f"{claim.verdict}: {claim.text} Expected {claim.expected}; found {claim.found} [{claim.source}]")
print(f"{len(run.claims)} claims, judged at {len(run.claim_points)} places")
