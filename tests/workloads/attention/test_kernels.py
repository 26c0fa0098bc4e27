"""Every exact kernel against quadratic float64 attention: outputs, gradients, causality."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from bench.workloads.attention import (
    attend,
    feature_attention,
    flex_attention_compiled,
    linear_attention,
    naive_attention,
    orthogonal_projection,
    sdpa_attention,
    sdpa_backend,
)
from bench.workloads.attention import blocks as blocks_module
from bench.workloads.protocol import Unsupported

LIMIT = {torch.float64: 1e-12, torch.float32: 1e-5, torch.bfloat16: 3e-2, torch.float16: 5e-3}
SIZES = [(1, 2, 1), (2, 3, 37), (1, 2, 64), (2, 2, 200), (1, 2, 256), (1, 1, 700)]


def quadratic(kind: str, q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
    if kind == "linear":
        scores = (F.elu(q) + 1) @ (F.elu(k) + 1).mT
        scores = scores.tril() if causal else scores
        return scores / scores.sum(-1, keepdim=True) @ v
    scores = q @ k.mT / q.shape[-1] ** 0.5
    if causal:
        scores = scores.masked_fill(torch.ones_like(scores).tril() == 0, float("-inf"))
    return torch.softmax(scores, -1) @ v


def error(found: Tensor, expected: Tensor) -> float:
    return float((found.detach().double() - expected.detach()).norm() / expected.detach().norm().clamp(min=1.0))


def draw(shape: tuple[int, ...], dtype: torch.dtype = torch.float64, count: int = 4) -> list[Tensor]:
    generator = torch.Generator().manual_seed(7)
    return [torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype) for _ in range(count)]


@pytest.fixture(params=[2**20, 4096], ids=["one block", "many blocks"])
def block_size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks_module, "CPU_BLOCK_BYTES", request.param)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("dtype", LIMIT)
@pytest.mark.parametrize("kernel", ["naive", "sdpa", "sdpa_math", "sdpa_flash", "linear"])
@pytest.mark.usefixtures("block_size")
def test_outputs_and_gradients(kernel: str, dtype: torch.dtype, causal: bool) -> None:
    for size in SIZES:
        q, k, v, g = draw((*size, 16), dtype)
        wide = [x.double().requires_grad_() for x in (q, k, v)]
        expected = quadratic(kernel, *wide, causal)
        gradients = torch.autograd.grad(expected, wide, g.double())
        narrow = [x.clone().requires_grad_() for x in (q, k, v)]
        found = attend(kernel, *narrow, causal=causal)
        assert error(found, expected) < LIMIT[dtype]
        for one, other in zip(torch.autograd.grad(found, narrow, g), gradients, strict=True):
            assert one.dtype == dtype
            assert error(one, other) < LIMIT[dtype]
        with torch.no_grad():
            assert error(attend(kernel, q, k, v, causal=causal), expected) < LIMIT[dtype]


@pytest.mark.parametrize("causal", [False, True])
def test_inputs_that_are_not_contiguous(causal: bool) -> None:
    q, k, v, g = (x.transpose(1, 2) for x in draw((2, 150, 3, 16)))
    expected = quadratic("linear", q, k, v, causal)
    assert error(linear_attention(q, k, v, causal), expected) < 1e-12
    inputs = [x.detach().requires_grad_() for x in (q, k, v)]
    found = torch.autograd.grad(linear_attention(*inputs, causal), inputs, g)
    wanted = torch.autograd.grad(quadratic("linear", *inputs, causal), inputs, g)
    assert all(error(one, other) < 1e-12 for one, other in zip(found, wanted, strict=True))


@pytest.mark.parametrize("causal", [False, True])
def test_values_of_another_width_and_ready_features(causal: bool) -> None:
    fq, fk = (x.exp() for x in draw((1, 2, 90, 24), count=2))
    v, g = draw((1, 2, 90, 8), count=2)
    inputs = [x.requires_grad_() for x in (fq, fk, v)]
    scores = fq @ fk.mT
    scores = scores.tril() if causal else scores
    expected = scores / scores.sum(-1, keepdim=True) @ v
    found = feature_attention(fq, fk, v, causal)
    assert error(found, expected) < 1e-12
    pairs = zip(torch.autograd.grad(found, inputs, g), torch.autograd.grad(expected, inputs, g), strict=True)
    assert all(error(one, other) < 1e-12 for one, other in pairs)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("n", [1, 5, 67])
def test_gradcheck(causal: bool, n: int) -> None:
    q, k, v = (x.requires_grad_() for x in draw((1, 2, n, 3), count=3))
    assert torch.autograd.gradcheck(lambda *x: linear_attention(*x, causal), (q, k, v))


@pytest.mark.parametrize("causal", [False, True])
def test_float16_does_not_overflow_with_the_number_of_tokens(causal: bool) -> None:
    # The features of 100,000 keys add up to more than 65504, the largest float16.
    q, k, v, g = draw((1, 1, 100_000, 4), torch.float16)
    v = v + 1
    narrow, wide = [[x.to(t).requires_grad_() for x in (q, k, v)] for t in (torch.float16, torch.float64)]
    found, expected = linear_attention(*narrow, causal), linear_attention(*wide, causal)
    assert error(found, expected) < 5e-3
    grads = torch.autograd.grad(found, narrow, g), torch.autograd.grad(expected, wide, g.double())
    assert all(bool(x.isfinite().all()) for x in grads[0])
    assert error(grads[0][2], grads[1][2]) < 5e-2


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.usefixtures("block_size")
def test_two_backwards_through_one_graph_agree(causal: bool) -> None:
    inputs = [x.requires_grad_() for x in draw((1, 2, 130, 8), count=3)]
    out = linear_attention(*inputs, causal)
    first = torch.autograd.grad(out.sum(), inputs, retain_graph=True)
    assert all(torch.equal(a, b) for a, b in zip(first, torch.autograd.grad(out.sum(), inputs), strict=True))


@pytest.mark.parametrize("kernel", ["naive", "sdpa", "sdpa_math", "linear", "taylor2", "limit2"])
def test_causal_never_sees_the_future(kernel: str) -> None:
    q, k, v = draw((1, 2, 200, 8), torch.float32, 3)
    before = attend(kernel, q, k, v, causal=True)
    k[:, :, 131:], v[:, :, 131:] = 5.0, -7.0
    after = attend(kernel, q, k, v, causal=True)
    assert torch.equal(before[:, :, :131], after[:, :, :131])
    assert not torch.equal(before[:, :, 131:], after[:, :, 131:])


def test_causal_performer_sees_the_future_only_in_its_stabiliser() -> None:
    q, k, v = draw((1, 2, 100, 8), torch.float32, 3)
    projection = orthogonal_projection(32, 8, 0)
    before = attend("performer", q, k, v, causal=True, projection=projection)
    v[:, :, 70:] = -7.0
    assert torch.equal(before[:, :, :70], attend("performer", q, k, v, causal=True, projection=projection)[:, :, :70])


def test_sdpa_falls_to_math_silently_and_the_backend_says_so() -> None:
    q, k, v = draw((1, 2, 32, 16), torch.float32, 3)
    assert sdpa_backend(q, k, v) == "flash"
    assert sdpa_backend(q[0], k[0], v[0]) == "math"


def test_what_a_cpu_lacks_is_unsupported() -> None:
    q, k, v = draw((1, 2, 8, 4), torch.float32, 3)
    for backend in ("efficient", "cudnn"):
        with pytest.raises(Unsupported, match=backend):
            sdpa_attention(q, k, v, backend=backend)
    with pytest.raises(Unsupported, match="backward"):
        flex_attention_compiled(q.requires_grad_(), k, v)
    for kernel in ("fla", "flash_attn"):
        with pytest.raises(Unsupported, match="CUDA"):
            attend(kernel, q, k, v, causal=True)


def test_unknown_kernel_and_missing_projection() -> None:
    q, k, v = draw((1, 1, 4, 4), torch.float32, 3)
    with pytest.raises(ValueError, match="unknown kernel 'nave'"):
        attend("nave", q, k, v)
    with pytest.raises(ValueError, match="needs a projection"):
        attend("performer", q, k, v)


def test_naive_leaves_its_inputs_alone() -> None:
    q, k, v = draw((1, 1, 9, 4), torch.float32, 3)
    copies = [x.clone() for x in (q, k, v)]
    naive_attention(q, k, v, causal=True)
    linear_attention(q, k, v, causal=True)
    linear_attention(q, k, v)
    assert all(torch.equal(x, y) for x, y in zip((q, k, v), copies, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("causal", [False, True])
def test_flex_compiles_and_agrees(causal: bool) -> None:
    q, k, v = draw((1, 2, 200, 16), torch.float32, 3)
    expected = quadratic("softmax", q.double(), k.double(), v.double(), causal)
    assert error(flex_attention_compiled(q, k, v, causal), expected) < 1e-5
