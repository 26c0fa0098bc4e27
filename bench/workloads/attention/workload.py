"""The attention workload: one kernel at one shape, as a task to measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

from ..protocol import Prepared, Task, Unsupported
from .catalog import attend, kernel_entry
from .costs import Shape
from .features import orthogonal_projection
from .reference import row_reference, sample_rows
from .softmax import sdpa_backend

Kernel = Literal[
    "naive",
    "sdpa",
    "sdpa_math",
    "sdpa_flash",
    "sdpa_efficient",
    "sdpa_cudnn",
    "flex",
    "linear",
    "performer",
    "taylor1",
    "taylor2",
    "taylor4",
    "limit1",
    "limit2",
    "limit4",
    "fla",
    "flash_attn",
    "performer_pytorch",
]
Dtype = Literal["float32", "bfloat16", "float16", "float64"]
Mode = Literal["forward", "forward+backward"]

TOLERANCE = {"float64": 1e-10, "float32": 1e-4, "bfloat16": 4e-2, "float16": 1e-2}
"""Largest relative L2 error of an exact kernel, some three times and more what rounding causes."""


def attention(
    kernel: Kernel,
    n: int,
    dtype: Dtype = "float32",
    causal: bool = False,
    mode: Mode = "forward",
    heads: int = 8,
    head_dim: int = 64,
    batch: int = 1,
    features: int = 256,
    device: str = "cpu",
    seed: int = 0,
) -> Task:
    """One attention kernel on ``(batch, heads, n, head_dim)`` queries, keys and values ~ N(0, 1).

    Args:
        kernel: Which kernel.
        n: Tokens.
        dtype: Of the inputs.
        causal: Let a query see only the keys at its own position and before.
        mode: With or without the gradients of q, k and v.
        heads: Heads.
        head_dim: Numbers per head and token.
        batch: Sequences.
        features: Random features of the Performer kernels.
        device: Where it runs.
        seed: Of the inputs and the projection.

    Raises:
        Unsupported: If the kernel can be seen not to run here without trying.
    """
    entry = kernel_entry(kernel)
    backward = mode == "forward+backward"
    if kernel == "flex" and backward and device == "cpu":
        raise Unsupported("FlexAttention has no backward on a CPU")
    shape = Shape(batch, heads, n, head_dim, dtype, causal, backward, features)
    costs = entry.costs(shape)
    return Task(
        prepare=lambda: _prepare(kernel, shape, device, seed),
        tolerance=TOLERANCE[dtype] if entry.exact else None,
        flops=costs.flops,
        flops_causal=costs.flops_causal,
        traffic_bytes=float(shape.traffic_bytes),
        peak_bytes=costs.peak_bytes,
        peak_exact=costs.peak_exact and device == "cpu",
        input_bytes=float(
            shape.tensor_bytes * (4 if backward else 3) + (features * head_dim * 4 if entry.projected else 0)
        ),
        convention=costs.convention,
    )


def _prepare(kernel: str, shape: Shape, device: str, seed: int) -> Prepared:
    entry = kernel_entry(kernel)
    generator = torch.Generator().manual_seed(seed)
    size = shape.batch, shape.heads, shape.n, shape.head_dim

    def draw() -> Tensor:
        # Drawn on the CPU in float32, then rounded: the same numbers on every device and, up to rounding, dtype.
        return torch.randn(size, generator=generator).to(device, getattr(torch, shape.dtype))

    inputs = q, k, v = draw(), draw(), draw()
    grad = draw() if shape.backward else None
    projection = orthogonal_projection(shape.features, shape.head_dim, seed, device) if entry.projected else None
    for tensor in inputs:
        tensor.requires_grad_(shape.backward)

    def forward(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        with torch.no_grad():
            return attend(kernel, q, k, v, causal=shape.causal, projection=projection)

    def both(upstream: Tensor) -> tuple[Tensor, ...]:
        out = attend(kernel, q, k, v, causal=shape.causal, projection=projection)
        return out, *torch.autograd.grad(out, inputs, upstream)

    def call() -> object:
        return forward(q, k, v) if grad is None else both(grad)

    rows = sample_rows(shape.n).to(device)

    def answer() -> Mapping[str, Tensor]:
        if grad is None:
            return {"output": forward(q, k, v)[..., rows, :]}
        # Only the rows that the reference computes may send a gradient.
        sampled = torch.zeros_like(grad).index_copy_(2, rows, grad[..., rows, :])
        out, dq, dk, dv = both(sampled)
        return {"output": out.detach()[..., rows, :], "dq": dq[..., rows, :], "dk": dk, "dv": dv}

    def reference() -> Mapping[str, Tensor]:
        pulls = None if grad is None else grad[..., rows, :]
        return row_reference(entry.weights, q, k, v, rows, shape.causal, pulls)

    facts = {"backend": sdpa_backend(q, k, v, shape.causal)} if kernel == "sdpa" else {}
    return Prepared(call, answer, reference, forward, inputs, facts)
