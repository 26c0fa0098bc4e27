"""One pass forward and backward with a stage of it in a precision."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..losses import ARMS, PUBLISHED, Form
from .inputs import anchor_scores
from .numerics import NUMERICS, Numerics, Stage


@dataclass(frozen=True)
class Setup:
    """What is computed, and how: a loss by name, the precision, the stage that runs in it, temperature and form."""

    loss: str
    numerics: Numerics
    stage: Stage
    temperature: float
    form: Form

    def in_float64(self) -> Setup:
        """The same in float64 throughout."""
        return replace(self, numerics=NUMERICS["float64"], stage="all")


@dataclass(frozen=True)
class Gradients:
    """What a pass gives, as it comes: in the dtypes of the pass and multiplied by the loss scale (the loss is not).

    Attributes:
        loss: A scalar.
        scores: Gradient ``(anchors, candidates)`` of the scores; ``None`` for a published loss, which hides them.
        embeddings: Gradient ``(2, batch, dim)`` of the embeddings; ``None`` at the stage ``loss``.
    """

    loss: Tensor
    scores: Tensor | None
    embeddings: Tensor | None

    @property
    def finite(self) -> bool:
        """Whether all gradients are; if not, ``GradScaler`` skips the step and halves its scale."""
        return all(bool(g.isfinite().all()) for g in (self.scores, self.embeddings) if g is not None)


def rounded_inputs(setup: Setup, a: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    """What a pass starts from, out of float64 embeddings: the rounded scores at the stage ``loss``, else a and b."""
    low = setup.numerics.dtype
    if setup.stage == "loss":
        return (anchor_scores(a, b, setup.temperature, setup.form)[0].to(low),)
    return a.to(low), b.to(low)


@dataclass(frozen=True)
class Forward:
    """A forward pass, cut in two at the scores so that their gradient can be read.

    Attributes:
        loss: A scalar; it depends on ``leaf``.
        leaf: What to differentiate the loss by: the scores, in the dtype in which the loss takes them; for a published
            loss the embeddings.
        scores: The same scores as a function of ``embeddings``; ``None`` at the stage ``loss`` and if published.
        embeddings: a and b; empty at the stage ``loss``.
    """

    loss: Tensor
    leaf: tuple[Tensor, ...]
    scores: Tensor | None = None
    embeddings: tuple[Tensor, ...] = ()


def run_forward(setup: Setup, inputs: tuple[Tensor, ...], positive: Tensor) -> Forward:
    """The forward pass on ``inputs`` from :func:`rounded_inputs`; ``positive`` are the positives' columns."""
    with setup.numerics.autocasting(inputs[0].device):
        if setup.stage == "loss":
            leaf = inputs[0].detach().requires_grad_()
            return Forward(_mean(setup, leaf, positive), (leaf,))
        wide = torch.float64 if setup.stage == "inputs" else inputs[0].dtype
        a, b = (tensor.detach().to(wide).requires_grad_() for tensor in inputs)
        if setup.loss in PUBLISHED:
            return Forward(PUBLISHED[setup.loss](a, b, setup.temperature), (a, b), None, (a, b))
        scores = anchor_scores(a, b, setup.temperature, setup.form)[0]
        leaf = (scores.double() if setup.stage == "similarity" else scores).detach().requires_grad_()
        return Forward(_mean(setup, leaf, positive), (leaf,), scores, (a, b))


def run_pass(setup: Setup, inputs: tuple[Tensor, ...], positive: Tensor, scale: float = 1.0) -> Gradients:
    """One pass forward and backward on ``inputs`` from :func:`rounded_inputs`, with a loss scale."""
    with setup.numerics.products():
        forward = run_forward(setup, inputs, positive)
        loss = forward.loss.detach()
        gradients = torch.autograd.grad(_scaled(forward.loss, scale), forward.leaf)
        if setup.stage == "loss":
            return Gradients(loss, gradients[0], None)
        if forward.scores is None:
            return Gradients(loss, None, torch.stack(gradients))
        pulled = torch.autograd.grad(forward.scores, forward.embeddings, gradients[0].to(forward.scores.dtype))
        return Gradients(loss, gradients[0], torch.stack(pulled))


def _mean(setup: Setup, scores: Tensor, positive: Tensor) -> Tensor:
    return ARMS[setup.loss].rows(scores, positive).mean()


def _scaled(loss: Tensor, scale: float) -> Tensor:
    """The loss times the scale, which is a float32 tensor in ``GradScaler`` too."""
    return loss if scale == 1 else loss * torch.tensor(scale, dtype=torch.float32, device=loss.device)
