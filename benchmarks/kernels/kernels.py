"""Our linear kernels beside public implementations of the same function, on the same numbers.

Every implementation gets its inputs in the memory layout it is fastest with. Where a package is missing, or does not
take a combination, the case is ``unsupported`` and says why.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import math
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from bench.workloads.attention import attend
from bench.workloads.protocol import Prepared, Task, Unsupported

Implementation = Literal["ours", "fast_transformers", "fla_chunk", "linear_attention_transformer", "performer_pytorch"]
Function = Literal["linear", "performer"]
Dtype = Literal["float32", "bfloat16"]
Mode = Literal["forward", "forward+backward"]

Attention = Callable[[Tensor, Tensor, Tensor], Tensor]
FeatureMap = Callable[[Tensor], Tensor]

#: Largest relative L2 error at which an answer counts as right.
TOLERANCE = {
    ("linear", "float32"): 1e-4,
    ("linear", "bfloat16"): 4e-2,
    ("performer", "float32"): 1e-4,
    ("performer", "bfloat16"): 1e-1,  # most features are near EPSILON, so a gradient is the difference of near equals
}

#: What both Performers add to each random feature, after taking the largest product of the row (queries) or of the head
#: (keys) from the exponents.
EPSILON = 1e-4

#: Queries that are checked. The loss whose gradients are checked sees these only; it reaches every key and value.
CHECKED_QUERIES = 128


def kernels(
    implementation: Implementation,
    n: int,
    function: Function = "linear",
    dtype: Dtype = "float32",
    causal: bool = False,
    mode: Mode = "forward",
    heads: int = 8,
    head_dim: int = 64,
    batch: int = 1,
    features: int = 266,
    device: str = "cpu",
    seed: int = 0,
) -> Task:
    """One implementation of linear attention, or of Performer's, on ``(batch, heads, n, head_dim)`` normal numbers.

    Args:
        implementation: Whose code runs. ``linear_attention_transformer`` computes a linear attention with another
            feature map (softmax), and is checked against that one.
        n: Tokens.
        function: ``linear`` is elu(x) + 1 with a normaliser; ``performer`` is FAVOR+ with ``features`` random features.
        dtype: Of inputs and arithmetic.
        causal: A query sees no later key.
        mode: With ``forward+backward`` also the gradients of q, k and v.
        heads: Heads.
        head_dim: Width of a head.
        batch: Sequences.
        features: Random features of ``performer``; its package's default is ``head_dim * ln(head_dim)``, 266.
        device: Where to run.
        seed: Of the inputs and of the random features.

    Raises:
        Unsupported: The implementation does not compute that function, dtype or direction.
    """
    width = features if function == "performer" else head_dim
    backward = mode == "forward+backward"
    _refuse(implementation, function, dtype, causal)
    item = 4 if dtype == "float32" else 2
    inputs = batch * heads * n * head_dim * item

    def prepare() -> Prepared:
        run, transposed = _implementation(
            implementation, function, causal, _projection(features, head_dim, seed), device
        )
        draw = torch.Generator().manual_seed(seed)
        shape = (batch, n, heads, head_dim) if transposed else (batch, heads, n, head_dim)
        kept = torch.randn(4, batch, heads, n, head_dim, generator=draw)
        laid = kept.transpose(2, 3).reshape(4, *shape) if transposed else kept
        q, k, v, g = (tensor.clone().to(device, getattr(torch, dtype)) for tensor in laid)
        for tensor in (q, k, v):
            tensor.requires_grad_(backward)

        def compute(upstream: Tensor) -> tuple[Tensor, ...]:
            with torch.set_grad_enabled(backward):
                out = run(q, k, v)
                return (out, *torch.autograd.grad(out, (q, k, v), upstream)) if backward else (out,)

        checked = torch.linspace(0, n - 1, min(n, CHECKED_QUERIES)).round().long().to(device)
        standard = partial(_standard, transposed)

        def answer() -> dict[str, Tensor]:
            out, *gradients = map(standard, compute(_only(checked, 1 if transposed else 2, g)))
            return _named(out[:, :, checked], *gradients)

        def reference() -> dict[str, Tensor]:
            maps = _maps(implementation, function, causal, features, head_dim, seed)
            return _named(*_exact(maps, causal, checked, backward, *(standard(tensor) for tensor in (q, k, v, g))))

        return Prepared(lambda: compute(g), answer, reference, run, () if backward else (q, k, v))

    return Task(
        prepare,
        # The package's causal form adds 1e-6 to a normaliser that is 1e-8 in the first rows, so these are wrong.
        tolerance=None if implementation == "performer_pytorch" and causal else TOLERANCE[function, dtype],
        input_bytes=inputs * (4.0 if backward else 3.0),
        traffic_bytes=inputs * (8.0 if backward else 4.0),
        peak_bytes=8.0 * inputs * width / head_dim * (2 if backward else 1),
    )


def _refuse(implementation: str, function: str, dtype: str, causal: bool) -> None:
    computes = {"ours": ("linear", "performer"), "performer_pytorch": ("performer",)}.get(implementation, ("linear",))
    if function not in computes:
        raise Unsupported(f"{implementation} has no {function} attention")
    if implementation == "fast_transformers" and dtype != "float32":
        raise Unsupported("fast-transformers takes float32 only: its key mask and its causal product are float32")
    if implementation == "fla_chunk" and not causal:
        raise Unsupported("fla's chunk form is causal only")


def _implementation(name: str, function: str, causal: bool, projection: Tensor, device: str) -> tuple[Attention, bool]:
    """The function to run, and whether it takes ``(batch, n, heads, d)`` tensors."""
    if name == "ours":
        given = projection.to(device) if function == "performer" else None
        return partial(attend, function, causal=causal, projection=given), False
    if name == "fast_transformers":
        return (_fast_transformers_causal(), False) if causal else (_fast_transformers(), True)
    if name == "fla_chunk":
        return _fla_chunk(), False
    if name == "performer_pytorch":
        return _performer_pytorch(causal, projection, device), False
    package = _package("linear_attention_transformer.linear_attention_transformer", "linear-attention-transformer")
    # Only buckets of one token are exact: in wider ones a query does not see the keys of its own bucket.
    return partial(package.causal_linear_attn, bucket_size=1) if causal else package.linear_attn, False


def _fast_transformers() -> Attention:
    """The package's module for the bidirectional case; its feature map, elu(x) + 1, has no parameters."""
    module = _package("fast_transformers.attention.linear_attention", "pytorch-fast-transformers")
    masks = _package("fast_transformers.masking", "pytorch-fast-transformers")

    def run(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        batch, n, _, d = q.shape
        mask = masks.FullMask(n, device=q.device)
        lengths = masks.LengthMask(torch.full((batch,), n, device=q.device), max_len=n)
        answer: Tensor = module.LinearAttention(d)(q, k, v, mask, lengths, lengths)
        return answer

    return run


def _fast_transformers_causal() -> Attention:
    """The package's C++ product with what its module does around it, but without the module's three permuted copies."""
    product = _package("fast_transformers.causal_product", "pytorch-fast-transformers").causal_dot_product

    def run(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        q, k = F.elu(q) + 1, F.elu(k) + 1
        normaliser = torch.einsum("bhnd,bhnd->bhn", q, k.cumsum(2)) + 1e-6
        answer: Tensor = product(q, k, v) / normaliser.unsqueeze(-1)
        return answer

    return run


def _fla_chunk() -> Attention:
    """The chunked reference form, in plain torch, of flash-linear-attention; n must be a multiple of 64."""
    chunked = _package("fla.ops.linear_attn.naive", "flash-linear-attention").naive_chunk_linear_attn

    def run(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        # Views only: it takes (batch, n, heads, d) and works on (batch, heads, chunks, 64, d).
        q, k, v = (F.elu(q) + 1).transpose(1, 2), (F.elu(k) + 1).transpose(1, 2), v.transpose(1, 2)
        answer: Tensor = chunked(q, k, v, scale=1.0, normalize=True)
        return answer.transpose(1, 2)

    return run


def _performer_pytorch(causal: bool, projection: Tensor, device: str) -> Attention:
    package = _package("performer_pytorch", "performer-pytorch")
    with contextlib.redirect_stdout(io.StringIO()):  # it prints that it has no CUDA code
        layer = package.FastAttention(projection.shape[1], nb_features=projection.shape[0], causal=causal).to(device)
    layer.projection_matrix.copy_(projection)
    run: Attention = layer
    return run


def _package(module: str, distribution: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except Exception as error:  # a package may fail at import in many ways; all of them mean that it cannot be compared
        raise Unsupported(f"{distribution} cannot be imported: {type(error).__name__}: {error}") from error


def _projection(features: int, head_dim: int, seed: int) -> Tensor:
    """Blocks of orthogonal rows whose lengths are those of normal vectors, ``(features, head_dim)``."""
    draw = torch.Generator().manual_seed(seed + 1)
    blocks = [
        torch.linalg.qr(torch.randn(head_dim, head_dim, generator=draw))[0].T
        for _ in range(math.ceil(features / head_dim))
    ]
    lengths = torch.randn(features, head_dim, generator=draw).norm(dim=1, keepdim=True)
    return torch.cat(blocks)[:features] * lengths


def _maps(
    implementation: str, function: str, causal: bool, features: int, head_dim: int, seed: int
) -> tuple[FeatureMap, FeatureMap, bool]:
    """Feature maps of queries and keys in float64, and whether the answer is divided by the sum of the weights."""
    if function == "performer":
        rows = _projection(features, head_dim, seed).double()

        def exponential(x: Tensor, peak_over: tuple[int, ...]) -> Tensor:
            product = x * head_dim**-0.25 @ rows.to(x.device).T
            half = x.square().sum(-1, keepdim=True) * head_dim**-0.5 / 2
            return (product - half - product.amax(peak_over, keepdim=True).detach()).exp() + EPSILON

        return partial(exponential, peak_over=(-1,)), partial(exponential, peak_over=(-1, -2)), True
    if implementation == "linear_attention_transformer":
        if causal:
            return lambda x: x.softmax(-1) * head_dim**-0.5, torch.exp, True
        return lambda x: x.softmax(-1) * head_dim**-0.5, lambda x: x.softmax(-2), False
    return lambda x: F.elu(x) + 1, lambda x: F.elu(x) + 1, True


def _exact(
    maps: tuple[FeatureMap, FeatureMap, bool],
    causal: bool,
    checked: Tensor,
    backward: bool,
    *given: Tensor,
) -> tuple[Tensor, ...]:
    """The checked rows of ``phi(q) phi(k)ᵀ v`` with all their weights, and the gradients: slow, plain, float64."""
    q, k, v, g = (tensor.detach().double().requires_grad_(backward) for tensor in given)
    phi_q, phi_k, normalise = maps
    with torch.set_grad_enabled(backward):
        weights = phi_q(q[:, :, checked]) @ phi_k(k).mT
        if causal:
            later = torch.arange(k.shape[2], device=k.device) > checked[:, None]
            weights = weights.masked_fill(later, 0.0)
        out = weights @ v
        if normalise:
            out = out / weights.sum(-1, keepdim=True)
        if not backward:
            return (out,)
        return (out, *torch.autograd.grad(out, (q, k, v), g[:, :, checked]))


def _standard(transposed: bool, tensor: Tensor) -> Tensor:
    """As ``(batch, heads, n, head_dim)``."""
    return tensor.transpose(1, 2) if transposed else tensor


def _only(rows: Tensor, dim: int, tensor: Tensor) -> Tensor:
    """Zero but for these rows of a dimension."""
    return torch.zeros_like(tensor).index_copy_(dim, rows, tensor.index_select(dim, rows))


def _named(*tensors: Tensor) -> dict[str, Tensor]:
    return {name: tensor.detach() for name, tensor in zip(("output", "dq", "dk", "dv"), tensors, strict=False)}
