"""The encoder as a workload: which part of it, with which kernel, at which size."""

from __future__ import annotations

from typing import Literal

from ..attention.catalog import kernel_entry
from ..attention.workload import Dtype, Kernel, Mode
from ..protocol import Prepared, Task, Unsupported
from .costs import CONVENTION, KERNEL_FREE, Size, flops, flops_causal, input_bytes, traffic_bytes
from .memory import peak_bytes

Part = Literal["layer", "projections", "core", "ffn", "model"]

TOLERANCE = {"float64": 1e-9, "float32": 1e-4, "bfloat16": 5e-2, "float16": 1e-2}
"""Largest relative L2 error at which an answer counts as right."""


def encoder(
    kernel: Kernel,
    n: int,
    part: Part = "layer",
    hidden: int = 768,
    heads: int = 0,
    ffn_ratio: int = 4,
    layers: int = 1,
    dtype: Dtype = "float32",
    causal: bool = False,
    mode: Mode = "forward",
    batch: int = 1,
    features: int = 256,
    device: str = "cpu",
    seed: int = 0,
) -> Task:
    """A BERT-style encoder layer, a part of it, or several layers; BERT-base's shape unless said otherwise.

    Residuals and norms belong to the layer and to none of its parts. A layer, and a part of it, is checked against
    float64 at up to 128 of its rows, a model at its first and last layer, each with the input it has in the model.

    Args:
        kernel: Attention kernel, as in ``bench.workloads.attention``.
        n: Tokens.
        part: ``projections`` (query, key, value and output, all of the input), ``core`` (attention of tensors that are
            projected already, with the split into heads and back), ``ffn``, the whole ``layer``, or a ``model`` of
            ``layers`` layers.
        hidden: Numbers per token, D.
        heads: Attention heads; 0 stands for ``hidden / 64``.
        ffn_ratio: Inner width of the feed-forward network, in multiples of ``hidden``.
        layers: Layers of ``model``; other parts have one.
        dtype: Of inputs, weights and arithmetic.
        causal: A token sees no later one.
        mode: ``forward`` runs without recording gradients; ``forward+backward`` also computes the gradients of all
            inputs and parameters, for a given gradient of each output.
        batch: Sequences.
        features: Random features of the kernel ``performer``.
        device: Where to run.
        seed: Of inputs, weights and random features.

    Raises:
        ValueError: A size is below 1, or the heads do not divide ``hidden``.
        Unsupported: The kernel can be seen not to run here without trying.
    """
    if kernel == "flex" and mode == "forward+backward" and device == "cpu" and part not in KERNEL_FREE:
        raise Unsupported("FlexAttention has no backward on a CPU")
    size = Size(
        kernel=kernel,
        n=n,
        hidden=hidden,
        heads=_heads(hidden, heads),
        ffn=ffn_ratio * hidden,
        layers=layers,
        dtype=dtype,
        causal=causal,
        backward=mode == "forward+backward",
        batch=batch,
        features=features,
    )
    for name, value in {"n": n, "ffn_ratio": ffn_ratio, "layers": layers, "batch": batch, "features": features}.items():
        if value < 1:
            raise ValueError(f"{name} = {value} must be at least 1")

    def prepare() -> Prepared:
        from .prepare import prepare_part  # allocates, so only now

        return prepare_part(part, size, device, seed)

    return Task(
        prepare,
        tolerance=TOLERANCE[dtype] if part in KERNEL_FREE or kernel_entry(kernel).exact else None,
        flops=flops(part, size),
        flops_causal=flops_causal(part, size),
        traffic_bytes=traffic_bytes(part, size),
        peak_bytes=peak_bytes(part, size),
        input_bytes=input_bytes(part, size),
        convention=CONVENTION,
    )


def _heads(hidden: int, heads: int) -> int:
    """The number of heads, derived where it is 0."""
    if hidden < 1 or heads < 0:
        raise ValueError(f"hidden = {hidden} and heads = {heads} must be positive (heads = 0 stands for hidden / 64)")
    if heads == 0 and hidden % 64:
        raise ValueError(f"hidden = {hidden} is not a multiple of 64, so heads cannot be derived: set heads")
    heads = heads or hidden // 64
    if hidden % heads:
        raise ValueError(f"hidden = {hidden} cannot be split into heads = {heads}: it must be a multiple of it")
    return heads
