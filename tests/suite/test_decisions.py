"""The table [compare]: what it decides, what it inherits, and what it cannot go with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.suite import SuiteError, expand, load_suite
from bench.suite.model import Compare, Measure

from .conftest import SUITE


def with_table(content: str, preset: str = "") -> str:
    """The small suite with a table [compare], whose first key is on line 19, and more in its preset, from line 22."""
    changed = SUITE.replace("\n[presets.quick]\n", f"\n[compare]\n{content}\n[presets.quick]\n")
    return changed + preset


def test_no_comparison_unless_asked(write) -> None:
    suite = load_suite(write(), budget=3)
    assert (suite.compare, suite.measure) == (None, Measure(budget_s=3.0))


def test_an_empty_table_has_the_defaults(write) -> None:
    suite = load_suite(write(text=with_table("")))
    assert suite.compare == Compare("naive", (12, 48), 0.99, 0.02, 5.0)
    assert suite.measure == Measure(
        replicates=(12, 48), level=0.99, budget_s=5.0, sample_s=0.003, fill_s=5 / 48, servers=24
    )


def test_each_key(write) -> None:
    path = write(text=with_table('baseline = "sdpa"; pairs = [2, 9]; level = 0.9; band = 0.1; budget_s = 1'
                                 .replace("; ", "\n")))  # fmt: skip
    suite = load_suite(path)
    assert suite.compare == Compare("sdpa", (2, 9), 0.9, 0.1, 1.0)
    assert isinstance(suite.compare.budget_s, float)
    assert suite.measure == Measure(replicates=(2, 9), level=0.9, budget_s=1.0, sample_s=0.003, fill_s=1 / 9, servers=4)
    shorter = load_suite(path, budget=2)
    assert shorter.compare == replace(suite.compare, budget_s=2.0)
    assert (shorter.measure.budget_s, shorter.measure.fill_s) == (2.0, 2 / 9)


def test_the_default_baseline_is_the_first_value_of_the_edition(write) -> None:
    path = write(text=with_table("band = 0.05"))
    assert load_suite(path, overrides={"kernel": ["linear", "sdpa"]}).compare == Compare("linear", band=0.05)


def test_a_preset_replaces_single_keys(write) -> None:
    path = write(text=with_table('baseline = "sdpa"\nband = 0.05', "[presets.quick.compare]\npairs = [6, 6]\n"))
    assert load_suite(path).compare == Compare("sdpa", band=0.05)
    quick = load_suite(path, preset="quick")
    assert quick.compare == Compare("sdpa", (6, 6), band=0.05)
    assert quick.measure.replicates == (6, 6)


def test_a_preset_may_compare_where_the_suite_does_not(write) -> None:
    text = SUITE + "compare = {band = 0.1}\n[measure]\nreplicates = [3, 4]\nlevel = 0.9\nsamples = 7\n"
    path = write(text=text)
    assert (load_suite(path).compare, load_suite(path).measure.replicates) == (None, (3, 4))
    quick = load_suite(path, preset="quick")
    assert quick.compare == Compare("naive", band=0.1)
    assert quick.measure == Measure(
        replicates=(12, 48), level=0.99, budget_s=5.0, sample_s=0.003, fill_s=5 / 48, servers=24, samples=7
    )


def test_a_baseline_that_is_no_text(write) -> None:
    text = with_table("baseline = 2").replace('subject = "kernel"', 'subject = "threads"')
    text = text.replace("causal = [false, true]", "threads = [1, 2]").replace(", causal = false", "")
    text = text.replace('members = ["sdpa"]', 'members = ["1"]')
    assert load_suite(write(text=text)).compare == Compare("2")


ONE_KERNEL = '[presets.one]\naxes = {kernel = ["linear"]}\n'
TWO_KERNELS = '[presets.two]\naxes = {kernel = [\n"naive", "linear"]}\n'


# content, preset, line, key, given, start of expected, nearest
@pytest.mark.parametrize(
    ("content", "preset", "line", "key", "given", "expected", "near"),
    [
        ("bandd = 0.1", "", 19, "compare.bandd", "0.1", "a known key (baseline, pairs, level, band, budget_s)", "band"),
        ("band = 0", "", 19, "compare.band", "0", "greater than 0", None),
        ("band = 1.0", "", 19, "compare.band", "1.0", "less than 1", None),
        ("level = 1.0", "", 19, "compare.level", "1.0", "less than 1", None),
        ("budget_s = inf", "", 19, "compare.budget_s", "inf", "a finite number", None),
        ("pairs = 12", "", 19, "compare.pairs", "12", "a list", None),
        ("pairs = [12]", "", 19, "compare.pairs", "[12]", "at least 2 items", None),
        ("pairs = [1, 4]", "", 19, "compare.pairs[0]", "1", "greater than or equal to 2", None),
        ("pairs = [48, 12]", "", 19, "compare.pairs", "[48, 12]", "the least number of pairs, then the most", None),
        ('baseline = "spda"', "", 19, "compare.baseline", '"spda"', "a value of kernel (naive, sdpa, linear)", "sdpa"),
        ("baseline = [1]", "", 19, "compare.baseline", "[1]", "a value of kernel", None),
        ("", "compare = {baseline = 3}\n", 22, "presets.quick.compare.baseline", "3", "a value of kernel", None),
        ("", "compare = {pairs = [3, 2]}\n", 22, "presets.quick.compare.pairs", "[3, 2]", "the least number", None),
        ("", "compare = {bands = 0.1}\n", 22, "presets.quick.compare.bands", "0.1", "a known key", "band"),
        ("", "measure = {level = 0.9}\n", 22, "presets.quick.measure.level", "0.9",
         "no level here: [compare] decides these", None),
        ("", "[measure]\nreplicates = [2, 3]\n", 23, "measure.replicates", "[2, 3]",
         "no replicates here: [compare] decides these", None),
        ("", "[measure]\nbudget_s = 3\n", 23, "measure.budget_s", "3", "no budget_s here: [compare] decides", None),
        ("", "[measure]\nservers = 3\n", 23, "measure.servers", "3", "no servers here: [compare] decides", None),
        ("", ONE_KERNEL, 23, "presets.one.axes.kernel", '["linear"]', "at least two values: [compare] compares", None),
        ('baseline = "sdpa"', TWO_KERNELS, 23, "presets.two.axes.kernel", '["naive", "linear"]',
         "sdpa too: it is the baseline of [compare]", None),
        ("", TWO_KERNELS + 'compare.baseline = "sdpa"', 25, "presets.two.compare.baseline", '"sdpa"',
         "a value of kernel (naive, linear)", None),
    ],
)  # fmt: skip
def test_faults(write, problems, content, preset, line, key, given, expected, near) -> None:
    (problem,) = problems(write(text=with_table(content, preset)))
    assert (problem.line, problem.key, problem.given, problem.nearest) == (line, key, given, near)
    assert problem.expected.startswith(expected)


def test_one_value_alone_cannot_be_compared(write, problems) -> None:
    text = with_table("").replace('kernel = ["naive", "sdpa", "linear"]', 'kernel = ["sdpa"]')
    (problem,) = problems(write(text=text))
    assert (problem.line, problem.key) == (7, "axes.kernel")
    assert problem.expected == "at least two values: [compare] compares the others with one of them"


def test_a_preset_that_compares_what_the_suite_has_one_of(write, problems) -> None:
    text = SUITE.replace('kernel = ["naive", "sdpa", "linear"]', 'kernel = ["sdpa"]') + "compare = {}\n"
    (problem,) = problems(write(text=text))
    assert (problem.line, problem.key) == (7, "axes.kernel")


def test_faults_elsewhere_are_told_once(write, problems) -> None:
    (problem,) = problems(write(text=with_table("").replace('["naive", "sdpa", "linear"]', "[]")
                                .replace(', members = ["sdpa"]', ', members = ["x"]')))[:1]  # fmt: skip
    assert problem.key == "axes.kernel"
    (problem,) = problems(write(text=with_table("").replace('subject = "kernel"', 'subject = "krnl"')))
    assert problem.key == "suite.subject"
    (problem,) = problems(write(text="compare = 3\n" + SUITE))
    assert (problem.key, problem.expected) == ("compare", "a table")


@pytest.mark.parametrize(
    ("content", "values", "line"),
    [
        ('baseline = "sdpa"', ["naive", "linear"],
         "--set: kernel=naive,linear: expected sdpa too: it is the baseline of [compare]"),
        ('baseline = "sdpa"', ["sdpa"],
         "--set: kernel=sdpa: expected another value beside the baseline sdpa: [compare] compares them"),
        ("", ["linear"], "--set: kernel=linear: expected another value beside the baseline linear: [compare] compares "
         "them"),
    ],
)  # fmt: skip
def test_set_that_leaves_nothing_to_compare(write, problems, content, values, line) -> None:
    (problem,) = problems(write(text=with_table(content)), overrides={"kernel": values})
    assert str(problem) == line


def test_where_that_leaves_nothing_to_compare(write) -> None:
    suite = load_suite(write(text=with_table('baseline = "sdpa"')))
    assert len(expand(suite, ["kernel!=naive", "n=64"]).cases) == 4
    for where in ("kernel!=sdpa", "kernel=sdpa"):
        with pytest.raises(SuiteError) as caught:
            expand(suite, [where])
        expected = "expected cases of the baseline sdpa and of another kernel: they are compared"
        assert str(caught.value) == f"--where: {where}: {expected}"


def test_rules_that_leave_nothing_to_compare(write) -> None:
    path = write(text=with_table('baseline = "sdpa"') + '[[omit]]\nwhen = {kernel = "sdpa"}\n')
    with pytest.raises(SuiteError, match=r"small\.toml: compare: expected cases of the baseline sdpa"):
        expand(load_suite(path))
