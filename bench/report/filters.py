"""Which axis values a table's row, its column and a figure's panel stand for, so that a page can be filtered by them.

A page marks them with tokens such as ``0.2 3.1``: value 2 of axis 0 and value 1 of axis 3, by their places in the
filter's lists. What carries no token of an axis belongs to all its values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from bench.analysis.tables import plain
from bench.report.figures.palette import look_key
from bench.report.figures.spec import Figure
from bench.report.table import Table
from bench.report.view import View

#: A list of more values is no help.
MOST_VALUES = 60


@dataclass(frozen=True)
class Choice:
    """One axis to filter by: its name, and its values in words."""

    word: str
    values: tuple[str, ...]


class Filters:
    """What a page can be filtered by: every axis with more than one value in the run, the subjects first.

    Args:
        view: The run; ``None`` for pages that have nothing to filter.

    Attributes:
        choices: The axes in the order of their numbers.
    """

    def __init__(self, view: View | None = None) -> None:
        self.choices: tuple[Choice, ...] = ()
        self._cells: dict[str, dict[str, str]] = {}
        self._columns: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self._words: list[tuple[str, str]] = []
        if view is not None:
            self._read(view)
        self._told = lru_cache(maxsize=None)(self._search)

    def _read(self, view: View) -> None:
        wanted = [view.subject_axis, *view.facet_axes, *([view.main_axis] if view.main_axis else [])]
        choices: list[Choice] = []
        words: dict[str, set[str]] = {}
        for axis in dict.fromkeys(wanted):
            values = view.present(axis)
            if not 1 < len(values) <= MOST_VALUES:
                continue
            cells = {}
            for number, value in enumerate(values):
                token = f"{len(choices)}.{number}"
                cells[view.cell_word(axis, value)] = token
                self._keys[look_key(view, axis, value)] = token
                names = {view.value_word(axis, value)}
                if axis == view.subject_axis:
                    word = view.subject_word(plain(value))
                    self._columns[word] = cells[word] = token
                    names.add(word)
                for name in names:
                    words.setdefault(_listed(name), set()).add(token)
            self._cells[view.axis_word(axis)] = cells
            choices.append(Choice(view.axis_word(axis), tuple(_words(view, axis))))
        self.choices = tuple(choices)
        # A word that two axes share says nothing; longer ones first, as they may contain shorter ones.
        self._words = sorted(
            ((word, next(iter(tokens))) for word, tokens in words.items() if len(tokens) == 1),
            key=lambda entry: (-len(entry[0]), entry[0]),
        )

    def rows(self, table: Table) -> list[str]:
        """The tokens of each row: those of its cells below the name of an axis, and of its keys in words."""
        known = [self._cells.get(column.head) for column in table.columns]
        result = []
        for row in table.rows:
            found: list[str] = []
            for place, cell in enumerate(row):
                cells = known[place]
                if cells is not None:
                    found += [cells[cell.text]] if cell.text in cells else []
                elif place < table.keys and cell.value is None:
                    found += self._told(cell.text)
            result.append(_joined(found))
        return result

    def columns(self, table: Table) -> list[str]:
        """The tokens of each column: a subject's, where the column is one's own."""
        return [
            self._columns.get(column.head, "") if place >= table.keys else ""
            for place, column in enumerate(table.columns)
        ]

    def drawing(self, figure: Figure, svg: str) -> Markup:
        """A figure's SVG with the tokens of its panels and of the lines in them."""
        found = re.search(r'aria-labelledby="(\S+?)title ', svg)
        if found is None or not self.choices:
            return Markup(svg)
        prefix = found[1]
        for place, panel in enumerate(figure.panels):
            tokens = _joined([*self._told(figure.title), *self._told(panel.title)])
            svg = _marked(svg, f'<g id="{prefix}axes_{place + 1}"', tokens)
            # Where lines have no id of their own, fading their points alone would tell nothing.
            drawn = [(number, series.subject) for number, series in enumerate(panel.series)]
            if f'id="{prefix}line-{place}-' not in svg:
                drawn = [(number, cloud.key) for number, cloud in enumerate(panel.clouds)]
            for number, key in drawn:
                if token := self._keys.get(key):
                    own = rf'<g id="{re.escape(prefix)}(?:line|label|points)-{place}-{number}(?:-\d+)?"'
                    svg = re.sub(own, rf'\g<0> data-f="{token}"', svg)
        return Markup(svg)

    def _search(self, text: str) -> list[str]:
        rest = f", {_listed(text)}, "
        found = []
        for word, token in self._words:
            if f", {word}, " in rest:
                found.append(token)
                rest = rest.replace(f", {word}, ", ", ")
        return found


def _words(view: View, axis: str) -> Iterable[str]:
    for value in view.present(axis):
        yield view.subject_word(plain(value)) if axis == view.subject_axis else view.cell_word(axis, value)


def _listed(text: str) -> str:
    """A text in which whatever stands between two values is a comma."""
    return re.sub(r"[:;] ", ", ", text)


def _joined(tokens: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(tokens))


def _marked(svg: str, opening: str, tokens: str) -> str:
    return svg.replace(opening, f'{opening} data-f="{tokens}"', 1) if tokens else svg
