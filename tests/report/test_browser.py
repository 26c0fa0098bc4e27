"""The pages in a real browser: silent, filtered, sorted, hovered over, copied, dark, narrow and on paper."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bench.analysis.summary import analyse
from bench.report.aa_page import write_aa
from bench.report.case_table import case_anchor
from bench.report.compare_page import compare_html
from bench.report.escape import latex
from bench.report.write import write_report
from tests.report import claimed, comparisons
from tests.report.chromium import BROWSER, Chromium
from tests.report.conftest import Written
from tests.report.test_aa import HOSTILE, words_of

pytestmark = pytest.mark.skipif(BROWSER is None, reason="Chromium is not installed")

PAGES = ["attention", "encoder", "words", "precision", "training", "hostile", "hostile_outcomes", "empty", "claimed",
         "hostile_claims", "hostile_ids", "comparison", "hostile_comparison", "aa"]  # fmt: skip

#: Everything below is asked of the page by these: what is seen, on what ground, how much it stands out.
PROBE = """
const seen = (element) => element.checkVisibility({visibilityProperty: true, opacityProperty: true});
const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
const ground = (element) => {
  for (let one = element; one; one = one.parentElement) {
    const colour = channels(getComputedStyle(one).backgroundColor);
    if (colour.length < 4 || colour[3] > 0.99) return colour;
  }
  return [255, 255, 255];
};
const light = (colour) => {
  const [r, g, b] = colour.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
  const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="module")
def pages(written: Callable[[str], Written], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """``pages("hostile")``: the path of that report; comparisons are pages of their own."""
    made: dict[str, Path] = {}

    def page(name: str) -> Path:
        if name not in made:
            folder = tmp_path_factory.mktemp(name)
            if name.endswith("comparison"):
                words = comparisons.hostile() if name.startswith("hostile") else comparisons.mixed()
                (folder / "report.html").write_text(compare_html(words), encoding="utf-8")
            elif name == "aa":
                write_aa(words_of(label=HOSTILE), folder, HOSTILE)
            elif builder := getattr(claimed, f"{name}_run", None):
                run = builder()
                write_report(run, analyse(run.meta, run.measurements, run.replicates, run.outcomes), folder)
            else:
                folder = written(name).folder
            made[name] = folder / "report.html"
        return made[name]

    return page


def ask(browser: Chromium, code: str) -> Any:
    return browser.run(f"(() => {{{PROBE} {code}}})()")


def middle(browser: Chromium, element: str) -> tuple[float, float]:
    """The middle of an element in the window, scrolled to where it can be seen."""
    x, y = ask(browser, f"""const e = {element};
      e.scrollIntoView({{block: 'center', inline: 'nearest'}});
      const b = e.getBoundingClientRect();
      return [b.x + b.width / 2, b.y + b.height / 2];""")  # fmt: skip
    return x, y


def press(browser: Chromium, selector: str) -> None:
    browser.click(*middle(browser, f"document.querySelector({selector!r})"))


def choose(browser: Chromium, axis: str, value: str) -> None:
    """Choose a value of an axis in the filter, both by their words."""
    ask(browser, f"""
      const label = [...document.querySelectorAll('.filters label')]
        .find((one) => one.querySelector('span').textContent === {axis!r});
      const list = label.querySelector('select');
      list.value = [...list.options].find((one) => one.textContent === {value!r}).value;
      list.dispatchEvent(new Event('change', {{bubbles: true}}));""")  # fmt: skip


def column(browser: Chromium, table: str, place: int) -> list[str]:
    """The cells of a column that can be seen, from top to bottom."""
    code = f"return [...document.querySelector('#t-{table}').tBodies[0].rows].filter((row) => !row.hidden)"
    return list(ask(browser, f"{code}.map((row) => row.cells[{place}].textContent);"))


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_silent(browser: Chromium, pages: Callable[[str], Path], name: str) -> None:
    page = pages(name)
    browser.open(page)
    assert browser.complaints() == []
    assert browser.requests() == [page.as_uri()]
    assert ask(browser, "return performance.getEntriesByType('resource').length;") == 0
    # A name that is a script would have opened a dialogue.
    assert not any(event.get("method") == "Page.javascriptDialogOpening" for event in browser.events)


def test_without_scripts_everything_is_there(browser: Chromium, pages: Callable[[str], Path]) -> None:
    browser.open(pages("claimed"), script=False)
    told = ask(browser, """return {
      tools: [...document.querySelectorAll('.tools, .copy, th button, #tip')].filter(seen).length,
      titles: document.querySelectorAll('svg use > title').length,
      cards: [...document.querySelectorAll('.claims > li')].filter(seen).length,
      rows: document.querySelectorAll('#t-cases tbody tr').length}""")  # fmt: skip
    assert told["tools"] == 0
    assert told["titles"] > 100
    assert told["cards"] == len(claimed.CLAIMS)
    assert told["rows"] == 64
    press(browser, "#table-time > summary")
    assert ask(browser, "return seen(document.querySelector('#t-time td'));") != ask(
        browser, "document.querySelector('#table-time').open ^= 1; return seen(document.querySelector('#t-time td'));"
    )


def test_headers_sort_up_down_and_back(browser: Chromium, pages: Callable[[str], Path]) -> None:
    browser.open(pages("attention"))
    ask(browser, "document.querySelector('#table-time').open = true;")
    before = column(browser, "time", 3)
    head = "#t-time thead th:nth-child(4)"

    def sorted_by() -> str | None:
        found: str | None = ask(browser, f"return document.querySelector('{head}').getAttribute('aria-sort');")
        return found

    def seconds(text: str) -> float:
        found = re.match(r"([\d.]+) (µs|ms|s)", text)
        return float(found[1]) * {"µs": 1e-6, "ms": 1e-3, "s": 1.0}[found[2]] if found else float("inf")

    press(browser, f"{head} button")
    assert sorted_by() == "ascending"
    values = [seconds(text) for text in column(browser, "time", 3)]
    assert values == sorted(values) and values[0] < values[8]
    assert sorted(column(browser, "time", 3)) == sorted(before)
    press(browser, f"{head} button")
    assert sorted_by() == "descending"
    falling = [value for text in column(browser, "time", 3) if (value := seconds(text)) < float("inf")]
    assert falling == sorted(falling, reverse=True)
    # What has no value stays below in both directions.
    assert [seconds(text) < float("inf") for text in column(browser, "time", 3)][-1] is all(v < 9e9 for v in values)
    press(browser, f"{head} button")
    assert sorted_by() is None
    assert column(browser, "time", 3) == before


def test_whole_numbers_sort_as_numbers(browser: Chromium, pages: Callable[[str], Path]) -> None:
    browser.open(pages("attention"))
    ask(browser, "document.querySelector('#table-cases').open = true;")
    place = ask(browser, "return [...document.querySelectorAll('#t-cases thead th')].map((h) => h.textContent)"
                         ".indexOf('sequence length n');")  # fmt: skip
    press(browser, f"#t-cases thead th:nth-child({place + 1}) button")
    values = [int(text) for text in column(browser, "cases", place)]
    assert values == sorted(values)
    assert values[-1] == 8192


def test_filters_choose_rows_columns_panels_and_lines(browser: Chromium, pages: Callable[[str], Path]) -> None:
    browser.open(pages("attention"))
    ask(browser, "for (const fold of document.querySelectorAll('details')) fold.open = true;")
    everything = column(browser, "time", 0)
    assert set(everything) == {"default", "retain"}
    choose(browser, "allocator", "retain")
    assert column(browser, "time", 0) == [text for text in everything if text == "retain"]
    assert len(column(browser, "cases", 0)) == 32
    # The crossovers' table names the value within words.
    assert all("retain" in text or text == "everywhere" for text in column(browser, "answer", 1))
    panels = ask(browser, "return [...document.querySelectorAll('#figure-time svg g[id*=\"axes_\"]')].map("
                          "(g) => Number(getComputedStyle(g).opacity));")  # fmt: skip
    assert sorted(panels) == [0.12, 1]
    assert ask(browser, "return document.querySelector('#table-time .count').textContent;") == "8 of 16 rows"
    assert "figures shown" in ask(browser, "return document.querySelector('#said').textContent;")
    choose(browser, "kernel", "Performer")
    heads = ask(browser, "return [...document.querySelectorAll('#t-time thead th')].filter(seen).map("
                         "(h) => h.textContent);")  # fmt: skip
    assert heads == ["allocator", "sequence length n", "Performer"]
    cells = ask(browser, "return [...document.querySelectorAll('#t-time tbody tr')].filter(seen).map("
                         "(row) => [...row.cells].filter(seen).length);")  # fmt: skip
    assert set(cells) == {3}
    # Of a drawing's lines, bands, names and crossovers only the method's own stay.
    strengths = ask(browser, """const found = {};
      for (const part of document.querySelectorAll('#figure-time [id*="line-1-"], #figure-time [id*="label-1-"]')) {
        const series = part.id.match(/1-(\\d+)/)[1];
        found[series] = [...new Set([...(found[series] ?? []), getComputedStyle(part).visibility])];
      }
      return found;""")  # fmt: skip
    assert strengths == {"0": ["hidden"], "1": ["hidden"], "2": ["hidden"], "3": ["visible"]}
    press(browser, ".filters button[type=reset]")
    assert ask(browser, "return new Promise((done) => setTimeout(() => done(true)));")
    assert column(browser, "time", 0) == everything
    assert ask(browser, "return document.querySelectorAll('.faded, tr[hidden], th[hidden], td[hidden]').length;") == 0


def test_a_figure_about_other_values_goes(browser: Chromium, pages: Callable[[str], Path]) -> None:
    browser.open(pages("training"))
    shown = "return [...document.querySelectorAll('figure')].filter(seen).map((f) => f.id);"
    before = ask(browser, shown)
    choose(browser, "optimizer", "adam")
    after = ask(browser, shown)
    assert 0 < len(after) < len(before)
    links = ask(browser, "return [...document.querySelectorAll('.index li')].filter(seen).map("
                         "(li) => li.firstChild.hash.slice(1));")  # fmt: skip
    assert not links or links == after


def test_points_tell_value_and_interval(browser: Chromium, pages: Callable[[str], Path]) -> None:
    source = pages("attention").read_text(encoding="utf-8")
    texts = re.findall(r"<title>(SDPA, n = \d+: [^<]+)</title>", source)
    browser.open(pages("attention"))
    point = "document.querySelector('#figure-time [id*=\"points-0-1-0\"] use')"
    x, y = middle(browser, point)
    tip = "const tip = document.querySelector('#tip'); return tip.hidden ? null : tip.textContent;"
    assert ask(browser, tip) is None
    # Near is enough: the marker itself is four points wide.
    browser.move(x + 5, y + 4)
    assert ask(browser, tip) == texts[0]
    assert re.fullmatch(r"SDPA, n = 64: [\d.]+ µs \([\d.]+–[\d.]+\)", texts[0])
    assert ask(browser, """const b = document.querySelector('#tip').getBoundingClientRect();
      return b.left >= 0 && b.top >= 0 && b.right <= innerWidth && b.bottom <= innerHeight;""")  # fmt: skip
    ring = ask(browser, "const b = document.querySelector('.ring').getBoundingClientRect();"
                        "return [b.x + b.width / 2, b.y + b.height / 2];")  # fmt: skip
    assert ring == pytest.approx([x, y], abs=1)
    browser.move(2, 2)
    assert ask(browser, tip) is None


def test_arrow_keys_go_from_point_to_point(browser: Chromium, pages: Callable[[str], Path]) -> None:
    browser.open(pages("attention"))
    ask(browser, "document.querySelector('#figure-time .card').focus();")
    tip, said = (f"return document.querySelector('#{name}').textContent;" for name in ("tip", "said"))
    told = []
    for name in ("ArrowRight", "ArrowRight", "End", "Home", "ArrowDown"):
        browser.key(name)
        told.append(ask(browser, tip))
        assert told[-1] == ask(browser, said)
    first, second, last, home, below = told
    series = first.partition(",")[0]
    assert [text.partition(",")[0] for text in (second, last, home)] == [series] * 3
    assert ["n = 64:" in home, first == home, "n = 64:" in second] == [True, True, False]
    assert below.partition(",")[0] != series and "n = 64:" in below
    browser.key("Escape")
    assert ask(browser, "return document.querySelector('#tip').hidden;")
    name = ask(browser, "return document.querySelector('#figure-time .card').getAttribute('aria-label');")
    assert name.startswith("Time per call. Arrow keys")


def test_cells_of_maps_tell_their_value(browser: Chromium, pages: Callable[[str], Path]) -> None:
    browser.open(pages("precision"))
    tile = "document.querySelector('figure [id*=\"tile-0-0\"] path')"
    browser.move(*middle(browser, tile))
    assert "batch = " in ask(browser, "return document.querySelector('#tip').textContent;")


@pytest.mark.parametrize(
    ("name", "element", "told"),
    [
        ("words", '[id*="points-0-1-0"] use', r"siglip: [\d.]+ µs \([\d.]+–[\d.]+\)"),
        ("encoder", '[id*="tile-0-1-2"] path', r"2048, core: [\d.]+ %"),
    ],
)
def test_rows_and_bars_tell_their_values(
    browser: Chromium, pages: Callable[[str], Path], name: str, element: str, told: str
) -> None:
    browser.open(pages(name))
    browser.move(*middle(browser, f"document.querySelector({element!r})"))
    assert re.fullmatch(told, ask(browser, "return document.querySelector('#tip').textContent;"))


def copied(browser: Chromium, table: str, kind: str) -> str:
    browser.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    ask(browser, f"""const table = document.querySelector('#t-{table}'), fold = table.closest('details');
      if (fold) fold.open = true;
      table.closest('.scroll').previousElementSibling.dataset.test = 'here';""")  # fmt: skip
    place = {"CSV": 1, "LaTeX": 2}[kind]
    press(browser, f"[data-test=here] button:nth-child({place})")
    ask(browser, "delete document.querySelector('[data-test=here]').dataset.test;")
    text: str = browser.run("navigator.clipboard.readText()")
    return text


def test_a_table_is_copied_as_csv(
    browser: Chromium, pages: Callable[[str], Path], written: Callable[[str], Written]
) -> None:
    browser.open(pages("attention"))
    choose(browser, "allocator", "retain")
    rows = list(csv.reader(io.StringIO(copied(browser, "time", "CSV"))))
    heads, *body = rows
    assert heads[:4] == ["allocator", "sequence length n", "naive (s)", "naive ± (s)"]
    assert [row[1] for row in body] == ["64", "128", "256", "512", "1024", "2048", "4096", "8192"]
    frame = written("attention").run.measurements
    stored = frame[(frame["subject"] == "naive") & (frame["metric"] == "time") & (frame["allocator"] == "retain")]
    first = stored[stored["n"] == 64].iloc[0]
    assert float(body[0][2]) == pytest.approx(first["value"], rel=1e-5)
    assert float(body[0][3]) == pytest.approx((first["high"] - first["low"]) / 2, rel=1e-2)
    assert body[-1][2] == "oom host"
    said = ask(browser, "return document.querySelector('#said').textContent;")
    assert said == "Copied 8 rows as CSV: Time per call"


def test_hostile_names_are_copied_whole(browser: Chromium, pages: Callable[[str], Path]) -> None:
    browser.open(pages("hostile"))
    cells = ask(browser, "return [...document.querySelectorAll('#t-time tr')].map((row) => "
                         "[...row.cells].map((cell) => cell.textContent));")  # fmt: skip
    tex = copied(browser, "time", "LaTeX")
    lines = [line.removesuffix(r" \\") for line in tex.splitlines() if line.endswith(r" \\")]
    plain = [re.sub(r"\\textbf\{(.*?)\}(?= & |$)", r"\1", line) for line in lines]
    assert plain == [" & ".join(latex(cell) for cell in row) for row in cells]
    heads = next(csv.reader(io.StringIO(copied(browser, "time", "CSV"))))
    assert "quo\"te's |pipe|" in [head.partition(" (s)")[0].removesuffix(" ±") for head in heads]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("name", ["attention", "hostile"])
def test_what_is_copied_compiles(browser: Chromium, pages: Callable[[str], Path], name: str, tmp_path: Path) -> None:
    browser.open(pages(name))
    table = copied(browser, "crossovers", "LaTeX")
    text = "\\documentclass{article}\n\\usepackage{booktabs}\n\\begin{document}\n" + table + "\\end{document}\n"
    (tmp_path / "main.tex").write_text(text, encoding="utf-8")
    done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex"], cwd=tmp_path,
                          capture_output=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    assert b"Missing character" not in done.stdout


def test_the_theme_follows_the_system_and_the_button(browser: Chromium, pages: Callable[[str], Path]) -> None:
    ground = "return light(ground(document.body)) > 0.5;"
    drawn = "return light(ground(document.querySelector('.card'))) > 0.5;"
    line = "return getComputedStyle(document.querySelector('.card svg text, .card svg [id*=\"axes_\"]')).fill;"
    browser.open(pages("attention"), theme="dark")
    assert [ask(browser, ground), ask(browser, drawn)] == [False, False]
    night = ask(browser, line)
    pressed = "return document.querySelector('.theme').getAttribute('aria-pressed');"
    assert ask(browser, pressed) == "true"
    press(browser, ".theme")
    assert [ask(browser, ground), ask(browser, drawn), ask(browser, pressed)] == [True, True, "false"]
    assert ask(browser, line) != night
    press(browser, ".theme")
    assert [ask(browser, ground), ask(browser, line)] == [False, night]
    # Paper stays white.
    browser.media(theme="dark", kind="print")
    assert [ask(browser, ground), ask(browser, drawn)] == [True, True]
    browser.media()
    browser.run("localStorage.clear()")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["claimed", "precision", "training", "encoder", "comparison", "hostile"])
def test_text_stands_out(browser: Chromium, pages: Callable[[str], Path], name: str, theme: str) -> None:
    """WCAG 2.2, level AA: 4.5 for text, 3 for large text; names in figures are text."""
    browser.open(pages(name), theme=theme)
    pale = ask(browser, """
      for (const fold of document.querySelectorAll('details')) fold.open = true;
      const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      let count = 0;
      while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || element.closest('svg, script, option, .unseen')) continue;
        if (!seen(element)) continue;
        const style = getComputedStyle(element), size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        const ratio = contrast(channels(style.color), ground(element));
        count += 1;
        if (ratio < (large ? 3 : 4.5)) found.push([walker.currentNode.data.slice(0, 60), ratio]);
      }
      for (const glyph of document.querySelectorAll('.card svg use')) {
        if (!(glyph.getAttribute('href') ?? '').includes('-glyph-')) continue;
        // Numbers on coloured ground keep their colour, as the ground does.
        if (glyph.closest('[fill]')) continue;
        const ratio = contrast(channels(getComputedStyle(glyph).fill), ground(glyph.closest('.card')));
        count += 1;
        if (ratio < 4.5) found.push([glyph.closest('figure').id, getComputedStyle(glyph).fill, ratio]);
      }
      return [count, found.slice(0, 12)];""")  # fmt: skip
    assert pale[0] > 20
    assert pale[1] == []


def test_numbers_on_coloured_ground_keep_their_colours(browser: Chromium, pages: Callable[[str], Path]) -> None:
    colours = """return [...document.querySelectorAll('.card svg [fill], .card svg [id*="tile-"] path')].map(
      (one) => getComputedStyle(one).fill);"""
    told = []
    for theme in ("light", "dark"):
        browser.open(pages("precision"), theme=theme)
        told.append(ask(browser, colours))
    assert told[0] == told[1]
    assert len(set(told[0])) > 5


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_is_wider_than_the_window(
    browser: Chromium, pages: Callable[[str], Path], name: str, width: int
) -> None:
    browser.open(pages(name), width=width)
    ask(browser, "for (const fold of document.querySelectorAll('details')) fold.open = true;")
    assert ask(browser, "return document.documentElement.scrollWidth;") <= width
    beyond = ask(browser, """const found = [...document.querySelectorAll('h1, h2, h3, p, li, dd, dt, summary, button')];
      const text = (one) => seen(one) && !one.closest('.scroll, .card, nav, .unseen');
      const wide = (one) => one.getBoundingClientRect().right > innerWidth + 1;
      return found.filter((one) => text(one) && wide(one)).map((one) => one.textContent.slice(0, 40));""")  # fmt: skip
    assert beyond == []


def test_the_answer_is_on_the_first_screen(browser: Chromium, pages: Callable[[str], Path]) -> None:
    browser.open(pages("claimed"))
    assert ask(browser, """return [...document.querySelectorAll('.claims > li')].map((card) =>
      card.getBoundingClientRect().bottom <= innerHeight);""") == [True] * len(claimed.CLAIMS)  # fmt: skip


def test_a_verdict_leads_to_its_rows(browser: Chromium, pages: Callable[[str], Path]) -> None:
    browser.open(pages("claimed"))
    choose(browser, "kernel", "Performer")
    card = "#claim-linear-early"
    press(browser, f"{card} summary")
    link = ask(browser, f"return document.querySelector('{card} .rows a').hash;")
    press(browser, f"{card} .rows a")
    case, visible, inside, own, next_one = ask(browser, f"""
      const row = document.querySelector({link!r}).parentElement, b = row.getBoundingClientRect();
      return [row.lastElementChild.textContent, seen(row), b.top > 0 && b.bottom < innerHeight,
        ...[row, row.nextElementSibling].map((one) => getComputedStyle(one.cells[1]).backgroundColor)];""")  # fmt: skip
    assert visible and inside and own != next_one
    assert f"#{case_anchor(case)}" == link
    assert "kernel=linear" in case or "kernel=sdpa" in case or "kernel=naive" in case


#: Whether the row that a link of a card leads to can be seen, no bar or head above it, and which case it tells.
ARRIVED = """
const arrived = (row) => {
  const box = row.cells[0].getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return [row.lastElementChild.textContent, seen(row) && row.cells[0].contains(top), row.matches(':has(:target)')];
};
"""


@pytest.mark.parametrize("width", [390, 1440])
def test_every_link_of_every_claim_arrives(browser: Chromium, pages: Callable[[str], Path], width: int) -> None:
    run = claimed.claimed_run()
    claims = analyse(run.meta, run.measurements, run.replicates, run.outcomes).claims
    browser.open(pages("claimed"), width=width)
    # Hides the rows of all other kernels and lengths, until a link leads to one.
    found = ask(browser, ARRIVED + """
      document.querySelector('#table-cases').open = false;
      const lists = [...document.querySelectorAll('.filters select')], told = {};
      const links = [...document.querySelectorAll('.claims .rows a')];
      const next = async () => {
        for (const link of links) {
          for (const list of lists) list.value = list.options.length - 1;
          lists[0].dispatchEvent(new Event('change', {bubbles: true}));
          link.click();
          await new Promise((done) => setTimeout(done));
          const row = document.getElementById(link.hash.slice(1)).parentElement;
          (told[link.closest('li').id] ??= []).push(arrived(row));
        }
        return told;
      };
      return next();""")  # fmt: skip
    expected = {f"claim-{row['id']}": set(row["cases"]) for row in claims.to_dict("records") if row["cases"]}
    assert {name: {case for case, _, _ in rows} for name, rows in found.items()} == expected
    assert [row for rows in found.values() for row in rows if row[1:] != [True, True]] == []


@pytest.mark.parametrize("width", [390, 1440])
def test_links_of_claims_arrive_without_scripts(browser: Chromium, pages: Callable[[str], Path], width: int) -> None:
    browser.open(pages("claimed"), width=width, script=False)
    for name in ("linear-early", "performer-never", "quadratic"):
        assert not ask(browser, f"return seen(document.querySelector('#claim-{name} .rows a'));")
        press(browser, f"#claim-{name} summary")
        for place in ("first", "last"):
            link = f"[...document.querySelectorAll('#claim-{name} .rows a')].at({0 if place == 'first' else -1})"
            x, y = middle(browser, link)
            assert 0 < x < width, "the link can be seen without scrolling sideways"
            browser.click(x, y)
            aim = ask(browser, f"return {link}.hash;")
            for _ in range(50):
                if ask(browser, "return location.hash;") == aim:
                    break
            case, visible, marked = ask(
                browser, ARRIVED + f"return arrived(document.querySelector({aim!r}).parentElement);"
            )
            assert f"#{case_anchor(case)}" == aim
            assert visible and marked


def test_points_of_a_claim_are_read_without_scrolling_sideways(browser: Chromium, pages: Callable[[str], Path]) -> None:
    browser.open(pages("claimed"), width=390)
    ask(browser, "for (const fold of document.querySelectorAll('.claims details')) fold.open = true;")
    tables = ask(browser, """return [...document.querySelectorAll('.claims .scroll')].map(
      (one) => [one.scrollWidth <= one.clientWidth, one.querySelectorAll('td.rows a').length]);""")  # fmt: skip
    # Two allocators, eight lengths each of two kernels: the slope of FLOPs is judged at two points.
    assert [True, 16] in tables
    assert all(fits for fits, _ in tables)
    # Fingers need 24 px.
    sizes = ask(browser, """return [...document.querySelectorAll('.claims .rows a')].map((one) => {
      const box = one.getBoundingClientRect(); return Math.min(box.width, box.height); });""")  # fmt: skip
    assert min(sizes) >= 24


@pytest.mark.parametrize("name", PAGES)
def test_the_page_can_be_found_through_without_eyes(browser: Chromium, pages: Callable[[str], Path], name: str) -> None:
    browser.open(pages(name))
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    told = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    roles = [role for role, _ in told]
    assert [roles.count(role) for role in ("banner", "main", "contentinfo", "status")] == [1, 1, 1, 1]
    named = ("button", "link", "combobox", "table", "region", "image", "application")
    assert [role for role, name in told if role in named and not name] == []
    levels = ask(browser, "return [...document.querySelectorAll('h1, h2, h3, h4')].map((h) => Number(h.tagName[1]));")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    browser.key("Tab")
    first = ask(browser, "const a = document.activeElement; return [a.className, a.hash, seen(a), "
                         "getComputedStyle(a).outlineStyle];")  # fmt: skip
    assert first[0] == "skip" and first[2]
    assert first[3] not in ("none", "")
    assert ask(browser, f"return document.querySelector({first[1]!r}) !== null;")


def test_keys_reach_and_leave_the_filter(browser: Chromium, pages: Callable[[str], Path]) -> None:
    browser.open(pages("attention"))
    ask(browser, "document.querySelector('.filters > summary').focus();")
    browser.key("Enter")
    browser.key("Tab")
    assert ask(browser, "return document.activeElement.tagName;") == "SELECT"
    browser.key("ArrowDown")
    assert ask(browser, "return document.querySelector('.filters > summary').textContent;") == "Filter (1)"
    browser.key("Escape")
    assert ask(browser, "const s = document.querySelector('.filters > summary');"
                        "return [s.parentElement.open, s === document.activeElement];") == [False, True]  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_it_prints_whole_and_clean(browser: Chromium, pages: Callable[[str], Path], name: str, tmp_path: Path) -> None:
    browser.open(pages(name), theme="dark", width=688, height=1000)  # A4 without margins of 14 mm
    browser.media(theme="dark", kind="print")
    ask(browser, "dispatchEvent(new Event('beforeprint'));")
    wide = ask(browser, """return [...document.querySelectorAll('.scroll, .card, body, pre')].filter(
      (one) => seen(one) && !one.closest('.broad') && one.scrollWidth > one.clientWidth + 1).map(
      (one) => [one.className, one.getAttribute('aria-label'), one.scrollWidth]);""")  # fmt: skip
    assert wide == []
    # Wide tables are printed across.
    browser.window(1030, 688)
    assert ask(browser, """return [...document.querySelectorAll('.broad')].filter(
      (one) => seen(one) && one.scrollWidth > one.clientWidth + 1).length;""") == 0  # fmt: skip
    controls = "'.tools, .copy, nav, .skip, #tip, .files'"
    assert ask(browser, f"return [...document.querySelectorAll({controls})].filter(seen).length;") == 0
    ask(browser, "dispatchEvent(new Event('afterprint'));")
    browser.media()
    target = browser.pdf(tmp_path / "page.pdf")
    assert target.read_bytes().startswith(b"%PDF")
    if shutil.which("pdftotext") is None:
        return
    text = subprocess.run(["pdftotext", str(target), "-"], capture_output=True, text=True, check=True).stdout
    assert "Copy CSV" not in text and "Skip to" not in text
    assert "Made by Crossover" in text
    # What was folded on the screen is on paper, and each sheet of a table has its head.
    if name == "attention":
        assert "fvcore has no handle" in " ".join(text.split())
        sheets = [sheet.split() for sheet in text.split("\f")]
        cases = [sheet for sheet in sheets if sheet.count("complete") > 3]
        assert len(cases) > 1 and all("status" in sheet for sheet in cases)
    # What the cards tell is not printed once more as tables.
    if name == "claimed":
        words = " ".join(text.split())
        assert "Linear attention is faster from a few hundred" in words and "Claims point by point" not in words
        assert words.count("FLOPs grow as n²") == 1
