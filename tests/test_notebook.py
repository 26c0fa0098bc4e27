"""The example of docs/ runs as it stands, on the published run, and shows what that run holds."""

from __future__ import annotations

import os
import runpy
from pathlib import Path
from typing import Any

import matplotlib
import pytest

from tests.conftest import ROOT

SCRIPT = ROOT / "docs" / "notebook.py"


@pytest.fixture(scope="module")
def ran() -> tuple[dict[str, Any], str]:
    """The script's names after it ran, and what it printed."""
    import contextlib
    import io

    matplotlib.use("Agg")
    printed, before = io.StringIO(), Path.cwd()
    os.chdir(ROOT)
    try:
        with contextlib.redirect_stdout(printed):
            names = runpy.run_path(str(SCRIPT))
    finally:
        os.chdir(before)
    return names, printed.getvalue()


def test_cells_are_marked() -> None:
    assert SCRIPT.read_text(encoding="utf-8").count("\n# %%") >= 6


def test_the_pivot_holds_the_run_s_own_numbers(ran: tuple[dict[str, Any], str]) -> None:
    names, _ = ran
    rows = names["run"].measurements
    for axis, value in {**names["here"], "metric": "time", "kernel": "linear", "n": 1024}.items():
        rows = rows[rows[axis] == value]
    assert names["time"].loc[1024, "linear"] == rows["value"].item()


def test_the_refused_pivot_names_every_axis_that_is_left(ran: tuple[dict[str, Any], str]) -> None:
    _, printed = ran
    (line,) = [line for line in printed.splitlines() if line.startswith("pivot: ")]
    assert "causal (False, True), mode ('forward', 'forward+backward'), allocator ('retain', 'default')" in line


def test_the_figure_shows_three_kernels_and_the_crossover(ran: tuple[dict[str, Any], str]) -> None:
    names, _ = ran
    (axes,) = names["figure"].axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("sequence length n", "time per call (s)")
    assert [text.get_text().strip() for text in axes.texts] == ["sdpa", "linear", "performer"]
    for line, kernel in zip(axes.lines, names["kernels"], strict=True):
        measured = names["time"][kernel].dropna()
        assert list(line.get_xdata()) == list(measured.index)
        assert list(line.get_ydata()) == list(measured)
    (crossing,) = names["of_linear"].itertuples()
    assert crossing.outcome == "crosses"
    assert axes.get_title().startswith("linear attention overtakes SDPA at n ≈ ")
    assert axes.get_title().removeprefix("linear attention overtakes SDPA ") in crossing.text


def test_crossovers_and_claims_are_printed(ran: tuple[dict[str, Any], str]) -> None:
    names, printed = ran
    assert len(names["against"]) > 10
    assert all(text in printed for text in names["against"]["text"])
    assert f"{len(names['run'].claims)} claims, judged at" in printed
    assert all(text in printed for text in names["run"].claims["text"])
