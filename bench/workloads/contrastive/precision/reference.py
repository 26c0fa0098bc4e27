"""The exact side of a case: from float64 embeddings to the loss and gradients that a pass should have given."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..losses import ARMS, PUBLISHED
from .exact import Exact, exact
from .inputs import anchor_scores, pull_back
from .passes import Setup, run_pass


@dataclass(frozen=True)
class Reference:
    """The exact numbers of one draw, and the embeddings they belong to.

    Attributes:
        setup: The case.
        a: ``(batch, dim)``, float64.
        b: ``(batch, dim)``, float64.
        exact: Loss and gradients with respect to the scores; for a published loss those of InfoNCE.
    """

    setup: Setup
    a: Tensor
    b: Tensor
    exact: Exact

    def pulled(self, factor: Tensor, matrix: Tensor | None = None) -> Tensor:
        """The embeddings' gradient ``(2, batch, dim)`` if the scores' is ``factor · matrix`` (or ``factor · flat``)."""
        matrix = self.exact.flat if matrix is None else matrix
        return pull_back(matrix, self.a, self.b, self.setup.temperature, self.setup.form, factor)

    def loss_and_embeddings(self) -> tuple[Tensor, Tensor]:
        """The loss's value and the embeddings' gradient ``(2, batch, dim)``.

        A published loss is its own reference, in float64: some of them normalise their inputs once more, which changes
        the gradient. At ξ below 1e-10 this reference begins to suffer from the cancellation itself.
        """
        if self.setup.loss in PUBLISHED:
            own = run_pass(self.setup.in_float64(), (self.a, self.b), self.exact.positive)
            assert own.embeddings is not None
            return own.loss, own.embeddings
        return self.exact.loss, self.pulled(self.exact.factor, self.exact.unscaled)


def positive_columns(setup: Setup, a: Tensor) -> Tensor:
    """The positives' columns ``(2·batch,)`` of :func:`.inputs.anchor_scores`."""
    columns = torch.arange(len(a), device=a.device)
    return torch.cat((columns + len(a), columns)) if setup.form == "two_view" else columns.repeat(2)


def exact_reference(setup: Setup, a: Tensor, b: Tensor, inputs: tuple[Tensor, ...]) -> Reference:
    """The exact side of a pass on ``inputs``, which :func:`.passes.rounded_inputs` made of a and b.

    Which numbers the reference starts from is the stage's business, see :data:`.numerics.Stage`.
    """
    positive = positive_columns(setup, a)
    if setup.stage == "loss":
        scores = inputs[0].to(torch.float64, copy=True)
    else:
        if setup.stage != "inputs":
            a, b = (tensor.double() for tensor in inputs)
        scores = anchor_scores(a, b, setup.temperature, setup.form)[0]
    arm = ARMS["softplus" if setup.loss in PUBLISHED else setup.loss]
    return Reference(setup, a, b, exact(arm, scores, positive))
