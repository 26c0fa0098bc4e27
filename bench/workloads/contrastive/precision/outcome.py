"""One draw of inputs: the pass in its precision against the exact gradients, as numbers."""

from __future__ import annotations

import torch
from torch import Tensor

from ..losses import ARMS, PUBLISHED
from .compare import cosine, embedding_numbers, input_numbers, loss_numbers, score_numbers
from .inputs import pull_back
from .passes import Gradients, Setup, rounded_inputs, run_pass
from .reference import exact_reference, positive_columns


def unscaled_pass(setup: Setup, inputs: tuple[Tensor, ...], positive: Tensor) -> tuple[Gradients, float]:
    """A pass at the first loss scale at which all gradients are finite, and that scale.

    As ``GradScaler`` does, the scale is halved after each failure, though not below 1. The gradients come in float64
    and divided by the scale.
    """
    scale = setup.numerics.scale
    found = run_pass(setup, inputs, positive, scale)
    while scale > 1 and not found.finite:
        scale /= 2
        found = run_pass(setup, inputs, positive, scale)
    scores, embeddings = (None if g is None else g.double().div_(scale) for g in (found.scores, found.embeddings))
    return Gradients(found.loss, scores, embeddings), scale


def answered(
    setup: Setup, a: Tensor, b: Tensor, inputs: tuple[Tensor, ...], positive: Tensor
) -> tuple[Gradients, float]:
    """:func:`unscaled_pass`, and at the stage ``loss`` the embeddings' gradient, in float64 from the scores'."""
    found, scale = unscaled_pass(setup, inputs, positive)
    if found.embeddings is None and found.scores is not None:
        found = Gradients(found.loss, found.scores, pull_back(found.scores, a, b, setup.temperature, setup.form))
    return found, scale


def draw_numbers(setup: Setup, a: Tensor, b: Tensor) -> dict[str, float]:
    """All numbers of one draw; a and b are the float64 embeddings before any rounding.

    A name that has no meaning for the loss is not there: a published loss hides its scores, and a row of SigLIP's
    gradient has no sum to keep.
    """
    inputs, positive = rounded_inputs(setup, a, b), positive_columns(setup, a)
    found, scale = answered(setup, a, b, inputs, positive)
    right = exact_reference(setup, a, b, inputs)
    del inputs
    assert found.embeddings is not None
    loss, embeddings = right.loss_and_embeddings()
    numbers = {
        **loss_numbers(found.loss, loss),
        **input_numbers(right.exact),
        **embedding_numbers(found.embeddings, embeddings, torch.stack((right.a, right.b))),
    }
    if setup.loss not in PUBLISHED:
        numbers["cosine_infonce"] = cosine(found.embeddings, right.pulled(right.exact.infonce_factor))
        numbers["cosine_flatnce"] = cosine(found.embeddings, right.pulled(right.exact.flatnce_factor))
    if found.scores is not None:
        numbers |= score_numbers(found.scores, right.exact, ARMS[setup.loss].objective != "siglip")
    if setup.numerics.scale > 1:
        numbers |= {"skipped_step": float(scale < setup.numerics.scale), "loss_scale": scale}
    return numbers
