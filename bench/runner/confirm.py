"""Measures again, side by side, what two runs leave in doubt that were made one after the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.meters.machine import describe_git
from bench.meters.software import describe_software
from bench.results.folder import FolderError
from bench.runner.stored import workload_data
from bench.suite import expand, load_suite
from bench.suite.model import INSTALLATION, Plan


class NothingToConfirm(Exception):
    """Both runs measured the same source with the same versions; the text says what a difference then means."""


def against(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """The installation that stands for an old run, as ``--against`` takes it: its commit, or its versions.

    Args:
        old: ``run.json`` of the run that is to be made again.
        new: ``run.json`` of the run it is compared with, which must have been made by what is here now.

    Raises:
        NothingToConfirm: The runs do not differ in source or versions.
        FolderError: The new run was not made by what is here, or what made the old one cannot be had.
    """
    name, folder = new["workload"]["name"], Path(new["suite"]["path"]).parent
    source = {side: run["workload"]["sha256"] for side, run in (("old", old), ("new", new))}
    packages = {side: dict(run["software"].get("packages") or {}) for side, run in (("old", old), ("new", new))}
    if workload_data(name, folder)["sha256"] != source["new"]:
        raise FolderError(f"{new['run_id']}: its workload {name} has changed since; expected a run of what is here now")
    here = describe_software(with_torch=False)["packages"]
    for package in sorted(here.keys() | packages["new"].keys()):
        given, found = packages["new"].get(package), here.get(package)
        if given != found:
            raise FolderError(f"{new['run_id']}: measured with {package} {given}, here is {found}; expected the same")
    gone = sorted(packages["new"].keys() - packages["old"].keys())
    if gone:
        raise FolderError(f"{old['run_id']}: was without {', '.join(gone)}, which cannot be taken away here")
    versions = [
        f"{package}=={packages['old'][package]}"
        for package in sorted(packages["old"])
        if packages["old"][package] != packages["new"].get(package)
    ]
    if source["old"] == source["new"] and not _other_commit(old, new):
        if not versions:
            raise NothingToConfirm(
                "both runs measured the same source with the same versions: a difference is the machine's or the time's"
            )
        return " ".join(versions)
    if versions:
        both = f"source and versions ({', '.join(versions)})"
        raise FolderError(f"{old['run_id']}: {both} differ from those of {new['run_id']}; expected one of the two")
    git = old.get("git") or {}
    commit = git.get("commit")
    if commit is None or git.get("dirty"):
        given = "no commit" if commit is None else f"{commit[:12]} with {git.get('changed')} changed files"
        raise FolderError(f"{old['run_id']}: its source was {given}; expected a clean commit, to check it out again")
    now = describe_git(folder)
    if now is None:
        raise FolderError(f"{folder}: no git repository; expected the one of {old['run_id']}, commit {commit[:12]}")
    return str(commit)


def _other_commit(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether the runs' trees differ beyond the workload's own files: it may import others."""
    commits = [((run.get("git") or {}).get("commit"), (run.get("git") or {}).get("dirty")) for run in (old, new)]
    return commits[0] != commits[1]


def plan_again(
    new: Mapping[str, Any],
    suite_text: str,
    other: str,
    cases: Collection[str],
    level: float,
    band: float,
    budget: float,
) -> Plan:
    """The cases in doubt, measured side by side in another installation and here.

    Args:
        new: ``run.json`` of the new run.
        suite_text: Its suite as read.
        other: The other installation, from :func:`against`.
        cases: Ids of the cases in doubt, at least one.
        level: Confidence of each comparison.
        band: Relative difference that does not matter.
        budget: Wall seconds for all of them together; each gets an equal share.

    Raises:
        FolderError: The suite file has changed since.
        SuiteError: It cannot be loaded any more.
    """
    path = Path(new["suite"]["path"])
    if not path.exists() or path.read_text(encoding="utf-8") != suite_text:
        raise FolderError(f"{path}: not the suite that {new['run_id']} was made with; expected it unchanged")
    # Half of a pair's seconds for each side.
    suite = load_suite(
        path,
        preset=new["preset"],
        overrides=new["overrides"],
        budget=budget / len(cases) / 2,
        against=other,
    )
    plan = expand(suite, new["where"])
    groups = tuple(
        replace(group, cases=kept)
        for group in plan.groups
        if (kept := tuple(case for case in group.cases if base_id(case.id) in cases))
    )
    if suite.compare is None:
        raise ValueError("a suite against another installation compares")
    compare = replace(suite.compare, level=level, band=band)
    return Plan(replace(suite, compare=compare, measure=replace(suite.measure, level=level)), groups)


def base_id(case: str) -> str:
    """A case's id without its installation: the id it has in a run of one installation."""
    return "/".join(part for part in case.split("/") if not part.startswith(f"{INSTALLATION}="))
