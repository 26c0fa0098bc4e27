"""Claims of a suite: their numbers as macros, their verdicts as tables."""

from __future__ import annotations

import math
import re
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

_PLAIN = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_NUMBER = re.compile(rf"(?<![\w.-]){_PLAIN}(?![\w.]*\w)")
#: A value, its unit, and its interval.
_INTERVAL = re.compile(rf"(?<![\w.-])(?P<value>{_PLAIN})(?: [^\s()]+)? \((?P<low>{_PLAIN}) to (?P<high>{_PLAIN})\)")
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
        _found(source, numbers, row, row, str(row["found"]), where)
    kinds = {str(row["id"]): row for row in rows_of(claims)}
    for position, row in enumerate(rows_of(points), 1):
        where = f"{source.folder}/claim_points.csv, record {position}, claim {row['id']}"
        _found(source, numbers, row, kinds[str(row["id"])], str(row["text"]), where)


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
        f"What {_who(source)}, and what was measured; in parentheses the {level} interval, rounded outwards. A claim "
        "is unclear where its interval reaches both sides of what is expected, or where nothing was measured that "
        f"could tell. {ONE_BY_ONE}"
    )
    heads = (Head("claim", share=0.43), Head("expected", share=0.2), Head("measured", share=0.24), Head("verdict"))
    yield Tab(f"{source.stem}claims", flow(caption), heads, tuple(rows), 1, main=True)
    yield from _points(source, numbers)


def _who(source: Source) -> str:
    later = source.view.suite.get("claims_later")
    return f"{later['file']} claims, declared after the run was measured" if later else "the suite claims"


def _points(source: Source, numbers: Numbers) -> Iterator[Tab]:
    claims, points = source.analysis.claims, source.analysis.claim_points
    several = {str(row["id"]): row for row in rows_of(claims) if row["facets"] > 1}
    rows: list[tuple[Cell, ...]] = []
    told = None
    for row in [row for row in rows_of(points) if str(row["id"]) in several][:MOST_POINTS]:
        if row["id"] != told:
            told = row["id"]
            rows.append((Cell(str(several[str(told)]["text"])),))
        shown = _told(source, numbers, row, several[str(told)], str(row["text"]))
        rows.append((Cell(str(row["facet_text"]) or "everywhere"), shown, Cell(str(row["verdict"]))))
    if rows:
        heads = (Head("setting", share=0.5), Head("measured", share=0.3), Head("verdict"))
        caption = "The settings in which each claim was judged, of those that were judged in several."
        yield Tab(f"{source.stem}claim-points", flow(caption), heads, tuple(rows), 1)


def _measured(source: Source, numbers: Numbers, row: Row) -> Cell:
    if row["facets"] <= 1:
        return _told(source, numbers, row, row, str(row["found"]))
    num = {word: numbers.num(_key(source, row, word)) for word in ("facets", *VERDICTS)}
    first, *rest = sorted((word for word in VERDICTS if row[word]), key=lambda word: -row[word])
    head = f"all {num['facets']}" if row[first] == row["facets"] else f"{num[first]} of {num['facets']}"
    counts = ", ".join([f"{first} at {head} places", *(f"{word} at {num[word]}" for word in rest)])
    # The report's words go on with the point that decides.
    decisive = str(row["found"]).partition(", such as ")[2]
    code = f"{counts}, such as {_decisive(source, numbers, row, decisive)}" if decisive else counts
    return Cell(str(row["found"]), code=code)


def _decisive(source: Source, numbers: Numbers, claim: Row, words: str) -> str:
    for point in rows_of(source.analysis.claim_points):
        where, text = str(point["facet_text"]), str(point["text"])
        if point["id"] == claim["id"] and words == (f"{where}: {text}" if where else text):
            return (f"{flow(where)}: " if where else "") + _told(source, numbers, point, claim, text).code
    return flow(words)


def _told(source: Source, numbers: Numbers, row: Row, claim: Row, text: str) -> Cell:
    """What was found in the report's words, its value and bounds as macros; other numbers in it are of the suite."""
    code, end = "", 0
    for what, (start, stop) in _spans(text, row, _unit(source, claim)[1]).items():
        code += _between(text[end:start]) + numbers.num(_key(source, row, what))
        end = stop
    return Cell(text, code=code + _between(text[end:]))


def _between(text: str) -> str:
    """Text beside a number, with the spaces at its ends; a sign of per cent stays with its number."""
    body = text.strip()
    start = ("~" if body.startswith("%") else " ") if text[:1].isspace() and body else ""
    return start + flow(body) + (" " if text[-1:].isspace() else "")


def _spans(text: str, row: Row, factor: float) -> dict[str, tuple[int, int]]:
    """Where a text tells the value of a row, and its bounds if it has any: ``at n ≈ 213 (197 to 222)``.

    Args:
        text: What was found, in words.
        row: Of a claim, or of one of its points.
        factor: Stored units in one of the text's.
    """
    value = float(row["value"]) / factor
    if not math.isfinite(value):
        return {}
    if row["low"] < row["high"] and math.isfinite(row["low"]) and math.isfinite(row["high"]):
        for found in _INTERVAL.finditer(text):
            if _near(found["value"], value):
                return {what: found.span(what) for what in ("value", "low", "high")}
        return {}
    return next(({"value": found.span()} for found in _NUMBER.finditer(text) if _near(found[0], value)), {})


def _near(shown: str, value: float) -> bool:
    """Whether a text's number, of three digits or more where it has them, is this one rounded."""
    return math.isclose(float(shown), value, rel_tol=0.006, abs_tol=1e-12)


def _found(source: Source, numbers: Numbers, row: Row, claim: Row, text: str, origin: str) -> None:
    """Register a value and its bounds, those that are numbers, as ``text`` has them: bounds are rounded outwards."""
    unit, factor = _unit(source, claim)
    exact = {what: float(row[what]) for what in ("value", "low", "high")}
    finite = {what: one for what, one in exact.items() if math.isfinite(one)}
    spread = exact["high"] - exact["low"]
    if spread == 0:
        finite = {"value": exact["value"]} if "value" in finite else {}
    ways = {"value": 0, "low": -1, "high": 1}
    shown = dict(zip(finite, figures([(one / factor, ways[what]) for what, one in finite.items()], spread / factor),
                     strict=True))  # fmt: skip
    told = {what: text[start:stop] for what, (start, stop) in _spans(text, row, factor).items()}
    for what, one in finite.items():
        key, number = _key(source, row, what), told.get(what) or _trimmed(shown[what], spread)
        numbers.add(Number(key, number, unit, one, math.nan, math.nan, PLAIN, factor, origin))


def _trimmed(text: str, spread: float) -> str:
    """An exact number without the zeros at its end."""
    return text.rstrip("0").rstrip(".") if spread == 0 and "." in text and "e" not in text else text


def _unit(source: Source, claim: Row) -> tuple[str, float]:
    """What follows the number, and how much of the stored unit it is: shares are printed in per cent."""
    if claim["kind"] == "share":
        return "%", 0.01
    if claim["kind"] != "value":
        return "", 1.0
    rows = source.view.measurements.drop_duplicates("metric")
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
