"""Planned figures of laws, maps and trends: what they show, of what they say that it is missing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.analysis.summary import analyse
from bench.report.figures.heat import _COLOURS
from bench.report.figures.lines import limits
from bench.report.figures.palette import palette
from bench.report.figures.plan import MOST_DECLARED, plan_figures
from bench.report.figures.span import Span, linear_ticks, span_of
from bench.report.figures.spec import Figure
from bench.report.figures.ticks import power_numbers
from bench.report.view import View
from tests.report.conftest import Written
from tests.report.outcomes import MAP, TRENDS, Rows, large_run, training_run


def _figures(item: Written) -> dict[str, Figure]:
    plan = plan_figures(View(item.run.meta, item.run.measurements), item.analysis)
    return {figure.name: figure for figure in plan.figures}


def test_a_law_has_a_panel_per_split_value(written: Callable[[str], Written]) -> None:
    figure = _figures(written("precision"))["law-cancellation"]
    assert [panel.title.partition(":")[0] for panel in figure.panels] == ["float32", "bfloat16", "float16"]
    first = figure.panels[0]
    assert first.title.startswith("float32: slope −0.99 (−1.0")
    assert first.note == "declared: 6×10⁻⁸ · ξ⁻¹, holds"
    assert [cloud.label for cloud in first.clouds] == ["cross-entropy", "softplus", "FlatNCE", "cross-entropy"]
    assert [cloud.pale for cloud in first.clouds] == [True, False, False, False]
    declared, fitted = first.rules
    assert (declared.slope, declared.intercept) == (-1.0, pytest.approx(math.log10(5.96e-8)))
    assert fitted.fitted and fitted.low < fitted.high


def test_an_arm_that_is_exactly_zero_is_named() -> None:
    from tests.report.outcomes import precision_run

    run = precision_run()
    frame = run.measurements
    flat = (frame["metric"] == "outcome_positive_error") & (frame["loss"] == "flat")
    frame.loc[flat, ["value", "low", "high"]] = 0.0
    analysis = analyse(run.meta, frame, run.replicates, run.outcomes)
    figure = plan_figures(View(run.meta, frame), analysis).figures[0]
    assert "Exactly 0, and so without a place on these axes: 59 of 59 cases of FlatNCE." in figure.caption
    assert "FlatNCE: exactly 0" in [cloud.label for cloud in figure.panels[0].clouds]


def test_a_map_prints_numbers_and_hatches_what_is_missing(written: Callable[[str], Written]) -> None:
    figure = _figures(written("precision"))["map-lost"]
    assert figure.grid is not None
    assert figure.grid.columns == ("8", "32", "128", "512")
    assert figure.grid.rows == ("0.5", "0.2", "0.1", "0.07", "0.05")
    assert (figure.grid.low, figure.grid.high, figure.grid.log) == (0.0, 1.0, False)
    assert [len(panel.tiles) for panel in figure.panels] == [20, 20, 19]
    assert "Hatched: no value." in figure.caption
    assert {tile.text for tile in figure.panels[1].tiles} == {"0"}
    assert "For dtype: bfloat16." in figure.caption
    assert _COLOURS == "cividis"


def test_tiles_and_points_can_be_hovered_over(written: Callable[[str], Written]) -> None:
    html = written("precision").html
    assert "<title>batch = 8, temperature = 0.5: 0</title>" in html
    assert html.count("float32, batch = 8, temperature = 0.5: ξ ") == 3


def test_a_trend_has_lines_bands_and_panels(written: Callable[[str], Written]) -> None:
    figure = _figures(written("training"))["trend-accuracy"]
    assert [panel.title for panel in figure.panels] == ["float64", "float32", "bfloat16"]
    assert (figure.log_x, figure.log_y) == (True, False)
    series = figure.panels[0].series
    assert [s.label for s in series] == ["cross-entropy", "softplus", "FlatNCE", "flat_scaled", "infonce_weighted"]
    assert series[0].x == (32.0, 64.0, 128.0, 256.0, 512.0)
    assert all(low < y < high for s in series for low, y, high in zip(s.low, s.y, s.high, strict=True))
    assert "For optimizer: sgd. Bands are confidence intervals over seeds." in figure.caption


def test_other_axes_give_more_figures_and_infinite_values_a_cross(written: Callable[[str], Written]) -> None:
    figures = _figures(written("training"))
    steps = [figure for name, figure in figures.items() if name.startswith("trend-steps")]
    assert [figure.title for figure in steps] == ["Steps to the target: sgd", "Steps to the target: adam"]
    lost = [s.failed for panel in steps[0].panels for s in panel.series if s.subject == "dtype=bfloat16"]
    assert lost == [(32.0,)] * 5
    assert "Crosses at the top: infinite" in steps[0].caption


def test_declared_figures_are_capped_and_the_rest_is_named() -> None:
    run = large_run(cases=1000, names=4)
    run.meta["suite"].update(laws=[], maps=[])
    analysis = analyse(run.meta, run.measurements, run.replicates, run.outcomes)
    plan = plan_figures(View(run.meta, run.measurements), analysis)
    assert len(plan.figures) == MOST_DECLARED
    assert len(plan.left_out) == 2
    assert plan.left_out[0].startswith("kNN accuracy against the batch size: temperature = ")


def test_parts_of_one_map_are_numbered() -> None:
    axes = {"loss": [f"loss_{number}" for number in range(8)], "batch": [8, 16], "temperature": [0.1, 0.2]}
    made = Rows("many", axes, "loss")
    for place in made.places():
        made.outcome(place, "positive_zeros", [0.5])
    run = made.run(maps=[{**MAP, "where": {}}])
    analysis = analyse(run.meta, run.measurements, run.replicates, run.outcomes)
    figures = plan_figures(View(run.meta, run.measurements), analysis).figures
    assert [figure.title for figure in figures] == [MAP["title"], f"{MAP['title']} (2)"]
    assert [len(figure.panels) for figure in figures] == [6, 2]


def test_a_suite_without_a_question_gets_few_figures_of_time(written: Callable[[str], Written]) -> None:
    names = list(_figures(written("training")))
    assert [name for name in names if not name.startswith("trend")] == ["time", "memory"]
    assert names[0] == "trend-accuracy"
    assert not [name for name in _figures(written("precision")) if name.startswith(("time", "memory"))]


@pytest.mark.parametrize(
    ("value", "left"), [("time", ["memory"]), ("peak_tensor_bytes", ["time"]), ("knn", ["time", "memory"])]
)
def test_costs_that_a_trend_shows_are_not_drawn_again(value: str, left: list[str]) -> None:
    run = training_run()
    run.meta["suite"]["trends"] = [{**TRENDS[0], "value": value}]
    analysis = analyse(run.meta, run.measurements, run.replicates, run.outcomes)
    plan = plan_figures(View(run.meta, run.measurements), analysis)
    assert [figure.name for figure in plan.figures] == ["trend-accuracy", *left]
    words = {"time": "Time per call", "memory": "Peak memory"}
    for kind, word in words.items():
        # What is not drawn is said to be in the tables.
        assert kind in left or any(title.startswith(word) for title in plan.left_out)


def test_the_arms_of_a_law_differ_in_their_looks() -> None:
    from tests.report.outcomes import precision_run

    run = precision_run()
    law = run.meta["suite"]["laws"][0]
    # Fitted over several losses at once, and compared with each of them. Other tests share what is declared.
    where, arms = {**law["where"], "loss": ["ce", "softplus"]}, {"axis": "loss", "values": ["ce", "softplus", "flat"]}
    run.meta["suite"]["laws"] = [{**law, "where": where, "compare": arms}]
    analysis = analyse(run.meta, run.measurements, run.replicates, run.outcomes)
    view = View(run.meta, run.measurements)
    figure = next(f for f in plan_figures(view, analysis).figures if f.name.startswith("law"))
    looks = palette(view)
    keys = {cloud.key for panel in figure.panels for cloud in panel.clouds}
    assert {"ce", "softplus", "loss="} <= keys
    assert len({(looks[key].colour, looks[key].marker) for key in keys}) == len(keys)


def test_crosses_stand_above_all_values(written: Callable[[str], Written]) -> None:
    figure = next(f for name, f in _figures(written("training")).items() if name.startswith("trend-steps"))
    highest = max(y for panel in figure.panels for series in panel.series for y in series.high)
    crosses = replace(figure.panels[0].series[0], failed=(32.0,))
    for count in (1, 4):
        panel = replace(figure.panels[0], series=(crosses,) * count)
        _, tall = limits(replace(figure, panels=(panel, *figure.panels[1:])))
        # Each row takes 5.5 of at least 120 points, and half a row stays free.
        assert 1 - tall.part(highest) >= (count + 0.5) * 5.5 / 140


def test_a_trend_without_a_numeric_axis_draws_nothing() -> None:
    run = training_run()
    run.meta["suite"]["trends"] = [{**TRENDS[0], "x": "optimizer", "where": {}}]
    analysis = analyse(run.meta, run.measurements, run.replicates, run.outcomes)
    figures = plan_figures(View(run.meta, run.measurements), analysis).figures
    assert [figure.name for figure in figures] == ["time", "memory"]


def test_spans() -> None:
    assert linear_ticks(0.87, 0.97) == [0.88, 0.9, 0.92, 0.94, 0.96]
    assert Span(1, 100).part(10) == pytest.approx(0.5)
    assert Span(-1, 1, log=False).part(0.5) == pytest.approx(0.75)
    flat = span_of([0.5, math.inf, math.nan], log=False)
    assert flat.low < 0.5 < flat.high
    assert flat.ticks()
    assert span_of([], log=False).ticks()
    assert power_numbers([1e-8, 1e-4, 1.0]) == ["10⁻⁸", "10⁻⁴", "10⁰"]
    assert power_numbers([0.1, 1.0, 10.0]) == ["0.1", "1", "10"]
