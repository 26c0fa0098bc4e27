from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from bench.report.write import write_report
from tests.report.conftest import Written

RUNS = ["attention", "encoder", "words", "hostile", "empty"]
RUNS += ["precision", "training", "hostile_outcomes", "no_outcomes"]
_VOID = {"meta", "link", "br", "img", "input", "hr", "wbr"}


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
    from pathlib import Path

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
    fills = re.findall(r'<use xlink:href="#f1-m[^>]*style="fill: (#[0-9a-f]{6})', item.html)
    assert "#ffffff" in fills


def test_points_can_be_hovered_over(written: Callable[[str], Written]) -> None:
    assert "<title>SDPA, n = 64: 105" in written("attention").html
