"""Reads a suite: finds it, checks it whole, applies a preset and the command line's overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.suite.catalogue import find_suite
from bench.suite.checks import Axes, Meaning, check_parameters
from bench.suite.declarations import check_declarations
from bench.suite.declared import chart_map, hypothesis, law, trend
from bench.suite.document import Document, read_document
from bench.suite.model import ENVIRONMENT_AXES, Baseline, Crossover, Environment, Measure, Scalar, Share, Suite
from bench.suite.overrides import Overrides, budget_problems, sort_overrides
from bench.suite.problems import Problem, SuiteError, nearest
from bench.suite.references import check_references
from bench.suite.seeds import check_seeds
from bench.suite.shape import check_shape
from bench.suite.tables import CrossoverTable, EnvironmentTable, MeasureTable, PresetTable, SuiteFile


def load_suite(
    name_or_path: str | Path,
    *,
    preset: str | None = None,
    overrides: Mapping[str, Sequence[Scalar]] | None = None,
    budget: float | None = None,
    folder: Path | None = None,
) -> Suite:
    """Read and check a suite.

    Args:
        name_or_path: A built-in suite's name, or the path of a TOML file.
        preset: One of the suite's presets.
        overrides: Values that replace those of an axis, a fixed parameter or a setting of the environment; they are
            applied after the preset.
        budget: Replaces ``measure.budget_s``.
        folder: What a ``./file.py`` workload is relative to, if not to the suite's own folder; a stored copy of a suite
            has moved away from its workload.

    Raises:
        SuiteError: With every problem found.
    """
    path = find_suite(name_or_path)
    document = read_document(path)
    tables, problems = check_shape(document)
    meaning = check_parameters(document, folder or path.parent)
    shape_keys = {problem.key for problem in problems}
    later = [*meaning.problems]
    for check in (check_references, check_seeds, check_declarations):
        later += check(document, meaning)
    problems += [problem for problem in later if problem.key not in shape_keys]
    problems += budget_problems(budget)
    chosen: PresetTable | None = None
    if preset is not None:
        known = list(tables.presets if tables else document.data.get("presets", {}))
        if preset not in known:
            expected = f"a preset of {path.stem} ({', '.join(known)})" if known else f"no preset: {path.stem} has none"
            problems.append(Problem("--preset", None, "", preset, expected, nearest(preset, known)))
        elif tables is not None:
            chosen = tables.presets[preset]
    if tables is None:
        raise SuiteError(problems)
    axes = {**meaning.axes, **(meaning.preset_axes.get(preset, {}) if preset else {})}
    fixed = {**tables.fixed, **(chosen.fixed if chosen else {})}
    parameters = {name: found for name in (*axes, *fixed, *ENVIRONMENT_AXES) if (found := meaning.parameter(name))}
    changed, faults = sort_overrides(overrides or {}, axes, fixed, parameters)
    problems += faults
    if problems:
        raise SuiteError(problems)
    suite = _suite(document, path, tables, meaning, chosen, preset)
    return _overridden(suite, {**axes, **changed.axes}, {**fixed, **changed.fixed}, changed, budget)


def _suite(
    document: Document, path: Path, tables: SuiteFile, meaning: Meaning, chosen: PresetTable | None, preset: str | None
) -> Suite:
    head = tables.suite
    preset_environment = chosen.environment if chosen else EnvironmentTable()
    preset_measure = chosen.measure if chosen else MeasureTable()
    measure = _measure(tables.measure, preset_measure)
    return Suite(
        name=head.name,
        title=head.title or head.name,
        description=head.description.strip(),
        path=path,
        text=document.text,
        workload=head.workload,
        subject=head.subject,
        axes=meaning.axes,
        fixed=tables.fixed,
        environment=_environment(tables.environment, preset_environment),
        measure=measure,
        device=head.device,
        interleave=tuple(head.interleave),
        crossovers=tuple(_crossover(table, measure) for table in tables.crossover),
        share=Share(tables.share.axis, tables.share.whole, tuple(tables.share.shared)) if tables.share else None,
        hypotheses=tuple(map(hypothesis, tables.hypothesis)),
        laws=tuple(map(law, tables.law)),
        maps=tuple(map(chart_map, tables.map)),
        trends=tuple(map(trend, tables.trend)),
        labels=dict(tables.labels),
        sources=tuple(head.sources),
        preset=preset,
        presets=tuple(tables.presets),
    )


def _overridden(suite: Suite, axes: Axes, fixed: dict[str, Scalar], changed: Overrides, budget: float | None) -> Suite:
    environment = replace(suite.environment, **changed.environment)  # type: ignore[arg-type]  # checked by name
    measure = suite.measure if budget is None else replace(suite.measure, budget_s=float(budget))
    return replace(suite, axes=axes, fixed=fixed, environment=environment, measure=measure)


def _environment(*layers: EnvironmentTable) -> Environment:
    """Later layers win; what none of them sets keeps its default."""
    settings: dict[str, Scalar] = {}
    for layer in layers:
        settings.update(layer.model_dump(exclude_none=True))
    return Environment(**settings)  # type: ignore[arg-type]  # checked by the shape


_COUNTS = ("samples", "seeds")


def _measure(*layers: MeasureTable) -> Measure:
    settings: dict[str, object] = {}
    for layer in layers:
        for key, value in layer.model_dump(exclude_none=True).items():
            settings[key] = tuple(value) if isinstance(value, list) else value if key in _COUNTS else float(value)
    return Measure(**settings)  # type: ignore[arg-type]  # checked by the shape


def _crossover(table: CrossoverTable, measure: Measure) -> Crossover:
    everything = Crossover.metrics
    metrics = tuple(table.metrics) if table.metrics else tuple(name for name in everything if name in measure.metrics)
    baselines = tuple(Baseline(baseline.name, tuple(baseline.members)) for baseline in table.baselines)
    return Crossover(table.axis, baselines, metrics, table.relative_to)
