"""From two runs, or one, to their comparison."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.analysis.compare import conditions
from bench.analysis.compare.changes import Status, change_table, failed, of_other_suites, statuses, time_statuses
from bench.analysis.compare.exact import exact_metrics
from bench.analysis.compare.judgement import Compared, frame_of, judge
from bench.analysis.compare.matching import device_kind, matched
from bench.analysis.compare.model import REFUSED_COLUMNS, Comparison, Side, axis_column
from bench.analysis.compare.pairs import Look, Process, Times, processes
from bench.analysis.compare.wording import control_sentence, summary_sentences
from bench.analysis.tables import build, extras, plain, present, rows_of
from bench.analysis.wording import value_words

#: Why a case is left out whose part is the same for every subject, and so is measured under the first one only.
_REPEAT = "the same for every"


def compare_runs(
    old: Side, new: Side, *, level: float = 0.99, band: float = 0.02, allow: Collection[str] = ()
) -> Comparison:
    """Compare two runs, measured apart.

    Args:
        old: The run to compare with.
        new: The run whose times are divided by the other's.
        level: Confidence of each interval; the false discovery rate of the table is the rest.
        band: Relative difference that counts as none.
        allow: What may differ between cases that are compared all the same: keys of
            :data:`~bench.analysis.compare.model.ALLOWED`.

    Raises:
        ValueError: If ``allow`` has an unknown key, or ``level`` or ``band`` is out of range.
    """
    _check(level, band)
    before, after = _Cases.of(old), _Cases.of(new)
    shared = [case for case in after.places if case in before.places]
    kept, refused, passed = matched(old, new, shared, allow)
    compared = [_compared(after, case, before, case, band, paired=False) for case in kept]
    everyone = [*after.places, *(case for case in before.places if case not in after.places)]
    whole = (_ended(old), _ended(new))
    changes = change_table(((case, *_telling(before, case, after, case)) for case in everyone), whole)
    changes = of_other_suites(changes, _suite(old), _suite(new))
    rows, selection = judge(compared, level, band)
    changed = any(row["metric"] == "time" and row["verdict"] in ("slower", "faster") for row in rows)
    frame = frame_of(rows, after.columns)
    return Comparison(
        old=old.label,
        new=new.label,
        rows=frame,
        changes=changes,
        refused=refused,
        conditions=(*conditions.apart(old, new, changed), *conditions.let_pass(passed)),
        control=control_sentence(selection, level, band),
        summary=tuple(summary_sentences(frame, changes, refused, band, paired=False)),
        level=level,
        band=band,
        paired=False,
        subject=str(new.meta["suite"]["subject"]),
        axes=after.columns,
    )


def compare_within(run: Side) -> Comparison:
    """Compare the subjects of a run with its baseline, measured side by side.

    Level and band are those of the suite's ``[compare]``.

    Raises:
        ValueError: If the suite compares nothing.
    """
    suite = run.meta["suite"]
    settings = suite.get("compare")
    if not settings:
        raise ValueError(f"{run.label}: the suite {suite['name']!r} has no [compare] and was not run with --against")
    subject, baseline = str(suite["subject"]), str(settings["baseline"])
    level, band = float(settings["level"]), float(settings["band"])
    cases = _Cases.of(run)
    others = [axis for axis in suite["axes"] if axis != subject]
    bases = {_key(place, others): case for case, place in cases.places.items() if place["subject"] == baseline}
    pairs = [
        (case, bases[_key(place, others)])
        for case, place in cases.places.items()
        if place["subject"] != baseline and _key(place, others) in bases
    ]
    compared = [_compared(cases, case, cases, base, band, paired=True) for case, base in pairs]
    changes = change_table(
        (case, *_telling(cases, base, cases, case))
        for case, base in pairs
        if not cases.statuses[case][1].startswith(_REPEAT)
    )
    rows, selection = judge(compared, level, band)
    frame, refused = frame_of(rows, cases.columns), build([], REFUSED_COLUMNS)
    # The axis's own values, since a label may stand for a number or a truth value.
    values = {place["subject"]: place[axis_column(subject)] for place in cases.places.values()}
    labels = suite.get("labels") or {}
    names = [name for name in values if name != baseline]
    in_turns = sum(any(conditions.TURNS in note for note in one.notes) for one in compared)
    return Comparison(
        old=value_words(subject, values.get(baseline, baseline), labels),
        new=" and ".join(value_words(subject, values[name], labels) for name in names)
        if len(names) < 3
        else f"{len(names)} others",
        rows=frame,
        changes=changes,
        refused=refused,
        conditions=tuple(conditions.side_by_side(run.meta, baseline, names, in_turns)),
        control=control_sentence(selection, level, band),
        summary=tuple(summary_sentences(frame, changes, refused, band, paired=True)),
        level=level,
        band=band,
        paired=True,
        subject=subject,
        axes=cases.columns,
    )


def _telling(before: _Cases, old: str, after: _Cases, new: str) -> tuple[Status | None, Status | None]:
    """The statuses that tell what became of a case: of its time, where that failed on one side only."""
    times = before.time_statuses.get(old), after.time_statuses.get(new)
    if times[0] and times[1] and failed(times[0][0]) != failed(times[1][0]):
        return times
    return before.statuses.get(old), after.statuses.get(new)


@dataclass(frozen=True)
class _Cases:
    """A run, case by case.

    ``places`` has the first columns of each case's rows, ``columns`` those of them that are axes, ``times`` the row of
    its time if it has one with a value, ``exact`` every other value.
    """

    columns: tuple[str, ...]
    places: dict[str, dict[str, Any]]
    statuses: dict[str, Status]
    time_statuses: dict[str, Status]
    times: dict[str, dict[str, Any]]
    exact: dict[str, dict[str, float]]
    processes: dict[str, dict[int, Process]]
    on_device: bool

    @classmethod
    def of(cls, side: Side) -> _Cases:
        """Read one side."""
        axes = [axis for axis in side.meta["suite"]["axes"] if axis in side.measurements.columns]
        places: dict[str, dict[str, Any]] = {}
        times: dict[str, dict[str, Any]] = {}
        exact: dict[str, dict[str, float]] = {}
        for row in rows_of(side.measurements):
            case = row["case"]
            own = {axis_column(axis): row[axis] for axis in axes}
            places.setdefault(case, {"case": case, "subject": row["subject"], **own})
            if row["status"] != "ok":
                continue
            if row["metric"] == "time":
                if present(row["value"]):
                    times[case] = row
            elif row["value"] is not None:
                exact.setdefault(case, {})[row["metric"]] = float(row["value"])
        columns = tuple(axis_column(axis) for axis in axes)
        on_device = device_kind(side.meta) != "cpu"
        found = processes(side.replicates)
        states, timed = statuses(side.measurements), time_statuses(side.measurements)
        return cls(columns, places, states, timed, times, exact, found, on_device)


def _compared(new: _Cases, case: str, old: _Cases, base: str, band: float, *, paired: bool) -> Compared:
    """One case of ``new`` beside the one of ``old`` that it is compared with."""
    after, before = new.times.get(case), old.times.get(base)
    exact = tuple(exact_metrics(old.exact.get(base, {}), new.exact.get(case, {}), band, new.on_device))
    if after is None or before is None:
        return Compared(new.places[case], None, exact)
    notes = [list(row["notes"]) if isinstance(row["notes"], Sequence) else [] for row in (before, after)]
    both = [note for note in notes[1] if note in notes[0]]
    told = [f"old: {note}" for note in notes[0] if note not in both]
    told += [f"new: {note}" for note in notes[1] if note not in both]
    times = Times(
        old=old.processes.get(base, {}),
        new=new.processes.get(case, {}),
        paired=paired,
        stored=(float(before["value"]), float(after["value"])),
        look=_look(extras(after["extra"]).get("comparison"), base) if paired else None,
    )
    noisy = any(row["noisy"] is True for row in (before, after))
    return Compared(new.places[case], times, exact, noisy, (*both, *told))


def _look(stored: Mapping[str, Any] | None, base: str) -> Look | None:
    """Where a case's comparison with its baseline ended, as its row has it."""
    if not stored or stored.get("baseline") != base:
        return None
    return Look(int(stored["look"]), tuple(int(number) for number in stored["looks"]), float(stored["share"]))


def _key(place: Mapping[str, Any], axes: Iterable[str]) -> tuple[str, ...]:
    """A case's values on some axes; what it has no value for is no matter."""
    return tuple(plain(place.get(axis_column(axis))) for axis in axes)


def _suite(side: Side) -> tuple[str, str]:
    suite = side.meta["suite"]
    return str(suite.get("name", "")), str(suite.get("subject", ""))


def _ended(side: Side) -> bool:
    """Whether a run went to its end."""
    return side.meta.get("finished", "") is not None and not side.meta.get("interrupted")


def _check(level: float, band: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level!r}")
    if not 0 < band < 1:
        raise ValueError(f"band must lie between 0 and 1, got {band!r}")
