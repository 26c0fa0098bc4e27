"""The plan of a forest plot: one ratio a row with its interval, the band that counts as the same shaded."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.report import units
from bench.report.compare_words import Line, Words
from bench.report.figures.spec import Figure, Panel, Series

#: Rows that fit on a page; those that matter most are drawn.
MOST_ROWS = 40
#: Bounds further out than this many times the largest change are cut off, so that the changes can be seen …
_REACH = 1.6
#: … but not those of most rows: this share of them is drawn whole.
_WHOLE = 0.75
VERDICTS = ("slower", "faster", "unclear", "same")


@dataclass(frozen=True)
class ForestRow:
    """One row: its label, the ratio with its bounds, the verdict, and ratio and interval in words."""

    label: str
    ratio: float
    low: float
    high: float
    verdict: str
    words: str


@dataclass(frozen=True)
class Forest:
    """A planned forest plot.

    Attributes:
        figure: Name, title, caption, and one series for each verdict (x: ratios, y: rows), for the page.
        rows: From top to bottom, the largest ratio first.
        low: Left end of the axis.
        high: Its right end.
        band: Relative difference that counts as none.
    """

    figure: Figure
    rows: tuple[ForestRow, ...]
    low: float
    high: float
    band: float


def plan_forest(words: Words) -> Forest | None:
    """The forest plot of a comparison's times; ``None`` where no time was compared with an interval."""
    every = [line for line in words.lines if line.metric == "time" and _bounded(line)]
    if not every:
        return None
    # Lines come by what matters; drawn ones are put in the order of their ratios, which is what the eye follows.
    chosen = sorted(every[:MOST_ROWS], key=lambda line: -float(line.data["ratio"]))
    rows = tuple(
        ForestRow(line.label, float(line.data["ratio"]), float(line.data["low"]), float(line.data["high"]),
                  line.verdict, line.ratio)
        for line in chosen
    )  # fmt: skip
    low, high = _limits(rows, words.comparison.band)
    old, new = words.sides
    caption = [
        f"Ratio of time per call, {new} / {old}, with the {words.level} interval, on a logarithmic axis; above 1 is "
        f"slower. Shaded: {words.band()}, within which a whole interval counts as the same."
    ]
    if any(row.low < low or row.high > high for row in rows):
        caption.append("Arrows: the interval goes on.")
    if len(every) > len(rows):
        caption.append(f"The {len(rows)} that matter most of {len(every)}; all are in the tables.")
    series = tuple(
        Series(
            subject=verdict,
            label=verdict,
            x=tuple(row.ratio for row in rows if row.verdict == verdict),
            y=tuple(float(place) for place, row in enumerate(rows) if row.verdict == verdict),
            hover=tuple(
                f"{row.label}: {row.words}, {row.verdict}" if row.label else f"{row.words}, {row.verdict}"
                for row in rows
                if row.verdict == verdict
            ),
        )
        for verdict in VERDICTS
    )
    figure = Figure(
        name="comparison",
        kind="forest",
        title=f"Time per call: {words.title}",
        caption=" ".join(caption),
        x_label=f"Time / time of {old}" if words.comparison.paired else "Time, new / old",
        y_label="",
        panels=(Panel("", series),),
        columns=2,  # a page's width
        unity=True,
    )
    return Forest(figure, rows, low, high, words.comparison.band)


def _bounded(line: Line) -> bool:
    values = [line.data[key] for key in ("ratio", "low", "high")]
    return all(units.known(value) and float(value) > 0 for value in values)


def _limits(rows: tuple[ForestRow, ...], band: float) -> tuple[float, float]:
    """Ends of the axis: the band, every ratio, and the bounds as far as they leave the ratios apart."""
    edge = math.log1p(band)
    farthest = max([edge, *(abs(math.log(row.ratio)) for row in rows)])
    extents = sorted(max(-math.log(row.low), math.log(row.high)) for row in rows)
    reach = max(_REACH * max(farthest, 2 * edge), extents[int(_WHOLE * (len(extents) - 1))])
    left = min([-edge, *(max(math.log(row.low), -reach) for row in rows)])
    right = max([edge, *(min(math.log(row.high), reach) for row in rows)])
    pad = 0.04 * (right - left)
    return math.exp(left - pad), math.exp(right + pad)
