"""The formulas, by hand."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.meters.memory import tensor_peak
from bench.workloads.attention import core_flops
from bench.workloads.encoder import Part, encoder

PARTS = get_args(Part)


@pytest.mark.parametrize("kernel", ["naive", "sdpa", "sdpa_math"])
def test_layer_costs_what_the_hand_says(kernel: Any) -> None:
    """24 n D² + 4 n² D at n = 128, D = 768: 1,811,939,328 + 50,331,648."""
    assert encoder(kernel, 128).flops == 1_862_270_976
    assert encoder(kernel, 128, "projections").flops == 603_979_776
    assert encoder(kernel, 128, "core").flops == 50_331_648
    assert encoder(kernel, 128, "ffn").flops == 1_207_959_552


@pytest.mark.parametrize("n", [1, 128, 1024, 4096])
@pytest.mark.parametrize("hidden", [256, 768])
def test_softmax_layer_formula(n: int, hidden: int) -> None:
    assert encoder("sdpa", n, hidden=hidden).flops == 24 * n * hidden**2 + 4 * n**2 * hidden


def test_backward_is_twice_the_linear_layers_and_the_kernels_own() -> None:
    naive, sdpa = (encoder(kernel, 256, mode="forward+backward").flops for kernel in ("naive", "sdpa"))
    linear, square = 24 * 256 * 768**2, 4 * 256**2 * 768
    assert naive == 3 * linear + 3 * square
    assert sdpa == 3 * linear + 3.5 * square  # scores are computed anew


@given(
    kernel=st.sampled_from(["naive", "sdpa", "linear", "performer", "taylor2"]),
    n=st.integers(1, 5000),
    heads=st.integers(1, 16),
    batch=st.integers(1, 4),
    layers=st.integers(1, 24),
    ratio=st.integers(1, 8),
    causal=st.booleans(),
    mode=st.sampled_from(["forward", "forward+backward"]),
)
def test_parts_add_up(
    kernel: Any, n: int, heads: int, batch: int, layers: int, ratio: int, causal: bool, mode: Any
) -> None:
    def flops(part: Any) -> float:
        task = encoder(
            kernel, n, part, hidden=64 * heads, ffn_ratio=ratio, layers=layers, batch=batch, causal=causal, mode=mode
        )
        assert task.flops is not None
        return task.flops

    assert flops("layer") == flops("projections") + flops("core") + flops("ffn")
    assert flops("model") == layers * flops("layer")
    assert flops("core") == core_flops(kernel, batch, heads, n, 64, causal, mode != "forward")


def test_skipped_work_above_the_diagonal() -> None:
    """SDPA skips it, and (n + 1) / 2n of the core is left. The naive kernel does not; other parts have none."""
    core = 4 * 512**2 * 768
    assert encoder("sdpa", 512, causal=True).flops_causal == pytest.approx(24 * 512 * 768**2 + core * 513 / 1024)
    assert encoder("naive", 512, causal=True).flops_causal is None
    assert encoder("sdpa", 512).flops_causal is None
    assert encoder("sdpa", 512, "ffn", causal=True).flops_causal is None


def test_bytes_by_hand() -> None:
    """One row of 64 numbers is 256 bytes; the layer has 12·64² + 13·64 parameters."""
    row, parameters = 64 * 4, (12 * 64**2 + 13 * 64) * 4
    layer = encoder("sdpa", 10, hidden=64)
    assert layer.input_bytes == 10 * row + parameters
    assert layer.traffic_bytes == 20 * row + parameters
    both = encoder("sdpa", 10, hidden=64, mode="forward+backward")
    assert both.input_bytes == 20 * row + parameters  # and the output's gradient
    assert both.traffic_bytes == 40 * row + 2 * parameters  # x, g, out, dx
    core = encoder("sdpa", 10, "core", hidden=64)
    assert (core.input_bytes, core.traffic_bytes) == (30 * row, 40 * row)
    assert encoder("sdpa", 10, "projections", hidden=64).traffic_bytes == 50 * row + 4 * (64**2 + 64) * 4


@pytest.mark.parametrize("mode", ["forward", "forward+backward"])
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kernel", ["naive", "sdpa", "linear"])
def test_peak_is_near_what_is_allocated(kernel: Any, part: Any, mode: Any) -> None:
    """Estimates are meant to be a little high; a kernel's own tiles weigh much at this size, so there is room above."""
    task = encoder(kernel, 256, part, hidden=256, layers=2, mode=mode)
    call = task.prepare().call
    call()
    measured = tensor_peak(call)
    assert measured is not None and task.peak_bytes is not None
    assert 0.95 * measured <= task.peak_bytes <= 2.5 * measured
