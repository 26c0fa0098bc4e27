"""How comparisons are shown: in words, as text, tables, pages and a figure."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.compare import Side, compare_runs
from bench.report.compare_page import compare_csv, compare_html, compare_markdown, write_comparison
from bench.report.compare_text import comparison_text
from bench.report.compare_values import more_words, ratio_words
from bench.report.compare_words import Words
from bench.report.figures.forest import MOST_ROWS, plan_forest
from bench.report.figures.forest_draw import forest_svg, ratio_ticks
from bench.report.view import View
from tests.report import comparisons, synthetic
from tests.report.test_pages import parse

EVERY = ["mixed", "within", "many", "hostile", "empty"]


@pytest.fixture(scope="module")
def shown() -> Callable[[str], Words]:
    """``shown("mixed")``: the comparison of that name."""
    made: dict[str, Words] = {}
    return lambda name: made.setdefault(name, getattr(comparisons, name)())


# In words


@pytest.mark.parametrize(
    ("ratio", "low", "high", "text"),
    [
        (1.123, 1.103, 1.143, "1.12× (1.10–1.15)"),
        (0.91, 0.892, 0.928, "0.910× (0.892–0.928)"),
        # Rounded to two places, the bound would lie on 1, and the verdict would read wrong.
        (1.05, 1.0004, 1.1, "1.0500× (1.0004–1.1000)"),
        # The same for the band's edge: 1.0196 lies within 2 %, rounded up to 1.020 it would not, and no more than 1.02.
        (1.005, 0.99, 1.0196, "1.0050× (0.9900–1.0196)"),
        (1.005, 0.99, 1.0204, "1.005× (0.990–1.021)"),
        (1.7, 0.23, 13.0, "1.70× (0.23–13.00)"),
        (1.7, 0.001, 130.0, "1.700× (0.001–130.000)"),
        (2.0, 2.0, 2.0, "2×"),
        (1.0, 1.0, 1.0, "1×"),
        (1.00001, 1.00001, 1.00001, "1.00001×"),
        (1.5, math.nan, math.nan, "1.5×"),
        (math.inf, math.inf, math.inf, "∞×"),
        (0.0, 0.0, 0.0, "0×"),
        (math.nan, math.nan, math.nan, "–"),
    ],
)
def test_ratio_in_words(ratio: float, low: float, high: float, text: str) -> None:
    assert ratio_words(ratio, low, high, 0.02) == text


@given(st.floats(-3, 3), st.floats(1e-5, 2), st.sampled_from([0.01, 0.02, 0.1]))
def test_rounding_moves_no_bound_across_1_or_the_band(log: float, half: float, band: float) -> None:
    low, high = math.exp(log - half), math.exp(log + half)
    edges = (1.0, 1 + band, 1 / (1 + band))
    if min(abs(bound - edge) for bound in (low, high) for edge in edges) < 1e-6:
        return
    found = re.fullmatch(r"[\d.]+× \(([\d.]+)–([\d.]+)\)", ratio_words(math.exp(log), low, high, band))
    assert found
    for bound, text in zip((low, high), found.groups(), strict=True):
        assert all((float(text) > edge) == (bound > edge) for edge in edges)
        assert float(text) > 0


def test_what_would_decide_it() -> None:
    known = {"more_pairs": 14.0, "more_s": 40.2}
    assert more_words(known, paired=True) == "about 14 more pairs, 40 s"
    assert more_words({"more_pairs": 1.0, "more_s": math.nan}, paired=True) == "about 1 more pair"
    assert more_words(known, paired=False) == "about 14 more processes a side, 40 s"
    assert more_words({"more_pairs": math.nan, "more_s": math.nan}, paired=True) == ""


def test_bytes_are_more_and_not_slower(shown: Callable[[str], Words]) -> None:
    words = {(line.metric, line.verdict): line.word for line in shown("mixed").lines}
    assert words["time", "slower"] == "slower"
    assert words["peak_tensor_bytes", "slower"] == "more"
    assert words["peak_tensor_bytes", "faster"] == "less"


def test_only_axes_that_vary_are_named(shown: Callable[[str], Words]) -> None:
    assert shown("mixed").keys == ("subject", "n")
    assert shown("within").keys == ("kernel", "n")
    assert shown("within").sides == ("torch==2.12.0", "here")
    assert shown("within").title == "here against torch==2.12.0"


def test_times_come_before_what_is_counted() -> None:
    """Whatever the verdicts are; within a metric the comparison's own order stays."""
    rows = [
        comparisons.exact("sdpa", 64, "flops_dispatch", "FLOP", 1.0, 2.0, "slower"),
        comparisons.exact("sdpa", 64, "peak_tensor_bytes", "B", 1.0, 2.0, "slower"),
        comparisons.row("sdpa", 64, 0.5, 0.01, "faster"),
        comparisons.row("linear", 64, 0.9, 0.01, "faster"),
    ]
    lines = comparisons.words(comparisons.comparison(rows)).lines
    assert [line.metric for line in lines] == ["time", "time", "peak_tensor_bytes", "flops_dispatch"]
    assert [line.case for line in lines[:2]] == [rows[2]["case"], rows[3]["case"]]


def test_rows_with_the_same_label_are_told_apart() -> None:
    rows = [comparisons.row(name, 64, 1.1, 0.01, "slower") for name in ("sdpa", "SDPA")]
    lines = comparisons.words(comparisons.comparison(rows)).lines
    assert [line.label for line in lines] == [str(row["case"]) for row in rows]


def test_a_subject_axis_called_like_a_column_is_named_once() -> None:
    run = synthetic.grid_run("largest", {"method": ["sort", "topk"], "n": [100, 1000]}, "method", crossovers=[])
    sides = [Side(label, run.meta, run.measurements, run.replicates) for label in ("old", "new")]
    words = Words(View(run.meta, run.measurements), compare_runs(*sides))
    assert words.comparison.axes == ("axis_method", "n")
    assert words.keys == ("subject", "n")
    assert words.heads == ("method", "sequence length n")
    assert {line.label for line in words.lines} == {
        "sort, n = 100", "sort, n = 1000", "topk, n = 100", "topk, n = 1000",
    }  # fmt: skip
    assert "| method | sequence length n | metric |" in compare_markdown(words)


# As text


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("width", [40, 60, 80, 100, 120])
def test_no_line_is_wider_than_the_terminal(shown: Callable[[str], Words], name: str, width: int) -> None:
    for everything in (False, True):
        text = comparison_text(shown(name), width, everything=everything, hint="--all lists them")
        assert max(map(len, text.splitlines())) <= width
        assert "\x1b" not in text


def test_the_text_has_everything_in_order(shown: Callable[[str], Words]) -> None:
    text = comparison_text(shown("mixed"), 100, hint="--all lists them")
    order = [
        "Measured apart",
        "- 2 of 13 times slower.",
        "1.12× (1.10–1.15)",
        "0.910×",
        "about 14 more processes",
        "and 4 the same within ±2 % (--all lists them)",
        "Peak tensor memory",
        "1 the same within a factor of 2",
        "only in the new",
        "fails now (ok → oom host)",
        "every case: source is ab12cd34",
        "At most 1 %",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "naive, n = 128" not in text
    assert "naive, n = 128" in comparison_text(shown("mixed"), 100, everything=True)


def test_long_tables_are_cut_and_say_so(shown: Callable[[str], Words]) -> None:
    text = comparison_text(shown("many"), 100)
    assert "and 20 more that changed or are unclear" in text
    assert len(re.findall(r"\d× \(", text)) == 40
    assert len(re.findall(r"\d× \(", comparison_text(shown("many"), 100, everything=True))) == 60


@pytest.mark.parametrize("width", [40, 50, 60, 70, 80, 90, 100, 120])
def test_rows_that_differ_read_differently(width: int) -> None:
    """All numbers are the same: two rows could only be told apart by their labels."""
    same = {"old": 1e-3, "new": 1.1e-3}
    names = ("default allocator, test_foreign.py::test_join", "default allocator, test_foreign.py::test_split", "a b")
    rows = [comparisons.row(name, n, 1.1, 0.02, "slower", **same) for name in names for n in (64, 1000, 10000)]
    text = comparison_text(comparisons.words(comparisons.comparison(rows)), width)
    shown = [line for line in text.splitlines() if line.endswith("slower")]
    assert len(set(shown)) == len(shown) == 9
    assert not any(re.search(r"\(\d\) ", line) for line in shown)


# As pages


@pytest.mark.parametrize("name", EVERY)
def test_the_page_is_one_sound_file(shown: Callable[[str], Words], name: str) -> None:
    text = compare_html(shown(name))
    page = parse(text)
    assert len(page.ids) == len(set(page.ids))
    assert [link for link in page.links if not link.startswith(("#", "data:,"))] == []
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert page.tags.count("script") == 1
    assert text.count("<caption>") == text.count("<table")
    assert "nan" not in re.sub(r"<svg.*?</svg>", "", text, flags=re.S)


def test_hostile_names_are_text(shown: Callable[[str], Words]) -> None:
    assert "<script>alert" not in compare_html(shown("hostile"))
    assert "<script>" not in compare_markdown(shown("hostile"))


@pytest.mark.parametrize("name", EVERY)
def test_markdown_tables_are_whole(shown: Callable[[str], Words], name: str) -> None:
    lines = compare_markdown(shown(name)).splitlines()
    width = None
    for before, line in zip(["", *lines], lines, strict=False):
        if not line.startswith("|"):
            width = None
            continue
        cells = len(re.findall(r"(?<!\\)\|", line)) - 1
        if width is None:
            width = cells
            assert before == ""  # GitHub takes a table for text without a blank line before it
        assert cells == width


def test_csv_has_every_row_at_full_precision(shown: Callable[[str], Words]) -> None:
    for name in EVERY:
        rows = shown(name).comparison.rows
        back = pd.read_csv(io.StringIO(compare_csv(shown(name))))
        assert list(back.columns) == list(rows.columns)
        assert back["ratio"].tolist() == pytest.approx(rows["ratio"].tolist(), rel=0, abs=0, nan_ok=True)
        assert back["case"].tolist() == rows["case"].tolist()


@pytest.mark.parametrize("name", EVERY)
def test_files_are_the_same_on_every_run(shown: Callable[[str], Words], name: str, tmp_path: Path) -> None:
    made = []
    for again in ("first", "second"):
        folder = tmp_path / again
        folder.mkdir()
        made.append({path.name: path.read_bytes() for path in write_comparison(shown(name), folder, folder)})
    assert made[0] == made[1]
    expected = {"comparison.csv", "comparison.tex", "comparison.pdf", "comparison.svg", "comparison.png"}
    assert set(made[0]) == (set() if name == "empty" else expected)


# As a figure


def test_the_forest_is_sorted_and_capped(shown: Callable[[str], Words]) -> None:
    forest = plan_forest(shown("many"))
    assert forest is not None
    assert len(forest.rows) == MOST_ROWS
    ratios = [row.ratio for row in forest.rows]
    assert ratios == sorted(ratios, reverse=True)
    assert "The 40 that matter most of 60" in forest.figure.caption
    assert "Arrows" in forest.figure.caption
    # The row with the wide interval leaves the axis; no ratio does.
    assert forest.low < min(ratios) and max(ratios) < forest.high < 10


def test_the_band_and_every_interval_are_on_the_axis(shown: Callable[[str], Words]) -> None:
    forest = plan_forest(shown("mixed"))
    assert forest is not None
    assert forest.low < 1 / 1.02 and forest.high > 1.02
    assert all(forest.low <= row.low and row.high <= forest.high for row in forest.rows)


def test_each_point_of_the_figure_can_be_hovered_over(shown: Callable[[str], Words]) -> None:
    forest = plan_forest(shown("mixed"))
    assert forest is not None
    titles = re.findall(r"<use [^>]*><title>([^<]*)</title>", forest_svg(forest))
    assert sorted(titles) == sorted(f"{row.label}: {row.words}, {row.verdict}" for row in forest.rows)


def test_nothing_timed_gives_no_figure(shown: Callable[[str], Words]) -> None:
    assert plan_forest(shown("empty")) is None
    rows = [comparisons.exact("sdpa", 64, "peak_tensor_bytes", "B", 1.0, 2.0, "slower")]
    assert plan_forest(comparisons.words(comparisons.comparison(rows))) is None


@given(st.floats(0.01, 0.999), st.floats(1.001, 100), st.integers(3, 9))
def test_ticks_have_1_among_them(low: float, high: float, most: int) -> None:
    ticks = ratio_ticks(low, high, most)
    assert 1.0 in ticks
    assert ticks == sorted(set(ticks))
    assert all(low * 0.999 <= tick <= high * 1.001 for tick in ticks)
    assert len(ticks) <= most + 1
