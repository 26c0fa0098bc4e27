"""A run that was interrupted: nothing is said of the part that it did not reach, and no verdict rests on it."""

from __future__ import annotations

from typing import Any

import pytest

from bench.analysis.claims import judge_claims
from bench.analysis.summary import analyse
from bench.analysis.unreached import NOT_REACHED, with_unreached
from tests.analysis.claim_frames import claim, exact_crossing
from tests.analysis.frames import Bench, meta, question

REACHED, PLANNED = (16, 256, 1000), (16, 256, 1000, 10_000, 100_000)
CROSSING = {"axis": "n", "subject": "linear", "baseline": "sdpa"}


def cut_off(bench: Bench, *claims: dict[str, Any], planned: tuple[int, ...] = PLANNED) -> dict[str, Any]:
    """``run.json`` of a run that did not come to the lengths that the bench has no rows of."""
    axes = {"kernel": ["linear", "sdpa"], "n": list(planned)}
    measured = {row["n"] for row in bench.rows}
    lacking = [
        {"id": f"kernel={kernel}/n={n}", "group": f"n={n}", "subject": kernel, "axes": {"kernel": kernel, "n": n}}
        for n in planned
        if n not in measured
        for kernel in axes["kernel"]
    ]
    about = meta(axes, question(("sdpa",), metrics=("flops",)), claims=list(claims))
    return {**about, "cases": 2 * len(planned), "not_reached": lacking, "interrupted": True}


def verdict(bench: Bench, one: dict[str, Any], planned: tuple[int, ...] = PLANNED) -> tuple[str, str]:
    found = judge_claims(cut_off(bench, one, planned=planned), bench.measurements, bench.replicates).claims
    (row,) = found.to_dict("records")
    return row["verdict"], row["uncovered"]


@pytest.mark.parametrize(
    ("spec", "at", "expected", "whole"),
    [
        # Overtakes at 64 of 16 to 1000: at the unmeasured lengths it may fall behind again.
        ({"never": True}, 64, "unclear", "fails"),
        ({"below": 128}, 64, "unclear", "holds"),
        ({"above": 128}, 64, "unclear", "fails"),
        ({"above": 32}, 64, "holds", "holds"),
        ({"within": [60, 70]}, 64, "unclear", "holds"),
        # Below everywhere up to 1000.
        ({"never": True}, 8, "unclear", "fails"),
        ({"below": 32}, 8, "unclear", "holds"),
        # Not below at 1000: it may be so later.
        ({"never": True}, 2000, "unclear", "holds"),
        ({"above": 900}, 2000, "holds", "holds"),
        ({"below": 900}, 2000, "fails", "fails"),
        ({"below": 50_000}, 2000, "unclear", "unclear"),
    ],
)
def test_what_more_of_the_axis_could_change_is_unclear(
    spec: dict[str, Any], at: float, expected: str, whole: str
) -> None:
    bench = exact_crossing(REACHED, at)
    one = claim("crossover", {**CROSSING, **spec}, "flops")
    found, uncovered = verdict(bench, one)
    assert found == expected
    assert "n measured up to 1000 of 100000 planned: the run was interrupted" in uncovered
    found, uncovered = verdict(bench, one, planned=REACHED)
    assert found == whole and "planned" not in uncovered


def test_conditions_that_end_before_what_was_not_reached_are_judged_as_ever() -> None:
    one = claim("crossover", {**CROSSING, "never": True}, "flops", n={"at_most": 1000})
    found, uncovered = verdict(exact_crossing(REACHED), one)
    assert found == "fails" and "planned" not in uncovered


def test_slopes_and_points_are_open_where_cases_were_not_reached() -> None:
    bench = exact_crossing(REACHED)
    slope = {"axis": "n", "equals": 2, "tolerance": 0.1}
    assert verdict(bench, claim("slope", slope, "flops", kernel="sdpa"))[0] == "unclear"
    found, uncovered = verdict(bench, claim("slope", {**slope, "to": 1000}, "flops", kernel="sdpa"))
    assert found == "holds" and NOT_REACHED not in uncovered
    # 64 / n: above 0.01 at every length that was reached, and nobody knows of the others.
    ratio = {"of": {"kernel": "linear"}, "to": {"kernel": "sdpa"}, "at": {}}
    found, uncovered = verdict(bench, claim("ratio", {**ratio, "above": 0.01}, "flops"))
    assert found == "unclear"
    assert f"{NOT_REACHED} (n = 10000; n = 100000)" in uncovered
    assert verdict(bench, claim("ratio", {**ratio, "above": 0.2}, "flops"))[0] == "fails"


def test_half_of_a_whole_is_open_as_crossovers_are() -> None:
    bench = Bench("kernel", "n", "part")
    for n in REACHED:
        bench.exact("flops_formula", float(n + 64), kernel="sdpa", n=n, part="whole")
        bench.exact("flops_formula", float(n), kernel="sdpa", n=n, part="core")  # half of it at 64
    axes = {"kernel": ["sdpa"], "n": list(PLANNED), "part": ["whole", "core"]}
    lacking = [
        {"id": f"{n}{part}", "group": f"n={n}", "subject": "sdpa", "axes": {"kernel": "sdpa", "n": n, "part": part}}
        for n in (10_000, 100_000)
        for part in axes["part"]
    ]
    half = {"axis": "part", "part": "core", "whole": "whole", "at": {}}
    for bound, expected in (({"within": [60, 70]}, "unclear"), ({"above": 32}, "holds")):
        one = claim("share", {**half, "over_half": {"axis": "n", **bound}}, "flops")
        about = {**meta(axes, [], claims=[one]), "not_reached": lacking}
        (row,) = judge_claims(about, bench.measurements, bench.replicates).claims.to_dict("records")
        assert row["verdict"] == expected
        assert row["uncovered"] == "n measured up to 1000 of 100000 planned: the run was interrupted"


def test_headlines_and_crossovers_say_how_far_they_reach() -> None:
    bench = exact_crossing(REACHED)
    analysis = analyse(cut_off(bench), bench.measurements, bench.replicates)
    assert analysis.crossovers["text"].tolist() == ["at n = 64; compared up to n = 1000"]
    assert NOT_REACHED in analysis.crossovers["notes"][0]
    assert "compared up to n = 1000" in analysis.headlines[0]
    assert analysis.coverage.missing == 4


def test_a_whole_run_gets_no_rows() -> None:
    frame = exact_crossing(REACHED).measurements
    assert with_unreached(frame, {"not_reached": []}) is frame
    assert len(with_unreached(frame, cut_off(exact_crossing(REACHED)))) == 6 + 4
