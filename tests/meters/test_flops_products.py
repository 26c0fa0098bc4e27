"""The arithmetic against numbers worked by hand and against brute force."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.meters.flops.products import attention, causal_pairs, convolution, linear, matmul

size = st.integers(1, 12)


def test_matmul_by_hand() -> None:
    assert matmul(3, 4, 5) == 2 * 60
    assert matmul(3, 4, 5, batch=7) == 2 * 420


def test_linear_by_hand() -> None:
    assert linear((2, 10, 16), (32, 16)) == 2 * 20 * 16 * 32


def test_convolution_by_hand() -> None:
    # 3×3 kernel, 8 → 16 channels, 10×10 positions, batch 2.
    assert convolution((2, 8, 10, 10), (16, 8, 3, 3), (2, 16, 10, 10), False) == 2 * 2 * 100 * 8 * 16 * 9
    # Depthwise: each output channel sees one input channel.
    assert convolution((2, 8, 10, 10), (8, 1, 3, 3), (2, 8, 10, 10), False) == 2 * 2 * 100 * 8 * 9
    # Transposed: each of the 25 input positions meets the whole kernel.
    assert convolution((1, 4, 5, 5), (4, 6, 2, 2), (1, 6, 10, 10), True) == 2 * 25 * 4 * 6 * 4


def test_attention_by_hand() -> None:
    # 4·n²·d per head forward, 10·n²·d backward.
    assert attention(2, 8, 128, 128, 64, 64).full == 2 * 8 * 4 * 128**2 * 64
    assert attention(2, 8, 128, 128, 64, 64, backward=True).full == 2 * 8 * 10 * 128**2 * 64
    assert attention(1, 1, 4, 4, 1, 1).causal is None
    # 4 queries and keys: 1 + 2 + 3 + 4 pairs.
    assert attention(1, 1, 4, 4, 1, 1, pairs=causal_pairs(4, 4)).causal == 4 * 10


@pytest.mark.parametrize(("n", "m", "expected"), [(1, 1, 1), (4, 4, 10), (2, 4, 3), (4, 2, 7), (1024, 1024, 524800)])
def test_causal_pairs_by_hand(n: int, m: int, expected: int) -> None:
    assert causal_pairs(n, m) == expected


@given(size, size, st.booleans())
def test_causal_pairs_are_those_of_the_mask(n: int, m: int, bottom_right: bool) -> None:
    shift = m - n if bottom_right else 0
    assert causal_pairs(n, m, bottom_right) == sum(j <= i + shift for i in range(n) for j in range(m))


@given(size, size, size, size, size, size)
def test_fused_backward_is_two_and_a_half_times_the_forward(b: int, h: int, n: int, m: int, d: int, e: int) -> None:
    assert 2 * attention(b, h, n, m, d, d, backward=True).full == 5 * attention(b, h, n, m, d, d).full
    pairs = causal_pairs(n, m)
    cost = attention(b, h, n, m, d, e, pairs)
    assert cost.causal is not None
    assert cost.causal * n * m == cost.full * pairs
