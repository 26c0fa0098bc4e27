"""Peaks worked out by hand. Sizes in bytes; a float32 takes 4."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from bench.meters import memory
from bench.meters.device import AllocatorPeaks, CpuDevice
from bench.meters.memory import MemoryReading, measure_memory, resident_peak, running_peak, tensor_peak

HEADS, N, D = 8, 1024, 64
SCORES = HEADS * N * N * 4
VECTORS = HEADS * N * D * 4
MIB = 1 << 20


@pytest.fixture(params=[1, 2], ids=["one thread", "two threads"])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def _inputs(grad: bool = False) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(0)
    q, k, v = (torch.randn(1, HEADS, N, D, requires_grad=grad) for _ in range(3))
    return q, k, v


def test_naive_attention_forward_is_exact(threads: int) -> None:
    q, k, v = _inputs()

    def call() -> Tensor:
        q_scaled = q * D**-0.5  # VECTORS
        scores = q_scaled @ k.transpose(-1, -2)  # + SCORES
        del q_scaled  # - VECTORS
        weights = scores.softmax(-1)  # + SCORES: the peak, 2 SCORES
        del scores
        return weights @ v  # SCORES + VECTORS

    assert tensor_peak(call) == 2 * SCORES == 67_108_864


def test_naive_attention_forward_and_backward_is_exact(threads: int) -> None:
    q, k, v = _inputs(grad=True)
    upstream = torch.ones(1, HEADS, N, D)

    def call() -> tuple[Tensor, ...]:
        scores = (q @ k.transpose(-1, -2)).softmax(-1)  # weights stay for backward: SCORES
        output = scores @ v  # + VECTORS, held while backward runs
        return torch.autograd.grad(output, (q, k, v), upstream)
        # dv = VECTORS, d_weights = SCORES, then d_scores = SCORES beside both: 3 SCORES + 2 VECTORS

    assert tensor_peak(call) == 3 * SCORES + 2 * VECTORS


def test_scratch_inside_a_fused_operator_is_seen() -> None:
    q, k, v = _inputs()
    peak = tensor_peak(lambda: torch.nn.functional.scaled_dot_product_attention(q, k, v))
    assert peak is not None
    # Output and the log-sum-exp of each row at least; the kernel's own blocks come on top, but no n x n matrix does.
    assert VECTORS + HEADS * N * 4 <= peak < SCORES / 2


def test_freed_and_allocated_again_counts_once() -> None:
    def call() -> None:
        for _ in range(50):
            torch.empty(MIB)

    assert tensor_peak(call) == 4 * MIB


def test_in_place_work_allocates_nothing() -> None:
    x = torch.ones(MIB)
    assert tensor_peak(lambda: x.mul_(x).add_(x)) == 0


def test_a_python_number_costs_a_scalar_tensor() -> None:
    x = torch.ones(MIB)
    peak = tensor_peak(lambda: x.mul_(0.5))  # 0.5 as a float64 scalar (8) and as a float32 one (4)
    assert peak is not None
    assert peak <= 16


def test_views_allocate_nothing_and_keep_their_base() -> None:
    def call() -> Tensor:
        view = torch.empty(4, MIB)[:1]  # the base's 16 MiB stay alive through the view
        return view + view  # + 4 MiB

    assert tensor_peak(call) == 20 * MIB


def test_what_was_live_before_is_not_counted() -> None:
    kept = [torch.ones(4 * MIB)]
    assert tensor_peak(lambda: kept[0][:MIB] + kept[0][MIB : 2 * MIB]) == 4 * MIB


class _Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return _Twice.apply(upstream * x) * x  # type: ignore[no-any-return, no-untyped-call]


class _Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x + x

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> Tensor:
        return upstream + upstream


def test_nested_autograd_functions_are_seen_in_both_directions() -> None:
    x = torch.ones(MIB, requires_grad=True)
    upstream = torch.ones(MIB)

    def call() -> tuple[Tensor, ...]:
        y = _Cube.apply(x)  # x*x (4 MiB) beside its product with x (4 MiB); then y alone
        return torch.autograd.grad(y, x, upstream)  # type: ignore[arg-type]
        # y, upstream*x, twice that = 12 MiB; then y, twice that, its product with x = 12 MiB

    assert tensor_peak(call) == 12 * MIB


def test_thousands_of_allocations_stay_exact() -> None:
    def call() -> Tensor:
        total = torch.zeros(256)
        for _ in range(3000):
            total = total + torch.ones(256)  # old total, ones, new total
        return total

    assert tensor_peak(call) == 3 * 256 * 4


def test_a_call_that_allocates_nothing_reads_zero() -> None:
    assert tensor_peak(lambda: None) == 0


def test_an_error_inside_the_call_leaves_the_profiler_usable() -> None:
    def broken() -> None:
        torch.empty(8)
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        tensor_peak(broken)
    assert tensor_peak(lambda: torch.empty(MIB)) == 4 * MIB


def test_kineto_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    tensor_peak(lambda: torch.empty(8))
    assert capfd.readouterr() == ("", "")


@given(st.lists(st.integers(-1000, 1000)))
def test_running_peak_is_the_largest_prefix_sum(changes: list[int]) -> None:
    assert running_peak(changes) == max(sum(changes[:i]) for i in range(len(changes) + 1))


@pytest.mark.skipif(memory._status("VmRSS") is None, reason="needs /proc/self/status")
def test_resident_peak_of_a_large_buffer() -> None:
    size = 200 * MIB
    peak = resident_peak(lambda: torch.ones(size // 4), CpuDevice())
    assert peak is not None
    assert math.isclose(peak, size, rel_tol=0.03)
    # The mark is reset each time: a small call after a large one reads small.
    small = resident_peak(lambda: torch.ones(20 * MIB), CpuDevice())
    assert small is not None
    assert small < size * 0.6


def test_resident_peak_falls_back_to_the_lifetime_peak(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = iter([1000, 5000, 5000, 5000])
    monkeypatch.setattr(memory, "_reset_high_water", lambda: False)
    monkeypatch.setattr(memory, "_lifetime_peak", lambda: next(readings))
    assert resident_peak(lambda: None, CpuDevice()) == 4000
    assert resident_peak(lambda: None, CpuDevice()) is None


def test_measure_memory_calls_twice_and_reads_both() -> None:
    calls = []

    def call() -> Tensor:
        calls.append(1)
        return torch.ones(MIB)

    reading = measure_memory(call, CpuDevice())
    assert len(calls) == 2
    assert reading.tensor_peak == 4 * MIB
    assert (reading.allocated_peak, reading.reserved_peak) == (None, None)


class _FakeCuda(CpuDevice):
    name = "cuda"

    def __init__(self, peaks: AllocatorPeaks | None) -> None:
        self.peaks = peaks

    def memory_peaks(self) -> AllocatorPeaks | None:
        return self.peaks


@pytest.mark.parametrize(
    ("peaks", "expected"),
    [
        (AllocatorPeaks(1000, 1024, 2_097_152), (1000, 1024, 2_097_152)),
        (AllocatorPeaks(None, 1024, 2_097_152), (1024, 1024, 2_097_152)),
        (None, (None, None, None)),
    ],
)
def test_on_cuda_the_allocator_is_asked(peaks: AllocatorPeaks | None, expected: tuple[int | None, ...]) -> None:
    reading = measure_memory(lambda: None, _FakeCuda(peaks))
    assert (reading.tensor_peak, reading.allocated_peak, reading.reserved_peak) == expected


def test_on_mps_no_peak_of_tensors_is_claimed() -> None:
    device = CpuDevice()
    device.name = "mps"
    assert isinstance(measure_memory(lambda: None, device), MemoryReading)
    assert measure_memory(lambda: torch.ones(8), device).tensor_peak is None
