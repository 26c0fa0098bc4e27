"""Handles for fvcore: FLOPs of an operator in a traced graph, from the shapes that the trace recorded.

Written apart from the dispatch counter's formulas: a traced graph holds ``aten::linear``, ``aten::matmul`` and
``aten::einsum`` as they were called, so an error in one source shows as a disagreement with the other.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from bench.meters.flops.einsum import einsum
from bench.meters.flops.products import attention, convolution

Handle = Callable[[list[Any], list[Any]], int]


def _shape(value: Any) -> list[int]:
    return [int(size) for size in value.type().sizes()]


def _shapes(values: Any) -> list[list[int]]:
    return [_shape(value) for value in values.node().inputs()]


def _integers(value: Any) -> list[int] | None:
    """A list of constants, written into the graph as one constant or one by one; ``None`` where it says so."""
    if value.node().kind() == "prim::ListConstruct":
        return [int(item.toIValue()) for item in value.node().inputs()]
    constant: list[int] | None = value.toIValue()
    return constant


def _inner(position: int) -> Handle:
    """A product whose output elements each take a dot product along the last axis of the operand at ``position``."""
    return lambda inputs, outputs: 2 * prod(_shape(outputs[0])) * _shape(inputs[position])[-1]


def _addbmm(inputs: list[Any], outputs: list[Any]) -> int:
    return 2 * prod(_shape(inputs[1])) * _shape(inputs[2])[-1]


def _addr(inputs: list[Any], outputs: list[Any]) -> int:
    return 2 * prod(_shape(outputs[0]))


def _convolution(inputs: list[Any], outputs: list[Any]) -> int:
    return convolution(_shape(inputs[0]), _shape(inputs[1]), _shape(outputs[0]), bool(inputs[6].toIValue()))


def _einsum(inputs: list[Any], outputs: list[Any]) -> int:
    return einsum(inputs[0].toIValue(), _shapes(inputs[1]), _integers(inputs[2]))


def _tensordot(inputs: list[Any], outputs: list[Any]) -> int:
    sizes = _shape(inputs[0])
    return 2 * prod(_shape(outputs[0])) * prod(sizes[axis] for axis in _integers(inputs[2]) or ())


def _attention(inputs: list[Any], outputs: list[Any]) -> int:
    q, k, v = (_shape(x) for x in inputs[:3])
    return attention(prod(q[:-3]), q[-3] if len(q) > 2 else 1, q[-2], k[-2], q[-1], v[-1]).full


def _encoder_layer(inputs: list[Any], outputs: list[Any]) -> int:
    batch, n, width = _shape(inputs[0])
    weights = sum(prod(_shape(inputs[at])) for at in (3, 5, 14, 16))
    return 2 * batch * n * weights + attention(batch, 1, n, n, width, width).full


def _multi_head(inputs: list[Any], outputs: list[Any]) -> int:
    (batch, n, width), (_, m, _) = _shape(inputs[0]), _shape(inputs[1])
    projections = 4 * batch * (n + m) * width**2
    return projections + attention(batch, 1, n, m, width, width).full


def _recurrent(inputs: list[Any], outputs: list[Any]) -> int:
    # (input, hx, params, …) or, for packed sequences, (data, batch_sizes, hx, params, …): params is the last list.
    lists = [x for x in inputs if x.node().kind() == "prim::ListConstruct" and "Tensor" in str(x.type())]
    weights: int = sum(prod(shape) for shape in _shapes(lists[-1]) if len(shape) == 2)
    return 2 * prod(_shape(inputs[0])[:-1]) * weights


HANDLES: dict[str, Handle] = {
    "aten::mm": _inner(0),
    "aten::bmm": _inner(0),
    "aten::matmul": _inner(0),
    "aten::mv": _inner(0),
    "aten::dot": _inner(0),
    "aten::vdot": _inner(0),
    "aten::inner": _inner(0),
    "aten::linear": _inner(0),
    "aten::addmm": _inner(1),
    "aten::addmv": _inner(1),
    "aten::baddbmm": _inner(1),
    "aten::_addmm_activation": _inner(1),
    "aten::addbmm": _addbmm,
    "aten::addr": _addr,
    "aten::einsum": _einsum,
    "aten::tensordot": _tensordot,
    "aten::_convolution": _convolution,
    "aten::convolution": _convolution,
    "aten::scaled_dot_product_attention": _attention,
    "aten::_transformer_encoder_layer_fwd": _encoder_layer,
    "aten::_native_multi_head_attention": _multi_head,
    "aten::lstm": _recurrent,
    "aten::gru": _recurrent,
    "aten::rnn_tanh": _recurrent,
    "aten::rnn_relu": _recurrent,
}
