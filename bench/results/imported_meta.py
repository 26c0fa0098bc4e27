"""``run.json`` of an imported run: what its file says of suite, machine and source, under the names that ours have."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import __version__
from bench.results.folder import run_id
from bench.results.pytest_json import Document, Scalar

#: The suite of every imported run: two of them can be compared, whatever project they are from.
SUITE = "pytest-benchmark"

#: Longest name of a folder: a file system takes 255 bytes, and numbers may be added.
_LONGEST = 120


def imported_meta(
    file: Path,
    document: Document,
    axes: Mapping[str, list[Scalar]],
    labels: Mapping[str, str],
    subject: str,
    cases: int,
    groups: int,
) -> dict[str, Any]:
    """Everything but the command line.

    Args:
        file: The file, as it was named.
        document: What is in it.
        axes: Each axis with its values.
        labels: Words for axes and values.
        subject: The axis whose values are compared.
        cases: How many cases there are.
        groups: How many groups.
    """
    machine, commit = document.machine, document.commit
    host = str(machine.get("node") or "unknown")
    of_project = f" of {commit['project']}" if commit.get("project") else ""
    processes = [one.rounds if one.estimate else 1 for one in document.benchmarks]
    levels = [one.estimate.level for one in document.benchmarks if one.estimate and one.estimate.level]
    return {
        "format": 1,
        "bench_version": __version__,
        "run_id": run_id(SUITE, document.written, host)[:_LONGEST],
        # When the file was written is all that it says, which is after the last benchmark.
        "started": document.written,
        "finished": document.written,
        "suite": {
            "name": SUITE,
            "title": f"pytest-benchmark{of_project}",
            "description": f"Imported from {file.name}, which has the format of pytest-benchmark {document.version}. "
            f"Each benchmark is a case, its parameters are axes. {_rounds(document)}",
            "path": str(file),
            "workload": SUITE,
            "subject": subject,
            "axes": {axis: list(values) for axis, values in axes.items()},
            "fixed": {},
            "environment": {},
            "measure": {
                "metrics": ["time"],
                "replicates": [min(processes), max(processes)],
                "level": levels[0] if levels else 0.95,
            },
            "crossovers": [],
            "share": None,
            "labels": dict(labels),
            "sources": [],
            "preset": None,
            "presets": [],
        },
        "preset": None,
        "overrides": {},
        "where": [],
        "device": "unknown",
        "workload": {"name": SUITE, "file": str(file), "sha256": "unknown"},
        "cases": cases,
        "groups": groups,
        "machine": _machine(machine, host),
        "software": {
            "python": machine.get("python_version"),
            "implementation": machine.get("python_implementation"),
            "compiler": machine.get("python_compiler"),
            "packages": {SUITE: document.version},
        },
        "git": _git(commit),
        "interrupted": False,
        "imported": {
            "tool": SUITE,
            "version": document.version,
            "file": file.name,
            "machine_info": machine,
            "commit_info": commit,
        },
    }


def _rounds(document: Document) -> str:
    """What the rounds of a file are."""
    if any(one.estimate for one in document.benchmarks):
        return "It is an export of a run of ours: its rounds are processes."
    return "Its rounds are samples of one process, and its benchmarks ran one after the other, not side by side."


def _machine(info: Mapping[str, Any], host: str) -> dict[str, Any]:
    cpu = info.get("cpu")
    cpu = cpu if isinstance(cpu, dict) else {}
    sizes = {f"{level}_bytes": cpu.get(f"{level}_cache_size") for level in ("l2", "l3")}
    return {
        "host": host,
        "system": info.get("system"),
        "kernel": info.get("release"),
        "architecture": info.get("machine"),
        "cpu": {
            "model": cpu.get("brand_raw") or cpu.get("brand") or info.get("processor") or None,
            "cores": cpu.get("count"),
            **{name: size for name, size in sizes.items() if isinstance(size, int)},
        },
    }


def _git(commit: Mapping[str, Any]) -> dict[str, Any] | None:
    found = commit.get("id")
    if found in (None, "", "unknown", "unversioned"):
        return None
    dirty = bool(commit.get("dirty"))
    return {"commit": str(found), "branch": commit.get("branch"), "dirty": dirty}
