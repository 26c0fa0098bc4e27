"""What has no finite value is never passed over: not in lines, points, panels that are joined, or verdicts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure as Canvas

from bench.analysis.summary import Analysis, analyse
from bench.report.figures.facets import collapse
from bench.report.figures.lines import draw_lines, limits
from bench.report.figures.maps_plan import _short
from bench.report.figures.plan import plan_figures
from bench.report.figures.spec import Figure, Panel, Series
from bench.report.figures.style import looks
from bench.report.values import value_rows
from bench.report.verdicts import counted, findings
from bench.report.view import View
from tests.report.outcomes import TRENDS, precision_run, training_run
from tests.report.synthetic import FakeRun

NAN, INF = math.nan, math.inf


def _analysed(run: FakeRun) -> tuple[View, Analysis]:
    return View(run.meta, run.measurements), analyse(run.meta, run.measurements, run.replicates, run.outcomes)


def _planned(run: FakeRun) -> dict[str, Figure]:
    return {figure.name: figure for figure in plan_figures(*_analysed(run)).figures}


def _collapsed(values: Sequence[float], status: Sequence[str] = ("ok",) * 4) -> tuple[list[float], list[str]]:
    frame = pd.DataFrame({"a": [1, 1, 2, 2], "n": [1, 2, 1, 2], "value": values, "status": status})
    rows, dropped = collapse(frame, ["a"], ["n"], "value")
    return rows["value"].tolist(), dropped


@pytest.mark.parametrize("odd", [NAN, INF, -INF])
def test_a_value_that_is_not_finite_differs_from_one_that_is(odd: float) -> None:
    assert _collapsed([5.0, 6.0, 5.0, odd])[1] == []
    assert _collapsed([5.0, odd, 5.0, odd])[1] == ["a"]
    assert _collapsed([5.0, odd, 5.0, INF if odd != INF else -INF])[1] == []


def test_only_a_row_that_is_not_ok_is_missing() -> None:
    assert _collapsed([5.0, NAN, 5.0, 6.0], ["ok", "crashed", "ok", "ok"]) == ([5.0, 6.0], ["a"])
    frame = pd.DataFrame({"a": [1, 2], "n": [1, 1], "value": [NAN, 6.0]})
    assert collapse(frame, ["a"], ["n"], "value")[1] == ["a"]


def _changed(run: FakeRun, metric: str, value: float, **places: Any) -> None:
    frame = run.measurements
    chosen = frame["metric"] == metric
    for axis, wanted in places.items():
        chosen &= frame[axis] == wanted
    assert chosen.any()
    frame.loc[chosen, ["value", "low", "high"]] = [value, NAN, NAN]


def test_a_line_of_nothing_but_crosses_is_drawn_and_named() -> None:
    run = training_run()
    _changed(run, "outcome_knn", NAN, loss="flat", dtype="float32")
    figure = _planned(run)["trend-accuracy"]
    series = {one.label: one for one in figure.panels[1].series}
    assert series["FlatNCE"].x == () and series["FlatNCE"].failed == (32.0, 64.0, 128.0, 256.0, 512.0)
    assert "Nothing but crosses: FlatNCE (float32)." in figure.caption


def test_a_line_breaks_where_a_case_is_missing() -> None:
    run = training_run()
    frame = run.measurements
    lost = (frame["metric"] == "outcome_knn") & (frame["loss"] == "ce") & (frame["batch"] == 128)
    frame.loc[lost, "status"] = "crashed"
    frame.loc[lost, ["value", "low", "high"]] = NAN
    _changed(run, "outcome_knn", INF, loss="flat", batch=256)
    figure = _planned(run)["trend-accuracy"]
    breaks = {one.label: one.breaks for one in figure.panels[0].series}
    assert breaks == {"cross-entropy": (2,), "softplus": (), "FlatNCE": (3,), "flat_scaled": (),
                      "infonce_weighted": ()}  # fmt: skip
    assert "A line breaks where a value between two others is missing." in figure.caption


def test_stored_metrics_that_are_no_number_count_as_values() -> None:
    run = training_run()
    _changed(run, "peak_tensor_bytes", NAN, loss="flat")
    view, analysis = _analysed(run)
    rows = value_rows(view, analysis, "peak_tensor_bytes", {})
    assert int(rows["value"].isna().sum()) == 30
    run.meta["suite"]["trends"] = [{**TRENDS[0], "value": "peak_tensor_bytes", "log": True}]
    assert "Nothing but crosses: FlatNCE (float64)" in _planned(run)["trend-accuracy"].caption


def test_an_interval_that_reaches_zero_goes_down_to_the_bottom() -> None:
    series = Series("a", "a", (1.0, 2.0, 4.0), (1.0, 2.0, 3.0), (-1.0, 1.5, 2.0), (2.0, 3.0, 4.0), breaks=(1,))
    figure = Figure("f", "lines", "t", "c", "x", "y", (Panel("", (series,)),))
    bounds = limits(figure)
    axes = Canvas().add_axes((0.1, 0.1, 0.8, 0.8))
    draw_lines(axes, 0, figure, looks(["a"], ()), bounds, (200.0, 100.0))
    bars = [np.asarray(s) for c in axes.collections if isinstance(c, LineCollection) for s in c.get_segments()]
    assert [tuple(bar[:, 1]) for bar in bars] == [(bounds[1].low, 2.0), (1.5, 3.0), (2.0, 4.0)]
    lines = [line for line in axes.lines if line.get_linestyle() != "None"]
    assert [len(np.asarray(line.get_xdata())) for line in lines] == [1, 2]


def test_a_band_that_reaches_zero_is_said_to() -> None:
    run = training_run()
    frame = run.measurements
    frame.loc[(frame["metric"] == "outcome_steps_to_target") & (frame["batch"] == 64), "low"] = -1.0
    captions = [figure.caption for name, figure in _planned(run).items() if name.startswith("trend-steps")]
    assert all("Bands down to the bottom of the axis reach 0 or below." in caption for caption in captions)


def test_points_that_a_law_leaves_out_are_counted() -> None:
    run = precision_run()
    _changed(run, "outcome_positive_error", INF, loss="ce", dtype="float32", batch=8, temperature=0.5)
    _changed(run, "outcome_positive_error", NAN, loss="ce", dtype="float32", batch=8, temperature=0.2)
    _changed(run, "outcome_positive_error", 0.0, loss="ce", dtype="float32", batch=8, temperature=0.1)
    _changed(run, "outcome_xi", 0.0, loss="softplus", dtype="float16", batch=8)
    caption = _planned(run)["law-cancellation"].caption
    assert "Exactly 0, and so without a place on these axes: 1 of 60 cases of cross-entropy." in caption
    assert (
        "Left out, as Error of the positive gradient is infinite, not a number or below 0: "
        "2 of 60 cases of cross-entropy." in caption
    )
    assert "Left out, as ξ is not a finite number above 0: 5 of 60 cases of softplus." in caption


def test_texts_on_points_tell_the_true_x() -> None:
    run = precision_run()
    _changed(run, "outcome_xi", 1e-40, loss="ce", dtype="float32", batch=8, temperature=0.5)
    figure = _planned(run)["law-cancellation"]
    assert "Points on the left edge" in figure.caption
    texts = [text for cloud in figure.panels[0].clouds for text in cloud.hover]
    assert any("batch = 8, temperature = 0.5: ξ 1×10⁻⁴⁰" in text for text in texts)


def test_a_value_that_is_not_fitted_is_named() -> None:
    run = precision_run()
    _changed(run, "outcome_positive_error", 0.0, loss="ce", dtype="bfloat16")
    law = findings(*_analysed(run))[-1]
    assert law.verdict == "holds for float32; unclear for float16; not fitted for bfloat16"


def test_what_both_stands_and_falls_is_no_good_news() -> None:
    order = ("supported", "rejected", "unclear")
    assert counted({"supported": 7, "rejected": 1}, order, "point")[1] == "warn"
    assert counted({"supported": 1, "rejected": 7}, order, "point")[1] == "warn"
    assert counted({"supported": 7, "unclear": 1}, order, "point")[1] == "good"
    view, analysis = _analysed(precision_run())
    analysis.laws["verdict"] = ["holds", "holds", "fails"]
    law = findings(view, analysis)[-1]
    assert (law.verdict, law.tone) == ("holds for float32, bfloat16; fails for float16", "warn")


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.004, "1.004"), (1.0004, ">1"), (0.9996, ">.999"), (1.0, "1"), (1.02, "1.02"), (0.0, "0"), (0.5, "0.500"),
     (-0.9996, ">−1"), (-1.004, "−1.004"), (-1.0004, "<−1"), (-1.0, "−1")],
)  # fmt: skip
def test_numbers_near_one_do_not_read_as_one(value: float, text: str) -> None:
    assert _short(value) == text
