"""Tables as LaTeX: booktabs rules, siunitx columns, never wider than the page.

A file holds bare ``tabular`` environments (``longtable`` above 40 rows) for ``\\input``. Columns that do not fit beside
each other go below, with the leading columns repeated. A cell with a number holds the number's macro and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from bench.report.paper.siunitx import Digits, digits
from bench.report.paper.words import flow, lines_of, spell, stacked, tex, width

#: Width of the text block that tables are made for, in points: A4 with margins of 20 mm.
TEXT_WIDTH = 470.0
#: What stands where the suite asked for nothing.
NOTHING = "—"
#: Rows above which a table may break over pages.
MOST_ROWS = 40
#: What the columns rely on, the second line for bold numbers; within the table, so that no document need set it.
_SETUP = (
    r"\sisetup{uncertainty-mode=compact, table-align-uncertainty=true, table-number-alignment=center,%",
    r"  text-series-to-math=true, propagate-math-font=true}%",
)
_SPACE = 8.0
_DIGIT, _PARENTHESES, _POWER = 4.6, 7.0, 24.0
#: Letters on a line of a head over numbers, and of a text that is set on one line.
_HEAD, _LINE = 13, 34


@dataclass(frozen=True)
class Cell:
    """One cell: text, or the macro of a number with what it prints.

    Attributes:
        text: For people; printed where there is no source.
        macro: The macro of its number.
        source: What the macro holds.
        best: Whether it is set in bold.
        code: LaTeX for a text that is more than words, such as numbers within a sentence.
    """

    text: str = ""
    macro: str = ""
    source: str = ""
    best: bool = False
    code: str = ""


@dataclass(frozen=True)
class Head:
    """One column: its name, whether it holds numbers, and the share of the page's width of a text that wraps."""

    text: str
    numeric: bool = False
    share: float = 0.0


@dataclass(frozen=True)
class Tab:
    """A table ready to be set.

    Attributes:
        name: File stem and label.
        caption: Escaped LaTeX.
        heads: One a column.
        rows: As many cells as heads; a row of one cell stands above a group of rows.
        keys: How many leading columns identify a row.
        unit: What all numbers are in, as siunitx reads it; empty for none.
        main: Whether the paper's own pages show it; the supplement has all.
        apart: Whether the supplement leaves it out, since another table has its rows.
    """

    name: str
    caption: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    keys: int = 1
    unit: str = ""
    main: bool = False
    apart: bool = False

    @property
    def height(self) -> float:
        """About how much of a page it needs at once, in points; of one that may break, its head and a few rows."""
        if self.long:
            return 150.0
        blocks = _blocks(self)
        return min(60.0 + sum(55.0 + 9.8 * len(block.rows) for block in blocks), 600.0)

    @property
    def long(self) -> bool:
        """Whether it may break over pages."""
        return len(self.rows) > MOST_ROWS or any(head.share for head in self.heads)


@dataclass(frozen=True)
class _Column:
    spec: str
    head: str
    cells: tuple[str, ...]
    width: float


@dataclass(frozen=True)
class _Block:
    """Columns beside each other.

    Attributes:
        columns: Those of the keys first.
        rows: Positions of the rows that say something in these columns.
    """

    columns: Sequence[_Column]
    rows: frozenset[int]

    @property
    def width(self) -> float:
        return sum(column.width for column in self.columns)


def render(table: Tab) -> str:
    """The LaTeX source of a table."""
    lines = [f"% {spell(table.name)}. Needs array, booktabs, longtable and siunitx 3, and numbers.tex read before."]
    lines += [r"\begingroup", r"\footnotesize", r"\setlength{\tabcolsep}{4pt}%", r"\setlength{\LTleft}{0pt}%"]
    lines += [r"\setlength{\LTpre}{2pt}\setlength{\LTpost}{2pt}%", *_SETUP]
    if table.long:
        # The caption before it has its number; a longtable would take another one.
        lines += [r"\makeatletter\@ifundefined{c@uncounted}{\newcounter{uncounted}}{}%"]
        lines += [r"\let\c@table\c@uncounted\def\theHtable{uncounted.\arabic{uncounted}}\makeatother%"]
    if table.unit:
        lines += [rf"\noindent Values in \unit{{{table.unit}}}.\par\nopagebreak\smallskip"]
    blocks = _blocks(table)
    for position, block in enumerate(blocks):
        lines += _environment(table, block)
        if position + 1 < len(blocks):
            lines.append(r"\par\medskip")
    return "\n".join([*lines, r"\endgroup", ""])


def _environment(table: Tab, block: _Block) -> list[str]:
    name = "longtable" if table.long else "tabular"
    spec = "".join(column.spec for column in block.columns)
    lines = [*([] if table.long else [r"\noindent"]), rf"\begin{{{name}}}{{@{{}}{spec}@{{}}}}", r"\toprule"]
    lines += [" & ".join(column.head for column in block.columns) + r" \\", r"\midrule"]
    if table.long:
        lines += [r"\endhead", r"\bottomrule", r"\endfoot"]
    position = -1
    for number, row in enumerate(table.rows):
        if len(row) == 1:
            space = r"\addlinespace" if number else ""
            room = max(block.width - _SPACE, 60.0)
            shape = rf"\multicolumn{{{len(block.columns)}}}{{@{{}}p{{{room:.0f}pt}}@{{}}}}"
            # The head of a group stays with its first row.
            lines.append(rf"{space}{shape}{{\raggedright\itshape {row[0].code or flow(row[0].text)}}} \\*")
            continue
        position += 1
        if position in block.rows:
            lines.append(" & ".join(column.cells[position] for column in block.columns) + r" \\")
    return [*lines, *([] if table.long else [r"\bottomrule"]), rf"\end{{{name}}}"]


def _blocks(table: Tab) -> list[_Block]:
    body = [row for row in table.rows if len(row) > 1]
    columns = [_column(head, [row[index] for row in body]) for index, head in enumerate(table.heads)]
    keys = columns[: table.keys]
    room = TEXT_WIDTH - sum(column.width for column in keys)
    widths = [column.width for column in columns[table.keys :]]
    groups = _groups(widths, room)
    # Blocks of about the same width, as many as there must be.
    while room > 20 and len(other := _groups(widths, room - 10)) == len(groups):
        groups, room = other, room - 10
    blocks = []
    for group in groups:
        places = [table.keys + place for place in group]
        kept = {n for n, row in enumerate(body) if len(groups) == 1 or any(row[p].text != NOTHING for p in places)}
        blocks.append(_Block([*keys, *(columns[place] for place in places)], frozenset(kept)))
    return blocks


def _groups(widths: Sequence[float], room: float) -> list[list[int]]:
    """Positions of columns that fit beside each other, in order."""
    groups: list[list[int]] = [[]]
    left = room
    for place, wide in enumerate(widths):
        if groups[-1] and wide > left:
            groups.append([])
            left = room
        groups[-1].append(place)
        left -= wide
    return groups


def _column(head: Head, cells: Sequence[Cell]) -> _Column:
    if head.share:
        points = head.share * TEXT_WIDTH - _SPACE
        spec = rf">{{\raggedright\arraybackslash}}p{{{points:.0f}pt}}"
        return _Column(spec, flow(head.text), tuple(cell.code or flow(cell.text) for cell in cells), points + _SPACE)
    if head.numeric and any(cell.source for cell in cells):
        return _numbers(head, cells)
    longest = max([head.text, *(cell.text for cell in cells)], key=width)
    if len(longest) <= _LINE:
        sources = tuple(cell.code or tex(cell.text) for cell in cells)
        return _Column("r" if head.numeric else "l", tex(head.text), sources, width(longest) + _SPACE)
    points = 130.0 if len(longest) > 120 else 110.0
    spec = rf">{{\raggedright\arraybackslash}}p{{{points:.0f}pt}}"
    return _Column(spec, flow(head.text), tuple(cell.code or flow(cell.text) for cell in cells), points + _SPACE)


def _numbers(head: Head, cells: Sequence[Cell]) -> _Column:
    sizes = reduce(Digits.merged, (digits(cell.source) for cell in cells if cell.source), Digits())
    room = _DIGIT * (sizes.whole + sizes.places + sizes.uncertainty + sizes.negative) + 2.5 * bool(sizes.places)
    room += _PARENTHESES * bool(sizes.uncertainty) + (_POWER + _DIGIT * sizes.exponent) * bool(sizes.exponent)
    # Words in the place of numbers wrap like heads do.
    words = [line for cell in cells if not cell.source for line in lines_of(cell.text, _HEAD)]
    room = max([room, *(width(line) for line in [*words, *lines_of(head.text, _HEAD)])])
    # The widest a bold number gets.
    room *= 1.12 if any(cell.best for cell in cells) else 1.0
    sources = tuple(_number(cell) for cell in cells)
    return _Column(f"S[table-format={sizes.format}]", f"{{{stacked(head.text, _HEAD)}}}", sources, room + _SPACE)


def _number(cell: Cell) -> str:
    if not cell.source:
        return f"{{{stacked(cell.text, _HEAD)}}}" if cell.text else "{--}"
    return rf"\bfseries {cell.macro}" if cell.best else cell.macro
