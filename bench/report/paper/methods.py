"""The methods paragraphs of a run, made of its facts; every measured number in them is a macro."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.report import units
from bench.report.paper.bibtex import SOFTWARE, Library
from bench.report.paper.macros import Numbers
from bench.report.paper.source import Source
from bench.report.paper.words import code, flow
from bench.suite.copies import COPY
from bench.suite.model import HERE, INSTALLATION


def methods(source: Source, numbers: Numbers, library: Library) -> str:
    """LaTeX of what was measured, on what, how often, and what the intervals mean."""
    parts = [_what(source, numbers, library), _machine(source), _how(source, numbers), _meaning(source)]
    return "\n\n".join(" ".join(part) for part in parts if part) + "\n"


def _what(source: Source, numbers: Numbers, library: Library) -> list[str]:
    view, meta = source.view, source.run.meta
    version = str(meta.get("bench_version", "unknown"))
    name = f"the suite {code(source.suite)}" if view.title == source.suite else (
        f"the suite {code(source.suite)} (\\emph{{{flow(view.title)}}})"
    )  # fmt: skip
    lines = [rf"We ran {name} of Crossover {flow(version)} \cite{{{SOFTWARE}}}."]
    varied = [axis for axis in view.axes if len(view.present(axis)) > 1]
    if varied:
        lines.append(f"It varies {_listed([flow(_axis(source, axis)) for axis in varied])}: "
                     f"{_number(source, numbers, 'cases')} cases in all.")  # fmt: skip
    fixed = view.fixed_words()
    if fixed:
        lines.append(f"The same in every case: {flow(fixed)}.")
    cites = library.all_of(view.suite.get("sources") or ())
    if cites:
        lines.append(f"The workloads follow {cites}.")
    if meta.get("preset"):
        lines.append(f"The preset {code(str(meta['preset']))} was run.")
    if meta.get("where"):
        lines.append(f"Only cases with {flow('; '.join(str(rule) for rule in meta['where']))} were run.")
    later = view.suite.get("claims_later")
    if later:
        lines.append(f"The claims were declared after the run had been measured, in {code(str(later['file']))} "
                     f"(SHA-256 {code(str(later['sha256'])[:16])}\\dots).")  # fmt: skip
    return lines


def _internal(setting: str, value: object) -> bool:
    """Whether a setting is one that no author chose: the command's own installation, or the number of a copy."""
    return (setting == INSTALLATION and value == HERE) or setting == COPY


def _axis(source: Source, axis: str) -> str:
    values = source.view.present(axis)
    word = source.view.axis_word(axis)
    if len(values) <= 4:
        return f"{word} ({', '.join(source.view.cell_word(axis, value) for value in values)})"
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return f"{word} ({len(values)} values from {min(values):g} to {max(values):g})"
    return f"{word} ({len(values)} values)"


def _machine(source: Source) -> list[str]:
    meta = source.run.meta
    machine, software = meta.get("machine") or {}, meta.get("software") or {}
    device = str(meta.get("device", "unknown"))
    cpu = machine.get("cpu") if isinstance(machine.get("cpu"), Mapping) else {}
    words = []
    if cpu:
        cores = cpu.get("usable_cores") or cpu.get("cores")
        words.append(f"{cpu.get('model', 'an unknown processor')}" + (f", {cores} cores" if cores else ""))
    if units.known(machine.get("memory_bytes")):
        words.append(f"{units.quantity(float(machine['memory_bytes']), 'B')} of memory")
    system = " ".join(str(machine[key]) for key in ("system", "kernel") if machine.get(key)) or machine.get("platform")
    words += [str(system)] if system else []
    words += [_gpu(one) for one in machine.get("gpus") or ()]
    lines = [f"The device was {flow(device)}" + (f" on a machine with {flow('; '.join(words))}." if words else ".")]
    if not words and machine:
        shown = "; ".join(f"{key}: {value}" for key, value in machine.items())
        lines.append(f"Of the machine the run says: {flow(shown)}.")
    packages = software.get("packages")
    if not isinstance(packages, Mapping):
        packages = {key: value for key, value in software.items() if not isinstance(value, Mapping)}
    named = [f"{key} {value}" for key, value in packages.items() if value]
    if software.get("python") and "python" not in packages:
        named.insert(0, f"Python {software['python']}")
    if named:
        lines.append(f"Software: {flow(', '.join(named))}.")
    others = [name for name in meta.get("installations") or {} if name != HERE]
    if others:
        lines.append(f"Installations measured beside it: {flow(', '.join(others))}.")
    environment = source.view.suite.get("environment") or {}
    chosen = {
        key: value for key, value in environment.items() if key not in source.view.axes and not _internal(key, value)
    }
    if chosen:
        shown = ", ".join(f"{key} {value}" for key, value in chosen.items())
        lines.append(f"Set before each interpreter starts: {flow(shown)}.")
    return lines


def _gpu(gpu: object) -> str:
    if not isinstance(gpu, Mapping):
        return str(gpu)
    memory = gpu.get("memory_bytes")
    return str(gpu.get("name", "a GPU")) + (f" with {units.quantity(float(memory), 'B')}" if units.known(memory) and
                                            memory is not None else "")  # fmt: skip


def _how(source: Source, numbers: Numbers) -> list[str]:
    view, measure = source.view, source.view.suite.get("measure") or {}
    metrics = [str(name) for name in measure.get("metrics") or ()]
    lines = []
    if source.analysis.noise.cases:
        least, _, most = source.analysis.noise.replicates
        many = "one fresh process" if most == 1 else f"{_number(source, numbers, 'processes', 'least')} fresh processes"
        if least < most:
            many = (
                f"{_number(source, numbers, 'processes', 'least')} to {_number(source, numbers, 'processes', 'most')} "
                f"fresh processes (median {_number(source, numbers, 'processes', 'median')})"
            )
        together = [view.axis_word(view.subject_axis), *(view.axis_word(a) for a in view.suite.get("interleave") or ())]
        lines += [
            f"Each case was timed in {many}.",
            f"Processes of cases that differ in {flow(_listed(together))} only ran side by side and took turns in "
            f"random order (seed {flow(str(source.run.meta.get('seed', 'unknown')))}), so that what disturbs the "
            "machine falls on all of them alike.",
            f"A process took at least {flow(str(measure.get('samples', 'some')))} samples, each a batch of calls of at "
            f"least {_seconds(measure.get('sample_s'))}, after a warm-up of at most "
            f"{_seconds(measure.get('warmup_s'))}.",
            *([_stop(source, measure)] if most > 1 else []),
        ]
    others = [name for name in metrics if name != "time"]
    if others:
        named = _listed([_PASSES.get(name, name) for name in others])
        verb = "was" if len(others) == 1 else "were"
        lines.append(f"{flow(named[:1].upper() + named[1:])} {verb} measured in passes of their own, in which nothing "
                     "is timed.")  # fmt: skip
    if "error" in metrics:
        lines.append("Errors are against the same computation in float64 on the same inputs.")
    if "flops" in metrics:
        lines.append("One multiply-add counts as two FLOPs.")
    if "outcome" in metrics:
        seeds = int(measure.get("seeds") or 1)
        lines.append(
            f"The workload's own numbers come from {seeds} seeds, each in a fresh process."
            if seeds > 1
            else "The workload's own numbers come from one process; their intervals are over its draws of inputs."
        )
    return lines


_PASSES = {
    "flops": "FLOPs",
    "error": "numerical error",
    "memory": "peak memory",
    "outcome": "the workload's own numbers",
}


def _stop(source: Source, measure: Mapping[str, Any]) -> str:
    compare = source.view.suite.get("compare")
    if compare:
        return (
            f"Pairs of processes, a case beside {flow(source.view.subject_word(str(compare['baseline'])))}, were added "
            f"until the comparison was decided at {_percent(compare['level'])} confidence or "
            f"{_seconds(compare['budget_s'])} were spent on a case."
        )
    return (
        f"Measuring a case stopped when the half-width of the interval of its time was within "
        f"$\\pm${_percent(measure.get('target'))} of the time, or when {_seconds(measure.get('budget_s'))} were spent "
        "on it."
    )


def _meaning(source: Source) -> list[str]:
    measure = source.view.suite.get("measure") or {}
    lines = []
    noise = source.analysis.noise
    if noise.cases and noise.replicates[2] == 1:
        lines = [
            "A time is the median of the samples of its one process and has no interval, nor have ratios of times."
        ]
    elif noise.cases:
        single = "; a time that was measured in one process has none" if noise.replicates[0] == 1 else ""
        lines = [
            "A process counts as the median of its samples; a time is the geometric mean over processes, its interval "
            f"Student's $t$ on the logarithms at {_percent(measure.get('level'))} confidence{single}.",
            "Ratios are taken between processes that ran side by side, and averaged after.",
        ]
    if not source.analysis.crossovers.empty:
        lines.append("A crossover is the point from which a method needs less than the baseline, to the end of the "
                     "measured range.")  # fmt: skip
    if _uncertain(source):
        lines.append(r"A number such as \num{12.3(4)} is $12.3 \pm 0.4$; uncertainties cover the stored interval and "
                     "are rounded up.")  # fmt: skip
    return lines


def _uncertain(source: Source) -> bool:
    """Whether any number is printed with an uncertainty."""
    frames = (source.view.measurements, source.analysis.ratios, source.analysis.laws)
    return any(len(frame) and bool((frame["high"] > frame["low"]).any()) for frame in frames)


def _number(source: Source, numbers: Numbers, *words: str) -> str:
    key = source.fact(*words)
    return numbers.num(key) if key in numbers else "an unknown number of"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _percent(value: object) -> str:
    return rf"\qty{{{100 * value:g}}}{{\percent}}" if isinstance(value, int | float) else "an unknown share"


def _seconds(value: object) -> str:
    if not isinstance(value, int | float):
        return "an unknown time"
    scale = units.scale_of(float(value), "s")
    return rf"\qty{{{value / scale.factor:g}}}{{{scale.tex}}}"
