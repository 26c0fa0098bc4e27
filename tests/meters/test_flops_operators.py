"""Single operators by hand: forward, and backward where products run for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from bench.meters.flops import count_flops
from bench.meters.flops.operators import is_free

size = st.integers(1, 9)


def ones(*shape: int, grad: bool = False) -> torch.Tensor:
    return torch.ones(*shape, requires_grad=grad)


@pytest.mark.parametrize(
    ("function", "shapes", "expected"),
    [
        (torch.mm, [(3, 4), (4, 5)], 2 * 3 * 4 * 5),
        (torch.bmm, [(7, 3, 4), (7, 4, 5)], 2 * 7 * 3 * 4 * 5),
        (torch.matmul, [(2, 7, 3, 4), (4, 5)], 2 * 14 * 3 * 4 * 5),
        (torch.matmul, [(3, 4), (7, 4, 5)], 2 * 7 * 3 * 4 * 5),
        (torch.matmul, [(3, 4), (4,)], 2 * 3 * 4),
        (torch.matmul, [(4,), (4,)], 2 * 4),
        (torch.addmm, [(5,), (3, 4), (4, 5)], 2 * 3 * 4 * 5),
        (torch.baddbmm, [(7, 3, 5), (7, 3, 4), (7, 4, 5)], 2 * 7 * 3 * 4 * 5),
        (torch.addbmm, [(3, 5), (7, 3, 4), (7, 4, 5)], 2 * 7 * 3 * 4 * 5),
        (torch.addmv, [(3,), (3, 4), (4,)], 2 * 3 * 4),
        (torch.addr, [(3, 4), (3,), (4,)], 2 * 3 * 4),
        (torch.vdot, [(4,), (4,)], 2 * 4),
        (lambda x, w: F.linear(x, w), [(2, 6, 4), (5, 4)], 2 * 12 * 4 * 5),
        (lambda x, w, b: F.linear(x, w, b), [(2, 6, 4), (5, 4), (5,)], 2 * 12 * 4 * 5),
        (lambda a, b: torch.einsum("bid,bjd->bij", a, b), [(2, 3, 4), (2, 5, 4)], 2 * 2 * 3 * 4 * 5),
        (lambda a, b: torch.einsum("bhid,bhde->bhie", a, b), [(2, 3, 6, 4), (2, 3, 4, 5)], 2 * 6 * 6 * 4 * 5),
        (lambda a, b: torch.tensordot(a, b, 2), [(3, 4, 5), (4, 5, 6)], 2 * 3 * 20 * 6),
        (lambda a, b, c: torch.linalg.multi_dot([a, b, c]), [(2, 30), (30, 3), (3, 9)], 2 * (2 * 30 * 3 + 2 * 3 * 9)),
        (lambda x, w: F.conv1d(x, w, padding=1), [(2, 4, 10), (6, 4, 3)], 2 * 2 * 10 * 4 * 6 * 3),
        (lambda x, w: F.conv2d(x, w), [(2, 4, 8, 8), (6, 4, 3, 3)], 2 * 2 * 36 * 4 * 6 * 9),
        (lambda x, w: F.conv2d(x, w, groups=4), [(2, 8, 8, 8), (12, 2, 3, 3)], 2 * 2 * 36 * 12 * 2 * 9),
        (lambda x, w: F.conv2d(x, w, stride=2), [(1, 3, 9, 9), (5, 3, 3, 3)], 2 * 16 * 3 * 5 * 9),
        (lambda x, w: F.conv_transpose2d(x, w, stride=2), [(1, 4, 5, 5), (4, 6, 2, 2)], 2 * 25 * 4 * 6 * 4),
        (lambda x, w: F.conv3d(x, w), [(1, 2, 4, 4, 4), (3, 2, 2, 2, 2)], 2 * 27 * 2 * 3 * 8),
        (torch.cdist, [(40, 3), (30, 3)], 2 * 40 * 30 * 5),
        (lambda a: a.softmax(-1).sum() + a.cumsum(0).std(), [(5, 5)], 0),
    ],
)
def test_forward_by_hand(function: Callable[..., Any], shapes: list[tuple[int, ...]], expected: int) -> None:
    inputs = [ones(*shape) for shape in shapes]
    for grad_mode in (torch.enable_grad, torch.no_grad, torch.inference_mode):
        with grad_mode():
            count = count_flops(function, *inputs)
        assert count.total == count.forward == expected
        assert sum(count.by_operator.values()) == expected
        assert count.complete


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (torch.mm, [(3, 4), (4, 5)]),
        (torch.matmul, [(2, 7, 3, 4), (4, 5)]),
        (lambda x, w: F.linear(x, w), [(2, 6, 4), (5, 4)]),
        (lambda x, w: F.conv1d(x, w, padding=1), [(2, 4, 10), (6, 4, 3)]),
        (lambda x, w: F.conv2d(x, w, groups=4), [(2, 8, 8, 8), (12, 2, 3, 3)]),
        (lambda x, w: F.conv_transpose2d(x, w, stride=2), [(1, 4, 5, 5), (4, 6, 2, 2)]),
    ],
)
def test_backward_is_twice_the_forward(function: Callable[..., Any], shapes: list[tuple[int, ...]]) -> None:
    count = count_flops(function, *(ones(*shape, grad=True) for shape in shapes), backward=True)
    assert count.backward == 2 * count.forward > 0
    one = count_flops(function, ones(*shapes[0]), ones(*shapes[1], grad=True), backward=True)
    assert one.backward == one.forward == count.forward


@given(size, size, size, size)
@settings(max_examples=30, deadline=None)
def test_products_of_any_shape(b: int, m: int, k: int, n: int) -> None:
    count = count_flops(torch.bmm, ones(b, m, k, grad=True), ones(b, k, n, grad=True), backward=True)
    assert (count.forward, count.backward) == (2 * b * m * k * n, 4 * b * m * k * n)


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(0, 2), st.integers(1, 2))
@settings(max_examples=30, deadline=None)
def test_convolutions_of_any_shape(groups: int, cin: int, cout: int, kernel: int, padding: int, stride: int) -> None:
    layer = nn.Conv1d(groups * cin, groups * cout, kernel, stride, padding, groups=groups)
    output = (9 + 2 * padding - kernel) // stride + 1
    count = count_flops(layer, ones(2, groups * cin, 9, grad=True), backward=True)
    assert count.forward == 2 * 2 * output * groups * cin * cout * kernel
    assert count.backward == 2 * count.forward


@pytest.mark.parametrize(("kind", "gates"), [(nn.RNN, 1), (nn.GRU, 3), (nn.LSTM, 4)])
def test_recurrent_layers(kind: Any, gates: int) -> None:
    layer = kind(8, 16, num_layers=2, bidirectional=True)
    # Per position and direction: input and hidden weights of both layers; the second sees both directions.
    expected = 2 * 15 * 2 * gates * 16 * (8 + 16 + 32 + 16)
    assert count_flops(layer, ones(5, 3, 8)).total == expected
    with torch.no_grad():
        assert count_flops(layer, ones(5, 3, 8)).total == expected
    # Neither the first inputs nor the first hidden states need a gradient; those of the fused kernel are computed.
    backward = count_flops(layer, ones(5, 3, 8, grad=True), backward=True).backward
    assert 1.7 * expected < backward <= 2 * expected


def test_every_operator_of_torch_that_names_a_product_is_known() -> None:
    names = {schema.name for schema in torch._C._jit_get_all_schemas() if schema.name.startswith("aten::")}
    products = {"mm", "bmm", "baddbmm", "mv", "dot", "linear", "matmul", "convolution", "attention", "conv2d", "einsum"}
    prepares = {"_wrapped_linear_prepack", "mkldnn_reorder_conv2d_weight"}
    found = {n for n in names if products & set(n[6:].rstrip("_").split("_")) and n[6:] not in prepares}
    assert len(found) > 40
    assert not [name for name in found if is_free(name)]


@pytest.mark.parametrize(
    "name", ["add", "softmax", "lgamma", "upsample_bilinear2d", "native_layer_norm", "cummax", "view"]
)
def test_elementwise_work_is_free(name: str) -> None:
    assert is_free(f"aten::{name}")
