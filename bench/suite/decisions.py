"""The ``[compare]`` table: measure until each comparison with a baseline is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bench.suite.checker import Checker
from bench.suite.checks import Meaning, table
from bench.suite.document import Document, Key
from bench.suite.model import Compare, Measure, Scalar
from bench.suite.problems import Problem
from bench.suite.ranges import is_scalar, value_text
from bench.suite.tables import DecisionTable

#: Keys of [measure] that a comparison decides.
DECIDED = ("replicates", "level", "budget_s", "servers")


def check_compare(document: Document, meaning: Meaning) -> list[Problem]:
    """Check ``[compare]`` of the suite and of each preset, together with what the preset inherits."""
    checker = _Decisions(document, meaning)
    base = document.data.get("compare")
    checker.edition((), {}, None if base is None else table(document.data, "compare"))
    for name, content in table(document.data, "presets").items():
        own = table(content, "compare")
        either = base is not None or (isinstance(content, dict) and "compare" in content)
        checker.edition(("presets", name), table(document.data, "compare"), own if either else None)
    return checker.problems


class _Decisions(Checker):
    def edition(self, place: Key, inherited: dict[str, Any], own: dict[str, Any] | None) -> None:
        """Check the suite itself, at place (), or one of its presets; ``own`` is ``None`` if it compares nothing."""
        if own is None:
            return
        content: Any = self.document.value(place) if place else self.document.data
        for word in DECIDED:
            if word in table(content, "measure"):
                self.report((*place, "measure", word), f"no {word} here: [compare] decides these")
        pairs = own.get("pairs")
        if isinstance(pairs, list) and len(pairs) == 2 and all(type(count) is int for count in pairs):
            least, most = pairs
            if least > most:
                self.report((*place, "compare", "pairs"), "the least number of pairs, then the most")
        subject = table(self.document.data, "suite").get("subject")
        if isinstance(subject, str) and subject in self.meaning.axes:
            self.sides(place, subject, {**inherited, **own}.get("baseline"), "baseline" in own)

    def sides(self, place: Key, subject: str, baseline: Any, own: bool) -> None:
        """Check that there is a baseline, and something to compare with it."""
        replaced = self.meaning.preset_axes.get(str(place[-1]), {}) if place else {}
        values = replaced.get(subject, self.meaning.axes[subject])
        axis: Key = (*place, "axes", subject) if subject in replaced or not place else ("axes", subject)
        known = [value_text(value) for value in values]
        if not known:
            return  # the axis itself is at fault
        if baseline is not None and (not is_scalar(baseline) or value_text(baseline) not in known):
            key: Key = (*place, "compare", "baseline")
            if own:
                self.report(key, f"a value of {subject} ({', '.join(known)})", known)
            elif subject in replaced:
                self.report(axis, f"{value_text(baseline)} too: it is the baseline of [compare]")
        elif len(known) < 2:
            self.report(axis, "at least two values: [compare] compares the others with one of them")


def settings_of(layers: Sequence[DecisionTable], budget: float | None) -> dict[str, Any]:
    """What ``[compare]`` tables set, later ones winning, and above them ``--budget``."""
    settings: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.model_dump(exclude_none=True).items():
            settings[key] = value if key == "baseline" else tuple(value) if key == "pairs" else float(value)
    return settings if budget is None else {**settings, "budget_s": float(budget)}


def compare_of(settings: Mapping[str, Any], values: Sequence[Scalar]) -> Compare:
    """The comparisons of a suite; ``values`` are those of its subject, the first of which is the default baseline."""
    return Compare(**{**settings, "baseline": value_text(settings.get("baseline", values[0]))})


def compared(measure: Measure, compare: Compare | None) -> Measure:
    """The measure of a suite whose comparisons decide when to stop; unchanged where there are none."""
    if compare is None:
        return measure
    # A pair of servers for each pair of processes up to the look at which a change may be called one.
    return replace(
        measure,
        replicates=compare.pairs,
        level=compare.level,
        budget_s=compare.budget_s,
        servers=compare.confirmed,
        fill_s=compare.fill_s,
        sample_s=compare.sample_s(measure.sample_s),
    )


def dropped_problems(compare: Compare | None, subject: str, values: Sequence[Scalar] | None) -> list[Problem]:
    """Problems with ``--set`` values of the subject (``None``: it is not set) that leave nothing to compare."""
    if compare is None or values is None:
        return []
    texts = [value_text(value) for value in values]
    option = f"{subject}={','.join(texts)}"
    if compare.baseline not in texts:
        expected = f"{compare.baseline} too: it is the baseline of [compare]"
    elif len(texts) < 2:
        expected = f"another value beside the baseline {compare.baseline}: [compare] compares them"
    else:
        return []
    return [Problem("--set", None, option, None, expected)]
