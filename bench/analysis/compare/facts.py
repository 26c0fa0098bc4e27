"""What ``run.json`` says of a run's machine, software and source, made comparable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bench.analysis.tables import plain

Facts = dict[str, str]

#: Parts of the software's description that say twice what a package's version says, or what is no part of the code.
_LEFT_OUT = ("torch version", "torch threads")


def machine_facts(meta: Mapping[str, Any]) -> Facts:
    """What tells machines apart: host, processor, cores, memory and accelerator, as text."""
    machine = meta.get("machine") or {}
    cpu, device = machine.get("cpu") or {}, machine.get("device") or {}
    memory = machine.get("memory_bytes")
    facts = {
        "host": machine.get("host"),
        "processor": cpu.get("model"),
        "cores": cpu.get("usable_cores"),
        "memory": f"{memory / 2**30:.0f} GiB" if memory else None,
        "device": device.get("name"),
        "kernel": machine.get("kernel"),
        "governor": cpu.get("governor"),
    }
    return {name: plain(value) for name, value in facts.items() if value is not None}


def machine_words(facts: Facts) -> str:
    """One machine in words."""
    cores = f"{facts['cores']} cores" if "cores" in facts else None
    told = [facts.get("processor"), cores, facts.get("memory"), facts.get("device")]
    inside = ", ".join(one for one in told if one)
    return facts.get("host", "an unnamed host") + (f" ({inside})" if inside else "")


def software_facts(software: Mapping[str, Any] | None) -> Facts:
    """Versions, torch's build and the variables that change results, by names that stand alone, as text."""
    return {
        name: plain(value) for name, value in _leaves(software or {}) if value is not None and name not in _LEFT_OUT
    }


def _leaves(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, "" if name in ("packages", "environment") else f"{above}{name} ")
        else:
            yield above + name, value


def differences(old: Facts, new: Facts) -> list[tuple[str, str, str]]:
    """Name, old and new text of every fact that is not equal; ``none`` where a side lacks it."""
    names = dict.fromkeys([*old, *new])
    pairs = ((name, old.get(name, "none"), new.get(name, "none")) for name in names)
    return [pair for pair in pairs if pair[1] != pair[2]]


def source_words(git: Mapping[str, Any] | None) -> str:
    """A commit in short, and whether files differed from it; empty where none is recorded."""
    if not git or not git.get("commit"):
        return ""
    commit = str(git["commit"])[:10]
    return f"{commit} with uncommitted changes" if git.get("dirty") else commit


def same_code(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether both runs are known to have measured the same source with the same software."""
    sources = [(meta.get("workload") or {}).get("sha256") for meta in (old, new)]
    trees = [meta.get("git") for meta in (old, new)]
    settled = trees[0] == trees[1] and not any(tree and tree.get("dirty") is not False for tree in trees)
    software = [software_facts(meta.get("software")) for meta in (old, new)]
    installations = [meta.get("installations") or {} for meta in (old, new)]
    return (
        sources[0] is not None
        and sources[0] == sources[1]
        and settled
        and software[0] == software[1]
        and installations[0] == installations[1]
    )
