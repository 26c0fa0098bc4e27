"""Frames for reading: units, intervals, statuses, colours, and names that try to be markup."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

import bench
from bench.api.styles import TONES
from tests.api.stored import HOSTILE, make_run


def cells(html: str) -> list[str]:
    return [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", html)]


def test_tables_for_reading_have_units_intervals_and_statuses(run: bench.Run) -> None:
    html = run.styled_pivot("n", "kernel", where={"dtype": "float16"}).to_html()
    assert cells(html) == [
        *("500 µs (495–505)", "1.000 ms (0.990–1.010) ~"),
        *("2.00 ms (1.98–2.02)", "1.500 ms (1.485–1.515)"),
        *("oom host", "timeout"),
    ]
    assert "time: dtype = float16" in html and "nan" not in html.lower()
    peaks = run.styled_pivot("n", "kernel", metric="memory", where={"dtype": "float32"}).to_html()
    assert cells(peaks) == [size for size in ("64 KiB", "128 KiB", "256 KiB") for _ in range(2)]
    assert "infinite" in run.styled_pivot("n", ["kernel", "dtype"], metric="knn").to_html()


def test_coloured_cells_read_on_any_ground(run: bench.Run) -> None:
    html = run.styled(run.ratios).to_html() + run.styled_pivot("n", ["kernel", "dtype"]).to_html()
    pairs = set(re.findall(r"color: (#\w{6});\s*background-color: (#\w{6});", html))
    assert pairs == {TONES[tone] for tone in ("good", "bad", "warn")}
    assert len(re.findall(r"(?<!-)color: ", html)) == len(re.findall(r"background-color: ", html))
    for pair in TONES.values():
        dark, light = sorted(map(luminance, pair))
        assert (light + 0.05) / (dark + 0.05) >= 7


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_any_frame_of_the_run_can_be_read(run: bench.Run) -> None:
    rows = run.frame.query("metric == 'time' and n == 256 and kernel == 'linear'")
    assert cells(run.styled(rows).to_html()) == [
        *("float32", "time", "4.00 ms (3.96–4.04)", "a; b"),
        *("float16", "time", "timeout", "no answer &lt;script&gt;alert(&#34;&amp;&#34;)&lt;/script&gt;"),
    ]
    assert "kernel = linear, n = 256" in run.styled(rows).to_html()
    assert "The first 2 of 12 rows" in run.styled(run.frame.query("metric == 'time'"), most=2).to_html()
    assert cells(run.styled().to_html())[:5] == ["float32", "time", "linear", "SDPA", "crosses"]
    with pytest.raises(ValueError, match="styled: got a frame with the columns a; expected frame, crossovers, ratios"):
        run.styled(pd.DataFrame({"a": [1]}))


def test_claims_can_be_read(run: bench.Run) -> None:
    claim = dict.fromkeys(["id", "text", "source", "expected", "found", "uncovered"], "x<y") | {"verdict": "fails"}
    html = run.styled(pd.DataFrame([claim])).to_html()
    assert cells(html) == ["x&lt;y", "fails", *["x&lt;y"] * 5]
    assert re.search(rf"color: {TONES['bad'][0]};\s*background-color: {TONES['bad'][1]};", html)
    point = {"id": "x", "facet_text": "n = 64", "verdict": "holds", "text": "so it is"}
    assert cells(run.styled(pd.DataFrame([point])).to_html()) == list(point.values())


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    shown = bench.open_run(make_run(tmp_path))
    shown.measurements["dtype"] = shown.measurements["dtype"].replace("float32", HOSTILE)
    shown.meta["suite"]["axes"]["dtype"][0] = HOSTILE
    everything = [
        shown._repr_html_(),
        shown.styled(shown.frame).to_html(),
        shown.styled_pivot(["dtype", "n"], "kernel").to_html(),
        shown.styled_pivot("n", "dtype", where={"kernel": "sdpa"}).to_html(),
        shown.styled_pivot("n", "kernel", where={"dtype": HOSTILE}).to_html(),
        bench.open_runs([shown.folder])._repr_html_(),
    ]
    assert all("<script" not in html for html in everything)
    assert sum("&lt;script&gt;" in html for html in everything) >= 5


def test_a_run_shows_itself(run: bench.Run) -> None:
    assert repr(run) == "<bench.Run demo: 12 cases over kernel, n, dtype>"
    html = run._repr_html_()
    assert "12 cases" in html and "CPU of demo" in html and "torch 2.13.0" in html
    assert all(f"<li>{line}" in html for line in run.analysis.headlines[:1])
