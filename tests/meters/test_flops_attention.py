"""Attention operators by hand: every backend this machine has, shapes that differ, causal, grouped heads, dropout."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from bench.meters.flops import count_flops, trace_flops
from bench.meters.flops.attention import ATTENTION_FORMULAS
from bench.meters.flops.products import Cost

FLASH = "aten::_scaled_dot_product_flash_attention_for_cpu"
size = st.integers(1, 9)


def heads(b: int, h: int, n: int, d: int) -> Tensor:
    return torch.randn(b, h, n, d, requires_grad=True)


def sdpa(q: Tensor, k: Tensor, v: Tensor, **kwargs: Any) -> Tensor:
    return F.scaled_dot_product_attention(q, k, v, **kwargs)


@pytest.mark.parametrize(("b", "h", "n", "d"), [(1, 1, 4, 2), (2, 8, 64, 16), (1, 12, 128, 64)])
@pytest.mark.parametrize("grad_mode", [torch.enable_grad, torch.no_grad, torch.inference_mode])
def test_cpu_sdpa_is_never_zero(b: int, h: int, n: int, d: int, grad_mode: Any) -> None:
    q = heads(b, h, n, d)
    with grad_mode():
        count = count_flops(sdpa, q, q, q)
    assert count.by_operator == {FLASH: 4 * b * h * n * n * d}
    assert count.causal_total is None


def test_flash_backward_recomputes_and_math_backward_does_not() -> None:
    q, k, v = heads(2, 3, 16, 8), heads(2, 3, 16, 8), heads(2, 3, 16, 8)
    forward = 4 * 2 * 3 * 16 * 16 * 8
    flash = count_flops(sdpa, q, k, v, backward=True)
    assert (flash.forward, flash.backward) == (forward, forward * 5 // 2)
    with sdpa_kernel(SDPBackend.MATH):
        math = count_flops(sdpa, q, k, v, backward=True)
    assert (math.forward, math.backward) == (forward, forward * 2)


def test_causal_counts_in_full_and_says_what_may_be_skipped() -> None:
    q = heads(1, 2, 10, 4)
    count = count_flops(sdpa, q, q, q, is_causal=True, backward=True)
    assert count.forward == 4 * 2 * 100 * 4
    assert count.causal_total == count.total * 55 // 100


def test_causal_total_keeps_the_rest() -> None:
    def block(q: Tensor) -> Tensor:
        return sdpa(q, q, q, is_causal=True) @ torch.ones(4, 3)

    count = count_flops(block, heads(1, 2, 10, 4))
    assert count.total == 3200 + 2 * 20 * 4 * 3
    assert count.causal_total == 1760 + 2 * 20 * 4 * 3


@given(size, size, size, size, size, st.booleans())
@settings(max_examples=30, deadline=None)
def test_cross_attention_of_any_lengths(b: int, h: int, n: int, m: int, d: int, causal: bool) -> None:
    count = count_flops(sdpa, heads(b, h, n, d), heads(b, h, m, d), heads(b, h, m, d), is_causal=causal, backward=True)
    assert count.forward == 4 * b * h * n * m * d
    assert count.complete
    if causal and count.causal_total is not None:
        assert count.causal_total * n * m == count.total * sum(min(i + 1, m) for i in range(n))


def test_values_of_another_width() -> None:
    count = count_flops(sdpa, heads(1, 2, 6, 4), heads(1, 2, 5, 4), heads(1, 2, 5, 10))
    assert count.total == 2 * 2 * 6 * 5 * (4 + 10)


@pytest.mark.parametrize("backend", [SDPBackend.MATH, SDPBackend.FLASH_ATTENTION])
def test_grouped_heads_count_once_per_query_head(backend: SDPBackend) -> None:
    with sdpa_kernel(backend):
        count = count_flops(sdpa, heads(1, 8, 16, 4), heads(1, 2, 16, 4), heads(1, 2, 16, 4), enable_gqa=True)
    assert count.total == 4 * 8 * 16 * 16 * 4


def test_dropout_and_masks_change_nothing_in_the_forward() -> None:
    q, expected = heads(1, 2, 16, 4), 4 * 2 * 16 * 16 * 4
    assert count_flops(sdpa, q, q, q, dropout_p=0.5).total == expected
    mask = torch.ones(16, 16, dtype=torch.bool).tril()
    masked = count_flops(sdpa, q, q, q, attn_mask=mask)
    assert (masked.total, masked.causal_total) == (expected, None)


def test_multi_head_attention_paths_agree() -> None:
    n, width = 6, 16
    layer, x = nn.MultiheadAttention(width, 2, batch_first=True), torch.randn(2, n, width)
    expected = 2 * (8 * n * width**2 + 4 * n * n * width)
    assert count_flops(layer, x, x, x).total == expected
    layer.eval()
    with torch.no_grad():
        fused = count_flops(layer, x, x, x)
    assert fused.by_operator == {"aten::_native_multi_head_attention": expected}
    memory = torch.randn(2, 4, width)
    cross = 2 * (4 * n * width**2 + 4 * 4 * width**2 + 4 * n * 4 * width)
    assert count_flops(layer, x, memory, memory).total == cross


def test_flex_attention_counts_in_full_and_its_block_mask_apart() -> None:
    flex = pytest.importorskip("torch.nn.attention.flex_attention")
    q = torch.randn(1, 2, 128, 16)
    expected = 4 * 2 * 128**2 * 16
    plain = count_flops(flex.flex_attention, q, q, q)
    assert (plain.total, plain.causal_total) == (expected, None)
    mask = flex.create_block_mask(lambda b, h, i, j: i >= j, None, None, 128, 128, device="cpu", BLOCK_SIZE=32)
    causal = count_flops(flex.flex_attention, q, q, q, block_mask=mask)
    assert (causal.total, causal.causal_total) == (expected, expected * 10 // 16)


def meta(*shape: int) -> Tensor:
    return torch.empty(shape, device="meta")


@pytest.mark.parametrize("kernel", ["flash_attention", "efficient_attention", "cudnn_attention"])
def test_operators_of_other_devices_on_shapes_alone(kernel: str) -> None:
    q, k = meta(2, 4, 10, 8), meta(2, 4, 6, 8)
    arguments = {"query": q, "key": k, "value": k, "is_causal": False}
    name = f"aten::_scaled_dot_product_{kernel}"
    assert ATTENTION_FORMULAS[name](arguments, None) == Cost(4 * 2 * 4 * 10 * 6 * 8)
    assert ATTENTION_FORMULAS[name + "_backward"](arguments, None) == Cost(10 * 2 * 4 * 10 * 6 * 8)


def test_packed_layouts() -> None:
    # (batch, n, heads, d): not the layout of scaled_dot_product_attention.
    q = meta(2, 10, 4, 8)
    dense = {"query": q, "key": q, "value": q, "cum_seq_q": None, "cum_seq_k": None, "is_causal": True}
    forward = ATTENTION_FORMULAS["aten::_flash_attention_forward"](dense, None)
    assert forward == Cost(4 * 2 * 4 * 100 * 8, 4 * 2 * 4 * 55 * 8)
    # Two sequences of 3 and 5 tokens, one after the other.
    q, offsets = meta(8, 4, 8), torch.tensor([0, 3, 8])
    packed = {"query": q, "key": q, "value": q, "cum_seq_q": offsets, "cum_seq_k": offsets, "max_q": 5, "max_k": 5}
    backward = ATTENTION_FORMULAS["aten::_flash_attention_backward"](packed | {"is_causal": False}, None)
    assert backward == Cost(10 * 4 * (9 + 25) * 8)


def test_traced_attention_agrees() -> None:
    q, k = heads(2, 4, 10, 8), heads(2, 4, 6, 8)
    assert trace_flops(sdpa, (q, k, k)).total == count_flops(sdpa, q, k, k).total == 4 * 2 * 4 * 10 * 6 * 8
