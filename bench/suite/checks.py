"""What a suite's keys mean to its workload: do the axes exist there, and does it take their values?

All checks read the raw document and step over what has the wrong type, so that a fault of shape in one place does not
hide a fault of meaning in another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.suite.document import Document, Key
from bench.suite.model import ENVIRONMENT_AXES, HERE, INSTALLATION, Scalar
from bench.suite.overrides import ENVIRONMENT_PARAMETERS, INSTALLATION_AXIS, wrong_values
from bench.suite.problems import Problem, nearest, show
from bench.suite.ranges import axis_values, is_scalar
from bench.suite.signature import Parameter, Signature, WorkloadFault, workload_signature

#: Columns of the stored measurements and of the tables that the analysis makes of them, which no axis may be called.
RESERVED = frozenset(
    """run case group subject metric value unit low high level status reason replicates samples noisy notes extra
    replicate seconds calls involuntary_switches cpu_pressure
    axis at baseline outcome draws first last crossings relative best_member text ratio member count verdict share
    whole check tensor steps step_seconds reached seeds peak_tensor_bytes
    cost_s start_s server""".split()  # noqa: SIM905
)

#: Parameters a run fills in by itself when the suite does not.
FILLED_IN = ("device", "seed")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Axes = dict[str, tuple[Scalar, ...]]


@dataclass
class Meaning:
    """What the checks found out.

    Attributes:
        signature: The workload's, or ``None`` if it could not be read.
        axes: The suite's own axes.
        preset_axes: For each preset, the axes it replaces.
        installations: Names of the declared installations; ``here`` is not among them.
        problems: Everything wrong so far.
    """

    signature: Signature | None = None
    axes: Axes = field(default_factory=dict)
    preset_axes: dict[str, Axes] = field(default_factory=dict)
    installations: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)

    def parameter(self, name: str) -> Parameter | None:
        """What is known of a parameter or an environment axis."""
        if name == INSTALLATION:
            return Parameter(name, False, choices=(HERE, *self.installations))
        known: Mapping[str, Parameter] = self.signature.parameters if self.signature else {}
        return ENVIRONMENT_PARAMETERS.get(name) or known.get(name)

    def values(self, axis: str) -> tuple[Scalar, ...]:
        """Every value an axis takes in the suite or in one of its presets."""
        found = list(self.axes.get(axis, ()))
        for preset in self.preset_axes.values():
            found += [value for value in preset.get(axis, ()) if value not in found]
        return tuple(found)


def check_parameters(document: Document, folder: Path) -> Meaning:
    """Check workload, axes, fixed parameters and presets; a ``./file.py`` workload is relative to ``folder``."""
    meaning = Meaning(installations=_installation_names(document.data))
    _read_signature(document, folder, meaning)
    base = table(document.data, "axes")
    for name, spec in base.items():
        _check_axis(document, ("axes", name), spec, meaning, meaning.axes)
    fixed = table(document.data, "fixed")
    _check_fixed(document, ("fixed",), fixed, base, meaning)
    given = {*base, *fixed}
    for preset, content in table(document.data, "presets").items():
        key: Key = ("presets", preset)
        values = meaning.preset_axes.setdefault(preset, {})
        for name, spec in table(content, "axes").items():
            if name in base:
                _check_axis(document, (*key, "axes", name), spec, meaning, values, scalar_ok=True)
            else:
                expected = f"an axis of the suite ({', '.join(base)})"
                found = document.problem((*key, "axes", name), expected, nearest=nearest(name, base))
                meaning.problems.append(found)
        _check_fixed(document, (*key, "fixed"), table(content, "fixed"), base, meaning)
    _check_missing(document, given, meaning)
    return meaning


def table(data: Any, key: str) -> dict[str, Any]:
    """The table at ``key``, or an empty one if there is none or it is something else."""
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _installation_names(data: dict[str, Any]) -> tuple[str, ...]:
    declared = data.get("installation")
    found = [item.get("name") for item in declared if isinstance(item, dict)] if isinstance(declared, list) else []
    return tuple(dict.fromkeys(name for name in found if isinstance(name, str) and name != HERE))


def _read_signature(document: Document, folder: Path, meaning: Meaning) -> None:
    reference = table(document.data, "suite").get("workload")
    if not isinstance(reference, str):
        return
    try:
        meaning.signature = workload_signature(reference, folder)
    except WorkloadFault as fault:
        found = document.problem(("suite", "workload"), fault.expected, nearest=fault.nearest)
        meaning.problems.append(found)


def _check_name(document: Document, key: Key, name: str, meaning: Meaning) -> None:
    """Check that a name can be a parameter, and is one of the workload's."""
    if name in ENVIRONMENT_AXES:
        return
    if not _NAME.fullmatch(name):
        meaning.problems.append(document.problem(key, "a name of letters, digits and '_'", given=name))
    elif meaning.signature and name not in meaning.signature.parameters and not meaning.signature.open:
        known = meaning.signature.parameters
        expected = f"a parameter of {meaning.signature.function} ({', '.join(known)})"
        near = nearest(name, [*known, *ENVIRONMENT_AXES])
        meaning.problems.append(document.problem(key, expected, nearest=near, given=name))


def _check_axis(
    document: Document, key: Key, spec: Any, meaning: Meaning, into: Axes, *, scalar_ok: bool = False
) -> None:
    """Check one axis; its usable values go ``into`` the dictionary even if some are not."""
    name = str(key[-1])
    if name in RESERVED:
        expected = "another name: this one is a column of the results"
        meaning.problems.append(document.problem(key, expected, given=name))
    else:
        _check_name(document, key, name, meaning)
    values, faults = axis_values(spec, scalar_ok=scalar_ok)
    into[name] = values
    for fault in faults:
        place = (*key, *fault.where)
        meaning.problems.append(document.problem(place, fault.expected, nearest=fault.nearest, given=fault.given))
    for value in values:
        place = (*key, _index(spec, value)) if isinstance(spec, list) else key
        meaning.problems += _located(document, place, value, meaning.parameter(name))


def _check_fixed(
    document: Document, key: Key, fixed: dict[str, Any], axes: Mapping[str, Any], meaning: Meaning
) -> None:
    for name, value in fixed.items():
        place = (*key, name)
        if name in ENVIRONMENT_AXES:
            where = "environment" if len(key) == 1 else ".".join([*map(str, key[:-1]), "environment"])
            expected = INSTALLATION_AXIS if name == INSTALLATION else f"{name} under [{where}]"
            meaning.problems.append(document.problem(place, expected))
            continue
        _check_name(document, place, name, meaning)
        if name in axes:
            expected = f"a parameter that is not also an axis (line {document.line(('axes', name))})"
            meaning.problems.append(document.problem(place, expected, given=name))
        elif not is_scalar(value):
            meaning.problems.append(document.problem(place, "text, a finite number, true or false"))
        else:
            meaning.problems += _located(document, place, value, meaning.parameter(name))


def _check_missing(document: Document, given: set[str], meaning: Meaning) -> None:
    if meaning.signature is None:
        return
    misspelt = {problem.nearest for problem in meaning.problems}  # one message for a misspelt name is enough
    for parameter in meaning.signature.parameters.values():
        if parameter.required and parameter.name not in {*given, *FILLED_IN, *misspelt}:
            expected = f"parameter {parameter.name!r} of {meaning.signature.function} under [axes] or [fixed]"
            found = document.problem(("suite", "workload"), expected, given=None)
            meaning.problems.append(found)


def _index(spec: list[Any], value: Scalar) -> int:
    """Index of this very value: ``list.index`` takes 1 for true."""
    return next(index for index, item in enumerate(spec) if item is value)


def _located(document: Document, key: Key, value: Scalar, parameter: Parameter | None) -> list[Problem]:
    """Problems of a value's type, at its place in the document."""
    return [
        document.problem(key, problem.expected, nearest=problem.nearest, given=value)
        for problem in wrong_values(document.file, None, show(value), [value], parameter)
    ]
