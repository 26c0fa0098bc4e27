"""Reads the JSON of pytest-benchmark, strictly: anything else is refused with its place and what was expected."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, TypeGuard

from bench.results.folder import FolderError

#: The key under which our own exports keep what pytest-benchmark has no place for.
OWN = "crossover_bench"

#: What an export of ours says of its rounds; without it they are the samples of one process.
PROCESSES = "one value for each process: the median of its samples"

Scalar = str | int | float | bool

#: Integers beyond this size are no longer exact as floats, and no sizes of anything.
_LARGEST = 2**53

_LONGEST = 60


@dataclass(frozen=True)
class Estimate:
    """What an export of ours says of a case: its time in s, and the interval if it has one."""

    value: float
    low: float | None
    high: float | None
    level: float | None


@dataclass(frozen=True)
class Benchmark:
    """One benchmark.

    Attributes:
        function: Its full name without parameters, ``tests/test_fft.py::test_fft``.
        fullname: Its full name, which tells it from all others of the file.
        group: The group it was put in by its author, if any.
        param: The id that pytest gave its parameters; empty without any.
        params: Its parameters; what is no text, number or truth value is JSON text.
        seconds: Seconds per call of each round; empty where the file has their summary only.
        median: Median seconds per call.
        rounds: How many rounds there were.
        iterations: Calls in a round.
        least: Least seconds per call.
        estimate: Set in exports of ours only: the rounds are processes then.
    """

    function: str
    fullname: str
    group: str | None
    param: str
    params: dict[str, Scalar]
    seconds: tuple[float, ...]
    median: float
    rounds: int
    iterations: int
    least: float
    estimate: Estimate | None


@dataclass(frozen=True)
class Document:
    """One file: when it was written (ISO), by which version, on what machine, from which commit."""

    written: str
    version: str
    machine: dict[str, Any]
    commit: dict[str, Any]
    benchmarks: tuple[Benchmark, ...]


def read_pytest_json(file: Path, data: bytes) -> Document:
    """Read the content of ``file``.

    Raises:
        FolderError: It is no JSON, not of pytest-benchmark, or something in it is not as it must be.
    """
    try:
        found = _cleaned(json.loads(data))
    except RecursionError:
        raise FolderError(f"{file}: no file of pytest-benchmark: it is nested too deeply") from None
    except ValueError as error:
        raise FolderError(f"{file}: got no JSON ({_line(error)}), expected a file of pytest --benchmark-json") from None
    return _Reader(file).document(found)


@dataclass(frozen=True)
class _Reader:
    file: Path

    def document(self, data: Any) -> Document:
        if not isinstance(data, dict) or not isinstance(data.get("benchmarks"), list) or "datetime" not in data:
            kind = f"an object with {_few(data)}" if isinstance(data, dict) else _shown(data)
            expected = "the JSON of pytest-benchmark, an object with benchmarks, datetime and machine_info"
            raise FolderError(f"{self.file}: got {kind}, expected {expected}")
        if not data["benchmarks"]:
            self.refuse("benchmarks", [], "at least one benchmark")
        seen: dict[str, int] = {}
        benchmarks = []
        for number, item in enumerate(data["benchmarks"]):
            one = self.benchmark(f"benchmarks[{number}]", item)
            if one.fullname in seen:
                self.refuse(f"benchmarks[{number}].fullname", one.fullname,
                            f"another name than that of benchmarks[{seen[one.fullname]}]")  # fmt: skip
            seen[one.fullname] = number
            benchmarks.append(one)
        return Document(
            written=self.moment(data["datetime"]),
            version=str(data.get("version") or "unknown"),
            machine=self.mapping("machine_info", data.get("machine_info")),
            commit=self.mapping("commit_info", data.get("commit_info")),
            benchmarks=tuple(benchmarks),
        )

    def benchmark(self, place: str, item: Any) -> Benchmark:
        if not isinstance(item, dict):
            self.refuse(place, item, "an object")
        name = item.get("fullname") or item.get("name")
        if not isinstance(name, str) or not name:
            self.refuse(f"{place}.fullname", name, "the name of the benchmark")
        stats = item.get("stats")
        if not isinstance(stats, dict):
            self.refuse(f"{place}.stats", stats, "an object with median, rounds and, if they were saved, data")
        param = item.get("param")
        if param is not None and not isinstance(param, str):
            self.refuse(f"{place}.param", param, "text or null")
        seconds = self.seconds(f"{place}.stats.data", stats.get("data"))
        median = statistics.median(seconds) if seconds else self.time(f"{place}.stats.median", stats.get("median"))
        group = item.get("group")
        return Benchmark(
            function=_function(name, param or ""),
            fullname=name,
            group=str(group) if group not in (None, "") else None,
            param=param or "",
            params={key: _scalar(value) for key, value in self.mapping(f"{place}.params", item.get("params")).items()},
            seconds=seconds,
            median=median,
            rounds=len(seconds) or self.count(f"{place}.stats.rounds", stats.get("rounds")),
            iterations=self.count(f"{place}.stats.iterations", stats.get("iterations", 1)),
            least=min(seconds) if seconds else self.time(f"{place}.stats.min", stats.get("min", median)),
            estimate=_estimate(item.get("extra_info")) if seconds and min(seconds) > 0 else None,
        )

    def seconds(self, place: str, data: Any) -> tuple[float, ...]:
        if data is None:
            return ()
        if not isinstance(data, list):
            self.refuse(place, data, "a list of seconds")
        return tuple(self.time(f"{place}[{number}]", value) for number, value in enumerate(data))

    def time(self, place: str, value: Any) -> float:
        # All whole numbers up to here are finite as floats.
        if not _number(value) or not 0 <= value < _LARGEST:
            self.refuse(place, value, "a number of seconds of 0 or more")
        return float(value)

    def count(self, place: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value < _LARGEST:
            self.refuse(place, value, "a whole number from 1 on")
        return int(value)

    def mapping(self, place: str, value: Any) -> dict[str, Any]:
        if value is not None and not isinstance(value, dict):
            self.refuse(place, value, "an object or null")
        return value or {}

    def moment(self, value: Any) -> str:
        try:
            # Before Python 3.11, no Z for UTC.
            return datetime.fromisoformat(str(value).replace("Z", "+00:00")).isoformat()
        except ValueError:
            self.refuse("datetime", value, "an ISO time, such as 2026-11-23T12:00:00+00:00")

    def refuse(self, place: str, given: Any, expected: str) -> NoReturn:
        raise FolderError(f"{self.file}: {place}: got {_shown(given)}, expected {expected}")


def _estimate(extra: Any) -> Estimate | None:
    """What an export of ours says of the case; ``None`` where the file is none, or says what cannot be."""
    own = extra.get(OWN) if isinstance(extra, dict) else None
    if not isinstance(own, dict) or own.get("data") != PROCESSES:
        return None
    value, low, high, level = (own.get(key) for key in ("value", "low", "high", "level"))
    if not _number(value) or not 0 < value < _LARGEST:
        return None
    if _number(low) and _number(high) and _number(level) and 0 < level < 1 and 0 < low <= value <= high < _LARGEST:
        return Estimate(float(value), float(low), float(high), float(level))
    return Estimate(float(value), None, None, None)


def _function(name: str, param: str) -> str:
    """What was timed, without its parameters: ``test_a`` of ``test_a[8]``; of a suite's case, ours, the suite's name.

    Cases are called by their id, behind the suite's file. Files of older versions have ``mine[kernel=a/n=8]``.
    """
    if "/" in param and name.endswith(f"::{param}"):
        return param.partition("/")[0]
    return (name.removesuffix(f"[{param}]") if param else "") or name


def _number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _scalar(value: Any) -> Scalar:
    """A parameter as the value of an axis."""
    if isinstance(value, str | bool | float) or (isinstance(value, int) and abs(value) < _LARGEST):
        return value
    return "None" if value is None else json.dumps(value, sort_keys=True, ensure_ascii=False)


def _cleaned(data: Any) -> Any:
    """JSON without what cannot be stored: halves of characters are replaced, numbers that are not finite are text."""
    if isinstance(data, str):
        return data.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(data, float) and not math.isfinite(data):
        return str(data)
    if isinstance(data, list):
        return [_cleaned(item) for item in data]
    if isinstance(data, dict):
        return {_cleaned(key): _cleaned(value) for key, value in data.items()}
    return data


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _few(data: Mapping[str, Any]) -> str:
    names = [_shown(name) for name in list(data)[:4]]
    return ", ".join(names) + (" …" if len(data) > len(names) else "") if names else "nothing in it"


def _line(error: ValueError) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= _LONGEST * 2 else f"{text[: _LONGEST * 2]}…"
