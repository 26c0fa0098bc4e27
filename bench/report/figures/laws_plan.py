"""Plans for the figures of declared power laws: a scatter plot with one panel for each value of the split axis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bench.analysis.summary import Analysis
from bench.analysis.tables import plain
from bench.report import units
from bench.report.escape import slug
from bench.report.figures.facets import MOST_PANELS
from bench.report.figures.palette import look_key, rest_key
from bench.report.figures.spec import Cloud, Figure, Panel, Rule
from bench.report.figures.ticks import shorten
from bench.report.values import DIGITS, slope_text, unit_words, value_rows, value_text
from bench.report.view import View
from bench.report.wording import where_words

#: A wider range would press what matters together; points below it are drawn on the left edge.
_MOST_DECADES = 16
#: Above this many points in a figure, texts to hover over would make the page slow.
_MOST_HOVERS = 1500
Record = dict[str, Any]


@dataclass(frozen=True)
class _LeftOut:
    """How many cases of an arm have no place on logarithmic axes.

    Attributes:
        zeros: Those whose y is exactly 0.
        bad_y: Those whose y is infinite, not a number or below 0.
        bad_x: Those with a good y whose x is not above 0 and finite.
        total: All cases that have a y.
    """

    zeros: int = 0
    bad_y: int = 0
    bad_x: int = 0
    total: int = 0


def law_figures(view: View, analysis: Analysis, law: Mapping[str, Any], most: int) -> tuple[list[Figure], list[str]]:
    """The first figures of one law, six panels each, and the titles of the others; none without points."""
    points = analysis.law_points[analysis.law_points["id"] == law["id"]]
    fits = analysis.laws[analysis.laws["id"] == law["id"]].to_dict("records")
    drawn = [fit for fit in fits if (points["split_value"] == fit["split_value"]).any()]
    pages = [drawn[i : i + MOST_PANELS] for i in range(0, len(drawn), MOST_PANELS)]
    stem = f"law-{slug(str(law['id']))}"
    left_out = _left_out(view, analysis, law)
    figures = [
        _figure(view, law, points, left_out, page, stem if len(pages) == 1 else f"{stem}-{number}")
        for number, page in enumerate(pages[:most], 1)
    ]
    return figures, [str(law["title"]) for _ in pages[most:]]


def _figure(
    view: View,
    law: Mapping[str, Any],
    points: pd.DataFrame,
    left_out: Mapping[str, _LeftOut],
    fits: Sequence[Mapping[Any, Any]],
    name: str,
) -> Figure:
    shown = points[points["split_value"].isin([fit["split_value"] for fit in fits])]
    floor = float(shown["x"].max()) / 10.0**_MOST_DECADES
    beyond = bool((shown["x"] < floor).any())
    shown = shown.assign(true_x=shown["x"], x=shown["x"].clip(lower=floor))
    hover = len(shown) <= _MOST_HOVERS
    y_unit, x_unit = (_unit(view, str(law[key])) for key in ("y", "x"))
    scale = units.common_scale(shown["y"].tolist(), y_unit)
    panels = tuple(
        Panel(
            _title(view, law, fit),
            note=_note(view, fit),
            clouds=_clouds(view, law, shown[shown["split_value"] == fit["split_value"]], left_out, scale, hover=hover),
            rules=_rules(fit, scale),
        )
        for fit in fits
    )
    sentences = [" ".join(str(law.get("text") or "").split()), "Both axes logarithmic; every point is a case."]
    if any(cloud.pale for panel in panels for cloud in panel.clouds):
        sentences.append("Pale points lie outside the range of the fit.")
    if any(units.known(fit["low"]) and units.known(fit["high"]) for fit in fits):
        sentences.append(f"Slopes with {100 * float(fits[0]['level']):g} % intervals, by least squares on logarithms.")
    if words := where_words(view, law.get("where") or {}):
        sentences.append(f"Fitted: {words}.")
    if beyond:
        sentences.append(f"Points on the left edge lie at {units.number(floor, None, 1)} or below.")
    sentences += _left_out_words(view, law, left_out)
    return Figure(
        name=name,
        kind="scatter",
        title=str(law["title"]),
        caption=" ".join(sentence for sentence in sentences if sentence),
        x_label=f"{_word(view, str(law['x']))}{unit_words(x_unit)}",
        y_label=f"{_word(view, str(law['y']))}{unit_words(scale.symbol)}",
        panels=panels,
        columns=2 if len(panels) > 1 else 1,
        base=2 if y_unit == "B" else 10,
    )


def _title(view: View, law: Mapping[str, Any], fit: Mapping[Any, Any]) -> str:
    value = shorten(view.value_word(str(law["split"]), fit["split_value"]), 26)
    if not units.known(fit["slope"]):
        return f"{value}: too few points to fit"
    return f"{value}: slope {slope_text(fit['slope'], fit['low'], fit['high'])}"


def _note(view: View, fit: Mapping[Any, Any]) -> str:
    """What was declared, and the verdict: ``declared: 0.0039 · ξ⁻¹, holds`` or ``expected slope 2: holds``."""
    if not units.known(fit["expected"]):
        return ""
    verdict = {"holds": "holds", "fails": "does not hold"}.get(str(fit["verdict"]), "unclear")
    if not units.known(fit["scale"]):
        return units.minus(f"expected slope {fit['expected']:g}: {verdict}")
    # Without what stands in brackets; a name that is long even so would cover the data.
    name = _word(view, str(fit["x"])).partition(" (")[0]
    name = name if len(name) <= 8 else "x"
    factor = units.minus(units.number(fit["scale"], None, 2))
    return f"declared: {factor} · {name}{units.power(fit['expected'])}, {verdict}"


def _arms(view: View, law: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The arms of a law, the fitted one first: its group, the key of its look, and its name."""
    compared = law.get("compare") or {}
    axis = str(compared.get("axis") or "")
    own = (law.get("where") or {}).get(axis)
    single = bool(axis) and not isinstance(own, list | dict | type(None))
    rest = rest_key(axis) if axis else ""
    found = [("fitted", look_key(view, axis, own), view.cell_word(axis, own)) if single else ("fitted", rest, "")]
    for value in compared.get("values") or ():
        found.append((f"compare:{plain(value)}", look_key(view, axis, value), view.cell_word(axis, value)))
    return found


def _clouds(
    view: View,
    law: Mapping[str, Any],
    points: pd.DataFrame,
    left_out: Mapping[str, _LeftOut],
    scale: units.Scale,
    *,
    hover: bool,
) -> tuple[Cloud, ...]:
    """Pale points first and the fitted ones last, so that they lie above all others."""
    first, *others = _arms(view, law)
    clouds = []
    for group, key, word in (("outside", first[1], first[2]), *others, first):
        rows = points[points["group"] == group].to_dict("records")
        lost = left_out.get(word, _LeftOut())
        if not rows and (not lost.zeros or lost.zeros < lost.total):
            continue
        clouds.append(
            Cloud(
                key=key,
                # An arm that is exact everywhere belongs into the legend all the same.
                label=word if rows else f"{word}: exactly 0",
                x=tuple(float(row["x"]) for row in rows),
                y=tuple(float(row["y"]) / scale.factor for row in rows),
                pale=group == "outside",
                hover=tuple(_hover(view, law, row) for row in rows) if hover else (),
            )
        )
    return tuple(clouds)


def _left_out(view: View, analysis: Analysis, law: Mapping[str, Any]) -> dict[str, _LeftOut]:
    """For each arm: how many of its cases are not among the law's points, and why."""
    axis = (law.get("compare") or {}).get("axis")
    where = dict(law.get("where") or {})
    arms = [where, *({**where, axis: value} for value in (law.get("compare") or {}).get("values") or ())]
    placed = set(analysis.law_points.loc[analysis.law_points["id"] == law["id"], "case"])
    found = {}
    for (_, _, word), conditions in zip(_arms(view, law), arms, strict=True):
        rows = value_rows(view, analysis, str(law["y"]), conditions)
        pairs = list(zip(rows["case"].tolist(), (float(value) for value in rows["value"]), strict=True))
        good = [case for case, value in pairs if value > 0 and math.isfinite(value)]
        zeros = sum(value == 0 for _, value in pairs)
        lost = sum(case not in placed for case in good)
        found[word or "what was fitted"] = _LeftOut(zeros, len(pairs) - zeros - len(good), lost, len(pairs))
    return found


def _left_out_words(view: View, law: Mapping[str, Any], left_out: Mapping[str, _LeftOut]) -> list[str]:
    """A sentence for each reason why cases are missing from the figure."""
    x, y = (_word(view, str(law[key])) for key in ("x", "y"))
    reasons = (
        ("zeros", "Exactly 0, and so without a place on these axes"),
        ("bad_y", f"Left out, as {y} is infinite, not a number or below 0"),
        ("bad_x", f"Left out, as {x} is not a finite number above 0"),
    )
    sentences = []
    for name, reason in reasons:
        counts = [(word, getattr(lost, name), lost.total) for word, lost in left_out.items()]
        parts = [f"{count} of {total} cases of {word}" for word, count, total in counts if count]
        sentences += [f"{reason}: {', '.join(parts)}."] if parts else []
    return sentences


def _hover(view: View, law: Mapping[str, Any], row: Mapping[Any, Any]) -> str:
    axes = {axis: value for axis, value in row["axes"].items() if len(view.present(axis)) > 1}
    place = ", ".join(view.value_word(axis, value) for axis, value in axes.items())
    x = f"{_word(view, str(law['x']))} {units.number(row['true_x'], None, DIGITS)}"
    shown = value_text(row["y"], row["low"], row["high"], _unit(view, str(law["y"])))
    return f"{place}: {x}, {_word(view, str(law['y']))} {shown}"


def _rules(fit: Mapping[Any, Any], scale: units.Scale) -> tuple[Rule, ...]:
    """The declared line, where the suite gives its scale, and the fitted one."""
    shift = math.log10(scale.factor)
    rules = []
    if units.known(fit["scale"]) and units.known(fit["expected"]):
        rules.append(Rule(math.log10(fit["scale"]) - shift, float(fit["expected"])))
    if units.known(fit["slope"]) and units.known(fit["intercept"]):
        low, high = (float(fit[k]) if units.known(fit[k]) else math.nan for k in ("x_low", "x_high"))
        rules.append(Rule(float(fit["intercept"]) - shift, float(fit["slope"]), low, high, fitted=True))
    return tuple(rules)


def _word(view: View, name: str) -> str:
    return view.axis_word(name) if name in view.axes else view.metric_word(name)


def _unit(view: View, name: str) -> str:
    """The stored unit of an outcome or a metric; plain numbers for an axis."""
    for metric in (f"outcome_{name}", name):
        found = view.measurements.loc[view.measurements["metric"] == metric, "unit"]
        if not found.empty:
            return str(found.iloc[0])
    return "1"
