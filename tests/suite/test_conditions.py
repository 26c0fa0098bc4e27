"""``when`` and ``--where``: hand-worked cases, and any expression against plain Python."""

from __future__ import annotations

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.suite.conditions import condition, parse_where, rules
from bench.suite.problems import SuiteError

AXES = {"n": (64, 128, 256), "kernel": ("naive", "sdpa"), "causal": (False, True), "x": (0.5, 1)}


@pytest.mark.parametrize(
    ("spec", "holds"),
    [
        (128, [False, True, False]),
        ([64, 256], [True, False, True]),
        ({"above": 128}, [False, False, True]),
        ({"at_least": 128}, [False, True, True]),
        ({"below": 128}, [True, False, False]),
        ({"at_most": 128}, [True, True, False]),
        ({"above": 64, "below": 256}, [False, True, False]),
        ({"not": 64}, [False, True, True]),
        ({"not": [64, 128]}, [False, False, True]),
        ({"not": 256, "above": 64}, [False, True, False]),
    ],
)
def test_conditions(spec, holds) -> None:
    assert [condition("n", spec).holds({"n": n}) for n in AXES["n"]] == holds


def test_true_is_not_one() -> None:
    assert not condition("x", 1).holds({"x": True})


def test_all_conditions_of_a_rule_must_hold() -> None:
    (rule,) = rules({"skip": [{"when": {"n": {"above": 64}, "kernel": "naive"}, "reason": "slow"}]}, "skip")
    assert rule.reason == "slow"
    assert rule.holds({"n": 128, "kernel": "naive"})
    assert not rule.holds({"n": 64, "kernel": "naive"}) and not rule.holds({"n": 128, "kernel": "sdpa"})


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("n=128", [128]),
        ("n=64,256", [64, 256]),
        ("n = 64, 256", [64, 256]),
        ("n!=64,256", [128]),
        ("n<128", [64]),
        ("n<=128", [64, 128]),
        ("n>128", [256]),
        ("n>=1.28e2", [128, 256]),
    ],
)
def test_where(expression, kept) -> None:
    (found,) = parse_where([expression], AXES)
    assert [n for n in AXES["n"] if found.holds({"n": n})] == kept


def test_where_booleans_and_text() -> None:
    causal, kernel = parse_where(["causal=true", "kernel!=sdpa"], AXES)
    assert causal.holds({"causal": True}) and not causal.holds({"causal": False})
    assert kernel.holds({"kernel": "naive"}) and not kernel.holds({"kernel": "sdpa"})


FORMS = "expected axis=value, axis=v1,v2, axis!=v, axis<v, axis<=v, axis>v or axis>=v"


@pytest.mark.parametrize(
    ("expression", "line"),
    [
        ("n", f"--where: n: {FORMS}"),
        ("n=", f"--where: n=: {FORMS}"),
        ("=3", f"--where: =3: {FORMS}"),
        ("", f"--where: {FORMS}"),
        ("m=3", "--where: m=3: got m; expected an axis (n, kernel, causal, x)"),
        ("kernal=sdpa",
         "--where: kernal=sdpa: got kernal; expected an axis (n, kernel, causal, x); did you mean 'kernel'?"),
        ("kernel=spda",
         "--where: kernel=spda: got spda; expected a value of kernel (naive, sdpa); did you mean 'sdpa'?"),
        ("n=64,65", "--where: n=64,65: got 65; expected a value of n (64, 128, 256)"),
        ("kernel<3", "--where: kernel<3: expected = or != : kernel is not numeric"),
        ("n<x", "--where: n<x: got x; expected a number"),
    ],
)  # fmt: skip
def test_where_faults(expression, line) -> None:
    with pytest.raises(SuiteError) as caught:
        parse_where([expression], AXES)
    assert str(caught.value) == line


def test_all_faults_at_once() -> None:
    with pytest.raises(SuiteError) as caught:
        parse_where(["m=3", "n=64", "n<x"], AXES)
    assert len(caught.value.problems) == 2


SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@given(st.sampled_from(list(SIGNS)), st.integers(-300, 300) | st.floats(-300, 300), st.sampled_from(["", " "]))
def test_any_bound(sign, bound, space) -> None:
    (found,) = parse_where([f"n{space}{sign}{space}{bound}"], AXES)
    assert [found.holds({"n": n}) for n in AXES["n"]] == [SIGNS[sign](n, bound) for n in AXES["n"]]


@given(st.lists(st.sampled_from(AXES["n"]), min_size=1, max_size=4), st.booleans())
def test_any_choice(members, negated) -> None:
    (found,) = parse_where([f"n{'!=' if negated else '='}{','.join(map(str, members))}"], AXES)
    assert [found.holds({"n": n}) for n in AXES["n"]] == [(n in members) != negated for n in AXES["n"]]


@pytest.mark.parametrize("text", ["kernel=sdpa", "kernel == sdpa", "kernel == 'sdpa'", 'kernel="sdpa"'])
def test_conditions_may_be_written_as_in_python(text: str) -> None:
    (found,) = parse_where([text], {"kernel": ("sdpa", "naive")})
    assert found.holds({"kernel": "sdpa"}) and not found.holds({"kernel": "naive"})


@given(st.text(max_size=12))
def test_any_text_is_a_condition_or_a_message(text) -> None:
    try:
        (found,) = parse_where([text], AXES)
    except SuiteError as error:
        assert error.problems
    else:
        assert found.axis in AXES
