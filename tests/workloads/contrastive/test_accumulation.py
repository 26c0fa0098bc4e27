"""The accumulation workload: which methods have the whole batch's gradient, what they cost, and clear refusals."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, get_args

import pytest
import torch

from bench.meters.error import compare
from bench.meters.flops import count_call
from bench.meters.memory import tensor_peak
from bench.suite.signature import workload_signature
from bench.workloads.contrastive.accumulation import Method, Part, accumulation, closed_form_cache
from bench.workloads.contrastive.accumulation.network import Encoder
from bench.workloads.contrastive.accumulation.steps import Step
from bench.workloads.protocol import Prepared, Unsupported
from tests.conftest import ROOT

STEP_METHODS = tuple(method for method in get_args(Method) if method != "open_clip")
SMALL: dict[str, Any] = {"features": 12, "width": 24, "dim": 16, "layers": 2, "tile": 16}


def outcomes(method: Any, batch: int = 50, chunk: int = 8, **others: Any) -> dict[str, float]:
    prepared = accumulation(method, batch, chunk=chunk, **(SMALL | {"dtype": "float64"} | others)).prepare()
    assert prepared.outcome is not None
    return {name: outcome.values[0] for name, outcome in prepared.outcome().items()}


def worst(prepared: Prepared) -> float:
    assert prepared.answer is not None and prepared.reference is not None
    return max(errors["rel_l2"] for errors in compare(prepared.answer(), prepared.reference()).values())


@pytest.mark.parametrize("method", ["full", "tiled", "two_pass", "cached", "cached_replay", "cached_tiled"])
def test_equals_the_whole_batch_without_dropout(method: Any) -> None:
    """50 pairs in chunks of 8: the last one is ragged."""
    assert outcomes(method)["gradient_error"] < 1e-13


def test_naive_accumulation_does_not() -> None:
    found = outcomes("naive", 64)
    assert found["gradient_error"] > 0.1
    assert found["gradient_cosine"] < 0.99
    assert outcomes("naive", 8)["gradient_error"] < 1e-13  # one chunk is the batch


def test_naive_weighs_ragged_chunks_by_their_size() -> None:
    """Of 9 pairs in chunks of 8 the last has no negatives: 8 / 9 of the first chunk's gradient is left."""
    encoder = Encoder(4, 8, 2, 6, "layer", 0.0).double()
    pairs = torch.randn(9, 2, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    step = Step(encoder, pairs, chunk=8, temperature=0.1, tile=8, seed=0)
    first = replace(step, pairs=pairs[:8]).gradients("full")
    for found, expected in zip(step.gradients("naive"), first, strict=True):
        torch.testing.assert_close(found, expected * 8 / 9)


def test_batch_norm_sees_chunks() -> None:
    for method in ("full", "tiled"):
        assert outcomes(method, norm="batch")["gradient_error"] < 1e-12
    for method in ("naive", "two_pass", "cached", "cached_replay", "cached_tiled"):
        assert outcomes(method, norm="batch")["gradient_error"] > 0.05


@pytest.mark.parametrize(
    ("method", "passes", "updates"),
    [("full", 1, 1), ("tiled", 1, 1), ("naive", 1, 7)]
    + [(method, 2, 14) for method in ("two_pass", "cached", "cached_replay", "cached_tiled")],
)
def test_counts(method: Any, passes: int, updates: int) -> None:
    """50 pairs in chunks of 8 are 7 chunks."""
    found = outcomes(method, norm="batch")
    assert (found["encoder_forwards"], found["running_stat_updates"]) == (passes, updates)
    assert outcomes(method)["running_stat_updates"] == 0


@pytest.mark.parametrize(
    ("method", "dropout"),
    [(method, share) for method in STEP_METHODS for share in (0.0, 0.1) if share or method != "full_other_masks"],
)
def test_gate(method: Any, dropout: float) -> None:
    """A method with a tolerance meets it in every dtype; one without is far off it."""
    for dtype in ("float64", "float32", "bfloat16"):
        task = accumulation(method, 50, chunk=8, dropout=dropout, dtype=dtype, **SMALL)
        error = worst(task.prepare())
        assert error > 0.05 if task.tolerance is None else error < task.tolerance / 3


# -- the closed form ---------------------------------------------------------------------------------------------------


def test_closed_form_by_hand() -> None:
    """a = b = I, temperature 1: softmax rows are (e, 1) / (e + 1), so G = s/2 · [[-1, 1], [1, -1]], s = 2 / (e + 1).

    G_11 = (2 e / (e + 1) - 2) / 4 = -1 / (2 (e + 1)) and G_12 = 2 / (e + 1) / 4, and the caches are G I.
    """
    eye = torch.eye(2, dtype=torch.float64)
    a, b = closed_form_cache(eye, eye, 1.0)
    g = 1 / (2 * (math.e + 1))
    expected = torch.tensor([[-g, g], [g, -g]], dtype=torch.float64)
    torch.testing.assert_close(a, expected)
    torch.testing.assert_close(b, expected)


def test_closed_form_is_the_articles() -> None:
    """One tower, a = b = h: ``h̃_i = 2 Σ_j ((p_ij + p_ji)/2 - t_ij) h_j`` of the summed loss, divided by the batch."""
    h = torch.randn(6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    p = (h @ h.mT).softmax(1)
    article = 2 * ((p + p.mT) / 2 - torch.eye(6)) @ h
    a, b = closed_form_cache(h, h, 1.0)
    torch.testing.assert_close(a + b, article / 6)
    # And it is right: the gradient of Σ_i log Σ_j exp(s_ij) - s_ii, the article's loss.
    leaf = h.clone().requires_grad_()
    scores = leaf @ leaf.mT
    (scores.logsumexp(1) - scores.diagonal()).sum().backward()
    assert leaf.grad is not None
    torch.testing.assert_close(leaf.grad, article)


# -- costs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", STEP_METHODS)
@pytest.mark.parametrize("batch", [8, 50])
def test_flops_of_a_step(method: Any, batch: int) -> None:
    task = accumulation(method, batch, chunk=8, dropout=0.1, **SMALL)
    counted = count_call(task.prepare().call)
    assert counted.complete and counted.total == task.flops


@pytest.mark.parametrize("method", ["full", "tiled"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_flops_of_the_loss(method: Any, dtype: Any) -> None:
    task = accumulation(method, 50, "loss", dtype=dtype, **SMALL)
    assert count_call(task.prepare().call).total == task.flops == (8 if method == "tiled" else 6) * 50 * 50 * 16


@pytest.mark.parametrize("method", STEP_METHODS)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_peak_formula_of_a_step(method: Any, dtype: Any) -> None:
    """An estimate, to see what fits into memory: within a third of what is measured."""
    task = accumulation(method, 512, dtype=dtype, dropout=0.1, tile=128)
    prepared = task.prepare()
    prepared.call()
    peak = tensor_peak(prepared.call)
    assert task.peak_bytes is not None and peak is not None
    assert 0.67 < peak / task.peak_bytes < 1.2


@pytest.mark.parametrize("method", ["full", "tiled"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_peak_formula_of_the_loss(method: Any, dtype: Any) -> None:
    task = accumulation(method, 512, "loss", dtype=dtype, tile=128)
    prepared = task.prepare()
    prepared.call()
    peak = tensor_peak(prepared.call)
    assert task.peak_bytes is not None and peak is not None
    assert 0.67 < peak / task.peak_bytes < 1.2


def test_memory_of_the_caches() -> None:
    """The encoder's graph is that of a chunk, whatever the batch; only the cached methods' scores grow."""

    def peak(method: Any) -> int:
        prepared = accumulation(method, 1024, chunk=32, tile=64).prepare()
        prepared.call()
        found = tensor_peak(prepared.call)
        assert found is not None
        return found

    assert peak("cached_tiled") < peak("cached") / 3
    assert peak("cached") < peak("full")


# -- the loss by itself ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["full", "tiled"])
@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16"])
@pytest.mark.parametrize("batch", [2, 64, 300])
def test_loss_agrees_with_float64(method: Any, dtype: Any, batch: int) -> None:
    task = accumulation(method, batch, "loss", dtype=dtype, tile=64)
    prepared = task.prepare()
    assert task.tolerance is not None and worst(prepared) < task.tolerance
    assert prepared.outcome is not None
    assert prepared.outcome()["gradient_error"].values[0] < task.tolerance


def test_published_loss() -> None:
    try:
        prepared = accumulation("open_clip", 40, "loss").prepare()
    except Unsupported as reason:
        pytest.skip(str(reason))
    assert worst(prepared) < 1e-5


# -- the function ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"batch": 1}, "batch = 1 must be at least 2"),
        ({"chunk": 0}, "chunk = 0 must be at least 1"),
        ({"layers": 0}, "layers = 0 must be at least 1"),
        ({"dropout": 1.0}, "dropout = 1.0 must be from 0 to below 1"),
        ({"temperature": 0.0}, "temperature = 0.0 above 0"),
        ({"part": "loss", "method": "naive"}, "'naive' is none of part 'loss'"),
        ({"method": "open_clip"}, "'open_clip' is none of part 'step'"),
        ({"method": "full_other_masks"}, "'full_other_masks' needs dropout above 0"),
    ],
)
def test_impossible_cases_say_why(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        accumulation(**({"method": "full", "batch": 8} | arguments))


def test_listing_a_case_allocates_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a tensor was made")

    for name in ("randn", "empty", "zeros", "ones", "tensor", "arange"):
        monkeypatch.setattr(torch, name, refuse)
    assert accumulation("cached_tiled", 1 << 22, width=8192).flops


def test_large_batches_are_not_checked() -> None:
    prepared = accumulation("cached_tiled", 8200, width=2, features=2, layers=1, dim=2, chunk=4100).prepare()
    assert prepared.answer is None and prepared.reference is None and prepared.outcome is not None


def test_same_seed_same_numbers() -> None:
    def gradient(seed: int) -> torch.Tensor:
        prepared = accumulation("full", 16, dropout=0.2, seed=seed, **SMALL).prepare()
        assert prepared.answer is not None
        return prepared.answer()["gradient"]

    assert torch.equal(gradient(1), gradient(1))
    assert not torch.equal(gradient(1), gradient(2))


def test_suites_can_read_its_parameters() -> None:
    parameters = workload_signature("bench.workloads.contrastive.accumulation:accumulation", ROOT).parameters
    assert parameters["method"].choices == get_args(Method)
    assert parameters["part"].choices == get_args(Part)
    assert parameters["norm"].choices == ("layer", "batch")
    assert set(parameters) >= {"batch", "chunk", "dropout", "dtype", "temperature", "tile", "seed", "device"}
