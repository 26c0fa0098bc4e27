"""A comparison as plain text, no wider than the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from bench.report.compare_words import Line, Words, varying_rows
from bench.report.figures.names import short_forms

#: Rows of one metric; what lies beyond is counted, and ``everything`` shows it.
MOST_ROWS = 40
_LEAST_LABEL, _MOST_LABEL = 12, 48
_MOST_REASON = 160
_COUNTS = ("pairs", "processes")


def comparison_text(words: Words, width: int = 100, *, everything: bool = False, hint: str = "") -> str:
    """What was compared and what came of it, without colour codes.

    Conditions and summary come first, then the rows of each metric: what changed, then what is unclear; what is the
    same is counted. Cases that have no counterpart, or that may not be compared, follow, and how false alarms were
    kept down.

    Args:
        words: The comparison.
        width: Columns of the terminal; no line is longer (40 at least).
        everything: Whether rows that are the same are listed, too.
        hint: Where these rows are to be found, such as ``--all lists them``.
    """
    width = max(width, 40)
    told = words.comparison
    lines = _wrapped(words.title, width)
    for text in told.conditions:
        lines += _wrapped(text, width, "  ", "  ")
    lines.append("")
    for text in told.summary:
        lines += _wrapped(text, width, "- ", "  ")
    lines += _rows(words, width, everything, hint)
    lines += _changes(words, width)
    lines += _refused(words, width)
    if told.control:
        lines += ["", *_wrapped(told.control, width)]
    return "\n".join(lines)


def _rows(words: Words, width: int, everything: bool, hint: str) -> list[str]:
    found: list[str] = []
    for metric in dict.fromkeys(line.metric for line in words.lines):
        own = [line for line in words.lines if line.metric == metric]
        same = [line for line in own if line.verdict == "same"]
        shown = own if everything else [line for line in own if line.verdict != "same"]
        kept = shown if everything else shown[:MOST_ROWS]
        found.append("")
        if kept:
            found += _grid(words, words.metric_word(metric), kept, width)
        rest = [f"{len(shown) - len(kept)} more that changed or are unclear"] if len(kept) < len(shown) else []
        if same and not everything:
            rest.append(f"{len(same)} the same within {words.band(metric)}")
        if rest:
            # Under a table the counts continue it; without one they need the metric's name.
            opening = "and " if kept else f"{words.metric_word(metric)}: "
            found += _wrapped(f"{opening}{', '.join(rest)}{f' ({hint})' if hint else ''}", width, "", "  ")
            hint = ""
    return found


def _grid(words: Words, title: str, lines: Sequence[Line], width: int) -> list[str]:
    """One row a line under a head; columns are left out, and labels cut, where the terminal is narrow."""
    values = [(line.old, line.new) for line in lines]
    counts = [line.counts for line in lines]
    columns: list[tuple[str, list[str], bool]] = []
    columns += [(_head(side), [pair[i] for pair in values], True) for i, side in enumerate(words.sides)]
    columns.append((f"ratio ({words.level} interval)", [line.ratio for line in lines], False))
    if any(counts):
        columns.append(("pairs" if words.comparison.paired else "processes", counts, True))
    columns.append(("verdict", [line.word for line in lines], False))
    wanted = max(len(title), *(len(line.label) for line in lines))
    # What is least missed goes first: the counts, then the values on both sides.
    for drop in (*_COUNTS, None):
        if _breadth(columns) + min(wanted, _MOST_LABEL if drop else 24) <= width:
            break
        columns = [c for c in columns if c[0] != drop] if drop else columns[-2:]
    if _breadth(columns) + _LEAST_LABEL > width:
        columns[0] = ("ratio", [text.partition(" ")[0] for text in columns[0][1]], False)
    label = min(max(width - _breadth(columns), _LEAST_LABEL), wanted)
    counted = [column for column in columns if column[0] in _COUNTS]
    longest = max(len(line.brief) for line in lines)
    if longest and label + _breadth(columns) + 2 + longest > width:
        # What would decide a row says more than how many pairs it has.
        columns = [column for column in columns if column not in counted]
    short = short_forms([line.label for line in lines], label)
    result = [_laid([(title, label, False), *((column[0], _size(column), column[2]) for column in columns)])]
    for number, line in enumerate(lines):
        text = _laid([(short[line.label], label, False), *((c[1][number], _size(c), c[2]) for c in columns)])
        start = label + _breadth(columns) + 2
        if line.brief and start + len(line.brief) <= width:
            result.append(f"{text.ljust(start)}{line.brief}")
        else:
            result += [text, *(_wrapped(line.brief, width, "    ", "    ") if line.brief else [])]
    return result


def _breadth(columns: Sequence[tuple[str, list[str], bool]]) -> int:
    return sum(_size(column) + 2 for column in columns)


def _size(column: tuple[str, list[str], bool]) -> int:
    return max(len(column[0]), *(len(text) for text in column[1]))


def _laid(cells: Sequence[tuple[str, int, bool]]) -> str:
    parts = [text.rjust(size) if right else _cut(text, size).ljust(size) for text, size, right in cells]
    return "  ".join(parts).rstrip()


def _changes(words: Words, width: int) -> list[str]:
    rows = varying_rows(words.comparison.changes)
    lines = ["", *_wrapped("Cases without a counterpart, or with another status:", width)] if rows else []
    for row in rows[:MOST_ROWS]:
        statuses = " → ".join(str(row[side]).replace("_", " ") for side in ("old", "new") if row[side])
        reason = f": {_cut(str(row['reason']), _MOST_REASON)}" if row["reason"] else ""
        told = f" ({statuses})" if statuses and row["change"] not in ("added", "removed", "not reached") else ""
        text = f"{words.change_word(str(row['change']))}{told}: {row['case']}{reason}"
        lines += _wrapped(text, width, "- ", "  ")
    return [*lines, *_more(rows)]


def _refused(words: Words, width: int) -> list[str]:
    rows = varying_rows(words.comparison.refused)
    if not rows:
        return []
    keys = ",".join(dict.fromkeys(str(row["what"]) for row in rows))
    lines = ["", *_wrapped(f"Not compared, since not the same case (--allow {keys} compares nevertheless):", width)]
    for row in rows[:MOST_ROWS]:
        text = f"{row['case'] or 'every case'}: {row['what']} is {row['old'] or '–'} and {row['new'] or '–'}"
        lines += _wrapped(text, width, "- ", "  ")
    return [*lines, *_more(rows)]


def _more(rows: Sequence[object]) -> list[str]:
    return [f"  … and {len(rows) - MOST_ROWS} more"] if len(rows) > MOST_ROWS else []


def _head(side: str) -> str:
    """A side's name above its values; of a path the end tells most."""
    return f"…{side[-13:]}" if "/" in side and len(side) > 14 else _cut(side, 14)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _wrapped(text: str, width: int, first: str = "", later: str = "") -> list[str]:
    return textwrap.wrap(" ".join(text.split()), width, initial_indent=first, subsequent_indent=later) or [first]
