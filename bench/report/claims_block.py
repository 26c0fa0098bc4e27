"""Claims as cards: the verdict, the sentence, expected beside found, and links to the rows that a verdict rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from bench.analysis.summary import Analysis
from bench.analysis.tables import family, rows_of
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
        source: Who claims it; empty where a page says it once for all claims.
        uncovered: What the verdict does not cover, and why; may be empty.
        places: Where it was judged; where it fails first.
        cases: Ids of further cases it rests on, which belong to no place.
        of_flops: Whether it is about FLOPs, which are the same on every device.
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
    of_flops: bool = False

    @property
    def evidence(self) -> str:
        """What the evidence consists of: ``8 points, 96 cases``; of one point the cases alone."""
        cases = counted(len(set(cited_cases([self]))), "case")
        return f"{counted(len(self.places), 'point')}, {cases}" if len(self.places) > 1 else cases

    @property
    def told(self) -> bool:
        """Whether the card says all that the table of its points would: there is one, with its verdict and finding."""
        return [(place.verdict, place.found) for place in self.places] == [(self.verdict, self.found)]


@dataclass(frozen=True)
class Shared:
    """What the cards of a page have in common, which it says once, above them.

    Attributes:
        uncovered: What no verdict covers, each with the claims it is about: ``("all claims", "no GPU: …")``.
        source: Who makes all the claims; empty where they have several sources.
    """

    uncovered: tuple[tuple[str, str], ...] = ()
    source: str = ""


def claim_cards(analysis: Analysis) -> tuple[Card, ...]:
    """The claims, those that fail first, each as declared; none where the suite makes no claim."""
    points: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows_of(analysis.claim_points):
        points.setdefault(str(row["id"]), []).append(row)
    cards: list[Card] = []
    for row in rows_of(analysis.claims):
        card = _card(row, points.get(str(row["id"]), []))
        # Ids that differ in what an HTML id must not hold would be the same.
        same = sum(card.id == other.id.partition("~")[0] for other in cards)
        cards.append(replace(card, id=f"{card.id}~{same + 1}") if same else card)
    order = list(_VERDICTS)
    return tuple(sorted(cards, key=lambda card: order.index(card.verdict)))


def apart(cards: Sequence[Card]) -> tuple[Shared, tuple[Card, ...]]:
    """What several cards have in common, and the cards without it.

    What a verdict does not cover begins with what is true of the whole run, such as its device. Such a part is common
    where all cards have it, or all but those about FLOPs.
    """
    if len(cards) < 2:
        return Shared(), tuple(cards)
    parts = [card.uncovered.split("; ") for card in cards]
    timed = [own for card, own in zip(cards, parts, strict=True) if not card.of_flops]
    every = set(parts[0]).intersection(*parts[1:])
    most = set(timed[0]).intersection(*timed[1:]) if len(timed) > 1 else set()
    # A reason may hold the mark that parts parts: half of one must not be taken away.
    common = {part for part in every | most if part and part.count("(") == part.count(")")}
    firsts = [list(takewhile(common.__contains__, own)) for own in parts]
    about = {True: "all claims", False: "all claims but those about FLOPs"}
    told = {part: about[part in every] for own in firsts for part in own}
    sources = {card.source for card in cards}
    source = sources.pop() if len(sources) == 1 else ""
    own = (
        replace(card, uncovered="; ".join(rest[len(first) :]), source="" if source else card.source)
        for card, rest, first in zip(cards, parts, firsts, strict=True)
    )
    return Shared(tuple((whom, part) for part, whom in told.items()), source), tuple(own)


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


def ordered(cases: Iterable[str], places: Mapping[str, int]) -> list[str]:
    """Cases in the order of their rows, those without a row last."""
    return sorted(cases, key=lambda case: (case not in places, places.get(case, 0)))


def _card(row: Mapping[str, Any], points: Sequence[Mapping[str, Any]]) -> Card:
    order = list(_VERDICTS)
    places = tuple(
        Place(
            _line(one["facet_text"]) or "everywhere",
            str(one["verdict"]),
            TONES[str(one["verdict"])],
            _line(one["text"]),
            tuple(str(case) for case in one["cases"]),
        )
        # What decides a verdict is not to be looked for among what does not.
        for one in sorted(points, key=lambda one: order.index(str(one["verdict"])))
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
        of_flops=family(str(row["metric"])) == "flops",
    )


def _line(value: object) -> str:
    """A cell as text on one line; nothing for ``None`` and NaN."""
    return "" if value is None or value != value else " ".join(str(value).split())
