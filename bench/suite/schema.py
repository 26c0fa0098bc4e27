"""The JSON Schema of suite files, for editors that check TOML as one types (``#:schema ./suite.schema.json``)."""

from __future__ import annotations

import json
from typing import Any

from bench.suite.tables import SuiteFile


def schema_json() -> str:
    """The JSON Schema of suite files, as stored in ``suites/suite.schema.json``."""
    schema = SuiteFile.model_json_schema()
    for table in (schema, *schema["$defs"].values()):
        del table["title"]
        for key, value in table.get("properties", {}).items():
            table["properties"][key] = _as_in_toml(value)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Crossover suite"}
    text = json.dumps(head | {key: schema[key] for key in sorted(schema)}, indent=2)
    return text.replace("``", "`") + "\n"


def _as_in_toml(value: dict[str, Any]) -> dict[str, Any]:
    """TOML has no null: an optional key is one that may be absent, and an empty default says nothing."""
    kept = {key: item for key, item in value.items() if key != "title" and not (key == "default" and _is_empty(item))}
    choices = [choice for choice in value.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        kept = choices[0] | {key: item for key, item in kept.items() if key != "anyOf"}
    return kept


def _is_empty(default: Any) -> bool:
    """Whether a default is null, empty, or a table of nulls."""
    return not default or (isinstance(default, dict) and not any(default.values()))
