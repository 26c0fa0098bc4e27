"""How each tool's result is read, with numbers worked by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.peers.compared import Costs, ToolFailed
from benchmarks.peers.tools import TOOLS, hyperfine, pyperf, pytest_benchmark, torch_timer

REGRESSED = """
Performance has regressed:
\ttest_products (0001_old) - Field 'mean' has failed PercentageRegressionCheck: 11.4 > 5.000000000
"""


def test_pytest_benchmark_says_which_field_failed() -> None:
    assert pytest_benchmark.verdicts(REGRESSED) == {"min": "none", "mean": "slower"}
    assert pytest_benchmark.verdicts("1 passed") == {"min": "none", "mean": "none"}


@pytest.mark.parametrize(
    ("output", "verdict"),
    [
        ("Mean +- std dev: [old] 529 us +- 49 us -> [new] 517 us +- 9 us: 1.02x faster\nNot significant!\n", "none"),
        ("… 100 us +- 1 us -> [new] 105 us +- 1 us: 1.05x slower\nSignificant (t=-9.10)\n", "slower"),
        ("… 105 us +- 1 us -> [new] 100 us +- 1 us: 1.05x faster\nSignificant (t=9.10)\n", "faster"),
        ("… 100 us +- 0 us -> [new] 100 us +- 0 us: no change\nSignificant (t=3.10)\n", "none"),
    ],
)
def test_pyperf_is_read_by_its_words(output: str, verdict: str) -> None:
    assert pyperf.read(output) == verdict


def test_pyperf_without_an_answer_is_a_failure() -> None:
    with pytest.raises(ToolFailed, match="ERROR when testing"):
        pyperf.read("ERROR when testing if values are significant")


def quartiles(low: float, median: float, high: float, digits: int = 3) -> dict[str, Any]:
    return {"low": low, "median": median, "high": high, "digits": digits}


def test_torch_readings() -> None:
    old = quartiles(0.99e-3, 1.004e-3, 1.02e-3)
    # 1.004 and 1.0042 are both printed as 1.00; 0.02 % is within the 1 % of the best; the quartiles overlap.
    near = quartiles(0.99e-3, 1.0042e-3, 1.02e-3)
    assert set(torch_timer.verdicts(old, near).values()) == {"none"}
    slower = quartiles(1.03e-3, 1.04e-3, 1.05e-3)
    assert set(torch_timer.verdicts(old, slower).values()) == {"slower"}
    assert set(torch_timer.verdicts(slower, old).values()) == {"faster"}


def test_torch_prints_significant_digits_only() -> None:
    assert torch_timer.printed(quartiles(0, 0.000487, 0, digits=2)) == pytest.approx(0.00049)
    assert torch_timer.printed(quartiles(0, 0.000487, 0, digits=1)) == pytest.approx(0.0005)


def test_hyperfine_rules() -> None:
    # Means 1 and 1.1; deviations 0.1 each: the ratio 1.1 is ± 1.1 sqrt(0.1^2 + (0.1/1.1)^2) = 0.149, which 1 is within.
    assert hyperfine.verdicts([0.9, 1.0, 1.1], [1.0, 1.1, 1.2]) == {"welch": "none", "ratio": "none"}
    # With a tenth of the deviations the ± is 0.0149, and t = 0.1 / sqrt(2 * 0.01^2 / 3) = 12.2 with 4 degrees.
    assert hyperfine.verdicts([0.99, 1.0, 1.01], [1.09, 1.1, 1.11]) == {"welch": "slower", "ratio": "slower"}
    assert hyperfine.verdicts([1.09, 1.1, 1.11], [0.99, 1.0, 1.01]) == {"welch": "faster", "ratio": "faster"}


def test_asv_by_its_own_functions() -> None:
    asv = pytest.importorskip("benchmarks.peers.tools.asv")
    pytest.importorskip("asv")
    old = [1.0 + place / 1000 for place in range(10)]
    # 5 % apart with no overlap: the test sees it (p = 2 / C(20, 10)), the factor of 1.1 does not let it pass.
    assert asv.verdicts(old, [1.05 * value for value in old]) == {"factor": "none", "test": "slower"}
    assert asv.verdicts(old, [value / 1.2 for value in old]) == {"factor": "faster", "test": "faster"}
    assert asv.verdicts(old, old) == {"factor": "none", "test": "none"}


@given(st.floats(1, 120), st.floats(1.001, 10), st.floats(0.2, 5), st.floats(1e-5, 0.05))
def test_more_time_is_never_used_for_less(budget_s: float, more: float, start_s: float, call_s: float) -> None:
    costs = Costs(start_s, call_s)
    for tool in TOOLS.values():
        amounts = [_seconds(tool.name, tool.settings(given, costs), costs) for given in (budget_s, more * budget_s)]
        # Settings are rounded, to whole calls, values or milliseconds.
        assert amounts[0] <= amounts[1] + max(0.01, 130 * call_s, 0.2)


@given(st.floats(10, 120), st.floats(0.2, 1.2), st.floats(1e-5, 0.005))
def test_settings_fit_into_the_budget(budget_s: float, start_s: float, call_s: float) -> None:
    costs = Costs(start_s, call_s)
    for tool in TOOLS.values():
        assert _seconds(tool.name, tool.settings(budget_s, costs), costs) <= budget_s + 1e-9


def _seconds(name: str, settings: dict[str, Any], costs: Costs) -> float:
    """Seconds that both sides measure with these settings, and the starts of processes where each value has one."""
    number = {key: float(value) for key, value in settings.items()}
    if name == "pyperf":
        value_s = number["loops"] * costs.call_s
        return 2 * number["processes"] * (costs.start_s + number["values"] * value_s)
    if name == "asv":
        return 2 * number["rounds"] * number["repeats"] * number["sample_s"]
    if name == "hyperfine":
        return 2 * number["runs"] * (costs.start_s + number["calls"] * costs.call_s)
    key = {"crossover": "budget_s", "pytest-benchmark": "max_time_s", "torch.utils.benchmark": "min_run_time_s"}[name]
    return 2 * number[key]
