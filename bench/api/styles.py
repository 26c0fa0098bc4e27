"""Frames for reading, as pandas Stylers: numbers with unit and interval, statuses in words, verdicts in colour.

A coloured cell sets its ink and its ground, so that it reads the same on a light and on a dark notebook; its word says
what the colour says. Every text is escaped: names of axes and values come from whoever wrote the suite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench.analysis.compare.changes import failed
from bench.analysis.tables import family, plain, present, rows_of
from bench.api.pivot import Points
from bench.api.schema import RUN
from bench.report import units
from bench.report.values import value_text

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

Row = Mapping[str, Any]

#: Ink and ground of each tone that must catch the eye; the contrast of each pair is above 7 to 1.
TONES = {
    "good": ("#0a4d31", "#d7f0e2"),
    "bad": ("#7d1a12", "#fbdfdb"),
    "warn": ("#5c3d00", "#fbecc8"),
}

#: The tone of what was left out knowingly; it keeps the notebook's own ink.
_QUIET = "font-style:italic;opacity:0.75"

#: The tone of each verdict and outcome; what is not here has none.
VERDICTS = {
    **dict.fromkeys(("holds", "supported", "faster", "crosses", "from the start"), "good"),
    **dict.fromkeys(("fails", "rejected", "slower"), "bad"),
    "unclear": "warn",
    **dict.fromkeys(("no data", "nothing to explain"), "quiet"),
}

#: What stands where the run does not have a combination.
NOTHING = "–"

_LAYOUT: list[Any] = [
    {"selector": "caption", "props": "text-align:left;padding:.3em 0"},
    {"selector": "th, td", "props": "text-align:left;vertical-align:top;padding:.2em .6em"},
]
#: Cells of a table of two sides stay on one line: a notebook scrolls what is wide.
_ONE_LINE: list[Any] = [{"selector": "td", "props": "white-space:nowrap"}]


@dataclass(frozen=True)
class Field:
    """A column of a table for reading, made of a row.

    Attributes:
        head: Its head.
        text: What a cell says.
        tone: A key of :data:`TONES`, ``quiet``, or nothing.
    """

    head: str
    text: Callable[[Row], str]
    tone: Callable[[Row], str] = lambda row: ""


def reading(row: Row) -> str:
    """A row of the tidy frame in a cell: ``12.3 ms (12.1–12.5)``, ``timeout``; ``~`` marks a noisy one."""
    if row["status"] != "ok":
        return str(row["status"]).replace("_", " ")
    if not units.known(row["value"]) or family(str(row["metric"])) == "outcome":
        return value_text(row["value"], row["low"], row["high"], row["unit"])
    text = units.with_interval(row["value"], row["low"], row["high"], row["unit"])
    return f"{text} ~" if row["noisy"] is True else text


def reading_tone(row: Row) -> str:
    """The tone of such a cell: failures, what was left out knowingly, and noisy values stand out."""
    if row["status"] != "ok":
        return "bad" if failed(row["status"]) else "quiet"
    if not units.known(row["value"]):
        return "bad"
    return "warn" if row["noisy"] is True else ""


def styled_points(points: Points, axes: Mapping[str, Sequence[Any]]) -> Styler:
    """A pivot for reading; what all its rows share stands in the caption."""
    records = rows_of(points.rows)
    texts = [reading(row) for row in records]
    tones = [reading_tone(row) for row in records]
    rows = points.rows.assign(text=texts, tone=tones)
    chosen = Points(rows, points.index, points.columns, points.ranks, points.metric)
    shared = shared_words(rows, [axis for axis in axes if axis not in (*points.index, *points.columns)])
    caption = f"{points.metric}: {shared}" if shared else points.metric
    styler = _style(chosen.spread("text"), chosen.spread("tone"), caption)
    return styler.set_table_styles(_ONE_LINE, overwrite=False)


def styled_frame(frame: pd.DataFrame, axes: Mapping[str, Sequence[Any]], most: int) -> Styler:
    """Any frame of a run for reading; arguments and errors as in :meth:`bench.api.frames.Frames.styled`."""
    kind = next((kind for kind in _KINDS if kind.marks <= set(frame.columns)), None)
    if kind is None:
        raise ValueError(
            f"styled: got a frame with the columns {', '.join(map(str, frame.columns))}; expected frame, crossovers, "
            "ratios, claims or claim_points of a run, or rows of one"
        )
    rows = frame.head(most)
    placed = [axis for axis in axes if axis in frame.columns and (kind.axes or axis == RUN)]
    varying = [axis for axis in placed if _distinct(frame, axis) > 1]
    fields = [*map(_plain, varying), *kind.fields]
    records = rows_of(rows)
    text = pd.DataFrame([[field.text(row) for field in fields] for row in records], columns=[f.head for f in fields])
    tone = pd.DataFrame([[field.tone(row) for field in fields] for row in records], columns=text.columns)
    caption = shared_words(frame, [axis for axis in placed if axis not in varying])
    if len(frame) > len(rows):
        caption = f"The first {len(rows)} of {len(frame)} rows. {caption}".rstrip()
    return _style(text, tone, caption).hide(axis="index")


def shared_words(frame: pd.DataFrame, axes: Sequence[str]) -> str:
    """The axes with one value in all rows, with it: ``dtype = float32, causal = false``."""
    found = {axis: frame[axis].drop_duplicates().tolist() for axis in axes if axis in frame.columns}
    return ", ".join(f"{a} = {plain(v[0])}" for a, v in found.items() if len(v) == 1 and present(v[0]))


def _distinct(frame: pd.DataFrame, axis: str) -> int:
    return len(frame[axis].drop_duplicates())


def _cell(value: Any) -> str:
    return plain(value) if present(value) else NOTHING


def _style(text: pd.DataFrame, tone: pd.DataFrame, caption: str) -> Styler:
    for axis in (text.index, text.columns):
        axis.names = [None if name is None else escape(str(name)) for name in axis.names]
    css = tone.copy()
    for column in range(tone.shape[1]):
        css.isetitem(column, [_css(value) for value in tone.iloc[:, column].tolist()])
    css.index, css.columns = text.index, text.columns
    styler = text.style.apply(lambda _: css, axis=None).format(escape="html", na_rep=NOTHING)
    styler = styler.format_index(escape="html", axis=0).format_index(escape="html", axis=1)
    return styler.set_table_styles(_LAYOUT).set_caption(escape(caption))


def _css(tone: Any) -> str:
    if not isinstance(tone, str) or tone not in TONES:
        return _QUIET if tone == "quiet" else ""
    ink, ground = TONES[tone]
    return f"color:{ink};background-color:{ground}"


def _plain(name: str) -> Field:
    return Field(name, lambda row: _cell(row.get(name)))


def _verdict(name: str = "verdict") -> Field:
    return Field(name, lambda row: str(row[name]), lambda row: VERDICTS.get(str(row[name]), ""))


def _remark(row: Row) -> str:
    return "; ".join(str(row[name]) for name in ("reason", "notes") if row.get(name))


@dataclass(frozen=True)
class Kind:
    """A frame of a run that can be shown.

    Attributes:
        marks: Columns by which it is known.
        fields: What is shown of a row, beside its axes.
        axes: Whether it has axes as columns.
    """

    marks: set[str]
    fields: tuple[Field, ...]
    axes: bool = True


_COMPARED = (_plain("metric"), _plain("subject"), _plain("baseline"))

#: The most telling first: a frame is of the first kind whose columns it has.
_KINDS = (
    Kind(
        {"id", "source", "expected", "found", "verdict"},
        (_plain("id"), _verdict(), *map(_plain, ("text", "expected", "found", "uncovered", "source"))),
        axes=False,
    ),
    Kind(
        {"id", "facet_text", "verdict"},
        (_plain("id"), _plain("facet_text"), _verdict(), _plain("text")),
        axes=False,
    ),
    Kind(
        {"baseline", "ratio", "verdict"},
        (
            *_COMPARED,
            Field("ratio (interval)", lambda row: units.ratio(row["ratio"], row["low"], row["high"])),
            _verdict(),
        ),
    ),
    Kind(
        {"baseline", "outcome", "at"},
        (*_COMPARED, _verdict("outcome"), _plain("text"), _plain("notes")),
    ),
    Kind(
        {"metric", "value", "status", "unit"},
        (
            _plain("metric"),
            Field("value (interval)", reading, reading_tone),
            Field("reason or notes", _remark),
        ),
    ),
)
