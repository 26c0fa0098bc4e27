"""Runs with outcomes, made of numbers: laws, maps, trends and hypotheses in the shape run.json has them."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from tests.report.synthetic import HOSTILE, FakeRun, meta, row

EPS = {"float32": 5.96e-8, "bfloat16": 3.9e-3, "float16": 4.9e-4}
SEEDS = 4


class Rows:
    """Collects measurement rows and raw outcomes."""

    def __init__(self, name: str, axes: dict[str, list[Any]], subject: str) -> None:
        self.name, self.axes, self.subject = name, axes, subject
        self.rows: list[dict[str, Any]] = []
        self.raw: list[dict[str, Any]] = []

    def places(self) -> list[dict[str, Any]]:
        found = []
        for values in product(*self.axes.values()):
            chosen = dict(zip(self.axes, values, strict=True))
            who = str(chosen[self.subject])
            case = f"{self.name}/" + "/".join(f"{axis}={value}" for axis, value in chosen.items())
            found.append({"case": case, "group": case.replace(f"={who}", "="), "subject": who, **chosen})
        return found

    def outcome(self, place: dict[str, Any], name: str, values: list[float], unit: str = "1", **extra: Any) -> None:
        finite = all(math.isfinite(value) for value in values)
        mean = float(np.mean(values)) if finite else math.inf
        half = (
            3.182 * float(np.std(values, ddof=1)) / math.sqrt(len(values)) if finite and len(values) > 1 else math.nan
        )
        self.rows.append(
            row(place, f"outcome_{name}", unit, mean, mean - half, mean + half, level=0.95, replicates=len(values),
                samples=1, extra=extra)
        )  # fmt: skip
        for number, value in enumerate(values):
            self.raw.append({**place, "metric": name, "replicate": number, "value": value, "unit": unit})

    def run(self, **suite: Any) -> FakeRun:
        declared = meta(name=self.name, subject=self.subject, axes=self.axes, crossovers=[], **suite)
        declared["cases"] = len({one["case"] for one in self.rows})
        empty = pd.DataFrame(columns=["case", "group", "subject", *self.axes, "replicate", "value", "calls", "samples",
                                      "involuntary_switches", "cpu_pressure"])  # fmt: skip
        return FakeRun(declared, pd.DataFrame(self.rows), empty, outcomes=pd.DataFrame(self.raw))


PRECISION_AXES: dict[str, list[Any]] = {
    "loss": ["ce", "softplus", "flat"],
    "dtype": ["float32", "bfloat16", "float16"],
    "batch": [8, 32, 128, 512],
    "temperature": [0.5, 0.2, 0.1, 0.07, 0.05],
}

LAW: dict[str, Any] = {
    "id": "cancellation",
    "title": "Error of the positive gradient against ξ",
    "text": "The relative error of InfoNCE's positive gradient is ε / ξ.",
    "x": "xi",
    "y": "positive_error",
    "split": "dtype",
    "slope": -1,
    "scale": EPS,
    "above": 4.0,
    "below": 0.3,
    "x_above": None,
    "tolerance": 0.1,
    "where": {"loss": "ce"},
    "compare": {"axis": "loss", "values": ["softplus", "flat"]},
    "source": None,
}
MAP: dict[str, Any] = {
    "id": "lost",
    "title": "Share of positive gradients lost",
    "value": "positive_zeros",
    "x": "batch",
    "y": "temperature",
    "panels": "loss",
    "where": {"dtype": "bfloat16"},
}


def precision_run() -> FakeRun:
    """Errors that follow eps / xi for one loss and stay flat for the others; one case failed, one map cell is lost."""
    random = np.random.default_rng(5)
    made = Rows("contrastive-precision", PRECISION_AXES, "loss")
    for place in made.places():
        loss, dtype, batch = place["loss"], place["dtype"], place["batch"]
        if (loss, dtype, batch, place["temperature"]) == ("flat", "bfloat16", 512, 0.05):
            made.rows.append(row(place, "outcome", "1", status="error", reason="RuntimeError: no kernel"))
            continue
        xi = batch * math.exp(-0.9 / place["temperature"]) * math.exp(random.normal(0, 0.1))
        error = min(EPS[dtype] / xi, 1.0) if loss == "ce" else EPS[dtype] * 3
        error *= math.exp(random.normal(0, 0.15)) if error < 1 else 1.0
        lost = min(max(0.0, (math.log10(EPS[dtype] / xi) + 1) / 2), 1.0) if loss == "ce" else 0.0
        facts = {"operators": f"log_softmax, nll_loss: {dtype}" if loss == "ce" else f"logsumexp: {dtype}"}
        made.outcome(place, "xi", [xi], facts=facts)
        made.outcome(place, "positive_error", [error], facts=facts)
        made.outcome(place, "positive_zeros", [lost], facts=facts)
        made.outcome(place, "unused", [1.0], facts=facts)
    return made.run(
        title="Is a small loss lost to rounding?",
        description="Errors of contrastive losses against float64.",
        laws=[LAW], maps=[MAP],
        labels={"ce": "cross-entropy", "flat": "FlatNCE", "xi": "ξ", "positive_error": "Error of the positive gradient",
                "positive_zeros": "Positive gradients that are exactly 0", "temperature": "temperature τ"},
    )  # fmt: skip


TRAINING_AXES: dict[str, list[Any]] = {
    "loss": ["ce", "softplus", "flat", "flat_scaled", "infonce_weighted"],
    "dtype": ["float64", "float32", "bfloat16"],
    "batch": [32, 64, 128, 256, 512],
    "optimizer": ["sgd", "adam"],
}
HYPOTHESES: list[dict[str, Any]] = [
    {
        "id": "H1",
        "title": "Rounding",
        "text": "InfoNCE's gradient is lost to rounding.",
        "metric": "knn",
        "margin": 0.01,
        "where": {"batch": {"at_most": 256}},
        "asked": [{"left": {"loss": "ce", "dtype": "float32"}, "relation": "below",
                   "right": {"loss": "flat", "dtype": "float32"}}],
        "rejected": [{"left": {"loss": "ce", "dtype": "float64"}, "relation": "equal",
                      "right": {"loss": "ce", "dtype": "float32"}}],
        "supported": [{"left": {"loss": "ce", "dtype": "float64"}, "relation": "above",
                       "right": {"loss": "ce", "dtype": "float32"}}],
        "source": None,
    },
    {
        "id": "H2",
        "title": "Reweighting",
        "text": "The weights of the anchors make the difference.",
        "metric": "knn",
        "margin": 0.01,
        "where": {},
        "asked": [],
        "rejected": [{"left": {"loss": "infonce_weighted", "dtype": "float32"}, "relation": "below",
                      "right": {"loss": "flat", "dtype": "float32"}}],
        "supported": [{"left": {"loss": "infonce_weighted", "dtype": "float32"}, "relation": "equal",
                       "right": {"loss": "flat", "dtype": "float32"}}],
        "source": None,
    },
    {
        "id": "H4",
        "title": "Bias",
        "text": "Nothing measures this here.",
        "metric": "gradient_cosine",
        "margin": 0.0,
        "where": {},
        "asked": [],
        "rejected": [],
        "supported": [{"left": {"loss": "ce"}, "relation": "above", "right": {"loss": "flat"}}],
        "source": None,
    },
]  # fmt: skip
TRENDS: list[dict[str, Any]] = [
    {"id": "accuracy", "title": "kNN accuracy against the batch size", "value": "knn", "x": "batch", "lines": "loss",
     "panels": "dtype", "where": {"optimizer": "sgd"}, "log": False},
    {"id": "steps", "title": "Steps to the target", "value": "steps_to_target", "x": "batch", "lines": "dtype",
     "panels": None, "where": {}, "log": True},
]  # fmt: skip


def training_run() -> FakeRun:
    """Accuracies over four seeds, steps to a target that some seeds never reach, times and memory beside them."""
    random = np.random.default_rng(9)
    made = Rows("contrastive-training", TRAINING_AXES, "loss")
    for place in made.places():
        small = math.log2(512 / place["batch"])
        known = {"ce": 0.02, "softplus": 0.02, "flat_scaled": 0.021, "flat": 0.004, "infonce_weighted": 0.004}
        drop = known[place["loss"]] * small + (0.01 if place["optimizer"] == "adam" else 0.0)
        made.outcome(place, "knn", (0.96 - drop + random.normal(0, 0.002, SEEDS)).tolist())
        steps = (200 * (1 + drop * 30) * np.exp(random.normal(0, 0.1, SEEDS))).round().tolist()
        if place["dtype"] == "bfloat16" and place["batch"] == 32:
            steps[0] = math.inf
        made.outcome(place, "steps_to_target", steps, "steps")
        seconds = 1e-4 * place["batch"] ** 0.8 * (2.0 if place["dtype"] == "float64" else 1.0)
        made.rows.append(row(place, "time", "s", seconds, seconds * 0.98, seconds * 1.02, level=0.95, replicates=3,
                             samples=15, extra={"stopped": "target"}))  # fmt: skip
        made.rows.append(row(place, "peak_tensor_bytes", "B", 4096.0 * place["batch"] ** 2))
    run = made.run(title="Why do small batches fail?", description="", hypotheses=HYPOTHESES, trends=TRENDS,
                   labels={"ce": "cross-entropy", "flat": "FlatNCE", "knn": "kNN accuracy"})  # fmt: skip
    run.meta["suite"]["measure"].update(metrics=["outcome", "memory", "time"], seeds=SEEDS)
    return run


def hostile_outcomes_run() -> FakeRun:
    """Names that break HTML, LaTeX, Markdown or file names, in every place a declaration has."""
    axes: dict[str, list[Any]] = {"loss": HOSTILE[:3], "dtype": HOSTILE[3:], "batch": [8, 16, 32, 64, 128, 256]}
    made = Rows("hostile-outcomes", axes, "loss")
    for place in made.places():
        made.outcome(place, HOSTILE[0], [1.0 / place["batch"], 1.2 / place["batch"]], HOSTILE[1])
    one = {"loss": HOSTILE[0], "dtype": HOSTILE[3]}
    compared = {"left": one, "relation": "above", "right": {**one, "loss": HOSTILE[1]}}
    words = {"id": HOSTILE[0], "title": HOSTILE[2], "text": HOSTILE[1], "source": HOSTILE[0], "where": {}}
    law = {**LAW, **words, "x": "batch", "y": HOSTILE[0], "scale": {}, "above": None, "below": None,
           "compare": {"axis": "loss", "values": HOSTILE[1:3]}, "where": {"loss": HOSTILE[0]}}  # fmt: skip
    return made.run(
        laws=[law],
        maps=[{**words, "value": HOSTILE[0], "x": "batch", "y": "loss", "panels": "dtype"}],
        trends=[{**words, "value": HOSTILE[0], "x": "batch", "lines": "loss", "panels": "dtype", "log": True}],
        hypotheses=[{**words, "metric": HOSTILE[0], "margin": 0.0, "asked": [], "rejected": [],
                     "supported": [compared]}],
        labels={HOSTILE[0]: HOSTILE[1], "batch": HOSTILE[2]},
    )  # fmt: skip


def no_outcomes_run() -> FakeRun:
    """Everything is declared and every case failed."""
    run = training_run()
    frame = run.measurements.drop_duplicates("case").assign(
        metric="outcome", unit="1", value=math.nan, low=math.nan, high=math.nan, status="crashed", reason="signal 11"
    )
    run.meta["suite"].update(laws=[LAW], maps=[MAP])
    return FakeRun(run.meta, frame.reset_index(drop=True), run.replicates, outcomes=run.outcomes.iloc[:0])  # type: ignore[union-attr]


def large_run(cases: int = 2000, names: int = 20) -> FakeRun:
    """As many rows as a run is expected to have."""
    random = np.random.default_rng(1)
    axes: dict[str, list[Any]] = {
        "loss": ["ce", "softplus", "flat", "lse", "naive"],
        "dtype": ["float32", "bfloat16", "float16", "float64"],
        "batch": [2**i for i in range(1, 11)],
        "temperature": [round(0.05 * (i + 1), 2) for i in range(cases // 200)],
    }
    made = Rows("large", axes, "loss")
    for place in made.places():
        xi = place["batch"] * math.exp(-1 / place["temperature"])
        for number in range(names):
            name = ["xi", "positive_error", "positive_zeros", "knn"][number] if number < 4 else f"outcome_{number}"
            made.outcome(
                place, name, [xi, 1e-7 / xi, min(1.0, 0.1 * xi), 0.9][number % 4] * random.uniform(0.9, 1.1, 2)
            )
    return made.run(laws=[LAW], maps=[{**MAP, "where": {"dtype": "bfloat16"}}],
                    trends=[{**TRENDS[0], "where": {}}], hypotheses=HYPOTHESES[:2])  # fmt: skip
