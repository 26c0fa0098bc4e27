"""Error metrics by hand-worked numbers, and what they must not depend on."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from bench.meters import error
from bench.meters.error import compare

F64 = torch.float64


def _compare(a: Tensor, r: Tensor) -> dict[str, float]:
    return compare({"output": a}, {"output": r})["output"]


def test_by_hand() -> None:
    # difference (0, 0, 1): norm 1 of norm(3, 4, 0) = 5; a·r = 25, norm(a) = sqrt(26)
    found = _compare(torch.tensor([3.0, 4.0, 1.0]), torch.tensor([3.0, 4.0, 0.0], dtype=F64))
    assert found["max_abs"] == 1.0
    assert found["rel_l2"] == pytest.approx(0.2, rel=1e-15)
    assert found["cosine"] == pytest.approx(25 / (5 * math.sqrt(26)), rel=1e-15)
    assert found["zeros"] == found["nonfinite"] == 0


def test_shares_are_of_the_answer() -> None:
    found = _compare(torch.tensor([0.0, -0.0, 1.0, 2.0]), torch.tensor([1.0, 1.0, 0.0, 2.0], dtype=F64))
    assert found["zeros"] == 0.5
    assert found["max_abs"] == 1.0


def test_rounding_of_bfloat16_is_seen() -> None:
    # 1 + 2^-9 rounds to 1 in bfloat16 (8 bits): the error is 2^-9 against the unrounded number.
    exact = torch.full((10,), 1 + 2.0**-9, dtype=F64)
    found = _compare(exact.to(torch.bfloat16), exact)
    assert found["max_abs"] == 2.0**-9
    assert found["rel_l2"] == pytest.approx(2.0**-9 / (1 + 2.0**-9), rel=1e-12)


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_one_bad_element_is_infinitely_wrong(bad: float) -> None:
    found = _compare(torch.tensor([1.0, bad, 0.0, 1.0]), torch.ones(4, dtype=F64))
    assert (found["max_abs"], found["rel_l2"]) == (math.inf, math.inf)
    assert math.isnan(found["cosine"])
    assert found["nonfinite"] == 0.25
    assert found["zeros"] == 0.25


def test_a_finite_answer_to_an_infinite_reference_is_infinitely_wrong() -> None:
    found = _compare(torch.ones(2), torch.tensor([1.0, math.inf], dtype=F64))
    assert found["rel_l2"] == math.inf
    assert found["nonfinite"] == 0


def test_equal_infinities_and_nans_are_right() -> None:
    values = torch.tensor([3.0, math.inf, -math.inf, math.nan])
    found = _compare(values, values.to(F64))
    assert found == {"max_abs": 0.0, "rel_l2": 0.0, "cosine": pytest.approx(1.0), "zeros": 0.0, "nonfinite": 0.75}
    assert _compare(-values, values.to(F64))["rel_l2"] == math.inf


@pytest.mark.parametrize(
    ("answer", "reference", "rel_l2", "cosine"),
    [([0.0, 0.0], [0.0, 0.0], 0.0, 1.0), ([1.0, 0.0], [0.0, 0.0], math.inf, 0.0), ([0.0, 0.0], [1.0, 0.0], 1.0, 0.0)],
)
def test_zero_norms(answer: list[float], reference: list[float], rel_l2: float, cosine: float) -> None:
    found = _compare(torch.tensor(answer), torch.tensor(reference, dtype=F64))
    assert (found["rel_l2"], found["cosine"]) == (rel_l2, cosine)


def test_an_empty_tensor_has_no_error() -> None:
    assert _compare(torch.empty(0, 3), torch.empty(0, 3, dtype=F64))["rel_l2"] == 0


def test_tiny_numbers_do_not_vanish_when_squared() -> None:
    r = torch.tensor([3e-200, 4e-200], dtype=F64)
    assert _compare(r * 1.5, r)["rel_l2"] == pytest.approx(0.5, rel=1e-12)
    assert _compare(r * 1.5, r)["cosine"] == pytest.approx(1.0, rel=1e-12)


def test_names_and_shapes_must_agree_and_all_problems_are_named() -> None:
    with pytest.raises(ValueError) as caught:
        compare({"a": torch.ones(2), "b": torch.ones(3)}, {"b": torch.ones(1, 3), "c": torch.ones(1)})
    text = str(caught.value)
    assert "no tensor 'c' in the answer" in text
    assert "tensor 'a' has no reference" in text
    assert "tensor 'b' has shape (3,), its reference (1, 3)" in text


def test_order_follows_the_reference_and_graphs_are_ignored() -> None:
    a = {"dq": torch.ones(2, requires_grad=True), "output": torch.ones(2, 2).T}
    assert list(compare(a, {"output": torch.ones(2, 2), "dq": torch.ones(2)})) == ["output", "dq"]


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    r = torch.randn(7, 13, dtype=F64)
    a = r + 0.01 * torch.randn(7, 13)
    whole = _compare(a, r)
    monkeypatch.setattr(error, "CHUNK", 10)
    assert _compare(a, r) == pytest.approx(whole, rel=1e-12)
    assert whole["rel_l2"] == pytest.approx(float(torch.linalg.norm(a - r) / torch.linalg.norm(r)), rel=1e-12)


_vectors = st.lists(st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-6), min_size=2, max_size=20)


@settings(deadline=None, max_examples=60)
@given(_vectors, st.floats(1e-3, 1e3))
def test_invariances(values: list[float], factor: float) -> None:
    r = torch.tensor(values, dtype=F64)
    a = r * 1.25 + 0.5
    found, order = _compare(a, r), list(reversed(range(len(values))))
    assert _compare(a[order], r[order])["rel_l2"] == pytest.approx(found["rel_l2"], rel=1e-9)
    scaled = _compare(a * factor, r * factor)
    assert scaled["rel_l2"] == pytest.approx(found["rel_l2"], rel=1e-9)
    assert scaled["cosine"] == pytest.approx(found["cosine"], rel=1e-9, abs=1e-9)
    assert scaled["max_abs"] == pytest.approx(found["max_abs"] * factor, rel=1e-9)
    assert _compare(r, r)["max_abs"] == 0
    assert -1 <= found["cosine"] <= 1


@settings(deadline=None, max_examples=40)
@given(_vectors.filter(any), st.floats(0.01, 100))
def test_a_scaled_answer_has_that_relative_error_and_cosine_one(values: list[float], factor: float) -> None:
    r = torch.tensor(values, dtype=F64)
    found = _compare(r * (1 + factor), r)
    assert found["rel_l2"] == pytest.approx(factor, rel=1e-9)
    assert found["cosine"] == pytest.approx(1.0, rel=1e-9)
    assert _compare(-r, r)["cosine"] == pytest.approx(-1.0, rel=1e-9)
