"""Makes a run folder of a file that another tool wrote, so that it can be reported and compared as our own runs are.

What is not known stays unknown: the seed, the device, how the samples were taken. The samples of a file are those of
one process, and a run of one process has no spread between processes, so its times have no intervals.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.results.folder import PLAN_FILE, FolderError, RunFolder
from bench.results.imported_meta import SUITE, imported_meta
from bench.results.pytest_json import Benchmark, Document, Scalar, read_pytest_json
from bench.results.rows import Row
from bench.suite.checks import RESERVED
from bench.suite.model import ENVIRONMENT_AXES

#: The file as it was read, in the run's folder.
SOURCE = "pytest-benchmark.json"

#: The axis whose values are the functions that were timed.
FUNCTION = "benchmark"

#: The value of a case on an axis that its function has no parameter for.
NOT_SET = "not set"

ONE_PROCESS = "samples of one process: they carry no spread between processes, so that there is no interval"
SUMMARY_ONLY = "only a summary of the samples is in the file"
TOO_SHORT = "its median is 0 s: shorter than its timer can tell"

_LONGEST = 60


def import_pytest_benchmark(
    file: Path, reports: Path, *, subject: str = FUNCTION, command: Sequence[str] = ()
) -> tuple[Path, Document]:
    """Make a run of the JSON that ``pytest --benchmark-json`` wrote.

    Args:
        file: What to read.
        reports: The run's folder is made in there.
        subject: The axis whose values are compared: the functions, or one of their parameters by its name.
        command: The command line to record.

    Returns:
        The run's folder, and what was read.

    Raises:
        FolderError: The file is not of pytest-benchmark, something in it is wrong, or no parameter is called
            ``subject``. Nothing is left behind then.
        OSError: The file cannot be read, or the folder cannot be written.
    """
    data = file.read_bytes()
    document = read_pytest_json(file, data)
    points, labels = _points(document)
    axes = {axis: list(dict.fromkeys(point[axis] for point in points)) for axis in points[0]}
    chosen = _subject(file, subject, axes, labels)
    rows = [_row(one, point, chosen) for one, point in zip(document.benchmarks, points, strict=True)]
    meta = imported_meta(file, document, axes, labels, chosen, len(rows), len({row.group for row in rows}))
    meta["command"] = list(command)
    meta["imported"]["sha256"] = hashlib.sha256(data).hexdigest()
    return _stored(data, document, rows, meta, reports), document


def _stored(data: bytes, document: Document, rows: Sequence[Row], meta: Mapping[str, Any], reports: Path) -> Path:
    """Write the run's folder aside and move it into its place, so that there is a whole one or none."""
    missing = [one for one in (reports, *reports.parents) if not one.exists()]
    about = f"# No suite: imported from the JSON of pytest-benchmark {' '.join(document.version.split())}.\n"
    try:
        reports.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".import-", dir=reports) as aside:
            with closing(RunFolder.create(Path(aside), meta, [], about)) as folder:
                # Without a plan, nobody can be told to resume it.
                (folder.path / PLAN_FILE).unlink()
                (folder.path / SOURCE).write_bytes(data)
                _write(folder, document.benchmarks, rows)
            name, number = str(meta["run_id"]), 2
            while (reports / name).exists():
                name, number = f"{meta['run_id']}-{number}", number + 1
            folder.update_meta(run_id=name)
            os.rename(folder.path, reports / name)
    except BaseException:
        for one in missing:
            if one.is_dir() and not any(one.iterdir()):
                one.rmdir()
        raise
    return reports / name


def _write(folder: RunFolder, benchmarks: Sequence[Benchmark], rows: Sequence[Row]) -> None:
    groups: dict[str, list[str]] = {}
    for one, row in zip(benchmarks, rows, strict=True):
        groups.setdefault(row.group, []).append(row.case)
        for number, seconds in enumerate(_processes(one)):
            record = {"case": row.case, "replicate": number, "calls": one.iterations, "seconds": list(seconds)}
            folder.write_samples(record)
    folder.write_rows(rows)
    for group, cases in groups.items():
        folder.finish_group(group, cases, {})


def _processes(one: Benchmark) -> list[tuple[float, ...]]:
    """The samples of each process."""
    if one.estimate is not None:
        return [(value,) for value in one.seconds]
    return [one.seconds] if one.seconds else []


def _row(one: Benchmark, point: Mapping[str, Scalar], subject: str) -> Row:
    group = "/".join([SUITE, *(f"{axis}={_text(value)}" for axis, value in point.items() if axis != subject)])
    place: dict[str, Any] = {
        "case": f"{SUITE}/{one.fullname}",
        "group": group,
        "subject": _text(point[subject]),
        "axes": dict(point),
        "metric": "time",
        "unit": "s",
    }
    if one.median == 0:
        return Row(**place, status="unsupported", reason=TOO_SHORT)
    told: dict[str, Any] = {"value": one.median, "replicates": 1, "notes": (ONE_PROCESS,)}
    if one.estimate is not None:
        known = one.estimate
        told = {"value": known.value, "low": known.low, "high": known.high, "level": known.level}
        told |= {"replicates": one.rounds, "notes": ()}
    elif not one.seconds:
        told["notes"] = (ONE_PROCESS, SUMMARY_ONLY)
    extra: dict[str, Any] = {"calls": one.iterations, "stopped": ""}
    if one.least > 0 and one.estimate is None:
        extra["median_over_min"] = one.median / one.least
    return Row(**place, **told, samples=one.rounds, extra=extra)


def _points(document: Document) -> tuple[list[dict[str, Scalar]], dict[str, str]]:
    """The place of each benchmark on the axes, and the words for axes and values."""
    benchmarks = document.benchmarks
    names = _axis_names(benchmarks)
    labels = {axis: name for name, axis in names.items() if axis != name}
    points: list[dict[str, Scalar]] = [{FUNCTION: one.function} for one in benchmarks]
    if any(one.group for one in benchmarks):
        for one, point in zip(benchmarks, points, strict=True):
            point["benchmark_group"] = one.group or NOT_SET
        labels["benchmark_group"] = "group"
    for name, axis in names.items():
        for one, point in zip(benchmarks, points, strict=True):
            point[axis] = one.params.get(name, NOT_SET)
    if len({tuple(map(_text, point.values())) for point in points}) < len(points):
        # Parameters that look alike once they are written down are told apart by the ids that pytest gave them.
        for one, point in zip(benchmarks, points, strict=True):
            point["parameters"] = one.param or NOT_SET
    short = {function: function.rpartition("::")[2] for function in dict.fromkeys(one.function for one in benchmarks)}
    if len(set(short.values())) == len(short):
        labels |= {f"{FUNCTION}={function}": name for function, name in short.items() if name and name != function}
    return points, labels


def _axis_names(benchmarks: Sequence[Benchmark]) -> dict[str, str]:
    """Each parameter's axis: its own name, unless that is no name for an axis or has another meaning."""
    taken = {*RESERVED, *ENVIRONMENT_AXES, FUNCTION, "benchmark_group", "parameters", "copy", ""}
    names: dict[str, str] = {}
    for name in dict.fromkeys(name for one in benchmarks for name in one.params):
        base = re.sub("[^A-Za-z0-9_]", "_", name)[:_LONGEST]
        base = f"_{base}" if base[:1].isdigit() else base
        axis, number = base, 2
        if axis in taken:
            axis = base = f"{base}_param"
        while axis in taken:
            axis, number = f"{base}_{number}", number + 1
        taken.add(axis)
        names[name] = axis
    return names


def _subject(file: Path, given: str, axes: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    known = {labels.get(axis, axis): axis for axis in axes} | {axis: axis for axis in axes}
    if given in known:
        return known[given]
    close = difflib.get_close_matches(given, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"expected one of {', '.join(axes)}"
    raise FolderError(f"{file}: the subject: got {given!r}; {hint}")


def _text(value: Scalar) -> str:
    """A value as the analysis writes it: truth values as in TOML, whole numbers without decimals."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
