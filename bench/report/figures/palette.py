"""Which look belongs to which value: subjects first, the values of all other axes after them."""

from __future__ import annotations

from typing import Any

from bench.analysis.tables import plain
from bench.report.figures.style import Look, looks
from bench.report.view import View


def look_key(view: View, axis: str, value: Any) -> str:
    """The key of a value's colour and marker: a subject looks the same in every figure."""
    return plain(value) if axis == view.subject_axis else f"{axis}={plain(value)}"


def rest_key(axis: str) -> str:
    """The key of what belongs to no single value of an axis and is drawn beside points that do."""
    return f"{axis}="


def palette(view: View) -> dict[str, Look]:
    """The looks of all subjects, of all values of the other axes, and of points that belong to none (``""``)."""
    found: dict[str, Look] = {}
    for axis in view.axes:
        if axis != view.subject_axis:
            found |= looks([*(look_key(view, axis, value) for value in view.present(axis)), rest_key(axis)], ())
    subjects = looks([*view.subjects, rest_key(view.subject_axis)], view.standards)
    return found | subjects | looks([""], ())
