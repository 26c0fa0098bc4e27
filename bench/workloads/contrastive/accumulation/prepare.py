"""Allocates a case of the accumulation workload, and puts together what is called, counted and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from ...protocol import Outcome, Prepared
from ..losses import PUBLISHED
from .closed import plain_loss
from .costs import Size
from .network import Encoder, Norm
from .reference import LOSS_PAIRS, STEP_PAIRS, loss_reference, sampled_anchors, step_reference
from .steps import Step
from .tiled import tiled_loss

_VIEW_NOISE = 1.0
"""Standard deviation by which each of a pair's two inputs (or embeddings, before normalising) differs from what they
share, which has standard deviation 1. Embeddings then have a cosine of about 0.5: hard enough that cross entropy's
cancellation at small losses, the subject of the precision suite, does not cover the errors looked at here."""


def prepare_step(size: Size, norm: Norm, temperature: float, device: str, seed: int) -> Prepared:
    """A training step: an encoder, pairs of inputs, and the gradient of every parameter by the method."""
    draw = torch.Generator().manual_seed(seed)
    dtype = getattr(torch, size.dtype)
    encoder = Encoder(size.features, size.width, size.layers, size.dim, norm, size.dropout)
    encoder.fill(draw)
    encoder.to(device, dtype)
    pairs = torch.stack(_views(size.batch, size.features, draw), dim=1).to(device, dtype)
    step = Step(encoder, pairs, size.chunk, temperature, size.tile, seed)
    checked = size.batch <= STEP_PAIRS

    def answer() -> Mapping[str, Tensor]:
        return {"gradient": _flat(step.gradients(size.method))}

    def reference() -> Mapping[str, Tensor]:
        return {"gradient": _flat(step_reference(step))}

    def outcome() -> Mapping[str, Outcome]:
        gradients, passes, updates = step.counted_gradients(size.method)
        counts = {"encoder_forwards": Outcome((passes,)), "running_stat_updates": Outcome((updates,))}
        return (_distance(gradients, step_reference(step)) if checked else {}) | counts

    return Prepared(
        call=lambda: step.gradients(size.method),
        answer=answer if checked else None,
        reference=reference if checked else None,
        outcome=outcome,
    )


def prepare_loss(size: Size, temperature: float, device: str, seed: int) -> Prepared:
    """The loss by itself: embeddings of pairs, and the gradients with respect to them by the method."""
    draw = torch.Generator().manual_seed(seed)
    dtype = getattr(torch, size.dtype)
    given = (F.normalize(view, dim=1) for view in _views(size.batch, size.dim, draw))
    a, b = (view.to(device, dtype).requires_grad_() for view in given)
    anchors = sampled_anchors(size.batch)
    checked = size.batch <= LOSS_PAIRS

    def loss(a: Tensor, b: Tensor) -> Tensor:
        if size.method == "tiled":
            return tiled_loss(a, b, temperature, size.tile)
        return (plain_loss if size.method == "full" else PUBLISHED[size.method])(a, b, temperature)

    def call() -> tuple[Tensor, ...]:
        value = loss(a, b)
        return value.detach(), *torch.autograd.grad(value, (a, b))

    def answer() -> Mapping[str, Tensor]:
        value, grad_a, grad_b = call()
        return {"loss": value, "da": grad_a.cpu()[anchors], "db": grad_b.cpu()[anchors]}

    def reference() -> Mapping[str, Tensor]:
        return dict(zip(("loss", "da", "db"), loss_reference(a, b, temperature, anchors), strict=True))

    def outcome() -> Mapping[str, Outcome]:
        found, exact = answer(), reference()
        return _distance([found["da"], found["db"]], [exact["da"], exact["db"]])

    # A package that is missing says so now, and not when the clock runs.
    loss(*(torch.eye(2, device=device, dtype=dtype) for _ in range(2)))
    return Prepared(
        call=call,
        answer=answer if checked else None,
        reference=reference if checked else None,
        outcome=outcome if checked else None,
    )


def _views(count: int, numbers: int, draw: torch.Generator) -> list[Tensor]:
    """Two noisy views ``(count, numbers)`` of the same draws, in float32 on the CPU."""
    shared = torch.randn(count, numbers, generator=draw)
    return [shared + _VIEW_NOISE * torch.randn(count, numbers, generator=draw) for _ in range(2)]


def _flat(gradients: Sequence[Tensor]) -> Tensor:
    return torch.cat([gradient.flatten() for gradient in gradients])


def _distance(found: Sequence[Tensor], exact: Sequence[Tensor]) -> dict[str, Outcome]:
    """Relative L2 distance and cosine of gradients, all of them as one vector, in float64."""
    a, r = _flat(found).cpu().double(), _flat(exact).cpu().double()
    error, cosine = (a - r).norm() / r.norm(), torch.dot(a, r) / (a.norm() * r.norm())
    return {"gradient_error": Outcome((float(error),), log=True), "gradient_cosine": Outcome((float(cosine),))}
