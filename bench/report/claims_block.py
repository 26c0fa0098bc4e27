"""Claims as cards: the verdict, the sentence, expected beside found, and links to the rows that a verdict rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bench.analysis.summary import Analysis
from bench.plural import counted
from bench.report.verdicts import TONES

#: Verdicts in the order in which a reader wants to know of them, and what is said of one claim and of several.
_VERDICTS = {"fails": ("fails", "fail"), "unclear": ("unclear", "unclear"), "holds": ("holds", "hold")}


@dataclass(frozen=True)
class Place:
    """One point at which a claim was judged.

    Attributes:
        where: Its axis values in words.
        verdict: ``holds``, ``fails`` or ``unclear``.
        tone: See :data:`bench.report.verdicts.TONES`.
        found: What was measured there, with its interval.
        cases: Ids of the cases it rests on.
    """

    where: str
    verdict: str
    tone: str
    found: str
    cases: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """One claim and what became of it.

    Attributes:
        id: HTML id: ``claim-`` and the claim's own id.
        text: What is claimed.
        verdict: ``holds``, ``fails`` or ``unclear``.
        tone: See :data:`bench.report.verdicts.TONES`.
        expected: In words.
        found: In words, with the interval.
        source: Who claims it.
        uncovered: What the verdict does not cover, and why; may be empty.
        places: Where it was judged.
        cases: Ids of further cases it rests on, which belong to no place.
    """

    id: str
    text: str
    verdict: str
    tone: str
    expected: str
    found: str
    source: str
    uncovered: str
    places: tuple[Place, ...]
    cases: tuple[str, ...]

    @property
    def evidence(self) -> str:
        """What the evidence consists of: ``8 points, 96 cases``."""
        cases = counted(len(set(cited_cases([self]))), "case")
        return f"{counted(len(self.places), 'point')}, {cases}" if self.places else cases


def claim_cards(analysis: Analysis) -> tuple[Card, ...]:
    """The claims, those that fail first, each as declared; none where the suite makes no claim."""
    points: dict[str, list[Mapping[str, Any]]] = {}
    for row in _rows(analysis.claim_points):
        points.setdefault(str(row["id"]), []).append(row)
    cards = [_card(row, points.get(str(row["id"]), [])) for row in _rows(analysis.claims)]
    order = list(_VERDICTS)
    return tuple(sorted(cards, key=lambda card: order.index(card.verdict)))


def tally(cards: Sequence[Card]) -> tuple[tuple[str, str], ...]:
    """How many claims have which verdict, in words, each with its tone: ``1 fails``, ``8 hold``."""
    found = [card.verdict for card in cards]
    return tuple(
        (f"{found.count(verdict)} {words[found.count(verdict) > 1]}", TONES[verdict])
        for verdict, words in _VERDICTS.items()
        if verdict in found
    )


def cited_cases(cards: Iterable[Card]) -> list[str]:
    """Every case that a claim rests on, each once."""
    every = [case for card in cards for case in (*(c for place in card.places for c in place.cases), *card.cases)]
    return list(dict.fromkeys(every))


def _card(row: Mapping[str, Any], points: Sequence[Mapping[str, Any]]) -> Card:
    places = tuple(
        Place(
            _line(one["facet_text"]) or "everywhere",
            str(one["verdict"]),
            TONES[str(one["verdict"])],
            _line(one["text"]),
            tuple(str(case) for case in one["cases"]),
        )
        for one in points
    )
    told = {case for place in places for case in place.cases}
    return Card(
        # Ids of claims are plain where a suite was checked; an HTML id must not hold a blank in any case.
        id=f"claim-{re.sub(r'[^A-Za-z0-9_.-]+', '-', str(row['id']))}",
        text=_line(row["text"]),
        verdict=str(row["verdict"]),
        tone=TONES[str(row["verdict"])],
        expected=_line(row["expected"]),
        found=_line(row["found"]),
        source=_line(row["source"]),
        uncovered=_line(row["uncovered"]),
        places=places,
        cases=tuple(str(case) for case in row["cases"] if case not in told),
    )


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _line(value: object) -> str:
    """A cell as text on one line; nothing for ``None`` and NaN."""
    return "" if value is None or value != value else " ".join(str(value).split())
