"""What ``bench aa`` leaves behind: its settings in the run's folder, and a record of the machine for later reports.

Records lie in ``<user data>/crossover-bench/machines/<fingerprint>/aa-<time>.json``, where the user data folder is that
of the system (``XDG_DATA_HOME`` on Linux). A record is used for the machine that it was made on only.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from bench.plural import counted
from bench.results.folder import FolderError
from bench.results.store import write_json
from bench.suite.model import Compare

#: The file of settings, and later of everything found, in the folder of a run.
AA_FILE = "aa.json"

#: Comparisons from which on a rate of false alarms says something: with none found, its upper end is below 4 %.
ENOUGH = 100


def write_settings(folder: Path, compare: Compare, inject: float, pairs: int) -> None:
    """Keep with a run how its comparisons are to be tried out, as soon as its folder exists."""
    settings = {"pairs": pairs, "inject": inject, "compare": asdict(compare)}
    write_json(folder / AA_FILE, {"format": 1, "settings": settings})


def read_settings(folder: Path) -> tuple[Compare, float, dict[str, Any]]:
    """The comparison's settings, the injected share, and all settings as stored.

    Raises:
        FolderError: The folder holds no run of ``bench aa``, or its file cannot be read.
    """
    file = folder / AA_FILE
    if not file.exists():
        raise FolderError(f"{folder} is not a run of `bench aa`: it has no {AA_FILE}")
    try:
        settings: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["settings"]
        compare = Compare(**{**settings["compare"], "pairs": tuple(settings["compare"]["pairs"])})
        inject = float(settings["inject"])
        int(settings["pairs"])
    except (ValueError, KeyError, TypeError) as error:
        raise FolderError(f"{file} cannot be read: {error!r}") from error
    return compare, inject, settings


def write_findings(folder: Path, settings: Mapping[str, Any], findings: Mapping[str, Any]) -> Path:
    """Write everything found beside the settings, in one step, and return the file."""
    write_json(folder / AA_FILE, {"format": 1, "settings": dict(settings), **findings})
    return folder / AA_FILE


def fingerprint(machine: Mapping[str, Any], device: str) -> str:
    """Sixteen hexadecimal digits that tell machines apart: host name, CPU model, cores, memory, device and its name.

    Args:
        machine: ``machine`` of ``run.json``. Memory counts in whole GiB: a kernel keeps a little more or less of it.
        device: ``device`` of ``run.json``, such as ``cpu``.
    """
    cpu = machine.get("cpu") or {}
    memory = machine.get("memory_bytes")
    about = [
        machine.get("host"),
        cpu.get("model"),
        cpu.get("cores"),
        None if memory is None else round(memory / 2**30),
        device,
        (machine.get("device") or {}).get("name"),
    ]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:16]


def records_folder(machine: Mapping[str, Any], device: str) -> Path:
    """Where the records of a machine and device lie, whether there are any or not."""
    return user_data_path("crossover-bench", appauthor=False) / "machines" / fingerprint(machine, device)


def store_record(record: Mapping[str, Any], machine: Mapping[str, Any], device: str) -> Path:
    """Keep the summary of an A/A run with the machine and return its file; one run has one record.

    Raises:
        OSError: The folder cannot be written.
    """
    folder = records_folder(machine, device)
    folder.mkdir(parents=True, exist_ok=True)
    began = datetime.datetime.fromisoformat(str(record["started"])).astimezone(datetime.timezone.utc)
    attempt = 1
    file = folder / f"aa-{began:%Y%m%dT%H%M%S}.json"
    while (found := _read(file)) is not None and found.get("run_id") != record.get("run_id"):
        attempt += 1
        file = folder / f"aa-{began:%Y%m%dT%H%M%S}-{attempt}.json"
    write_json(file, record)
    return file


def latest_record(machine: Mapping[str, Any], device: str, suite: str | None = None) -> dict[str, Any] | None:
    """The latest record of a machine and device, or ``None``; files that cannot be read are passed over.

    One of at least :data:`ENOUGH` comparisons comes before a later one of fewer: the rate of a handful says nothing.

    Args:
        machine: ``machine`` of ``run.json``.
        device: ``device`` of ``run.json``.
        suite: Prefer a record of this suite, by name, even to later ones of others.
    """
    files = sorted(records_folder(machine, device).glob("aa-*.json"), key=lambda file: file.name)
    found = [record for file in files if (record := _read(file)) is not None]
    of_suite = [record for record in found if suite is not None and record.get("suite") in (suite, f"aa_{suite}")]
    chosen = of_suite or found
    chosen = [record for record in chosen if record["changed"]["of"] >= ENOUGH] or chosen
    return chosen[-1] if chosen else None


def _read(file: Path) -> dict[str, Any] | None:
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) and record.get("format") == 1 else None


def quote(record: Mapping[str, Any]) -> str:
    """One sentence for later reports: what this machine cannot resolve, and how often it cried wolf.

    ``on this machine, changes under 1.8 % are not resolved (median of 12 cases of attention, 5 s a side, 80 % power,
    A/A of 2026-11-23: 2 false alarms in 412 comparisons at nominal 1 %)``
    """
    cases, changed, least = record["cases"], record["changed"], record.get("resolution_80")
    day = str(record["started"])[:10]
    told = (
        "no change is resolved reliably"
        if least is None
        else f"changes under {100 * least:.1f} % are not resolved"
        if least < 0.1
        else f"changes under {100 * least:.0f} % are not resolved"
    )
    alarms, tried = counted(changed["count"], "false alarm"), counted(changed["of"], "comparison")
    over = f"median of {cases} cases" if cases != 1 else "one case"
    over += f" of {str(record['suite']).removeprefix('aa_')}, {record['compare']['budget_s']:g} s a side"
    nominal = f"{100 * (1 - record['compare']['level']):.2g} %"
    return f"on this machine, {told} ({over}, 80 % power, A/A of {day}: {alarms} in {tried} at nominal {nominal})"
