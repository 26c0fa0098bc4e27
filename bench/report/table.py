"""The one table model behind HTML, Markdown and LaTeX: cells that know their text, sort key and number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.report import units


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        text: What people read, unit included.
        sort: What the column sorts by; the text where ``None``.
        value: The number in the table's stored unit, for LaTeX; ``None`` for text.
        half: From the number to the farther bound of its interval, in the same unit: number ± half covers it.
        tone: ``best``, ``good``, ``bad``, ``warn``, ``quiet`` or empty.
        title: More, shown on hovering.
    """

    text: str
    sort: float | None = None
    value: float | None = None
    half: float | None = None
    tone: str = ""
    title: str = ""


@dataclass(frozen=True)
class Column:
    """One column: its head, and whether it holds numbers."""

    head: str
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """A table ready to be written anywhere.

    Attributes:
        name: File stem and HTML id.
        title: Heading.
        caption: What the reader must know: unit, interval, what bold means.
        columns: Their heads.
        rows: Cells, as many as columns.
        keys: How many leading columns identify a row.
        unit: Stored unit of the numeric columns: ``s``, ``B``, ``FLOP``, ``1`` or empty for mixed ones.
        open: Whether HTML shows it unfolded.
    """

    name: str
    title: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    keys: int = 1
    unit: str = ""
    open: bool = True


def text(value: object, tone: str = "") -> Cell:
    """A text cell."""
    return Cell(str(value), tone=tone)


def number(value: float, low: float | None, high: float | None, unit: str, *, tone: str = "", title: str = "") -> Cell:
    """A measured value with its interval and unit."""
    return Cell(units.with_interval(value, low, high, unit), value, value, units.reach(value, low, high), tone, title)


def plain_number(value: float, shown: str | None = None, tone: str = "") -> Cell:
    """A number whose text is given, or printed as it is."""
    return Cell(units.number(value) if shown is None else shown, value, value, None, tone)


def absent(status: str, reason: object = None) -> Cell:
    """A cell without a value: it shows why, never 0 and never nothing."""
    words = status.replace("_", " ")
    tone = "quiet" if status in ("skipped", "unsupported", "not counted", "not measured", "no baseline") else "bad"
    return Cell(words, math.inf, None, None, tone, reason if isinstance(reason, str) else "")


def simple(name: str, title: str, caption: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """A table of mixed cells; a column is numeric where any of its cells holds a number."""
    body = tuple(tuple(cell if isinstance(cell, Cell) else text(cell) for cell in row) for row in rows)
    columns = tuple(Column(head, any(row[i].value is not None for row in body)) for i, head in enumerate(heads))
    return Table(name, title, caption, columns, body)
