"""The parts of an encoder as things to call, and how each is checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from .exact import checked_rows, exact_core, exact_layer, in_float64
from .layer import Encoder, EncoderLayer

Outputs = tuple[Tensor, ...]


@dataclass(frozen=True)
class Piece:
    """One part of one layer.

    Attributes:
        run: The inputs to the outputs, each ``(batch, n, hidden)``.
        inputs: ``x``, or ``q, k, v`` for the core.
        weights: Its parameters by name.
        exact: ``(float64 layer, rows, float64 inputs)`` to the outputs at these rows.
        layer: The layer it belongs to.
    """

    run: Callable[..., Outputs]
    inputs: Outputs
    weights: dict[str, nn.Parameter]
    exact: Callable[..., Outputs]
    layer: EncoderLayer

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the gradients of the inputs."""
        return ("dx",) if len(self.inputs) == 1 else ("dq", "dk", "dv")


def piece(part: str, layer: EncoderLayer, inputs: Outputs) -> Piece:
    """A part of a layer: ``projections``, ``core``, ``ffn`` or ``layer``."""
    weights = dict(layer.named_parameters())
    if part == "projections":
        named = {name: weight for name, weight in weights.items() if name.split(".")[0] in _PROJECTIONS}
        return Piece(layer.project, inputs, named, lambda twin, rows, x: twin.project(x[:, rows]), layer)
    if part == "core":
        return Piece(
            lambda q, k, v: (layer.core(q, k, v),),
            inputs,
            {},
            lambda twin, rows, q, k, v: (exact_core(twin.core, rows, q[:, rows], k, v),),
            layer,
        )
    if part == "ffn":
        named = {name: weight for name, weight in weights.items() if name.startswith("feed_forward")}
        return Piece(
            lambda x: (layer.feed_forward(x),),
            inputs,
            named,
            lambda twin, rows, x: (twin.feed_forward(x[:, rows]),),
            layer,
        )
    return Piece(lambda x: (layer(x),), inputs, weights, lambda twin, rows, x: (exact_layer(twin, rows, x),), layer)


_PROJECTIONS = ("query", "key", "value", "output")


def compute(
    run: Callable[..., Outputs], inputs: Outputs, weights: Sequence[Tensor], upstream: Tensor | None
) -> Outputs:
    """The outputs, and with ``upstream`` (gradient of each output) the gradients of inputs and weights after them."""
    if upstream is None:
        with torch.no_grad():
            return run(*inputs)
    outputs = run(*inputs)
    return (*outputs, *torch.autograd.grad(outputs, (*inputs, *weights), [upstream] * len(outputs)))


def answer(pieces: Sequence[Piece], upstream: Tensor | None, seed: int) -> dict[str, Tensor]:
    """What the pieces compute, at the checked rows; several pieces are stacked.

    The upstream gradient is zero at other rows, so that a reference needs no other queries; every key, value and weight
    still gets its gradient.
    """
    found = []
    for one in pieces:
        rows = checked_rows(one.inputs[0].shape[1], seed).to(one.inputs[0].device)
        sparse = None if upstream is None else torch.zeros_like(upstream).index_copy_(1, rows, upstream[:, rows])
        tensors = compute(one.run, one.inputs, list(one.weights.values()), sparse)
        outputs = len(tensors) if upstream is None else len(tensors) - len(one.inputs) - len(one.weights)
        found.append(_named(one, [tensor[:, rows] for tensor in tensors[:outputs]], tensors[outputs:]))
    return _stack(found)


def reference(pieces: Sequence[Piece], upstream: Tensor | None, seed: int) -> dict[str, Tensor]:
    """The same in float64, from the same rounded inputs and weights."""
    found = []
    for one in pieces:
        twin = in_float64(one.layer)
        weights = dict(twin.named_parameters())
        rows = checked_rows(one.inputs[0].shape[1], seed)
        inputs = tuple(_exact(tensor).requires_grad_(upstream is not None) for tensor in one.inputs)
        tensors = compute(
            partial(one.exact, twin, rows),
            inputs,
            [weights[name] for name in one.weights],
            None if upstream is None else _exact(upstream)[:, rows],
        )
        outputs = len(tensors) if upstream is None else len(tensors) - len(one.inputs) - len(one.weights)
        found.append(_named(one, tensors[:outputs], tensors[outputs:]))
    return _stack(found)


def model_pieces(model: Encoder, x: Tensor) -> list[Piece]:
    """The first and the last layer of a model, each with the input that it gets from the model itself."""
    layers = list(model.layers)
    states = [x.detach()]
    with torch.no_grad():
        for layer in layers[:-1]:
            states.append(layer(states[-1]))
    chosen = sorted({0, len(layers) - 1})
    return [
        piece("layer", layers[index], (states[index].requires_grad_(x.requires_grad),))  # type: ignore[arg-type]
        for index in chosen
    ]


def _named(one: Piece, outputs: Sequence[Tensor], gradients: Sequence[Tensor]) -> dict[str, Tensor]:
    """Outputs side by side, gradients of the inputs, and those of the weight matrices.

    Gradients of biases and norms are left out: the key bias's is zero in exact arithmetic, so it has no relative error.
    """
    named = {"output": torch.cat(list(outputs), dim=-1).detach()}
    names = (*one.input_names, *(f"d_{name.removesuffix('.weight').replace('.', '_')}" for name in one.weights))
    named |= {name: gradient for name, gradient in zip(names, gradients, strict=False) if gradient.dim() > 1}
    return named


def _stack(found: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    return {name: torch.stack([each[name] for each in found]) for name in found[0]}


def _exact(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", torch.float64)
