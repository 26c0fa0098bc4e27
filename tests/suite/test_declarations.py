"""Hypotheses, laws, maps and trends: what a suite that declares them becomes."""

from __future__ import annotations

import dataclasses
import json

import pytest

from bench.suite import expand, load_suite
from bench.suite.model import DEFAULT_METRICS, Measure
from bench.suite.questions import Compared, Comparison, Hypothesis, Law, Map, Trend
from tests.suite.conftest import DECLARED, compared


def test_round_trip(write) -> None:
    suite = load_suite(write(text=DECLARED))
    assert suite.measure == Measure(metrics=("outcome", "time"), seeds=5)
    assert suite.laws == (
        Law(
            "rounding", "Error against n", "The error grows with n.", "n", "lost", "dtype",
            {"float32": 1.0, "float16": -0.5}, scale={"float32": 1e-7, "float16": 1e-3}, above=4.0, below=0.3,
            x_above=1e-9, where={"kernel": "naive", "n": {"at_least": 64}}, compare=Compared("kernel", ("sdpa",)),
            source="a page",
        ),
    )  # fmt: skip
    assert suite.maps == (Map("where", "Share lost", "lost", "n", "dtype", "kernel"),)
    assert suite.trends == (Trend("along", "Accuracy along n", "knn", "n", "kernel"),)
    naive, sdpa, half = (
        {"kernel": "naive", "dtype": "float32"},
        {"kernel": "sdpa", "dtype": "float32"},
        {"kernel": "naive", "dtype": "float16"},
    )
    assert suite.hypotheses == (
        Hypothesis(
            "H1", "Rounding", "It is rounding.", "knn", 0.01, supported=(Comparison(half, "above", naive),),
            rejected=(), asked=(Comparison(naive, "below", sdpa),), where={"n": {"at_most": 128}},
        ),
    )  # fmt: skip
    assert [type(law.above) for law in suite.laws] == [float]


def test_as_run_json_has_them(write) -> None:
    stored = json.loads(json.dumps(dataclasses.asdict(load_suite(write(text=DECLARED))), default=str))
    assert stored["hypotheses"][0]["asked"][0]["relation"] == "below"
    assert stored["laws"][0]["compare"] == {"axis": "kernel", "values": ["sdpa"]}
    assert stored["laws"][0]["where"] == {"kernel": "naive", "n": {"at_least": 64}}
    assert (stored["trends"][0]["panels"], stored["trends"][0]["log"], stored["maps"][0]["where"]) == (None, False, {})


def test_defaults_ask_for_no_outcome(write) -> None:
    suite = load_suite(write())
    assert suite.measure.metrics == DEFAULT_METRICS == ("flops", "error", "memory", "time")
    assert suite.measure.seeds == 1
    assert (suite.laws, suite.maps, suite.trends, suite.hypotheses) == ((), (), (), ())


def test_one_slope_and_every_optional_key(write) -> None:
    suite = load_suite(
        write(
            ("slope = {float32 = 1, float16 = -0.5}", "slope = -1\ntolerance = 1"),
            ('lines = "kernel"', 'lines = "kernel"\npanels = "dtype"\nlog = true\nwhere = {causal = false}'),
            ("rejected = []\n", 'source = "a page"\n'),
            text=DECLARED,
        )
    )
    assert (suite.laws[0].slope, suite.laws[0].tolerance) == (-1.0, 1.0)
    assert (suite.trends[0].panels, suite.trends[0].log, suite.trends[0].where) == ("dtype", True, {"causal": False})
    assert (suite.hypotheses[0].rejected, suite.hypotheses[0].source) == ((), "a page")


def test_what_a_preset_or_the_command_line_drops_is_no_fault(write) -> None:
    path = write(text=DECLARED)
    quick = load_suite(path, preset="quick")  # there is no sdpa and no float16 in it
    assert (quick.measure.seeds, quick.measure.metrics, len(quick.hypotheses)) == (2, ("outcome", "time"), 1)
    assert load_suite(path, overrides={"dtype": ["float32"], "n": [512]}).laws
    assert expand(quick, ["kernel=linear"]).suite.laws


def test_a_preset_may_ask_for_outcomes(write) -> None:
    path = write(
        ('metrics = ["outcome", "time"]\n', ""),
        ("measure = {seeds = 2}", 'measure = {metrics = ["outcome"]}'),
        text=DECLARED,
    )
    assert load_suite(path).measure.metrics == DEFAULT_METRICS
    assert load_suite(path, preset="quick").measure.metrics == ("outcome",)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("scale = 1.0, kernel = 'naive', dtype = 'float32'", "scale = 1e-4, kernel = 'naive', dtype = 'float32'"),
        ("causal = true, kernel = 'naive', dtype = 'float32'", "causal = false, kernel = 'naive', dtype = 'float32'"),
    ],
)
def test_values_match_by_what_they_are(write, left, right) -> None:
    narrow = ('asked = [\n  {left = {kernel = "naive", dtype = "float32"}, is = "below", '
              'right = {kernel = "sdpa", dtype = "float32"}},\n]\nsupported = [\n  {left = {kernel = "naive", '
              'dtype = "float16"}, is = "above", right = {kernel = "naive", dtype = "float32"}},\n]\n', "")  # fmt: skip
    (comparison,) = load_suite(write(narrow, compared(left, right), text=DECLARED)).hypotheses[0].rejected
    assert comparison.left.keys() == comparison.right.keys()


def test_a_declared_outcome_may_look_like_a_value(write) -> None:
    path = write(("lost = ", "linaer = "), ('y = "lost"', 'y = "linaer"'), text=DECLARED)
    assert load_suite(path).labels["linaer"] == "gradients lost"


def test_rules_that_leave_one_case_make_a_side_clear(write) -> None:
    side = compared('kernel = "linear"', 'kernel = "sdpa", dtype = "float32"')
    rule = ("[labels]", '[[omit]]\nwhen = {kernel = "linear", dtype = "float16"}\n[labels]')
    assert load_suite(write(side, rule, text=DECLARED)).hypotheses[0].rejected[0].left == {"kernel": "linear"}
    pinned = ("where = {n = {at_most = 128}}", 'where = {n = 64, dtype = "float32"}')
    neither = ('  {left = {kernel = "naive", dtype = "float16"}, is = "above", right = {kernel = "naive", '
               'dtype = "float32"}},\n', "")  # fmt: skip
    assert load_suite(write(side, pinned, neither, text=DECLARED)).hypotheses
