"""The tables of an A/A run, for every format, and its summary as plain text."""

from __future__ import annotations

import textwrap
from typing import Any

from bench.analysis.aa import SHAKEN
from bench.analysis.tables import rows_of
from bench.report import units
from bench.report.aa_words import AAWords, least_words, look_words
from bench.report.table import Cell, Table, plain_number, simple, text

_LEAST_LABEL = 12


def case_table(words: AAWords) -> Table:
    """One row a case: comparisons, how they ended, the least slowdowns found, and what a comparison costs."""
    result = words.result
    power = ["finds 80 %", "finds 95 %"]
    if result.inject:
        heads = ["case", "comparisons", "slower", "faster", "same", "unclear", "ratio", *power, "pairs", "time each"]
    else:
        heads = ["case", "comparisons", "false alarms", "same", "unclear", *power, "pairs", "time each"]
    rows: list[list[Cell]] = []
    for row in rows_of(result.cases):
        wrong = row["faster"] + (0 if result.inject else row["slower"])
        ends = [plain_number(row["slower"])] if result.inject else []
        ends += [plain_number(wrong, tone="warn" if wrong else ""), plain_number(row["same"])]
        ends += [plain_number(row["unclear"])]
        if result.inject:
            ends.append(plain_number(row["ratio"], f"{row['ratio']:.4f}") if units.known(row["ratio"]) else text("–"))
        cost = [
            plain_number(row["pairs"], f"{row['pairs']:.0f}") if units.known(row["pairs"]) else text("–"),
            plain_number(row["seconds"], units.duration(row["seconds"])) if units.known(row["seconds"]) else text("–"),
        ]
        least = [_least(row[f"detect_{key}"]) for key in ("80", "95")]
        rows.append([text(words.labels[row["case"]]), plain_number(row["comparisons"]), *ends, *least, *cost])
    compare = result.compare
    injected = f", the second copy slowed by {100 * result.inject:.3g} % with real work" if result.inject else ""
    caption = (
        f"Each case against itself{injected}. Finds: the least slowdown called slower in 80 % and in 95 % of tries, "
        "from the case's own noise. Pairs and time: of one comparison on average, both sides together. "
        f"Level {100 * compare.level:.3g} %, band "
        f"±{100 * compare.band:.3g} %, looked at after {look_words(compare)} pairs, "
        f"{compare.budget_s:g} s a side."
    )
    return simple("aa", "Cases", caption, heads, rows)


def size_table(words: AAWords) -> Table:
    """One row a number of pairs, all cases together: alarms side by side and apart, and the least slowdowns."""
    result = words.result
    alarms = ("slower",) if result.inject else ("slower", "faster")
    rows: list[list[Any]] = []
    for pairs in sorted(set(result.sizes["pairs"].tolist())):
        part = result.sizes[result.sizes["pairs"] == pairs]
        cells: list[Any] = [plain_number(pairs)]
        for apart in (False, True):
            found = result.size_rate(pairs, *alarms, apart=apart)
            shown = f"{found.count} of {found.of}"
            cells.append(plain_number(found.value, shown) if found.of else text("–"))
        cells += [_least(float(part[name].median())) for name in ("detect_80", "detect_95", "apart_80", "apart_95")]
        rows.append(cells)
    what = "found" if result.inject else "false alarms"
    heads = ["pairs", what, f"{what}, apart", "finds 80 %", "finds 95 %", "80 %, apart", "95 %, apart"]
    caption = (
        "Side by side, and as if the two sides had been measured one after the other, half of this run apart. "
        f"Rates: comparisons of so many pairs, looked at once at {100 * result.compare.level:.3g} %. Finds: the least "
        "slowdown found with at most so many pairs, in the median over cases."
    )
    return simple("aa-pairs", "With more pairs, and measured apart", caption, heads, rows)


def shaken_table(words: AAWords) -> Table | None:
    """One row a case: the same comparisons with a further effect of each process; ``None`` where that was not tried."""
    frame = words.result.cases
    frame = frame[frame["shaken_comparisons"] > 0]
    if frame.empty:
        return None
    rows = [
        [
            text(words.labels[row["case"]]),
            plain_number(row["within"], f"{100 * row['within']:.2g} %"),
            plain_number(row["noise"], f"{100 * row['noise']:.2g} %"),
            *(plain_number(row[f"shaken_{name}"]) for name in ("comparisons", "slower", "faster", "same", "unclear")),
        ]
        for row in rows_of(frame)
    ]
    heads = ["case", "inside a process", "of a pair", "comparisons", "slower", "faster", "same", "unclear"]
    caption = (
        "Standard deviations of the samples inside a process and of the ratio of a pair, and the comparisons once each "
        f"process's time is moved at random, {SHAKEN:g} times as widely as its samples spread (normal, seeded)."
    )
    return simple("aa-processes", "With a further effect of each process", caption, heads, rows)


def _least(share: float) -> Cell:
    shown = least_words(share)
    return plain_number(share, shown) if units.known(share) else text(shown, "quiet")


def aa_text(words: AAWords, width: int = 100) -> str:
    """The table of cases and what it says, without colour codes, no line wider than the terminal (60 at least)."""
    width = max(width, 60)
    lines = _wrapped(words.view.title, width)
    if len(words.result.cases):
        lines += ["", *_grid(case_table(words), width), ""]
    for sentence in words.sentences:
        lines += _wrapped(sentence, width, "- ", "  ")
    for missing in words.missing:
        lines += _wrapped(f"Not measured: {missing}", width, "- ", "  ")
    return "\n".join(lines)


def _grid(table: Table, width: int) -> list[str]:
    body = [[column.head for column in table.columns], *([cell.text for cell in row] for row in table.rows)]
    used = list(range(len(table.columns)))
    # What is least missed goes first where the terminal is narrow.
    for drop in ("pairs", "unclear", "same", "time each", "ratio", "comparisons", None):
        sizes = [max(len(row[i]) for row in body) for i in used]
        room = width - sum(sizes[1:]) - 2 * (len(used) - 1)
        if room >= min(sizes[0], 20) or drop is None:
            break
        used = [i for i in used if table.columns[i].head != drop]
    sizes[0] = min(sizes[0], max(room, _LEAST_LABEL))
    lines = []
    for row in body:
        first = row[0] if len(row[0]) <= sizes[0] else row[0][: sizes[0] - 1] + "…"
        cells = [first.ljust(sizes[0]), *(row[i].rjust(size) for i, size in zip(used[1:], sizes[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    return lines


def _wrapped(line: str, width: int, first: str = "", later: str = "") -> list[str]:
    # A number and its per cent sign stay together.
    tied = " ".join(line.split()).replace(" %", "\u00a0%")
    lines = textwrap.wrap(tied, width, initial_indent=first, subsequent_indent=later)
    return [one.replace("\u00a0%", " %") for one in lines]
