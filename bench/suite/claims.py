"""What a suite expects of its numbers, each with its source: claims. Pure data, and the way into ``run.json`` and back.

An expectation is one of seven; which one is told by its key in TOML and in ``run.json`` (:data:`KINDS`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.suite.model import Scalar


@dataclass(frozen=True, kw_only=True)
class Bound:
    """Where a number is expected; exactly one is set, here or among what a subclass adds.

    Attributes:
        above: It is more than this.
        below: It is less than this.
        within: It lies between these two, the smaller one first.
    """

    above: float | None = None
    below: float | None = None
    within: tuple[float, float] | None = None


@dataclass(frozen=True)
class Times:
    """A place on an axis that moves with another number, such as n = 6 D.

    Attributes:
        of: A numeric axis or a fixed parameter.
        factor: The place is this many times its value.
        tolerance: Share of the place by which it may be missed to either side, 0.25 for 25 %.
    """

    of: str
    factor: float
    tolerance: float


@dataclass(frozen=True, kw_only=True)
class Place(Bound):
    """Where on an axis something is expected to begin: a :class:`Bound`, ``times`` or ``never`` (``True`` or unset)."""

    times: Times | None = None
    never: bool | None = None


@dataclass(frozen=True, kw_only=True)
class CrossoverExpected(Place):
    """From which value of the numeric ``axis`` on ``subject`` needs less than ``baseline``.

    Attributes:
        subject: A value of the suite's subject axis, as text.
        baseline: Name of a baseline of a declared crossover along ``axis``, or a value of the subject axis as text.
    """

    axis: str
    subject: str
    baseline: str


@dataclass(frozen=True, kw_only=True)
class RatioExpected(Bound):
    """What ``of`` needs over what ``to`` needs, both cases told by values of the same axes.

    Attributes:
        of: The case above the line.
        to: The case below it.
        at: Values of further axes.
        below_ratio_of: Another metric: the ratio is less than this metric's at the same point.
    """

    of: dict[str, Scalar]
    to: dict[str, Scalar]
    at: dict[str, Scalar] = field(default_factory=dict)
    below_ratio_of: str | None = None


@dataclass(frozen=True, kw_only=True)
class OrderExpected:
    """The metric increases from each of these ``values`` of ``axis`` to the next."""

    axis: str
    values: tuple[Scalar, ...]
    at: dict[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SlopeExpected(Bound):
    """The slope of the metric along the numeric ``axis``, both on logarithmic scales: 2 where it grows as n².

    Attributes:
        first: Least value that counts, ``from`` in TOML; the axis need not have it.
        last: Greatest value that counts, ``to`` in TOML.
        equals: The expected slope.
        tolerance: Half-width around ``equals`` that still counts as it; set if and only if ``equals`` is.
    """

    axis: str
    first: float | None = None
    last: float | None = None
    equals: float | None = None
    tolerance: float | None = None


@dataclass(frozen=True, kw_only=True)
class EqualityExpected:
    """``of`` and ``to`` need the same, up to ``band``: 0.05 lets their ratio lie between 0.95 and 1.05."""

    of: dict[str, Scalar]
    to: dict[str, Scalar]
    band: float
    at: dict[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Half(Place):
    """From which value of the numeric ``axis`` on a part is more, or less, than half of the whole."""

    axis: str


@dataclass(frozen=True, kw_only=True)
class ShareExpected(Bound):
    """What share of a whole a part has.

    Attributes:
        axis: The axis whose values are the parts and the whole.
        part, whole: Its values that are the part and the whole.
        at: Values of further axes.
        over_half: Where the part begins to be more than half of the whole.
        under_half: Where it begins to be less.
    """

    axis: str
    part: Scalar
    whole: Scalar
    at: dict[str, Scalar] = field(default_factory=dict)
    over_half: Half | None = None
    under_half: Half | None = None


@dataclass(frozen=True, kw_only=True)
class ValueExpected(Bound):
    """The metric itself, in its own unit."""

    at: dict[str, Scalar] = field(default_factory=dict)


Expectation = (
    CrossoverExpected | RatioExpected | OrderExpected | SlopeExpected | EqualityExpected | ShareExpected | ValueExpected
)

#: The kinds of expectation, by the key each has in TOML and in ``run.json``.
KINDS: dict[str, type[Expectation]] = {
    "crossover": CrossoverExpected,
    "ratio": RatioExpected,
    "order": OrderExpected,
    "slope": SlopeExpected,
    "equality": EqualityExpected,
    "share": ShareExpected,
    "value": ValueExpected,
}


@dataclass(frozen=True)
class Claim:
    """What is expected, and who says so.

    Attributes:
        id: Lower-case words joined by ``-``.
        text: The claim in one sentence.
        source: The paper or page it comes from.
        metric: ``time``, ``memory`` or ``flops``, a stored metric, or the bare name of an outcome.
        expectation: What would bear it out, at each combination of the axes that it does not name.
        where: Conditions on axes, in the shape they have in TOML.
    """

    id: str
    text: str
    source: str
    metric: str
    expectation: Expectation
    where: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Which of :data:`KINDS` the expectation is."""
        return next(kind for kind, expected in KINDS.items() if type(self.expectation) is expected)


#: Keys that Python keeps for itself, and what they are called here.
_NAMES = {"from": "first", "to": "last"}


def claim_data(claim: Claim) -> dict[str, Any]:
    """A claim as it goes into ``run.json``: the keys it has in TOML, with defaults, without what is not set."""
    head = {name: getattr(claim, name) for name in ("id", "text", "source", "metric")}
    return {**head, "where": dict(claim.where), claim.kind: _plain(claim.expectation)}


def stored_claim(data: Mapping[str, Any]) -> Claim:
    """The claim of a :func:`claim_data`.

    Raises:
        ValueError: It has none of the known expectations, or several.
    """
    kinds = [kind for kind in KINDS if kind in data]
    if len(kinds) != 1:
        raise ValueError(f"claim {data.get('id')!r} has {len(kinds)} of {', '.join(KINDS)}, and not one")
    expectation = _built(KINDS[kinds[0]], data[kinds[0]])
    return Claim(data["id"], data["text"], data["source"], data["metric"], expectation, dict(data.get("where") or {}))


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        words = {name: word for word, name in _NAMES.items()} if isinstance(value, SlopeExpected) else {}
        found = {words.get(one.name, one.name): getattr(value, one.name) for one in fields(value)}
        return {word: _plain(item) for word, item in found.items() if item is not None}
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, dict) else value


_INNER: dict[str, type[Any]] = {"times": Times, "over_half": Half, "under_half": Half}


def _built(expected: type[Any], data: Mapping[str, Any]) -> Any:
    names = _NAMES if expected is SlopeExpected else {}
    return expected(**{names.get(word, word): _member(word, value) for word, value in data.items()})


def _member(word: str, value: Any) -> Any:
    if word in _INNER:
        return _built(_INNER[word], value)
    if isinstance(value, list):
        return tuple(value)
    return dict(value) if isinstance(value, dict) else value
