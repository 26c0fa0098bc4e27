"""FLOP formulas of operators as the dispatcher sees them, by qualified name.

A formula takes the operator's arguments by their schema names (defaults filled in) and its output, and returns a
:class:`~bench.meters.flops.products.Cost`. It reads shapes only, so it works on fake and meta tensors. Operators that
are missing here fall back to torch's own registry (``torch.utils.flop_counter.register_flop_formula`` adds to it), but
for the operators below our numbers are used: torch's overcount the weight gradient of grouped convolutions by the
number of groups, read the (batch, n, heads, d) layout of ``_flash_attention_forward`` as (batch, heads, n, d), and lack
the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import prod
from typing import Any

from bench.meters.flops.products import Cost, convolution, linear, matmul

Arguments = Mapping[str, Any]
Formula = Callable[[Arguments, Any], Cost]


def _first(out: Any) -> Any:
    return out[0] if isinstance(out, (tuple, list)) else out


def _matrices(left: str, right: str) -> Formula:
    """A product of two matrices, or of two batches of matrices, or of a matrix and a vector."""

    def formula(a: Arguments, out: Any) -> Cost:
        x, y = a[left].shape, a[right].shape
        if len(x) == 1:
            return Cost(2 * x[0])
        columns = y[-1] if len(y) > 1 else 1
        return Cost(matmul(x[-2], x[-1], columns, prod(x[:-2])))

    return formula


def _outer(left: str, right: str) -> Formula:
    return lambda a, out: Cost(2 * a[left].shape[0] * a[right].shape[0])


def _by_output(inputs: str) -> Formula:
    """A linear layer whose packed weight hides its shape: output positions times input features."""
    return lambda a, out: Cost(2 * prod(_first(out).shape) * a[inputs].shape[-1])


def _linear(a: Arguments, out: Any) -> Cost:
    # numel also works for nested tensors, which have no shape.
    return Cost(2 * a["input"].numel() * a["weight"].shape[0])


def _linear_backward(a: Arguments, out: Any) -> Cost:
    once = 2 * a["grad_output"].numel() * a["weight"].shape[1]
    return Cost(once * sum(map(bool, a["output_mask"][:2])))


def _mkldnn_grad_weight(a: Arguments, out: Any) -> Cost:
    return Cost(linear(a["input"].shape, (a["grad_output"].shape[-1], a["input"].shape[-1])))


def _foreach(a: Arguments, out: Any) -> Cost:
    pairs = zip(a["self"], a["mat2"], strict=True)
    return Cost(sum(matmul(x.shape[-2], x.shape[-1], y.shape[-1], prod(x.shape[:-2])) for x, y in pairs))


def _grouped(a: Arguments, out: Any) -> Cost:
    # Groups share out the rows, the columns or the inner dimension of the 2-D operand, so each product is counted once.
    x, y = (a[k].shape for k in (("self", "mat2") if "mat2" in a else ("mat_a", "mat_b")))
    batch = x[0] if len(x) == 3 and len(y) == 3 else 1
    return Cost(matmul(x[-2], x[-1], y[-1], batch))


def _euclidean_distance(a: Arguments, out: Any) -> Cost:
    # |x|² - 2xy + |y|² as one product, with the squares and ones as two more columns.
    return Cost(2 * prod(out.shape) * (a["x1"].shape[-1] + 2))


def _affine_grid(a: Arguments, out: Any) -> Cost:
    return Cost(2 * prod(out.shape) * a["theta"].shape[-1])


def _conv(inputs: str = "self") -> Formula:
    def formula(a: Arguments, out: Any) -> Cost:
        x, w, y = a[inputs].shape, a["weight"].shape, _first(out).shape
        return Cost(convolution(x, w, y, bool(a.get("transposed", False))))

    return formula


def _conv_transpose(inputs: str = "self") -> Formula:
    return lambda a, out: Cost(convolution(a[inputs].shape, a["weight"].shape, _first(out).shape, True))


def _conv_backward(a: Arguments, out: Any) -> Cost:
    # The gradient by the input and the gradient by the weight each meet the same triples of numbers as the forward.
    once = convolution(a["input"].shape, a["weight"].shape, a["grad_output"].shape, bool(a.get("transposed", False)))
    return Cost(once * sum(map(bool, a["output_mask"][:2])))


def _conv_tbc(a: Arguments, out: Any) -> Cost:
    return Cost(2 * prod(out.shape[:2]) * prod(a["weight"].shape))


def _conv_tbc_backward(a: Arguments, out: Any) -> Cost:
    return Cost(2 * 2 * prod(a["self"].shape[:2]) * prod(a["weight"].shape))


def _recurrent(positions: Any, weights: Iterable[Any]) -> int:
    """All positions meet all weight matrices: layers, directions, input and hidden weights, projections."""
    total: int = 2 * prod(positions.shape[:-1]) * sum(prod(w.shape) for w in weights if w is not None and w.dim() == 2)
    return total


def _fused_rnn(a: Arguments, out: Any) -> Cost:
    return Cost(_recurrent(a["input"], a["weight"]))


def _fused_rnn_backward(a: Arguments, out: Any) -> Cost:
    # Gradients flow to inputs and hidden states always, to the weights when asked for.
    return Cost(_recurrent(a["input"], a["weight"]) * (1 + bool(a["output_mask"][3])))


def _mkldnn_rnn(a: Arguments, out: Any) -> Cost:
    return Cost(_recurrent(a["input"], (a["weight0"], a["weight1"])))


def _mkldnn_rnn_backward(a: Arguments, out: Any) -> Cost:
    return Cost(2 * _recurrent(a["input"], (a["weight1"], a["weight2"])))


FORMULAS: dict[str, Formula] = {
    "aten::mm": _matrices("self", "mat2"),
    "aten::bmm": _matrices("self", "mat2"),
    "aten::addmm": _matrices("mat1", "mat2"),
    "aten::_addmm_activation": _matrices("mat1", "mat2"),
    "aten::baddbmm": _matrices("batch1", "batch2"),
    "aten::addbmm": _matrices("batch1", "batch2"),
    "aten::mv": _matrices("self", "vec"),
    "aten::addmv": _matrices("mat", "vec"),
    "aten::dot": _matrices("self", "tensor"),
    "aten::vdot": _matrices("self", "other"),
    "aten::addr": _outer("vec1", "vec2"),
    "aten::_int_mm": _matrices("self", "mat2"),
    "aten::_scaled_mm": _matrices("self", "mat2"),
    "aten::_scaled_mm_v2": _matrices("self", "mat2"),
    "aten::_foreach_mm": _foreach,
    "aten::_grouped_mm": _grouped,
    "aten::_scaled_grouped_mm": _grouped,
    "aten::_scaled_grouped_mm_v2": _grouped,
    "aten::_weight_int8pack_mm": _by_output("self"),
    "aten::_weight_int4pack_mm": _by_output("self"),
    "aten::_weight_int4pack_mm_for_cpu": _by_output("self"),
    "aten::_mixed_dtypes_linear": _by_output("input"),
    "aten::_euclidean_dist": _euclidean_distance,
    "aten::affine_grid_generator": _affine_grid,
    "aten::linear": _linear,
    "aten::linear_backward": _linear_backward,
    "aten::mkldnn_linear": _by_output("self"),
    "aten::mkldnn_linear_backward": _linear_backward,
    "aten::mkldnn_linear_backward_input": _by_output("grad_output"),
    "aten::mkldnn_linear_backward_weights": _mkldnn_grad_weight,
    "mkldnn::_linear_pointwise": _by_output("X"),
    "mkl::_mkl_linear": _by_output("X"),
    "aten::convolution": _conv("input"),
    "aten::_convolution": _conv("input"),
    "aten::convolution_overrideable": _conv("input"),
    "aten::convolution_backward": _conv_backward,
    "aten::convolution_backward_overrideable": _conv_backward,
    "aten::cudnn_convolution": _conv(),
    "aten::cudnn_convolution_relu": _conv(),
    "aten::cudnn_convolution_add_relu": _conv(),
    "aten::cudnn_convolution_transpose": _conv_transpose(),
    "aten::miopen_convolution": _conv(),
    "aten::miopen_convolution_relu": _conv(),
    "aten::miopen_convolution_add_relu": _conv(),
    "aten::miopen_convolution_transpose": _conv_transpose(),
    "aten::miopen_depthwise_convolution": _conv(),
    "aten::mkldnn_convolution": _conv(),
    "aten::_slow_conv2d_forward": _conv(),
    "aten::_conv_depthwise2d": _conv(),
    "aten::conv_depthwise3d": _conv(),
    "aten::slow_conv3d_forward": _conv(),
    "aten::slow_conv_dilated2d": _conv(),
    "aten::slow_conv_dilated3d": _conv(),
    "aten::slow_conv_transpose2d": _conv_transpose(),
    "aten::slow_conv_transpose3d": _conv_transpose(),
    "aten::conv_tbc": _conv_tbc,
    "aten::conv_tbc_backward": _conv_tbc_backward,
    "aten::_cudnn_rnn": _fused_rnn,
    "aten::_cudnn_rnn_backward": _fused_rnn_backward,
    "aten::miopen_rnn": _fused_rnn,
    "aten::miopen_rnn_backward": _fused_rnn_backward,
    "aten::mkldnn_rnn_layer": _mkldnn_rnn,
    "aten::mkldnn_rnn_layer_backward": _mkldnn_rnn_backward,
}
