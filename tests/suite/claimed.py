"""A suite with a claim of every kind."""

CLAIMED = """\
[suite]
name = "small"
workload = "./work.py:attend"
subject = "kernel"

[axes]
kernel = ["naive", "sdpa", "linear"]
n = {from = 64, to = 1024, factor = 2}
scale = [0.5, 1]
part = ["layer", "core"]
causal = [false, true]

[fixed]
heads = 4
mode = "forward"

[measure]
metrics = ["time", "memory", "flops", "outcome"]

[[crossover]]
axis = "n"
baselines = [{name = "best", members = ["naive", "sdpa"]}]

[[claim]]
id = "crosses"
text = "It crosses."
source = "a page"
metric = "time"
where = {part = "core", kernel = {not = "naive"}}
crossover = {axis = "n", subject = "linear", baseline = "best", times = {of = "heads", factor = 64, tolerance = 0.25}}

[[claim]]
id = "saves"
text = "It saves more memory than time."
source = "a page"
metric = "memory"
ratio = {of = {kernel = "linear"}, to = {kernel = "sdpa"}, at = {n = 1024}, below_ratio_of = "time"}

[[claim]]
id = "ordered"
text = "They are in this order."
source = "a page"
metric = "knn"
order = {axis = "kernel", values = ["linear", "sdpa", "naive"], at = {part = "layer"}}

[[claim]]
id = "grows"
text = "It grows as n squared."
source = "a page"
metric = "flops_formula"
slope = {axis = "n", from = 100, to = 600, equals = 2}

[[claim]]
id = "same"
text = "They are the same."
source = "a page"
metric = "flops"
equality = {of = {kernel = "sdpa"}, to = {kernel = "naive"}}

[[claim]]
id = "half"
text = "It is over half."
source = "a page"
metric = "time"
share = {axis = "part", part = "core", whole = "layer", over_half = {axis = "n", below = 512}}

[[claim]]
id = "small"
text = "It is small."
source = "a page"
metric = "peak_tensor_bytes"
value = {at = {n = 64}, within = [1, 2e9]}

[presets.quick]
axes = {n = [64, 2048], part = "layer"}
"""
