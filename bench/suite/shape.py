"""Checks the shape of a suite file against its tables.

What the keys mean to each other (does this axis exist?) is :mod:`bench.suite.checks`' business.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

from bench.suite.document import Document, Key
from bench.suite.model import INSTALLATION
from bench.suite.overrides import INSTALLATION_AXIS
from bench.suite.problems import Problem, nearest, one_of
from bench.suite.tables import PresetTable, SuiteFile


def check_shape(document: Document) -> tuple[SuiteFile | None, list[Problem]]:
    """Validate a document's keys and types. Returns the tables (``None`` if any is wrong) and every problem found."""
    try:
        return SuiteFile.model_validate(document.data), []
    except ValidationError as error:
        return None, [_problem(document, dict(fault)) for fault in error.errors(include_url=False)]


_TYPE_WORDS = {
    "model_type": "a table",
    "model_attributes_type": "a table",
    "dict_type": "a table",
    "list_type": "a list",
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
}


def _problem(document: Document, fault: dict[str, Any]) -> Problem:
    """Turn one of pydantic's findings into one of ours."""
    key: Key = fault["loc"]
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "extra_forbidden":
        known = _known_keys(key[:-1])
        if key[-2:] == ("environment", INSTALLATION):
            return document.problem(key, INSTALLATION_AXIS)
        return document.problem(key, f"a known key ({', '.join(known)})", nearest=nearest(key[-1], known))
    if kind == "missing":
        return document.problem(key, f"this key, which every {_table_words(key)} needs", given=None)
    expected = str(fault["msg"]).removeprefix("Input should be ")
    near = None
    if kind == "literal_error":
        choices = [part.strip("' ") for part in str(context["expected"]).replace(" or ", ",").split(",")]
        expected, near = one_of(choices), nearest(document.value(key), choices)
    elif kind in _TYPE_WORDS:
        expected = _TYPE_WORDS[kind]
    elif kind == "too_short":
        expected = f"at least {context['min_length']} item{'s' if context['min_length'] > 1 else ''}"
    elif kind == "too_long":
        expected = f"at most {context['max_length']} items"
    elif kind == "string_too_short":
        expected = "some text"
    elif kind == "string_pattern_mismatch":
        expected = "letters, digits, '.', '_' and '-', the first a letter or digit"
    return document.problem(key, expected, nearest=near)


def _table_words(key: Key) -> str:
    """Words for the table a missing key belongs to."""
    parts = [part for part in key[:-1] if isinstance(part, str)]
    return f"[{'.'.join(parts)}]" if parts else "suite file"


def _known_keys(key: Key) -> list[str]:
    """Keys of the table at ``key``."""
    names = [part for part in key if isinstance(part, str)]
    model: type[BaseModel] = SuiteFile
    if names[:1] == ["presets"]:
        model, names = PresetTable, names[2:]
    for name in names:
        model = _inner(model.model_fields[name].annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _inner(annotation: Any) -> type[BaseModel] | None:
    """The model inside an annotation such as ``list[Model]`` or ``Model | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _inner(argument)
        if found is not None:
            return found
    return None
