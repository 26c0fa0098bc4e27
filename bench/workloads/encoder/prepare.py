"""Allocates an encoder and its inputs, and puts together what is called, counted and checked."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..attention import orthogonal_projection, sdpa_backend
from ..attention.catalog import kernel_entry
from ..protocol import Prepared
from . import parts
from .costs import KERNEL_FREE, Size
from .layer import AttentionCore, Encoder, EncoderLayer

_BIAS_SCALE = 0.1


def prepare_part(part: str, size: Size, device: str, seed: int) -> Prepared:
    """Make one case: weights, inputs, the call, the answer and its reference."""
    draw = torch.Generator().manual_seed(seed)
    layers = size.layers if part == "model" else 1
    # Without numbers at first: only the modules that the part uses are given memory.
    with torch.device("meta"):
        model = Encoder(layers, size.hidden, size.heads, size.ffn, size.kernel, causal=size.causal)  # type: ignore[arg-type]
    dtype = getattr(torch, size.dtype)
    for layer in model.layers:
        for name, module in layer.named_children():
            if name in _USED.get(part, (name,)):
                _fill(module.to(dtype).to_empty(device=device), draw)
    # A tracer that counts the forward pass takes parameters for constants, and those may not require a gradient.
    model.requires_grad_(size.backward)
    if kernel_entry(size.kernel).projected:
        projection = orthogonal_projection(size.features, size.head_dim, seed, device)
        for module in model.modules():
            if isinstance(module, AttentionCore):
                module.projection = projection
    count = 3 if part == "core" else 1
    given = [_normal(size, draw).to(device, dtype) for _ in range(count + size.backward)]
    inputs = tuple(tensor.requires_grad_(size.backward) for tensor in given[:count])
    upstream = given[count] if size.backward else None
    return _put_together(part, model, inputs, upstream, seed)


_USED: dict[str, tuple[str, ...]] = {
    "projections": ("query", "key", "value", "output"),
    "core": (),
    "ffn": ("feed_forward",),
}


def _put_together(part: str, model: Encoder, inputs: parts.Outputs, upstream: Tensor | None, seed: int) -> Prepared:
    first = model.layers[0]
    assert isinstance(first, EncoderLayer)
    one = parts.piece("layer" if part == "model" else part, first, inputs)

    def whole(x: Tensor) -> parts.Outputs:
        return (model(x),)

    run = whole if part == "model" else one.run
    weights = list(model.parameters() if part == "model" else one.weights.values())

    def pieces() -> list[parts.Piece]:
        return parts.model_pieces(model, inputs[0]) if part == "model" else [one]

    return Prepared(
        call=lambda: parts.compute(run, inputs, weights, upstream),
        answer=lambda: parts.answer(pieces(), upstream, seed),
        reference=lambda: parts.reference(pieces(), upstream, seed),
        forward=run,
        inputs=tuple(tensor.detach() for tensor in inputs),
        facts=_facts(part, first.core, inputs[0]),
    )


def _facts(part: str, core: AttentionCore, like: Tensor) -> dict[str, str]:
    """Which backend torch chooses, where the choice is torch's."""
    if core.kernel != "sdpa" or part in KERNEL_FREE:
        return {}
    # The input itself stands for the projected tensors: shape, dtype, device and the need of a gradient are theirs.
    head = core.split(like)
    return {"backend": sdpa_backend(head, head, head, core.causal)}


def _normal(size: Size, draw: torch.Generator) -> Tensor:
    return torch.randn(size.batch, size.n, size.hidden, generator=draw)


@torch.no_grad()
def _fill(module: nn.Module, draw: torch.Generator) -> None:
    """Random numbers that keep the variance: projected queries and keys are near N(0, 1), so attention is not flat."""
    for each in module.modules():
        if isinstance(each, nn.Linear):
            each.weight.copy_(torch.randn(each.weight.shape, generator=draw) * each.in_features**-0.5)
            each.bias.copy_(torch.randn(each.bias.shape, generator=draw) * _BIAS_SCALE)
        elif isinstance(each, nn.LayerNorm):
            each.reset_parameters()
