"""What a run holds, in the reader's words: which axis figures run along, what varies, what everything is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from bench.analysis.tables import plain
from bench.analysis.wording import METRIC_NAMES, symbol, value_words

#: One combination of facet values, in the order of the axes they belong to.
Facet = tuple[tuple[str, Any], ...]

#: Words for the metrics of the stored rows.
METRIC_WORDS = {
    **METRIC_NAMES,
    "peak_tensor_bytes": "Peak tensor memory",
    "peak_resident_bytes": "Peak resident memory",
    "peak_allocated_bytes": "Peak allocated device memory",
    "peak_reserved_bytes": "Peak reserved device memory",
    "flops_formula": "FLOPs by formula",
    "flops_dispatch": "FLOPs by dispatch counter",
    "flops_fvcore": "FLOPs by fvcore",
}


@dataclass(frozen=True)
class View:
    """A run's declaration and rows, with the questions every table and figure asks of them.

    Attributes:
        meta: ``run.json``.
        measurements: Tidy rows of all statuses.
    """

    meta: Mapping[str, Any]
    measurements: pd.DataFrame

    @property
    def suite(self) -> Mapping[str, Any]:
        """The suite as it was run."""
        suite: Mapping[str, Any] = self.meta["suite"]
        return suite

    @property
    def title(self) -> str:
        """The suite's title, or its name where it has none."""
        return str(self.suite.get("title") or self.suite["name"])

    @property
    def subject_axis(self) -> str:
        """The axis whose values are compared."""
        return str(self.suite["subject"])

    @cached_property
    def labels(self) -> dict[str, str]:
        """Display words for axes and values."""
        return {str(key): str(value) for key, value in (self.suite.get("labels") or {}).items()}

    @cached_property
    def axes(self) -> dict[str, list[Any]]:
        """Every axis with its declared values."""
        return {axis: list(values) for axis, values in self.suite["axes"].items()}

    @cached_property
    def subjects(self) -> list[str]:
        """The subjects in declared order, those that only occur in rows last."""
        declared = [plain(value) for value in self.axes.get(self.subject_axis, [])]
        present = list(dict.fromkeys(str(s) for s in self.measurements["subject"]))
        return [s for s in declared if s in present] + [s for s in present if s not in declared]

    @cached_property
    def questions(self) -> list[Mapping[str, Any]]:
        """The crossover questions as declared."""
        return list(self.suite.get("crossovers") or ())

    def declared(self, kind: str) -> list[Mapping[str, Any]]:
        """The ``hypotheses``, ``laws``, ``maps`` or ``trends`` of the suite; none in runs older than these."""
        return list(self.suite.get(kind) or ())

    @cached_property
    def standards(self) -> list[str]:
        """The subjects that are a member of some baseline, in declared order."""
        members = {str(m) for q in self.questions for b in q["baselines"] for m in b["members"]}
        return [subject for subject in self.subjects if subject in members]

    @cached_property
    def baseline(self) -> str | None:
        """The baseline shown in figures: the one with most members, since beating only one standard proves little."""
        every = [b for q in self.questions for b in q["baselines"]]
        return str(max(every, key=lambda b: len(b["members"]))["name"]) if every else None

    @cached_property
    def baseline_members(self) -> list[str]:
        """The subjects behind :attr:`baseline` that this run has."""
        every = [b for q in self.questions for b in q["baselines"] if b["name"] == self.baseline]
        return [str(m) for m in every[0]["members"] if str(m) in self.subjects] if every else []

    @cached_property
    def main_axis(self) -> str | None:
        """The axis figures run along: the crossovers', else that of numbers above 0 with most values, else none.

        The figures are logarithmic along it.
        """
        if self.questions:
            return str(self.questions[0]["axis"])
        numeric = {
            axis: len(self.present(axis))
            for axis in self.axes
            if axis not in (self.subject_axis, self._share_axis)
            and _numeric(self.present(axis))
            and all(value > 0 for value in self.present(axis))
        }
        best = max(numeric, key=lambda axis: numeric[axis], default=None)
        return best if best is not None and numeric[best] > 1 else None

    @property
    def _share_axis(self) -> str | None:
        share = self.suite.get("share")
        return str(share["axis"]) if share else None

    def present(self, axis: str) -> list[Any]:
        """The values of an axis that occur in the rows, in declared order."""
        return list(self._found.get(axis, ()))

    @cached_property
    def _found(self) -> dict[str, list[Any]]:
        """The values of every axis, looked up once: a run may have many rows."""
        result = {}
        for axis in [name for name in self.axes if name in self.measurements]:
            found = {plain(v): v for v in self.measurements[axis].drop_duplicates().tolist() if not _absent(v)}
            declared = [plain(value) for value in self.axes[axis]]
            order = [*(t for t in declared if t in found), *(t for t in found if t not in declared)]
            result[axis] = [found[text] for text in order]
        return result

    @cached_property
    def facet_axes(self) -> list[str]:
        """Axes other than the subject's and the main one that vary in this run."""
        return [a for a in self.axes if a not in (self.subject_axis, self.main_axis) and len(self.present(a)) > 1]

    @cached_property
    def fixed(self) -> dict[str, Any]:
        """Axes that have one value in this run, and the suite's fixed parameters."""
        single = {a: self.present(a)[0] for a in self.axes if a != self.subject_axis and len(self.present(a)) == 1}
        return {**{a: v for a, v in single.items() if a != self.main_axis}, **dict(self.suite.get("fixed") or {})}

    def facets(self, frame: pd.DataFrame, axes: Sequence[str] | None = None) -> list[Facet]:
        """The combinations of facet values that occur in ``frame``, in declared order."""
        names = [a for a in (self.facet_axes if axes is None else axes) if a in frame.columns]
        if not names:
            return [()] if len(frame) else []
        seen = {tuple(row) for row in frame[names].itertuples(index=False, name=None)}
        return [tuple(zip(names, row, strict=True)) for row in sorted(seen, key=lambda row: self._rank(names, row))]

    def _rank(self, names: Sequence[str], row: Sequence[Any]) -> tuple[int, ...]:
        return tuple(self.position(axis, value) for axis, value in zip(names, row, strict=True))

    def position(self, axis: str, value: Any) -> int:
        """Where a value stands in the declared order of its axis; unknown ones last."""
        declared = [plain(v) for v in self.axes.get(axis, [])]
        return declared.index(plain(value)) if plain(value) in declared else len(declared)

    def axis_word(self, axis: str) -> str:
        """The display name of an axis."""
        return self.labels.get(axis, axis.replace("_", " "))

    def axis_symbol(self, axis: str) -> str:
        """The short name of an axis, for formulas: ``n`` even where the label is ``sequence length``."""
        return symbol(axis, self.labels)

    def value_word(self, axis: str, value: Any) -> str:
        """An axis value as a reader says it: ``causal``, ``D = 768``, ``float32``."""
        return value_words(axis, value, self.labels)

    def cell_word(self, axis: str, value: Any) -> str:
        """An axis value under a head that names the axis: ``default``, ``yes``, ``768``."""
        if isinstance(value, bool) and not {f"{axis}={plain(value)}", plain(value)} & self.labels.keys():
            return "yes" if value else "no"
        return self.labels.get(f"{axis}={plain(value)}", self.labels.get(plain(value), plain(value)))

    def subject_word(self, subject: str) -> str:
        """The display name of a subject."""
        return self.labels.get(f"{self.subject_axis}={subject}", self.labels.get(subject, subject))

    def baseline_word(self, baseline: str) -> str:
        """The display name of a baseline."""
        return self.labels.get(f"baseline={baseline}", self.labels.get(baseline, baseline))

    def facet_word(self, facet: Facet) -> str:
        """A combination in one line: ``float32, causal, allocator retain``; empty where nothing varies."""
        return ", ".join(self.value_word(axis, value) for axis, value in facet)

    def fixed_words(self) -> str:
        """What every case shares, in one line."""
        return ", ".join(self.value_word(axis, value) for axis, value in self.fixed.items())

    def metric_word(self, metric: str) -> str:
        """The display name of a metric: ``Relative L2 error of dq`` for ``error_dq_rel_l2``, an outcome's label."""
        if metric in METRIC_WORDS:
            return METRIC_WORDS[metric]
        kinds = {
            "max_abs": "Largest absolute error",
            "rel_l2": "Relative L2 error",
            "cosine": "Cosine similarity",
            "zeros": "Share of exact zeros",
            "nonfinite": "Share of non-finite values",
        }
        for kind, words in kinds.items():
            if metric.startswith("error_") and metric.endswith(f"_{kind}"):
                return f"{words} of {metric[len('error_') : -len(kind) - 1]}"
        name = metric.removeprefix("outcome_")
        text = self.labels.get(name, name.replace("_", " "))
        # It opens sentences and labels axes. A single word may be a symbol, and so may one with capitals: kNN.
        first = text.partition(" ")[0]
        plain_word = first != text and first.isascii() and first.isalpha() and first.islower()
        return text[0].upper() + text[1:] if plain_word else text

    def rows(self, metric: str, *, ok: bool = True) -> pd.DataFrame:
        """The rows of one metric; only those with a value unless ``ok`` is false."""
        frame = self.measurements[self.measurements["metric"] == metric]
        return frame[(frame["status"] == "ok") & frame["value"].notna()] if ok else frame


def pick(frame: pd.DataFrame, facet: Iterable[tuple[str, Any]]) -> pd.DataFrame:
    """The rows of ``frame`` that belong to a facet; axes the frame lacks don't restrict it."""
    for axis, value in facet:
        if axis in frame.columns:
            frame = frame[frame[axis] == value]
    return frame


def numeric(value: object) -> bool:
    """Whether an axis value is a number (a boolean is none)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numeric(values: Sequence[Any]) -> bool:
    return bool(values) and all(numeric(value) for value in values)


def _absent(value: object) -> bool:
    return value is None or (isinstance(value, float) and value != value)
