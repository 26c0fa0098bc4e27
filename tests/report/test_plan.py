from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from bench.analysis.summary import analyse
from bench.report.figures.draw import save_figure
from bench.report.figures.facets import MOST_PANELS, collapse
from bench.report.figures.plan import MOST, plan_figures
from bench.report.figures.style import looks
from bench.report.grids import value_table
from bench.report.tables import data_tables
from bench.report.view import View
from tests.report.conftest import Written
from tests.report.synthetic import wide_run


def _plan(item: Written) -> dict[str, object]:
    plan = plan_figures(View(item.run.meta, item.run.measurements), item.analysis)
    return {figure.name: figure for figure in plan.figures}


def test_many_facets_are_capped_and_the_report_says_so() -> None:
    run = wide_run(1)
    run.meta["suite"]["crossovers"][0]["metrics"] = ["time"]
    chosen = run.measurements[run.measurements["n"].isin([128, 2048])]
    chosen = pd.concat([chosen.assign(threads=1), chosen.assign(threads=2)])
    run.meta["suite"]["axes"]["threads"] = [1, 2]
    analysis = analyse(run.meta, chosen, run.replicates.iloc[:0])
    plan = plan_figures(View(run.meta, chosen), analysis)
    assert sum(figure.name.startswith("time") for figure in plan.figures) == MOST["time"]
    assert any(title.startswith("Time per call") for title in plan.left_out)
    assert all(len(figure.panels) <= MOST_PANELS for figure in plan.figures)
    assert len({figure.name for figure in plan.figures}) == len(plan.figures)


def test_figures_of_the_attention_run(written: Callable[[str], Written]) -> None:
    figures = _plan(written("attention"))
    assert list(figures) == ["time", "ratio", "memory", "flops", "error"]


def test_crossovers_and_failures_are_drawn(written: Callable[[str], Written]) -> None:
    item = written("attention")
    time = plan_figures(View(item.run.meta, item.run.measurements), item.analysis).figures[0]
    panel = time.panels[0]
    rows = item.analysis.crossovers
    first = rows[(rows["metric"] == "time") & (rows["allocator"] == "default") & (rows["baseline"] == "best standard")]
    assert [mark.at for mark in panel.marks] == first["at"].tolist()
    naive = next(series for series in panel.series if series.subject == "naive")
    assert naive.failed == (8192.0,)
    assert naive.noisy[1] is True
    assert len(panel.best) == 8


def test_what_is_0_everywhere_has_no_figure_and_its_table_says_so(written: Callable[[str], Written]) -> None:
    item = written("attention")
    frame = item.run.measurements.copy()
    errors = frame["metric"].str.startswith("error_") & frame["value"].notna()
    frame.loc[errors, "value"] = 0.0
    view = View(item.run.meta, frame)
    assert [figure.name for figure in plan_figures(view, item.analysis).figures] == ["time", "ratio", "memory", "flops"]
    captions = {table.name: table.caption for table in data_tables(view, item.analysis)}
    assert captions["error_output_rel_l2"].endswith(" 0 everywhere.")
    assert not captions["peak_tensor_bytes"].endswith(" 0 everywhere.")


def test_captions_tell_of_values_of_0(written: Callable[[str], Written], tmp_path: Path) -> None:
    item = written("attention")
    frame = item.run.measurements.copy()
    error = frame["metric"] == "error_output_rel_l2"
    frame.loc[error & (frame["subject"] == "naive") & frame["value"].notna(), "value"] = 0.0
    frame.loc[error & (frame["subject"] == "sdpa") & (frame["n"] == 256), "value"] = 0.0
    frame.loc[(frame["metric"] == "peak_resident_bytes") & (frame["n"] == 128), "value"] = 0.0
    figures = {figure.name: figure for figure in plan_figures(View(item.run.meta, frame), item.analysis).figures}
    sdpa = next(one for one in figures["error"].panels[0].series if one.subject == "sdpa")
    before = sum(x < 256 for x in sdpa.x)
    assert (sdpa.zeros, sdpa.breaks) == ((256.0,), (before,))
    assert 256.0 not in sdpa.x
    naive = next(one for one in figures["error"].panels[0].series if one.subject == "naive")
    count = len(naive.zeros) + 1
    every = sum(len(one.x) + len(one.zeros) for one in figures["error"].panels[0].series)
    assert figures["error"].caption.startswith("Relative L2 error against float64 over sequence length n, both axes")
    assert f"{count} of {every} values are 0 and have no place on a logarithmic axis" in figures["error"].caption
    assert "0 everywhere: naive." in figures["error"].caption
    assert "Pale lines break off where the value is 0." in figures["memory"].caption
    assert " 0" not in figures["time"].caption
    # A line without any point is drawn like any other.
    paths, _ = save_figure(figures["error"], looks(item.run.measurements["subject"].unique().tolist(), []), tmp_path)
    assert all(path.stat().st_size > 1000 for path in paths)


def test_shares_get_bars_and_words_get_dots(written: Callable[[str], Written]) -> None:
    assert "share-time-1" in _plan(written("encoder"))
    assert {figure.kind for figure in _plan(written("words")).values()} == {"dots"}  # type: ignore[attr-defined]


def test_captions_tell_of_intervals_only_where_there_are_some(written: Callable[[str], Written]) -> None:
    for name in ("attention", "words"):
        item = written(name)
        frame = item.run.measurements.copy()
        frame[["low", "high"]] = float("nan")
        analysis = replace(item.analysis, ratios=item.analysis.ratios.assign(low=float("nan"), high=float("nan")))
        bare = plan_figures(View(item.run.meta, frame), analysis)
        assert not [f.name for f in bare.figures if "interval" in f.caption]
        told = plan_figures(View(item.run.meta, item.run.measurements), item.analysis)
        assert "interval" in told.figures[0].caption
    assert "Vertical lines: crossovers." in next(f for f in _plan(written("attention")).values() if f.unity).caption  # type: ignore[attr-defined]


def test_tables_tell_of_intervals_only_where_there_are_some(written: Callable[[str], Written]) -> None:
    item = written("attention")
    frame = item.run.measurements.copy()
    frame[["low", "high"]] = float("nan")
    bare = value_table(View(item.run.meta, frame), "time", "Time per call")
    told = value_table(View(item.run.meta, item.run.measurements), "time", "Time per call")
    assert bare is not None and told is not None
    assert "interval" in told.caption
    assert bare.caption == "Time per call."
    assert not any(cell.tone == "best" for row in bare.rows for cell in row)


def test_collapse_drops_only_axes_that_make_no_difference() -> None:
    frame = pd.DataFrame({"a": [1, 1, 2, 2], "b": [1, 2, 1, 2], "subject": ["x"] * 4, "value": [5.0, 6.0, 5.0, 6.0]})
    rows, dropped = collapse(frame, ["a", "b"], ["subject"], "value")
    assert dropped == ["a"]
    assert rows["value"].tolist() == [5.0, 6.0]
