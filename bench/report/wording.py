"""Declared conditions in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.report.view import View

_BOUNDS = {"above": ">", "below": "<", "at_least": "≥", "at_most": "≤"}


def named(view: View, axis: str, value: Any) -> str:
    """An axis value that stands alone in a sentence: ``stage: everything``, ``batch = 128``, ``not causal``."""
    return (
        f"{view.axis_symbol(axis)}: {view.cell_word(axis, value)}"
        if isinstance(value, str)
        else view.value_word(axis, value)
    )


def where_words(view: View, where: Mapping[str, Any]) -> str:
    """The conditions of a declaration in one line: ``loss: cross entropy; batch ≤ 512``; empty for none."""
    return "; ".join(_condition(view, axis, spec) for axis, spec in where.items())


def _condition(view: View, axis: str, spec: Any) -> str:
    if isinstance(spec, list | tuple):
        first, *others = spec
        return " or ".join([named(view, axis, first), *(view.cell_word(axis, value) for value in others)])
    if not isinstance(spec, Mapping):
        return named(view, axis, spec)
    words = [f"{view.axis_symbol(axis)} {sign} {spec[word]:g}" for word, sign in _BOUNDS.items() if word in spec]
    excluded = spec.get("not", [])
    words += [f"not {named(view, axis, v)}" for v in (excluded if isinstance(excluded, list) else [excluded])]
    return " and ".join(words)
