"""The examples of docs/SUITES.md load, and the suites that ship ask for what they should."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest

from bench.suite import expand, list_suites, load_suite
from bench.suite.checks import RESERVED
from bench.suite.model import Compare

from .conftest import repository

PAGE = (Path(__file__).parents[2] / "docs" / "SUITES.md").read_text(encoding="utf-8")
COMPLETE = re.findall(r"```toml\n(# complete suite.*?)```", PAGE, re.DOTALL)
SOURCES = {
    name: source
    for name in ("mine.py", "slopes.py")
    for source in re.findall(rf"`{name}`:\n\n```python\n(.*?)```", PAGE, re.DOTALL)
}
DECLARED = re.findall(r"```toml\n(\[\[(?:law|map|trend|hypothesis)\]\].*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("index", "cases", "skipped"), [(0, 10, 0), (1, 144, 24), (2, 8, 0), (3, 28, 0), (4, 10, 0)])
def test_examples(tmp_path: Path, index: int, cases: int, skipped: int) -> None:
    for name, source in SOURCES.items():
        (tmp_path / name).write_text(source, encoding="utf-8")
    (tmp_path / "mine.toml").write_text(COMPLETE[index], encoding="utf-8")
    suite = load_suite(tmp_path / "mine.toml")
    plan = expand(suite)
    assert (len(plan.cases), sum(case.skip is not None for case in plan.cases)) == (cases, skipped)
    for preset in suite.presets:
        assert expand(load_suite(tmp_path / "mine.toml", preset=preset)).cases
    assert (len(COMPLETE), len(SOURCES)) == (5, 2)


def test_the_example_of_installations(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(# installations.*?)```", PAGE, re.DOTALL)
    repository(tmp_path / "here")
    interpreter = tmp_path / "venv" / "bin" / "python"
    interpreter.parent.mkdir(parents=True)
    interpreter.touch()
    (tmp_path / "here" / "mine.toml").write_text(example, encoding="utf-8")
    suite = load_suite(tmp_path / "here" / "mine.toml")
    assert [one.name for one in suite.installations] == ["main", "other python", "torch 2.12"]
    assert suite.installations[1].python == str(tmp_path / "venv")
    plan = expand(suite)
    assert (len(plan.cases), len(plan.groups)) == (16, 4)
    assert [case.environment.installation for case in plan.groups[0].cases] == list(suite.axes["installation"])


def test_the_default_comparison_is_the_one_described() -> None:
    rows = re.search(r"### `\[compare\]`.*?### ", PAGE, re.DOTALL)
    assert rows is not None
    told = dict(re.findall(r"^\| `(\w+)` \| `?([^|`]*)`? \|", rows.group(), re.MULTILINE))
    compare = Compare("any")
    assert told == {
        "baseline": "the subject's first value",
        "pairs": str(list(compare.pairs)),
        "level": str(compare.level),
        "band": str(compare.band),
        "budget_s": f"{compare.budget_s:g}",
    }


def test_examples_of_declarations(tmp_path: Path) -> None:
    (tmp_path / "slopes.py").write_text(SOURCES["slopes.py"], encoding="utf-8")
    (tmp_path / "slopes.toml").write_text("\n".join([COMPLETE[3], *DECLARED]), encoding="utf-8")
    suite = load_suite(tmp_path / "slopes.toml")
    found = (suite.laws, suite.maps, suite.trends, suite.hypotheses)
    assert [[one.id for one in kind] for kind in found] == [["truncation", "rounding"], ["error"], ["error"], ["H1"]]
    assert suite.measure.metrics == ("outcome",) and suite.measure.seeds == 5


def test_the_example_has_the_slopes_it_declares() -> None:
    scope: dict[str, Any] = {}
    exec(SOURCES["slopes.py"], scope)

    def error(scheme: str, step: float, dtype: str) -> float:
        outcome = scope["derivative"](scheme, step, dtype).prepare().outcome()["error"]
        return math.log10(outcome.values[0])

    for scheme, slope in (("forward", 1), ("central", 2)):
        assert error(scheme, 1e-1, "float64") - error(scheme, 1e-3, "float64") == pytest.approx(2 * slope, abs=0.1)
    assert error("forward", 1e-5, "float32") - error("forward", 1e-7, "float32") == pytest.approx(-2, abs=0.2)
    assert error("forward", 1e-7, "float32") > error("forward", 1e-3, "float32") > error("forward", 1e-7, "float64")


def test_reserved_names_are_listed() -> None:
    (listed,) = re.findall(r"no axis can have them: `([^`]*)`", PAGE)
    assert set(listed.split()) == RESERVED


@pytest.mark.parametrize("info", list_suites(), ids=lambda info: info.name)
def test_shipped_suites(info) -> None:
    suite = load_suite(info.name)
    assert suite.name == info.name and "quick" in suite.presets
    quick = load_suite(info.name, preset="quick")
    assert quick.measure.replicates[0] >= 3
    for preset in (None, *suite.presets):
        plan = expand(load_suite(info.name, preset=preset))
        assert len({case.id for case in plan.cases}) == len(plan.cases)


# kernels everywhere: 4 kernels x 11 lengths in the 8 facets of float32 and bfloat16, 1 with the default allocator and
# 1 of float16: 10 x 44 = 440.
# sdpa_math, sdpa_flash: 2 x 3 lengths x 4 facets (forward, 2 dtypes, causal or not) = 24; flex: 2 lengths x 2 = 4.
# taylor1 11, taylor2 7, limit1 and limit2 3 each, in 4 facets of float32: 24 x 4 = 96; order 4: 2 skipped.
# other packages: 3 x 2 lengths x 8 facets = 48.
@pytest.mark.parametrize(
    ("name", "preset", "cases", "skipped"),
    [
        ("attention", None, 440 + 24 + 4 + 96 + 2 + 48, 2),
        ("attention", "quick", 4 * 8 * 2, 0),
        # 5 settings (3 hidden sizes, backward, bfloat16) x 8 lengths x 4 parts x 4 kernels, and the model at 2 lengths
        # x 4 kernels x 2 dtypes; projections and ffn are measured under one kernel of four: 5 x 8 x 2 x 3 are not.
        ("encoder", None, 640 + 16, 240),
        ("encoder", "quick", 2 * 7 * 4, 14),
    ],
)
def test_shipped_counts(name: str, preset: str | None, cases: int, skipped: int) -> None:
    plan = expand(load_suite(name, preset=preset))
    assert (len(plan.cases), sum(case.skip is not None for case in plan.cases)) == (cases, skipped)


def test_quick_has_three_lengths_on_either_side_of_the_crossover() -> None:
    lengths = load_suite("attention", preset="quick").axes["n"]
    assert sum(n < 130 for n in lengths if isinstance(n, int)) >= 3
    assert sum(n > 250 for n in lengths if isinstance(n, int)) >= 3
