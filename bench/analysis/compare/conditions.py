"""Sentences on how the two sides of a comparison were measured: what lets a reader trust it, or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.analysis.compare.facts import (
    differences,
    machine_facts,
    machine_words,
    same_code,
    software_facts,
    source_words,
)
from bench.analysis.compare.matching import Difference
from bench.analysis.compare.model import Side
from bench.analysis.tables import plain
from bench.suite.model import HERE

#: Most differences told in one sentence.
_MOST = 8

#: Settings of measuring that may change what a time is.
_SETTINGS = ("samples", "sample_s", "warmup_s")

#: What the note says that a case's processes were not side by side.
TURNS = "processes took turns"


def apart(old: Side, new: Side, changed: bool) -> Iterator[str]:
    """How two runs were measured.

    Args:
        old: One run.
        new: The other run.
        changed: Whether any time is called faster or slower.
    """
    began = [_moment(side.meta) for side in (old, new)]
    yield (
        f"Measured apart, {old.label} from {began[0]} and {new.label} from {began[1]}: what changed on the machine in "
        "between is in the ratios, and not in their intervals."
    )
    machines = [machine_facts(side.meta) for side in (old, new)]
    apart_in = [name for name, _, _ in differences(*machines)]
    same_machine = not apart_in
    if not same_machine and apart_in == ["kernel"]:
        yield f"Same host, kernels {machines[0].get('kernel', 'unknown')} and {machines[1].get('kernel', 'unknown')}."
    elif not same_machine:
        words = [machine_words(facts) for facts in machines]
        yield f"Different machines ({', '.join(apart_in)}): {old.label} on {words[0]}, {new.label} on {words[1]}."
    for side in (old, new):
        if (side.meta.get("servers") or 1) == 1:
            yield (
                f"All processes of {side.label} came from one interpreter: what differs between interpreters, with the "
                "default allocator tens of per cent, is not in the intervals."
            )
    yield from _software(old.meta.get("software"), new.meta.get("software"))
    trees = [source_words(side.meta.get("git")) for side in (old, new)]
    if trees[0] != trees[1]:
        yield f"Source: {trees[0] or 'no commit recorded'} and {trees[1] or 'no commit recorded'}."
    elif "uncommitted" in trees[0]:
        yield f"Source: both at {trees[0]}, which need not be the same ones."
    if same_machine and changed and same_code(old.meta, new.meta):
        yield (
            "Source, versions and machine are the same on both sides: what differs is then due to the machine's state "
            "or to the time, not to the code."
        )
    measures = [side.meta["suite"].get("measure") or {} for side in (old, new)]
    settings = [{name: plain(measure.get(name)) for name in _SETTINGS} for measure in measures]
    told = [f"{name} {before} and {after}" for name, before, after in differences(*settings)]
    if told:
        yield f"Measured with different settings: {', '.join(told)}."
    yield from (f"{side.label} was interrupted and is not complete." for side in (old, new) if _unfinished(side.meta))


def _resolution(meta: Mapping[str, Any]) -> Iterator[str]:
    """What was known of the machine's false alarms when it was measured."""
    resolution = meta.get("resolution")
    if resolution:
        text = str(resolution["quote"])
        yield f"{text[:1].upper()}{text[1:]}."


def side_by_side(meta: Mapping[str, Any], old: str, new: Sequence[str], in_turns: int) -> Iterator[str]:
    """How the sides of one run were measured.

    Args:
        meta: The run's ``run.json``.
        old: The baseline, as the subject axis has it.
        new: The other values of that axis.
        in_turns: Cases whose processes did not fit side by side into the memory.
    """
    yield "Measured side by side, in pairs of fresh processes: drift of the machine is on both sides alike."
    yield from _resolution(meta)
    if in_turns:
        cases = "1 case" if in_turns == 1 else f"{in_turns} cases"
        yield f"In {cases} processes took turns, for want of memory: there, drift cancels in part only."
    if meta["suite"]["subject"] == "installation":
        known = meta.get("installations") or {}
        for name in new:
            # The present installation is the run's own.
            present = {HERE: {"software": meta.get("software")}}
            found = [((known.get(one) or present.get(one)) or {}).get("software") for one in (old, name)]
            if all(found):
                same = f"{old} and {name} have the same versions."
                yield from _software(found[0], found[1], f"{old} and {name} differ", same)
    if _unfinished(meta):
        yield "The run was interrupted and is not complete."


def let_pass(passed: Sequence[Difference]) -> Iterator[str]:
    """What differs between cases that are compared all the same."""
    of_key: dict[str, list[str]] = {}
    for what, old, new in passed:
        of_key.setdefault(what, []).append(f"{old} and {new}")
    for what, texts in of_key.items():
        verb = "differ" if what == "parameters" else "differs"
        yield f"Compared although the {what} {verb}: {_some(texts)}."


def _software(
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
    lead: str = "Different versions or settings",
    same: str = "",
) -> Iterator[str]:
    """What differs in the software of two sides after ``lead``; ``same`` where nothing does."""
    told = [f"{name} {before} and {after}" for name, before, after in differences(*map(software_facts, (old, new)))]
    if told:
        yield f"{lead}: {_some(told)}."
    elif same:
        yield same


def _some(texts: Sequence[str]) -> str:
    rest = len(texts) - _MOST
    return "; ".join(texts[:_MOST]) + (f"; and {rest} more" if rest > 0 else "")


def _moment(meta: Mapping[str, Any]) -> str:
    """Date and time to the minute, as written down where the run was made."""
    return str(meta.get("started") or "an unknown time")[:16].replace("T", " ")


def _unfinished(meta: Mapping[str, Any]) -> bool:
    return bool(meta.get("interrupted"))
