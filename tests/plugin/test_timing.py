"""Each case of a suite is checked, timed by pytest-benchmark, and stored with its axes."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from bench.meters.device import CpuDevice
from bench.plugin.faults import CaseFault
from bench.plugin.timing import SuiteTiming, _waiting, check
from bench.suite import expand, load_suite
from bench.workloads.protocol import Prepared
from tests.conftest import ROOT
from tests.plugin.sessions import products, session, stored

QUICK = ("--benchmark-min-time=0.00001", "--benchmark-max-time=0.001", "--benchmark-min-rounds=3")


def test_a_session_from_cases_to_json(tmp_path: Path) -> None:
    products(tmp_path)
    answer = session(tmp_path, "products.toml", "-v", "-rs", "--benchmark-json=out.json", *QUICK)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    outcomes = {
        "good/n=8": "PASSED",
        "good/n=16": "PASSED",
        "rough/n=8": "PASSED",
        "rough/n=16": "SKIPPED (enough of it)",
        "wrong/n=8": "FAILED",
        "absent/n=8": "SKIPPED (unsupported: no such kernel here)",
        "broken/n=8": "FAILED",
    }
    for case, outcome in outcomes.items():
        assert f"products.toml::products/kind={case} {outcome}" in answer.stdout, answer.stdout
    assert "4 failed, 3 passed, 3 skipped" in answer.stdout
    # n = 8: 9 instead of 8 everywhere, 1/8 off, in the same direction.
    assert (
        "products/kind=wrong/n=8: wrong answer, not timed; tolerance 1e-06 (relative L2 error against float64)\n"
        "  output: relative L2 error 0.125, largest absolute error 1, cosine 1, share not finite 0\n"
    ) in answer.stdout
    assert "ArithmeticError: the kernel gave up" in answer.stdout
    assert 'raise ArithmeticError("the kernel gave up")' in answer.stdout
    assert "SKIPPED [2] products.toml:1: unsupported: no such kernel here" in answer.stdout
    assert "timing.py" not in answer.stdout and "not used at all" not in answer.stdout

    found = stored(tmp_path / "out.json")
    assert list(found) == [f"products/kind={rest}" for rest in ("good/n=8", "rough/n=8", "good/n=16")]
    good = found["products/kind=good/n=16"]
    assert good["fullname"] == "products.toml::products/kind=good/n=16"
    assert good["group"] == "products/n=16"
    assert good["params"] == {"kind": "good", "n": 16}
    assert len(good["stats"]["data"]) >= 3
    extra = good["extra_info"]
    assert extra["axes"] == extra["params"] == {"kind": "good", "n": 16}
    assert (extra["suite"], extra["subject"], extra["device"], extra["flops"]) == ("products", "good", "cpu", 8192.0)
    assert extra["environment"] == {"threads": 1, "openmp": "passive", "allocator": "default"}
    assert extra["errors"]["output"]["rel_l2"] == 0.0
    # An approximation has no wrong answer; its error is kept.
    rough = found["products/kind=rough/n=8"]["extra_info"]
    assert rough["tolerance"] is None and rough["errors"]["output"]["rel_l2"] == pytest.approx(1 / 8)


def test_options_of_pytest_benchmark(tmp_path: Path) -> None:
    products(tmp_path)
    (tmp_path / "test_other.py").write_text("def test_other(): pass\n", encoding="utf-8")
    first = session(tmp_path, "products.toml", "-k", "good", "--benchmark-save=first", *QUICK)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "benchmark 'products/n=8': 1 tests" in first.stdout
    words = ("--benchmark-compare=0001", "--benchmark-only", "--benchmark-group-by=param:kind", *QUICK)
    second = session(tmp_path, "products.toml", "test_other.py", "-k", "good or other", *words)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "2 passed, 1 skipped" in second.stdout
    assert "benchmark 'kind=good': 4 tests" in second.stdout
    for name in ("products/kind=good/n=8", "products/kind=good/n=16"):
        assert f"{name} (NOW)" in second.stdout and f"{name} (0001_first)" in second.stdout


def test_disabled_benchmarks_still_check_answers(tmp_path: Path) -> None:
    products(tmp_path)
    words = ("--benchmark-disable", "--suite-preset", "small", "-k", "good or wrong")
    answer = session(tmp_path, "products.toml", *words)
    assert "1 failed, 1 passed" in answer.stdout and "relative L2 error 0.125" in answer.stdout
    assert "Median" not in answer.stdout
    skipped = session(tmp_path, "products.toml", "--benchmark-skip")
    assert skipped.returncode == 0 and "10 skipped" in skipped.stdout


def test_histogram(tmp_path: Path) -> None:
    pytest.importorskip("pygal")
    products(tmp_path)
    answer = session(tmp_path, "products.toml", "-k", "good", "--benchmark-histogram=plots/times", *QUICK)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    drawn = sorted(path.name for path in (tmp_path / "plots").iterdir())
    assert drawn == ["times-products_n=16.svg", "times-products_n=8.svg"]
    assert "kind=good" in (tmp_path / "plots" / drawn[0]).read_text(encoding="utf-8")


# Each call sleeps 0.2 s: five rounds need 1 s at least. n = 16 costs eight times the FLOPs of n = 8.
def test_what_is_over_budget_or_memory_is_left_out(tmp_path: Path) -> None:
    products(
        tmp_path,
        {'kind = ["good", "rough", "wrong", "absent", "broken"]': 'kind = ["slow", "huge", "good"]'}
        | {'[[skip]]\nwhen = { kind = "rough", n = 16 }\nreason = "enough of it"\n': ""},
    )
    answer = session(tmp_path, "products.toml", "-v", "--suite-budget=0.5", *QUICK[:2], "-rs")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "2 passed, 4 skipped" in answer.stdout
    assert "s a call (seen), 5 rounds need 1" in answer.stdout
    assert "s a call (foretold from smaller cases), 5 rounds need 8" in answer.stdout
    assert "of 0.5 s (--suite-budget)" in answer.stdout
    assert "needs about 931322574.6 GiB" in answer.stdout  # 1e18 / 2^30
    once = session(tmp_path, "products.toml", "-k", "slow and 8", "--suite-budget=0.5", "--benchmark-disable")
    assert once.returncode == 0 and "1 passed" in once.stdout, once.stdout


def test_a_suite_that_ships(tmp_path: Path) -> None:
    """Two lengths of four kernels with the default allocator, which is how a test process was started."""
    words = ("--suite-preset=quick", "--suite-where=n <= 32", "--suite-device=cpu", "--benchmark-disable", "-rs")
    answer = session(tmp_path, str(ROOT / "suites" / "attention.toml"), *words)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "8 passed, 8 skipped" in answer.stdout
    assert "allocator = retain: read when an interpreter starts; start pytest with MALLOC_MMAP_MAX_=0" in answer.stdout


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_a_line(tmp_path: Path) -> None:
    plan = expand(load_suite(products(tmp_path)))
    with pytest.raises(CaseFault, match=r"^device 'cuda' was asked for, .*; use --suite-device cpu or auto$"):
        SuiteTiming(plan.suite, "cuda").time(plan.cases[0], None, 1)


@pytest.mark.gpu
def test_on_a_gpu(tmp_path: Path) -> None:
    words = (
        "--suite-preset=quick",
        "--suite-where=n <= 32",
        "--suite-device=cuda",
        "--benchmark-json=out.json",
        *QUICK,
    )
    answer = session(tmp_path, str(ROOT / "suites" / "attention.toml"), *words)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert {one["extra_info"]["device"] for one in stored(tmp_path / "out.json").values()} == {"cuda"}


def test_a_gpu_is_waited_for_within_the_timed_call() -> None:
    seen: list[str] = []

    class Queue(CpuDevice):
        def synchronize(self) -> None:
            seen.append("waited")

    _waiting(lambda: seen.append("called"), Queue())()
    assert seen == ["called", "waited"]


def prepared(answer: torch.Tensor, reference: torch.Tensor) -> Prepared:
    return Prepared(call=lambda: None, answer=lambda: {"y": answer}, reference=lambda: {"y": reference})


def test_check_takes_the_tolerance_itself_as_right() -> None:
    """(3, 4) off by (0.03, 0.04) is off by 1 %."""
    reference = torch.tensor([3.0, 4.0], dtype=torch.float64)
    case = prepared(reference * 1.01, reference)
    errors = check("c", case, 0.010001)
    assert errors is not None and errors["y"]["rel_l2"] == pytest.approx(0.01)
    with pytest.raises(
        CaseFault, match=r"^c: wrong answer, not timed; tolerance 0\.009 .*\n  y: relative L2 error 0\.01,"
    ):
        check("c", case, 0.009)
    assert check("c", Prepared(call=lambda: None), 0.0) is None


def test_an_answer_that_is_not_finite_is_wrong_at_any_tolerance() -> None:
    case = prepared(torch.tensor([math.nan, 1.0]), torch.ones(2, dtype=torch.float64))
    with pytest.raises(CaseFault, match=r"relative L2 error inf, .* share not finite 0\.5"):
        check("c", case, math.inf)
    assert check("c", case, None) is not None
