"""Does the seed change where a suite asks for several? Equal processes would pass for independent ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.suite.checks import Meaning, table
from bench.suite.document import Document, Key
from bench.suite.model import DEFAULT_METRICS
from bench.suite.problems import Problem


def check_seeds(document: Document, meaning: Meaning) -> list[Problem]:
    """Check ``measure.seeds`` of the suite and of each preset, together with what the preset inherits."""
    base = table(document.data, "measure")
    presets = table(document.data, "presets")
    layers: list[tuple[Key, Mapping[str, Any]]] = [((), {}), *((("presets", name), presets[name]) for name in presets)]
    found: dict[Key, Problem] = {}
    for place, content in layers:
        own = table(content, "measure")
        metrics = own.get("metrics", base.get("metrics", DEFAULT_METRICS))
        seeds = own.get("seeds", base.get("seeds"))
        if type(seeds) is not int or seeds < 2 or not isinstance(metrics, list | tuple) or "outcome" not in metrics:
            continue
        reason, where = _constant(document, meaning, content, place)
        if reason:
            # A preset that inherits its seeds and sets the seed itself is at fault, and not the suite.
            stated = (*place, "measure", "seeds") if "seeds" in own else ("measure", "seeds")
            key = where if where[:1] == ("presets",) and "seeds" not in own else stated
            expected = f"1: {reason}" if key == stated else f"no seed here: measure.seeds asks for {seeds} of them"
            found.setdefault(key, document.problem(key, expected))
    return list(found.values())


def _constant(document: Document, meaning: Meaning, content: Mapping[str, Any], place: Key) -> tuple[str, Key]:
    """Why every process would get the same seed, and where the suite says so; nothing where each has its own."""
    for key, tables in (((), document.data), (place, content)):
        for kind in ("axes", "fixed"):
            if "seed" in table(tables, kind):
                where: Key = (*key, kind, "seed")
                return f"the suite sets seed itself, in line {document.line(where)}", where
    signature = meaning.signature
    if signature is not None and "seed" not in signature.parameters:
        return f"{signature.function} has no parameter 'seed' to tell several apart", ("suite", "workload")
    return "", ()
