"""Large contrastive batches as a workload: which method, for a step or for the loss alone, at which batch size."""

from __future__ import annotations

from typing import Literal

from ...protocol import Prepared, Task
from .costs import CONVENTION, Size, flops, input_bytes, peak_bytes
from .network import Norm
from .tiled import TILE

Method = Literal[
    "full", "full_other_masks", "tiled", "naive", "two_pass", "cached", "cached_replay", "cached_tiled", "open_clip"
]
Part = Literal["step", "loss"]
Dtype = Literal["float64", "float32", "bfloat16"]

LOSS_METHODS = ("full", "tiled", "open_clip")
"""Methods of part ``loss``; all but ``open_clip`` are methods of part ``step`` too."""

TOLERANCE: dict[str, dict[str, float]] = {
    "step": {"float64": 1e-10, "float32": 1e-5, "bfloat16": 0.2},
    "loss": {"float64": 1e-10, "float32": 1e-5, "bfloat16": 5e-2},
}
"""Largest relative L2 error of the methods that are exact, by part: some three times and more what rounding causes.

A step in bfloat16 has room for what torch does on a CPU: it sums a layer norm's own gradients over all rows in
bfloat16, so that the error of ``full`` grows with the batch: 1 % at 1024 pairs, 5 % at 4096. Chunks keep it at 1 %.
"""


def accumulation(
    method: Method,
    batch: int,
    part: Part = "step",
    chunk: int = 64,
    dropout: float = 0.0,
    norm: Norm = "layer",
    dtype: Dtype = "float32",
    temperature: float = 0.1,
    tile: int = TILE,
    features: int = 128,
    width: int = 256,
    layers: int = 3,
    dim: int = 128,
    device: str = "cpu",
    seed: int = 0,
) -> Task:
    """InfoNCE over a large batch of pairs, by methods that differ in memory and in whether they are exact.

    The loss is that of two towers, both directions averaged (CLIP): embedding ``b[i]`` is the positive of ``a[i]``, all
    other ``b`` are its negatives, and the other way round. In a step both come from one encoder, a small perceptron, as
    in SimCSE; a pair counts as one item.

    A step's answer is compared with the gradient of the whole batch in float64, up to 8192 pairs. With dropout that is
    the gradient for one draw of masks, which ``full``, ``tiled``, ``naive``, ``cached_replay`` and ``cached_tiled`` use
    too. ``two_pass`` and ``cached`` use it in their first pass alone, ``full_other_masks`` not at all: that one is as
    good a gradient of the whole batch as ``full``, so that its distance is what other masks alone do. The loss's
    gradients are compared at up to 256 pairs, up to a batch of 65536. Under batch norm a chunk is normalised by its own
    statistics, so that ``full`` and ``tiled`` alone are exact.

    Args:
        method: ``full``: one graph over the batch, all scores in memory. ``full_other_masks``: the same with another
            draw of dropout masks, for steps with dropout. ``tiled``: ``full`` with the scores in tiles. ``naive``: the
            mean of the chunks' own losses. ``two_pass``: embeddings without a graph, the loss's gradient with respect
            to them by formula, then each chunk again with a graph. ``cached``: the same with that gradient by autograd.
            ``cached_replay``: dropout also repeats its masks, as in GradCache. ``cached_tiled``: that with the tiled
            loss. ``open_clip``: the package's loss.
        batch: Pairs.
        part: ``step``: encoder and loss, gradients of the parameters. ``loss``: the loss on given embeddings, gradients
            of these; for ``full``, ``tiled`` and ``open_clip``. It ignores ``chunk``, ``dropout``, ``norm`` and the
            encoder's sizes.
        chunk: Pairs encoded at a time by all methods but those of the whole batch.
        dropout: Share of the encoder's hidden numbers set to 0.
        norm: Of the encoder's layers.
        dtype: Of inputs, weights and arithmetic.
        temperature: Divides the scores.
        tile: Rows and columns of scores that the tiled loss holds.
        features: Numbers per input of the encoder.
        width: Numbers per input between its layers.
        layers: Its hidden layers.
        dim: Numbers per embedding.
        device: Where to run.
        seed: Of inputs, weights and dropout masks.

    Raises:
        ValueError: A number is out of range, or there is no such method for the part or without dropout.
    """
    sizes = {"chunk": chunk, "tile": tile, "features": features, "width": width, "layers": layers, "dim": dim}
    for name, value in sizes.items():
        if value < 1:
            raise ValueError(f"{name} = {value} must be at least 1")
    if batch < 2:
        raise ValueError(f"batch = {batch} must be at least 2: one pair has no negatives")
    if not 0 <= dropout < 1 or not temperature > 0:
        raise ValueError(f"dropout = {dropout} must be from 0 to below 1 and temperature = {temperature} above 0")
    if (part == "loss" and method not in LOSS_METHODS) or (part == "step" and method == "open_clip"):
        raise ValueError(f"method = {method!r} is none of part {part!r}")
    if method == "full_other_masks" and not dropout:
        raise ValueError(f"method = {method!r} needs dropout above 0: without, there are no masks")
    size = Size(
        method=method,
        part=part,
        batch=batch,
        chunk=chunk,
        dropout=dropout,
        dtype=dtype,
        tile=tile,
        features=features,
        width=width,
        layers=layers,
        dim=dim,
    )

    def prepare() -> Prepared:
        from .prepare import prepare_loss, prepare_step  # allocates, so only now

        if part == "loss":
            return prepare_loss(size, temperature, device, seed)
        return prepare_step(size, norm, temperature, device, seed)

    return Task(
        prepare,
        tolerance=TOLERANCE[part][dtype] if is_exact(method, part, dropout, norm) else None,
        flops=flops(size),
        peak_bytes=peak_bytes(size),
        input_bytes=input_bytes(size),
        convention=CONVENTION,
    )


def is_exact(method: str, part: str, dropout: float, norm: str) -> bool:
    """Whether a method has the gradient of the whole batch, for the reference's dropout masks, up to rounding."""
    if part == "loss" or method in ("full", "tiled"):
        return True
    if norm == "batch" or method == "naive":
        return False
    return method in ("cached_replay", "cached_tiled") or dropout == 0
