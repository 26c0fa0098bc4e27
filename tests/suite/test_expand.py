"""Expansions counted and ordered by hand."""

from __future__ import annotations

import pytest

from bench.suite import SuiteError, expand, load_suite
from bench.suite.model import Environment

from .conftest import SUITE


def test_cases_groups_and_ids(write) -> None:
    plan = expand(load_suite(write()))
    assert (len(plan.cases), len(plan.groups)) == (18, 6)  # 3 kernels x 3 n x 2 causal; groups without the kernel
    assert [group.id for group in plan.groups] == [
        "small/n=64/causal=false",
        "small/n=128/causal=false",
        "small/n=256/causal=false",
        "small/n=64/causal=true",
        "small/n=128/causal=true",
        "small/n=256/causal=true",
    ]
    case = plan.groups[1].cases[2]
    assert case.id == "small/kernel=linear/n=128/causal=false"
    assert (case.group, case.subject, case.skip) == (plan.groups[1].id, "linear", None)
    assert case.params == {"heads": 4, "kernel": "linear", "n": 128, "causal": False}
    assert len({one.id for one in plan.cases}) == 18


def test_preset_overrides_and_budget(write) -> None:
    suite = load_suite(write(), preset="quick", overrides={"n": ["32", 64], "heads": [2], "threads": ["2"]}, budget=3)
    assert suite.axes == {"kernel": ("naive", "sdpa", "linear"), "n": (32, 64), "causal": (False,)}
    assert (suite.fixed, suite.environment.threads, suite.measure.budget_s) == ({"heads": 2}, 2, 3.0)
    assert (suite.preset, suite.presets) == ("quick", ("quick",))
    assert len(expand(suite).cases) == 6


def test_where(write) -> None:
    plan = expand(load_suite(write()), ["kernel!=naive", "n>64", "causal=true"])
    assert [case.id for case in plan.cases] == [
        "small/kernel=sdpa/n=128/causal=true",
        "small/kernel=linear/n=128/causal=true",
        "small/kernel=sdpa/n=256/causal=true",
        "small/kernel=linear/n=256/causal=true",
    ]
    with pytest.raises(SuiteError, match=r"^--where: n>64 n<128: expected at least one case left$"):
        expand(load_suite(write()), ["n>64", "n<128"])


def test_environment_is_outermost_and_never_a_parameter(write) -> None:
    path = write(
        ("causal = [false, true]", 'allocator = ["retain", "default"]\nthreads = [2, 1]'),
        ("causal = false", "threads = 1"),
    )
    plan = expand(load_suite(path))
    assert [(group.environment.allocator, group.environment.threads) for group in plan.groups] == [
        pair for pair in [("retain", 2), ("retain", 1), ("default", 2), ("default", 1)] for _ in range(3)
    ]
    case = plan.cases[0]
    assert case.id == "small/kernel=naive/n=64/allocator=retain/threads=2"
    assert set(case.params) == {"heads", "kernel", "n"}
    assert case.environment == plan.groups[0].environment


def test_crossover_axis_ascends_and_facets_keep_their_order(write) -> None:
    path = write(("n = {from = 64, to = 256, factor = 2}", "n = [256, 64]"), ("[false, true]", "[true, false]"))
    plan = expand(load_suite(path))
    assert [(case.axes["causal"], case.axes["n"]) for case in plan.cases[::3]] == [
        (True, 64), (True, 256), (False, 64), (False, 256),
    ]  # fmt: skip


def test_interleaved_axes_join_the_group(write) -> None:
    plan = expand(load_suite(write(('subject = "kernel"', 'subject = "kernel"\ninterleave = ["causal"]'))))
    assert [(group.id, len(group.cases)) for group in plan.groups] == [
        ("small/n=64", 6), ("small/n=128", 6), ("small/n=256", 6),
    ]  # fmt: skip


def test_an_environment_axis_as_the_subject_joins_the_group(write) -> None:
    path = write(
        ('subject = "kernel"', 'subject = "threads"\ninterleave = ["allocator"]'),
        ("causal = [false, true]", 'threads = [2, 1]\nallocator = ["retain", "default"]'),
        (', members = ["sdpa"]', ', members = ["1"]'),
        (", causal = false", ""),
    )
    plan = expand(load_suite(path))
    assert [group.id for group in plan.groups] == [
        f"small/kernel={kernel}/n={n}" for kernel in ("naive", "sdpa", "linear") for n in (64, 128, 256)
    ]
    group = plan.groups[0]
    assert [case.id for case in group.cases] == [
        "small/kernel=naive/n=64/threads=2/allocator=retain",
        "small/kernel=naive/n=64/threads=1/allocator=retain",
        "small/kernel=naive/n=64/threads=2/allocator=default",
        "small/kernel=naive/n=64/threads=1/allocator=default",
    ]
    assert [case.environment for case in group.cases] == [
        Environment(2, "passive", "retain"), Environment(1, "passive", "retain"), Environment(2), Environment(1),
    ]  # fmt: skip
    assert group.environment == group.cases[0].environment
    assert [case.subject for case in group.cases] == ["2", "1", "2", "1"]
    assert set(group.cases[0].params) == {"heads", "kernel", "n"}
    plan = expand(load_suite(path, overrides={"threads": ["4", 8]}), ["allocator=retain", "n=64"])
    assert [(len(group.cases), group.environment.threads) for group in plan.groups] == [(2, 4)] * 3


RULES = """
[[skip]]
when = {kernel = "naive", n = {above = 128}}
reason = "too slow"
[[skip]]
when = {kernel = "naive"}
reason = "never reached at n = 256"
[[omit]]
when = {causal = true, n = {not = 64}}
"""


def test_skip_keeps_a_case_with_its_reason_and_omit_leaves_none(write) -> None:
    plan = expand(load_suite(write(text=SUITE + RULES)))
    assert len(plan.cases) == 12  # 18 less 3 kernels x 2 n with causal
    assert [(case.axes["n"], case.skip) for case in plan.cases if case.skip] == [
        (64, "never reached at n = 256"),
        (128, "never reached at n = 256"),
        (256, "too slow"),
        (64, "never reached at n = 256"),
    ]
    everything = "\n[[omit]]\nwhen = {n = {above = 0}}\n"
    with pytest.raises(SuiteError, match="omit: expected at least one case left by its 1 omit rules"):
        expand(load_suite(write(text=SUITE + everything)))


SHARE = """
[share]
axis = "part"
whole = "whole"
shared = ["ends"]
[[skip]]
when = {kernel = "naive", n = 256}
reason = "too slow"
"""


def test_shared_parts_are_measured_under_the_first_subject_that_runs(write) -> None:
    text = SUITE.replace("causal = [false, true]", 'part = ["whole", "ends"]').replace(", causal = false", "") + SHARE
    plan = expand(load_suite(write(text=text)))
    ends = {case.id: case.skip for case in plan.cases if case.axes["part"] == "ends"}
    same = "the same for every kernel"
    assert ends == {
        "small/kernel=naive/n=64/part=ends": None,
        "small/kernel=sdpa/n=64/part=ends": same,
        "small/kernel=linear/n=64/part=ends": same,
        "small/kernel=naive/n=128/part=ends": None,
        "small/kernel=sdpa/n=128/part=ends": same,
        "small/kernel=linear/n=128/part=ends": same,
        "small/kernel=naive/n=256/part=ends": "too slow",
        "small/kernel=sdpa/n=256/part=ends": None,
        "small/kernel=linear/n=256/part=ends": same,
    }
    assert sum(case.skip is None for case in plan.cases) == 8 + 3


def test_values_with_a_slash_keep_ids_apart(write) -> None:
    path = write(("causal = [false, true]", 'part = ["a/b", "a%2Fb"]'), (", causal = false", ""))
    assert {case.id.rsplit("/", 1)[1] for case in expand(load_suite(path)).cases} == {"part=a%2Fb", "part=a%252Fb"}


def test_expansion_is_the_same_every_time(write) -> None:
    path = write()
    assert expand(load_suite(path)) == expand(load_suite(path))
