"""Which facets share a figure: at most six panels each, and no more figures than a reader looks at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from bench.report.escape import slug
from bench.report.view import Facet, View

MOST_PANELS = 6


@dataclass(frozen=True)
class Sheet:
    """One figure's share of the facets.

    Attributes:
        suffix: What its file name adds; empty for the only one.
        heading: What all its panels share, such as ``causal, forward``.
        facets: One a panel.
        titles: One a panel.
        columns: Panels beside each other.
    """

    suffix: str
    heading: str
    facets: tuple[Facet, ...]
    titles: tuple[str, ...]
    columns: int


def sheets(view: View, facets: Sequence[Facet], inner: tuple[str, ...] | None = None) -> list[Sheet]:
    """Divide facets into figures.

    The axes ``inner`` become panels and the others a figure's heading; by default the one or two axes that fill a
    figure best (most panels, at most six).
    """
    varying = [axis for axis, _ in facets[0] if len({dict(f)[axis] for f in facets}) > 1] if facets else []
    if inner is None:
        inner = _panel_axes(varying, {axis: len({dict(f)[axis] for f in facets}) for axis in varying})
    groups: dict[Facet, list[Facet]] = {}
    for facet in facets:
        outer = tuple((axis, value) for axis, value in facet if axis in varying and axis not in inner)
        groups.setdefault(outer, []).append(facet)
    result: list[Sheet] = []
    for outer, members in groups.items():
        ordered = sorted(members, key=lambda facet: [view.position(axis, dict(facet)[axis]) for axis in inner])
        for start in range(0, len(ordered), MOST_PANELS):
            part = ordered[start : start + MOST_PANELS]
            titles = [view.facet_word(tuple((axis, dict(facet)[axis]) for axis in inner)) for facet in part]
            heading = view.facet_word(outer)
            result.append(Sheet("", heading, tuple(part), tuple(titles), 2 if len(part) > 1 else 1))
    if len(result) < 2:
        return result
    return [
        Sheet(f"-{number}-{slug(s.heading)}".rstrip("-"), s.heading, s.facets, s.titles, s.columns)
        for number, s in enumerate(result, 1)
    ]


def _panel_axes(varying: Sequence[str], sizes: dict[str, int]) -> tuple[str, ...]:
    """The axes inside a figure, the one with fewest values last, so that it runs along the columns."""
    if not varying:
        return ()
    choices = [(axis,) for axis in varying] + list(combinations(varying, 2))

    def panels(choice: tuple[str, ...]) -> int:
        product = 1
        for axis in choice:
            product *= sizes[axis]
        return product if product <= MOST_PANELS else 0

    # Later choices win ties: axes declared last (the environment) are the ones compared side by side.
    best = max(reversed(choices), key=panels)
    if not panels(best):
        best = (max(varying, key=lambda axis: sizes[axis]),)
    return tuple(sorted(best, key=lambda axis: -sizes[axis]))


def collapse(
    frame: pd.DataFrame, axes: Sequence[str], keys: Sequence[str], value: str
) -> tuple[pd.DataFrame, list[str]]:
    """Drop facet axes that make no difference to ``value`` (exact metrics: FLOPs don't depend on the allocator).

    Args:
        frame: Rows with one value per combination of ``axes`` and ``keys``.
        axes: Facet axes that may be dropped.
        keys: Other columns that identify a row.
        value: The column that must not depend on a dropped axis; where it is missing for some of its values, the others
            speak for them. In rows with a status only those that are not ok can miss it: NaN is a value of the others.

    Returns:
        One row per remaining combination, and the axes dropped (their columns are gone).
    """
    remaining = list(axes)
    dropped: list[str] = []
    for axis in axes:
        if frame.empty or frame[axis].nunique() < 2:
            continue
        others = [name for name in remaining if name != axis]
        known = frame[value].notna()
        if "status" in frame:
            known |= frame["status"] == "ok"
        if _agree(frame[known], [*others, *keys], value):
            frame = pd.concat([frame[known], frame[~known]]).drop_duplicates([*others, *keys]).drop(columns=axis)
            remaining, dropped = others, [*dropped, axis]
    return frame, dropped


def _agree(frame: pd.DataFrame, names: Sequence[str], value: str) -> bool:
    """Whether rows with the same ``names`` have the same value: all finite and equal, or non-finite in the same way."""
    values = frame[value].astype(float)
    finite = pd.Series(np.isfinite(values), frame.index)
    # Differences say nothing of infinities, and a tolerance relative to one would let everything pass.
    kinds = values.map(lambda number: "" if math.isfinite(number) else str(float(number)))
    numbers = values.where(finite, 0.0)
    group = [frame[name] for name in names]
    if bool((kinds.groupby(group, dropna=False).nunique() > 1).any()):
        return False
    least, most = (getattr(numbers.groupby(group, dropna=False), name)() for name in ("min", "max"))
    return bool((most - least <= 1e-9 * np.maximum(least.abs(), most.abs())).all())
