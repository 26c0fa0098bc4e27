from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bench.report.figures.style import CHALLENGERS, PARTS, STANDARDS
from bench.report.figures.theme import BACK, INK, LEAST, contrast, dark
from bench.report.filters import Filters
from bench.report.gaps import NOTHING
from bench.report.html import fitted, headline, sortable
from bench.report.table import Column, Table, absent, plain_number, text
from bench.report.view import View
from bench.report.write import write_report
from tests.report import synthetic
from tests.report.conftest import Written

RUNS = ["attention", "encoder", "words", "hostile", "empty"]
RUNS += ["precision", "training", "hostile_outcomes", "no_outcomes"]
_VOID = {"meta", "link", "br", "img", "input", "hr", "wbr", "col"}


class _Page(HTMLParser):
    """Checks nesting and collects what pages are checked for."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("src", "href", "xlink:href", "action", "data"):
                self.links.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


def parse(text: str) -> _Page:
    page = _Page()
    page.feed(text)
    page.close()
    assert page.open == []
    return page


@pytest.mark.parametrize("name", RUNS)
def test_html_is_one_sound_file(written: Callable[[str], Written], name: str) -> None:
    text = written(name).html
    page = parse(text)
    assert len(page.ids) == len(set(page.ids))
    outside = [link for link in page.links if not link.startswith(("#", "figures/", "tables/", "data:,"))]
    assert outside == []
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)
    assert page.tags.count("script") == 1
    assert page.handlers == []
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert inside <= set(page.ids)


@pytest.mark.parametrize("name", RUNS)
def test_html_is_accessible(written: Callable[[str], Written], name: str) -> None:
    text = written(name).html
    assert text.count("<caption>") == text.count("<table")
    assert '<th scope="col"' in text
    assert "aria-labelledby" in text
    assert text.count("<h1>") == 1
    drawings = re.findall(r'<svg[^>]* role="img" aria-labelledby="(\S+) (\S+)"', text)
    assert len(drawings) == text.count("<svg")
    assert all(f'<title id="{title}">' in text for title, _ in drawings)


def test_the_answer_comes_first(written: Callable[[str], Written]) -> None:
    item = written("attention")
    order = [item.html.index(f'<section id="{name}"') for name in
             ("answer", "figures", "tables", "quality", "machine", "provenance")]  # fmt: skip
    assert order == sorted(order)
    assert item.html.index('<table id="t-answer">') < order[1]


@pytest.mark.parametrize("name", RUNS)
def test_every_failure_is_shown_with_its_reason(written: Callable[[str], Written], name: str) -> None:
    item = written(name)
    table = item.html.partition('<table id="t-failures">')[2].partition("</table>")[0].replace("<wbr>", "")
    for row in item.analysis.failures.to_dict("records"):
        if row["scope"] == "case" or row["status"] == "timeout":
            assert row["reason"].replace("'", "&#39;") in table
            assert all(case in table for case in row["cases"])


def test_a_failed_cell_shows_its_status(written: Callable[[str], Written]) -> None:
    time = written("attention").html.partition('<table id="t-time">')[2].partition("</table>")[0]
    assert time.count("oom host") == 2
    assert time.count(">timeout<") == 1
    assert 'title="needs 4.0 GiB, 2.1 GiB are free"' in time
    assert "nan" not in time


def test_hostile_names_are_text(written: Callable[[str], Written]) -> None:
    item = written("hostile")
    assert "<script>alert" not in item.html
    assert "&lt;script&gt;alert(1)" in item.html
    assert "<script>" not in item.markdown


@pytest.mark.parametrize("name", RUNS)
def test_markdown_tables_are_whole(written: Callable[[str], Written], name: str) -> None:
    item = written(name)
    lines = item.markdown.splitlines()
    width = None
    tables = 0
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if not line.startswith("|"):
            width = None
            continue
        cells = len(re.findall(r"(?<!\\)\|", line)) - 1
        if width is None:
            width, tables = cells, tables + 1
            assert re.fullmatch(r"\|( -{3}:? \|)+", after)
        assert cells == width
    assert tables
    for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", item.markdown):
        assert (item.folder / path).is_file()


def test_the_same_run_gives_the_same_bytes(written: Callable[[str], Written], tmp_path: object) -> None:
    for name in ("attention", "words"):
        item = written(name)
        again = write_report(item.run, item.analysis, Path(str(tmp_path)) / name)  # type: ignore[arg-type]
        assert [p.name for p in again] == [p.name for p in item.paths]
        different = [a.name for a, b in zip(again, item.paths, strict=True) if a.read_bytes() != b.read_bytes()]
        assert different == []


def test_every_figure_comes_in_three_formats_with_unique_ids(written: Callable[[str], Written]) -> None:
    item = written("attention")
    for figure in (item.folder / "figures").glob("*.pdf"):
        assert figure.read_bytes().startswith(b"%PDF")
        assert b"/CreationDate" not in figure.read_bytes()
        assert figure.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
        svg = figure.with_suffix(".svg").read_text(encoding="utf-8")
        ids = re.findall(r'\bid="([^"]+)"', svg)
        assert len(ids) == len(set(ids))


def test_hollow_points_stay_hollow_in_the_page(written: Callable[[str], Written]) -> None:
    item = written("attention")
    markers = set(re.findall(r'<use href="#f1-m[^>]*class="(s[0-9a-f]+)"', item.html))
    styles = dict(re.findall(r"\.(s[0-9a-f]+)\{([^}]*)\}", item.html))
    assert any("fill:var(--cffffff)" in styles[marker] for marker in markers)


def test_points_can_be_hovered_over(written: Callable[[str], Written]) -> None:
    assert "<title>SDPA, n = 64: 105" in written("attention").html


# What a page leaves out of tables, and how it can be filtered


def test_columns_without_any_value_become_a_sentence() -> None:
    nothing, lost, value = NOTHING, absent("skipped"), plain_number(1.0)
    columns = tuple(Column(head, head != "k") for head in ("k", "a", "b", "c"))
    table = Table("t", "T", "C.", columns, ((text("x"), value, lost, nothing), (text("y"), lost, nothing, nothing)))
    shorter, note = fitted(table)
    assert [column.head for column in shorter.columns] == ["k", "a"]
    assert [len(row) for row in shorter.rows] == [2, 2]
    assert note == " No value anywhere for b, c. A dash: not in this run."
    # A failure is more than nothing, and a table of nothing stays as it is.
    failed = replace(table, rows=((text("x"), value, absent("crashed"), value),))
    assert fitted(failed) == (failed, "")
    bare = replace(table, rows=((text("x"), lost, lost, lost),))
    assert fitted(bare) == (bare, "")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, ""), (math.inf, ""), (math.nan, ""), (64.0, "64"), (1048576.0, "1048576"), (150.82375119818872, "150.824"),
     (1.5e-8, "1.5e-08"), (True, "1")],
)  # fmt: skip
def test_what_cells_are_sorted_by(value: float | None, expected: str) -> None:
    assert sortable(value) == expected


def test_headlines_set_their_opening_apart() -> None:
    told = headline("Time, causal: <b> wins: at n = 3")
    assert told == '<span class="at">Time, causal:</span> &lt;b&gt; wins: at n = 3'
    assert headline("Flagged") == "Flagged"


def test_filters_know_rows_columns_and_panels(written: Callable[[str], Written]) -> None:
    item = written("attention")
    view = View(item.run.meta, item.run.measurements)
    filters = Filters(view)
    assert [choice.word for choice in filters.choices] == ["kernel", "allocator", "sequence length n"]
    assert filters.choices[0].values == ("naive", "SDPA", "linear (elu+1)", "Performer")
    columns = tuple(Column(head) for head in ("metric", "where", "SDPA", "linear (elu+1)"))
    rows = (
        (text("Time"), text("allocator retain"), text("1"), text("2")),
        (text("Time"), text("everywhere"), text("1"), text("2")),
    )
    table = Table("t", "T", "C", columns, rows, keys=2)
    assert filters.rows(table) == ["1.1", ""]
    assert filters.columns(table) == ["", "", "0.1", "0.2"]
    long = Table("t", "T", "C", (Column("allocator"), Column("sequence length n"), Column("kernel")),
                 ((text("default"), text("128"), text("Performer")),), keys=1)  # fmt: skip
    assert filters.rows(long) == ["1.0 2.1 0.3"]


def test_filters_take_the_longest_name() -> None:
    axes = {"kernel": ["a", "b"], "n": [1, 2], "mode": ["cached", "replayed"]}
    labels = {"cached": "gradient cache", "replayed": "gradient cache, masks replayed"}
    run = synthetic.grid_run("s", axes, "kernel", crossovers=[], labels=labels)
    filters = Filters(View(run.meta, run.measurements))
    assert [choice.word for choice in filters.choices] == ["kernel", "mode", "n"]
    rows = tuple((text(words),) for words in ("gradient cache", "gradient cache, masks replayed", "b, gradient cache"))
    assert filters.rows(Table("t", "T", "C", (Column("where"),), rows)) == ["1.0", "1.1", "1.0 0.1"]


def test_a_page_without_axes_has_nothing_to_filter(written: Callable[[str], Written]) -> None:
    assert Filters().choices == ()
    assert Filters().rows(Table("t", "T", "C", (Column("a"),), ((text("x"),),))) == [""]


# Colours


_OTHERS = ("#8a1c1c", "#b5400a", "#00795a", "#8a6100")


@pytest.mark.parametrize("colour", sorted({*CHALLENGERS, *STANDARDS, *PARTS, *_OTHERS}))
def test_lines_and_names_stand_out_on_a_dark_card(colour: str) -> None:
    # The third standard's line is a pale grey on white, too; its name is darker.
    assert contrast(dark(colour.lower()), BACK) >= (3.0 if colour == "#9A9A9A" else LEAST)


def test_greys_are_turned_over_and_hues_kept() -> None:
    assert dark("#ffffff") == BACK
    assert dark("#000000") == INK
    assert contrast(dark("#e3e3e3"), BACK) < 2
    red, green, blue = (int(dark("#0072b2")[place : place + 2], 16) for place in (1, 3, 5))
    assert red < green < blue
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_style_sheet_and_drawings_agree_on_the_card(written: Callable[[str], Written]) -> None:
    text = written("attention").html
    sheet = text.partition("<style>")[2].partition("</style>")[0]
    assert sheet.count(f"--card:{BACK}") == 2
    assert "--card:#fff" in sheet
    drawing = text.partition("<svg")[2].partition("</svg>")[0]
    assert "--cffffff:#ffffff" in drawing and f"--cffffff:{BACK}" in drawing
    assert not re.search(r'style="', drawing)


def test_texts_on_coloured_ground_have_their_own_colour(written: Callable[[str], Written]) -> None:
    page = written("precision")
    maps = [svg for svg in re.findall(r"<svg.*?</svg>", page.html, flags=re.S) if "tile-0-0" in svg]
    assert maps
    for svg in maps:
        own = re.findall(r'<g [^>]*fill="(#[0-9a-f]{6})"', svg)
        assert set(own) <= {"#000000", "#ffffff"}
        # At most one for each tile; the names of rows and columns follow the theme.
        assert 0 < len(own) <= svg.count("-tile-")


def test_pages_are_small(written: Callable[[str], Written]) -> None:
    item = written("attention")
    for svg in (item.folder / "figures").glob("*.svg"):
        inside = item.html.partition(f'<figure id="figure-{svg.stem}"')[2].partition("</figure>")[0]
        assert inside
        assert len(inside) < 0.85 * svg.stat().st_size
