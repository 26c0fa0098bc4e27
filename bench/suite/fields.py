"""Types that the tables of a suite file share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

_SCALAR: dict[str, Any] = {"type": ["string", "integer", "number", "boolean"]}
_WHOLE: dict[str, Any] = {"type": "integer"}
_RANGE: dict[str, Any] = {
    "type": "object",
    "description": "Whole numbers from one end to the other, growing by a factor or by a step.",
    "properties": {"from": _WHOLE, "to": _WHOLE, "factor": {**_WHOLE, "minimum": 2}, "step": {**_WHOLE, "minimum": 1}},
    "required": ["from", "to"],
    "oneOf": [{"required": ["factor"]}, {"required": ["step"]}],
    "additionalProperties": False,
}
_LIST: dict[str, Any] = {"type": "array", "items": _SCALAR, "minItems": 1, "uniqueItems": True}
_BOUNDS: dict[str, Any] = {
    "type": "object",
    "properties": {key: {"type": "number"} for key in ("above", "below", "at_least", "at_most")}
    | {"not": {"anyOf": [_SCALAR, _LIST]}},
    "minProperties": 1,
    "additionalProperties": False,
}

# Values whose checks need the line and the whole suite are taken as they are here and checked by our own code.
AxisSpec = Annotated[Any, WithJsonSchema({"anyOf": [_LIST, _RANGE]})]
PresetAxisSpec = Annotated[Any, WithJsonSchema({"anyOf": [_SCALAR, _LIST, _RANGE]})]
ValueSpec = Annotated[Any, WithJsonSchema(_SCALAR)]
ConditionSpec = Annotated[Any, WithJsonSchema({"anyOf": [_SCALAR, _LIST, _BOUNDS]})]

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Words = Annotated[str, Field(min_length=1)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]


class Table(BaseModel):
    """A table of a suite file: no key but its own, no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)
