"""The tiled loss: the plain one's value and gradients at every size, and really less memory."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from bench.meters.memory import tensor_peak
from bench.workloads.contrastive.accumulation import closed_form_cache, plain_loss, tiled_loss
from bench.workloads.contrastive.accumulation.reference import loss_reference, sampled_anchors
from bench.workloads.contrastive.losses import ARMS, contrastive_loss


def embeddings(batch: int, dim: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    a = torch.randn(batch, dim, generator=draw, dtype=torch.float64)
    b = a + torch.randn(batch, dim, generator=draw, dtype=torch.float64)
    return F.normalize(a, dim=1).to(dtype).requires_grad_(), F.normalize(b, dim=1).to(dtype).requires_grad_()


def relative(found: Tensor, exact: Tensor) -> float:
    return float((found.double() - exact.double()).norm() / exact.double().norm())


@settings(max_examples=60, deadline=None)
@given(
    batch=st.integers(2, 70),
    dim=st.integers(1, 20),
    tile=st.integers(1, 90),
    # 0.002 makes scores of 500: in float32 no sum of exponentials holds them, so that the general form is taken.
    temperature=st.sampled_from([0.002, 0.07, 1.0]),
    dtype=st.sampled_from([torch.float64, torch.float32]),
    seed=st.integers(0, 1000),
)
def test_equals_plain(batch: int, dim: int, tile: int, temperature: float, dtype: torch.dtype, seed: int) -> None:
    """Against the plain form in float64 of the same, rounded embeddings; the error is relative to the sum of pulls."""
    a, b = embeddings(batch, dim, seed, dtype)
    wide = [tensor.detach().double().requires_grad_() for tensor in (a, b)]
    exact = plain_loss(wide[0], wide[1], temperature)
    found = tiled_loss(a, b, temperature, tile)
    eps = 1e-12 if dtype == torch.float64 else 1e-5
    # The rounding of a score is as large as the score, 1 / temperature at most.
    size = eps * max(1.0, 1 / temperature / 10)
    torch.testing.assert_close(found.double(), exact, rtol=size, atol=size)
    grads, exacts = torch.autograd.grad(found, (a, b)), torch.autograd.grad(exact, wide)
    for grad, expected in zip(grads, exacts, strict=True):
        assert grad.dtype == dtype
        assert float((grad - expected).abs().max()) <= size / (batch * temperature)


def test_scores_beyond_the_exponential_of_float64() -> None:
    a, b = embeddings(30, 8)
    for scale in (1.0, 1e3):
        exact = torch.autograd.grad(plain_loss(a * scale, b * scale, 0.1), (a, b))
        found = torch.autograd.grad(tiled_loss(a * scale, b * scale, 0.1, 7), (a, b))
        assert relative(torch.stack(found), torch.stack(exact)) < 1e-9 * scale


def test_relative_accuracy_at_ragged_sizes() -> None:
    for batch, tile in ((257, 64), (64, 64), (100, 512), (33, 32)):
        a, b = embeddings(batch, 24)
        exact = torch.autograd.grad(plain_loss(a, b, 0.1), (a, b))
        found = torch.autograd.grad(tiled_loss(a, b, 0.1, tile), (a, b))
        assert max(relative(f, e) for f, e in zip(found, exact, strict=True)) < 1e-12
        narrow = [tensor.detach().float().requires_grad_() for tensor in (a, b)]
        found = torch.autograd.grad(tiled_loss(narrow[0], narrow[1], 0.1, tile), narrow)
        assert max(relative(f, e) for f, e in zip(found, exact, strict=True)) < 1e-5


def test_bfloat16_is_as_good_as_plain() -> None:
    a, b = embeddings(300, 64, dtype=torch.bfloat16)
    wide = [tensor.detach().double().requires_grad_() for tensor in (a, b)]
    exact = torch.autograd.grad(plain_loss(wide[0], wide[1], 0.1), wide)

    def error(loss: Tensor) -> float:
        return relative(torch.cat(torch.autograd.grad(loss, (a, b))), torch.cat(exact))

    assert tiled_loss(a, b, 0.1, 128).dtype == torch.float32
    assert error(tiled_loss(a, b, 0.1, 128)) <= error(plain_loss(a, b, 0.1)) < 0.05


@pytest.mark.parametrize("temperature", [0.5, 0.0014])
def test_gradcheck(temperature: float) -> None:
    """At 0.0014 the bound on the scores (714) is too large for one exponential in float64 too."""
    a, b = embeddings(7, 3)
    step = 1e-6 if temperature > 0.1 else 1e-9
    tolerance = 1e-6 if temperature > 0.1 else 1e-3
    assert torch.autograd.gradcheck(
        lambda a, b: tiled_loss(a, b, temperature, 3), (a, b), eps=step, atol=tolerance, rtol=1e-3
    )


def test_upstream_gradient_is_used() -> None:
    a, b = embeddings(20, 5)
    three = torch.autograd.grad(3 * tiled_loss(a, b, 0.2, 6), (a, b))
    one = torch.autograd.grad(tiled_loss(a, b, 0.2, 6), (a, b))
    torch.testing.assert_close(three[0], 3 * one[0])


def test_no_second_derivative() -> None:
    a, b = embeddings(6, 4)
    first = torch.autograd.grad(tiled_loss(a, b, 0.2, 4), a, create_graph=True)[0]
    with pytest.raises(RuntimeError, match="does not require grad"):
        first.sum().backward()


def test_strided_embeddings() -> None:
    """Two views of one tensor, as a step has them."""
    both = torch.stack(embeddings(40, 6), dim=1).detach()
    a, b = both.unbind(1)
    assert not a.is_contiguous()
    torch.testing.assert_close(tiled_loss(a, b, 0.1, 16), plain_loss(a, b, 0.1))


@pytest.mark.parametrize(("shapes", "tile", "temperature"), [((3, 4), 4, 0.1), ((4, 4), 0, 0.1), ((4, 4), 4, 0.0)])
def test_bad_input(shapes: tuple[int, int], tile: int, temperature: float) -> None:
    with pytest.raises(ValueError, match=r"one shape|tile = 0|temperature = 0\.0"):
        tiled_loss(torch.ones(shapes[0], 2), torch.ones(shapes[1], 2), temperature, tile)


def test_plain_is_cross_entropy_of_both_directions() -> None:
    a, b = embeddings(31, 9)
    torch.testing.assert_close(plain_loss(a, b, 0.1), contrastive_loss(ARMS["ce"], a, b, 0.1, "two_tower"))


def test_plain_by_hand() -> None:
    """Orthogonal embeddings, temperature 1: each anchor has scores 1 and 0."""
    eye = torch.eye(2, dtype=torch.float64)
    expected = math.log(math.e + 1) - 1
    assert float(plain_loss(eye, eye, 1.0)) == pytest.approx(expected)
    assert float(tiled_loss(eye, eye, 1.0, 1)) == pytest.approx(expected)


def test_reference_is_the_plain_gradient() -> None:
    a, b = embeddings(300, 12)
    anchors = sampled_anchors(300)
    assert len(anchors) == 256 and anchors[0] == 0 and anchors[-1] == 299
    value, grad_a, grad_b = loss_reference(a, b, 0.1, anchors)
    exact = plain_loss(a, b, 0.1)
    torch.testing.assert_close(value, exact.detach())
    expected = torch.autograd.grad(exact, (a, b))
    assert relative(grad_a, expected[0][anchors]) < 1e-13
    assert relative(grad_b, expected[1][anchors]) < 1e-13
    torch.testing.assert_close(closed_form_cache(a, b, 0.1)[1].detach(), expected[1])


def test_memory() -> None:
    """At twice the batch plain takes four times as much, tiled about twice as much."""

    def peak(tiled: bool, batch: int) -> int:
        a, b = embeddings(batch, 32, dtype=torch.float32)

        def call() -> object:
            return torch.autograd.grad(tiled_loss(a, b, 0.1, 32) if tiled else plain_loss(a, b, 0.1), (a, b))

        call()
        found = tensor_peak(call)
        if found is None:
            pytest.skip("torch without Kineto")
        return found

    plain, tiled = [peak(False, batch) for batch in (512, 1024)], [peak(True, batch) for batch in (512, 1024)]
    assert plain[1] > 3.9 * plain[0]
    assert tiled[1] < 2.1 * tiled[0]
    assert tiled[1] < plain[1] / 40
