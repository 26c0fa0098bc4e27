"""One expectation judged at one point, and all of a claim."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bench.analysis.claims.ranges import UNKNOWN, ClaimVerdict, Range, decide, interval_range
from bench.analysis.intervals import Interval


@dataclass(frozen=True)
class Point:
    """What became of an expectation in one facet.

    Attributes:
        facet: The axes that tell this facet from the claim's others.
        value: The estimate; NaN where only a range is known.
        known: What the measurement says of it.
        expected: What the claim says of it.
        text: What was found, in words.
        cases: The cases it rests on.
        verdict: The verdict; that of the two ranges unless an expectation has several at once.
    """

    facet: dict[str, Any]
    value: float
    known: Range
    expected: Range
    text: str
    cases: tuple[str, ...]
    verdict: ClaimVerdict


def point(facet: dict[str, Any], found: Interval, expected: Range, text: str, cases: Iterable[str]) -> Point:
    """A point whose value has an interval."""
    known = interval_range(found)
    return Point(facet, found.value, known, expected, text, tuple(dict.fromkeys(cases)), decide(known, expected))


def unclear(facet: dict[str, Any], expected: Range, text: str, cases: Iterable[str] = ()) -> Point:
    """A point of which nothing is known that would decide it."""
    return Point(facet, math.nan, UNKNOWN, expected, text, tuple(dict.fromkeys(cases)), "unclear")


@dataclass(frozen=True)
class Gap:
    """Something that a claim asks for and that has no value.

    Attributes:
        facet: Where, in words; empty where a claim has one facet.
        what: Whose value, such as ``SDPA, n above 4096``; may be empty.
        why: The reason given first.
    """

    facet: str
    what: str
    why: str


@dataclass
class Judged:
    """A claim's expectation in words, its points, and what they do not cover.

    Attributes:
        expected: What the claim expects.
        points: One for each facet that has values.
        gaps: What has no value, and why.
        limits: Other limits of what was measured, such as ``n above 16384``.
        named: Values of axes that the expectation names: axis and value.
    """

    expected: str
    points: list[Point] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    named: list[tuple[str, Any]] = field(default_factory=list)
