"""Claims of a suite: their numbers as macros, their verdicts as tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from bench.analysis.claims.words import ONE_BY_ONE
from bench.analysis.tables import family, plain, rows_of
from bench.analysis.wording import figures
from bench.report.paper.bibtex import Library
from bench.report.paper.layout import Cell, Head, Tab
from bench.report.paper.macros import PLAIN, Number, Numbers
from bench.report.paper.names import Words
from bench.report.paper.source import Source
from bench.report.paper.words import flow

VERDICTS = ("holds", "fails", "unclear")
#: Settings of claims that the supplement lists; the data have all.
MOST_POINTS = 400

Row = Mapping[str, Any]


def collect_claims(source: Source, numbers: Numbers) -> None:
    """Register how many claims have which verdict, and what was found for each, at each of its points."""
    claims, points = source.analysis.claims, source.analysis.claim_points
    if claims.empty:
        return
    numbers.section(f"{source.suite}: claims")
    origin = f"{source.folder}/claims.csv"
    counts = {"all": len(claims)} | {one: int((claims["verdict"] == one).sum()) for one in VERDICTS}
    for word, count in counts.items():
        _exact(numbers, source.fact("claims", word), f"{count}", float(count), origin)
    for position, row in enumerate(rows_of(claims), 1):
        where = f"{origin}, record {position}, claim {row['id']}"
        for word in ("facets", *VERDICTS):
            _exact(numbers, _key(source, row, word), f"{row[word]}", float(row[word]), where)
        _found(source, numbers, row, row, where)
    kinds = {str(row["id"]): row for row in rows_of(claims)}
    for position, row in enumerate(rows_of(points), 1):
        where = f"{source.folder}/claim_points.csv, record {position}, claim {row['id']}"
        _found(source, numbers, row, kinds[str(row["id"])], where)


def claim_tables(source: Source, numbers: Numbers, library: Library) -> Iterator[Tab]:
    """The claims with their verdicts, and each point of those that were judged at several."""
    claims = source.analysis.claims
    if claims.empty:
        return
    rows = []
    for row in rows_of(claims):
        cites = library.cite(str(row["source"] or ""))
        claim = Cell(str(row["text"]), code=flow(str(row["text"])) + (f" {cites}" if cites else ""))
        rows.append((claim, Cell(str(row["expected"])), _measured(source, numbers, row), Cell(str(row["verdict"]))))
    level = f"{100 * float(claims['level'].iloc[0]):g} %"
    caption = (
        f"What the suite claims, and what was measured; in parentheses the {level} interval, rounded outwards. A claim "
        "is unclear where its interval reaches both sides of what is expected, or where nothing was measured that "
        f"could tell. {ONE_BY_ONE}"
    )
    heads = (Head("claim", share=0.43), Head("expected", share=0.2), Head("measured", share=0.24), Head("verdict"))
    yield Tab(f"{source.stem}claims", flow(caption), heads, tuple(rows), 1, main=True)
    yield from _points(source, numbers)


def _points(source: Source, numbers: Numbers) -> Iterator[Tab]:
    claims, points = source.analysis.claims, source.analysis.claim_points
    several = {str(row["id"]): row for row in rows_of(claims) if row["facets"] > 1}
    rows: list[tuple[Cell, ...]] = []
    told = None
    for row in [row for row in rows_of(points) if str(row["id"]) in several][:MOST_POINTS]:
        if row["id"] != told:
            told = row["id"]
            rows.append((Cell(str(several[str(told)]["text"])),))
        shown = _value(source, numbers, row) or Cell(str(row["text"]))
        rows.append((Cell(str(row["facet_text"]) or "everywhere"), shown, Cell(str(row["verdict"]))))
    if rows:
        heads = (Head("setting", share=0.5), Head("measured", share=0.3), Head("verdict"))
        caption = "The settings in which each claim was judged, of those that were judged in several."
        yield Tab(f"{source.stem}claim-points", flow(caption), heads, tuple(rows), 1)


def _measured(source: Source, numbers: Numbers, row: Row) -> Cell:
    if row["facets"] <= 1:
        return _value(source, numbers, row) or Cell(str(row["found"]))
    num = {word: numbers.num(_key(source, row, word)) for word in ("facets", *VERDICTS)}
    told = {"holds": "holds in", "fails": "fails in", "unclear": "unclear in"}
    parts = [f"{told[word]} {num[word]}" for word in VERDICTS if row[word]]
    return Cell(str(row["found"]), code=f"{', '.join(parts)} of {num['facets']} settings")


def _value(source: Source, numbers: Numbers, row: Row) -> Cell | None:
    """What was found as macros; ``None`` where it is no number."""
    value, low, high = (_key(source, row, what) for what in ("value", "low", "high"))
    known = [key for key in (value, low, high) if key in numbers]
    if not known:
        return None
    unit = numbers[known[0]].unit
    suffix = rf"\,{flow(unit)}" if unit else ""
    if value in numbers:
        code = numbers.num(value) + suffix
        if low in numbers and high in numbers:
            code += f" ({numbers.num(low)} to {numbers.num(high)})"
    elif low in numbers and high in numbers:
        code = f"{numbers.num(low)} to {numbers.num(high)}{suffix}"
    else:
        code = f"{'above' if low in numbers else 'below'} {numbers.num(known[0])}{suffix}"
    return Cell(str(row.get("found", row.get("text", ""))), code=code)


def _found(source: Source, numbers: Numbers, row: Row, claim: Row, origin: str) -> None:
    """Register a value and its bounds, those that are numbers; bounds are rounded outwards."""
    unit, factor = _unit(source, claim)
    exact = {what: float(row[what]) for what in ("value", "low", "high")}
    finite = {what: one for what, one in exact.items() if math.isfinite(one)}
    spread = exact["high"] - exact["low"]
    if spread == 0:
        finite = {"value": exact["value"]} if "value" in finite else {}
    ways = {"value": 0, "low": -1, "high": 1}
    texts = figures([(one / factor, ways[what]) for what, one in finite.items()], spread / factor)
    for (what, one), text in zip(finite.items(), texts, strict=True):
        key = _key(source, row, what)
        numbers.add(Number(key, _trimmed(text, spread), unit, one, math.nan, math.nan, PLAIN, factor, origin))


def _trimmed(text: str, spread: float) -> str:
    """An exact number without the zeros at its end."""
    return text.rstrip("0").rstrip(".") if spread == 0 and "." in text and "e" not in text else text


def _unit(source: Source, claim: Row) -> tuple[str, float]:
    """What follows the number, and how much of the stored unit it is: shares are printed in per cent."""
    if claim["kind"] == "share":
        return "%", 0.01
    if claim["kind"] != "value":
        return "", 1.0
    rows = source.view.measurements
    names = {str(claim["metric"]), f"outcome_{claim['metric']}"}
    own = rows[rows["metric"].isin(names) | (rows["metric"].map(lambda name: family(str(name))) == claim["metric"])]
    unit = str(own["unit"].iloc[0]) if len(own) else PLAIN
    return ("", 1.0) if unit == PLAIN else (unit, 1.0)


def _key(source: Source, row: Row, what: str) -> Words:
    """What a number of a claim, or of one of its points, stands for."""
    facet = row.get("facet")
    where = [part for axis, value in facet.items() for part in (axis, plain(value))] if facet else []
    place = ["at", *where] if facet is not None else []
    return source.fact("claim", str(row["id"]), *place, what)


def _exact(numbers: Numbers, key: Words, shown: str, value: float, origin: str) -> None:
    numbers.add(Number(key, shown, "", value, math.nan, math.nan, PLAIN, 1.0, origin))
