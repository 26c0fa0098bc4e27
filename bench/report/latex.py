"""Tables as LaTeX: booktabs rules, siunitx columns aligned on the decimal point, values with uncertainties.

A file is a bare ``tabular`` (``longtable`` above 45 rows) for ``\\input``; it needs the packages array, booktabs,
longtable and siunitx. Uncertainties reach to the farther bound of the interval and are rounded up, so that they cover
it. Tables wider than a page are split into blocks that repeat the leading columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from bench.report import units
from bench.report.escape import latex
from bench.report.table import Cell, Table

#: Width of the text block that tables are made for (A4 with 2.5 cm margins), in points at \\footnotesize.
TEXT_WIDTH = 440.0
_CHARACTER = 4.6
_SPACE = 8.0
_LONG = 45
_MISSING = "{--}"


@dataclass(frozen=True)
class Block:
    """One tabular: its column specification, and heads and rows as LaTeX source."""

    spec: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tex(table: Table) -> str:
    """The LaTeX source of a table."""
    values = [cell.value for row in table.rows for cell in row[table.keys :] if cell.value is not None]
    scale = units.common_scale(values, table.unit or "1")
    columns = [_column(table, index, scale) for index in range(len(table.columns))]
    unit = rf"\si{{{scale.tex}}}" if scale.tex.startswith("\\") else latex(scale.tex)
    blocks = _blocks(table.keys, columns)
    template = _environment().get_template("table.tex.j2")
    return template.render(table=table, blocks=blocks, unit=unit, long=len(table.rows) > _LONG)


@dataclass(frozen=True)
class _Col:
    spec: str
    head: str
    cells: tuple[str, ...]
    width: float


def _column(table: Table, index: int, scale: units.Scale) -> _Col:
    cells = [row[index] for row in table.rows]
    head = table.columns[index].head
    if index < table.keys or not table.unit or all(cell.value is None for cell in cells):
        return _text_column(head, cells, table.columns[index].numeric)
    sources = [_number(cell, scale) for cell in cells]
    whole, places, error = 1, 0, 0
    for source in sources:
        if source.startswith("{") or not source:
            continue
        value, _, half = source.removeprefix(r"\bfseries ").partition(" +- ")
        mantissa = value.partition("e")[0].lstrip("-")
        before, _, after = mantissa.partition(".")
        whole, places = max(whole, len(before)), max(places, len(after))
        error = max(error, len(half.replace(".", "").lstrip("0")))
    form = f"{whole}.{places}" if places else f"{whole}"
    power = "e-2" if any("e" in s for s in sources if not s.startswith(("{", "\\"))) else ""
    spec = f"S[table-format={form}{f'({error})' if error else ''}{power}]"
    digits = whole + places + 1 + (error + 4 if error else 0) + (6 if power else 0)
    width = max([digits, len(head), *(len(s) - 2 for s in sources if s.startswith("{"))])
    return _Col(spec, f"{{{latex(head)}}}", tuple(sources), width * _CHARACTER + _SPACE)


def _number(cell: Cell, scale: units.Scale) -> str:
    if cell.value is None:
        return f"{{{latex(cell.text)}}}" if cell.text else _MISSING
    half = None if cell.half is None else cell.half / scale.factor
    source = units.tex_number(cell.value / scale.factor, half)
    return rf"\bfseries {source}" if cell.tone == "best" else source


def _text_column(head: str, cells: Sequence[Cell], numeric: bool) -> _Col:
    longest = max([len(head), *(len(cell.text) for cell in cells)])
    if longest <= 34:
        sources = tuple(latex(cell.text) or _MISSING for cell in cells)
        return _Col("r" if numeric else "l", latex(head), sources, longest * _CHARACTER + _SPACE)
    points = 110.0 if longest < 120 else 150.0
    broken = tuple(_breakable(latex(cell.text)) for cell in cells)
    return _Col(rf">{{\raggedright\arraybackslash}}p{{{points:.0f}pt}}", latex(head), broken, points + _SPACE)


def _breakable(source: str) -> str:
    for mark in ("/", "=", r"\_", ","):
        source = source.replace(mark, mark + r"\allowbreak{}")
    return source


def _blocks(keys: int, columns: Sequence[_Col]) -> list[Block]:
    fixed = list(columns[:keys])
    room = TEXT_WIDTH - sum(column.width for column in fixed)
    groups: list[list[_Col]] = [[]]
    left = room
    for column in columns[keys:]:
        if groups[-1] and column.width > left:
            groups.append([])
            left = room
        groups[-1].append(column)
        left -= column.width
    return [_block([*fixed, *group]) for group in groups]


def _block(columns: Sequence[_Col]) -> Block:
    rows = tuple(zip(*(column.cells for column in columns), strict=True))
    return Block("".join(column.spec for column in columns), tuple(column.head for column in columns), rows)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = templates("bench.report")
    environment.filters["tex"] = latex
    return environment


def templates(package: str) -> Environment:
    """The LaTeX templates of a package: tags are ``<% %>`` and ``<< >>``, since braces and ``%`` are TeX's own."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=False,
        undefined=StrictUndefined,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
