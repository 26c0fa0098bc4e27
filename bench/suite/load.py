"""Reads a suite: finds it, checks it whole, applies a preset and the command line's overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.suite.against import against_problem, edition_against, installation_of
from bench.suite.catalogue import find_suite
from bench.suite.checks import Axes, check_parameters, table
from bench.suite.claim_checks import check_claims
from bench.suite.claim_tables import claim
from bench.suite.decisions import check_compare, compare_of, compared, dropped_problems, settings_of
from bench.suite.declarations import check_declarations
from bench.suite.declared import chart_map, hypothesis, law, trend
from bench.suite.document import Document, read_document
from bench.suite.installations import check_installations, used_installations
from bench.suite.model import (
    ENVIRONMENT_AXES,
    INSTALLATION,
    Baseline,
    Crossover,
    Environment,
    Installation,
    Measure,
    Scalar,
    Share,
    Suite,
)
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
    against: str | None = None,
) -> Suite:
    """Read and check a suite.

    Args:
        name_or_path: A built-in suite's name, or the path of a TOML file.
        preset: One of the suite's presets.
        overrides: Values that replace those of an axis, a fixed parameter or a setting of the environment; they are
            applied after the preset.
        budget: Replaces ``measure.budget_s``, or ``compare.budget_s`` where comparisons decide.
        folder: What a ``./file.py`` workload is relative to, if not to the suite's own folder; a stored copy of a suite
            has moved away from its workload. Installations are relative to it too.
        against: Another installation, as ``--against`` names it (:func:`~bench.suite.against.installation_of`); each
            case is then measured there and here, and everything else the suite compares is left out.

    Raises:
        SuiteError: With every problem found.
    """
    path = find_suite(name_or_path)
    document = read_document(path)
    tables, problems = check_shape(document)
    meaning = check_parameters(document, folder or path.parent)
    shape_keys = {problem.key for problem in problems}
    later = [*meaning.problems]
    for check in (check_references, check_seeds, check_declarations, check_claims, check_installations, check_compare):
        later += check(document, meaning)
    problems += [problem for problem in later if problem.key not in shape_keys]
    problems += budget_problems(budget)
    chosen, faults = _preset(preset, path.stem, tables, document)
    problems += faults
    other, faults = _other(against, document, folder or path.parent)
    problems += faults
    if tables is None:
        raise SuiteError(problems)
    axes = {**meaning.axes, **(meaning.preset_axes.get(preset, {}) if preset else {})}
    fixed = {**tables.fixed, **(chosen.fixed if chosen else {})}
    parameters = {name: found for name in (*axes, *fixed, *ENVIRONMENT_AXES) if (found := meaning.parameter(name))}
    changed, faults = sort_overrides(overrides or {}, axes, fixed, parameters)
    problems += faults
    if problems:
        raise SuiteError(problems)
    suite = _suite(document, path, tables, chosen, preset)
    suite = _overridden(suite, {**axes, **changed.axes}, {**fixed, **changed.fixed}, changed, budget)
    layers = [layer for layer in (tables.compare, chosen.compare if chosen else None) if layer is not None]
    settings = settings_of(layers, budget)
    if other is not None:
        return edition_against(suite, other, settings)
    compare = compare_of(settings, suite.axes[suite.subject]) if layers else None
    installations, problems = used_installations(document, suite.axes.get(INSTALLATION, ()), folder or path.parent)
    problems += dropped_problems(compare, suite.subject, changed.axes.get(suite.subject))
    if problems:
        raise SuiteError(problems)
    return replace(suite, compare=compare, measure=compared(suite.measure, compare), installations=installations)


def _preset(
    name: str | None, suite: str, tables: SuiteFile | None, document: Document
) -> tuple[PresetTable | None, list[Problem]]:
    """The chosen preset, and what is wrong with the choice."""
    if name is None:
        return None, []
    known = list(table(document.data, "presets"))
    if name not in known:
        expected = f"a preset of {suite} ({', '.join(known)})" if known else f"no preset: {suite} has none"
        return None, [Problem("--preset", None, "", name, expected, nearest(name, known))]
    return (tables.presets[name] if tables else None), []


def _other(against: str | None, document: Document, folder: Path) -> tuple[Installation | None, list[Problem]]:
    """The installation that ``--against`` names, and what is wrong with it."""
    if against is None:
        return None, []
    key = ("axes", INSTALLATION)
    if document.value(key) is not None:
        expected = f"a suite without an axis {INSTALLATION}; {document.file}:{document.line(key)} declares one already"
        return None, [against_problem(against, expected)]
    try:
        return installation_of(against, folder), []
    except SuiteError as error:
        return None, error.problems


def _suite(document: Document, path: Path, tables: SuiteFile, chosen: PresetTable | None, preset: str | None) -> Suite:
    """The suite with its preset's settings; its axes and parameters are filled in later."""
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
        axes={},
        fixed={},
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
        claims=tuple(map(claim, tables.claim)),
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


_COUNTS = ("samples", "seeds", "servers")


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
