"""The workload: cheap to describe, right by its reference, and with formulas that agree with counters."""

from __future__ import annotations

import typing
from collections.abc import Iterator

import pytest
import torch
from torch.profiler import profile
from torch.utils.flop_counter import FlopCounterMode

from bench.workloads.attention import attention, core_flops, core_peak_bytes
from bench.workloads.attention.blocks import cut
from bench.workloads.attention.catalog import KERNELS
from bench.workloads.attention.reference import sample_rows
from bench.workloads.attention.workload import Kernel
from bench.workloads.protocol import Prepared, Task, Unsupported

MODES = ["forward", "forward+backward"]


def peak_of(call: typing.Callable[[], object]) -> int:
    """Peak of the allocator's own events, in bytes above the start."""
    call()
    with profile(profile_memory=True) as recorded:
        call()
    live = top = 0
    for event in recorded.profiler.kineto_results.events():
        if event.name() == "[memory]":
            live += event.nbytes()
            top = max(top, live)
    return top


def errors(prepared: Prepared) -> dict[str, float]:
    assert prepared.answer is not None and prepared.reference is not None
    found, expected = prepared.answer(), prepared.reference()
    assert found.keys() == expected.keys()
    return {name: float((found[name].double() - expected[name]).norm() / expected[name].norm()) for name in expected}


def test_every_kernel_is_named() -> None:
    assert set(typing.get_args(Kernel)) == set(KERNELS)


@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_describing_a_case_allocates_nothing(kernel: Kernel) -> None:
    with profile(profile_memory=True) as recorded:
        task = attention(kernel, 16384, "bfloat16", causal=True)
    assert not [event for event in recorded.profiler.kineto_results.events() if event.name() == "[memory]"]
    assert task.flops and task.peak_bytes and task.traffic_bytes == 4 * 16384 * 512 * 2


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16", "float64"])
@pytest.mark.parametrize("kernel", ["naive", "sdpa", "sdpa_math", "linear"])
def test_exact_kernels_are_within_their_tolerance(
    kernel: Kernel, dtype: typing.Any, causal: bool, mode: typing.Any
) -> None:
    task = attention(kernel, 300, dtype, causal, mode, heads=2, head_dim=32, seed=1)
    assert task.tolerance is not None
    found = errors(task.prepare())
    assert set(found) == ({"output", "dq", "dk", "dv"} if mode == "forward+backward" else {"output"})
    assert max(found.values()) < task.tolerance


@pytest.mark.parametrize("kernel", ["performer", "taylor1", "taylor2", "limit2", "limit4"])
def test_approximations_have_no_tolerance_but_an_error(kernel: Kernel) -> None:
    task = attention(kernel, 100, causal=True, mode="forward+backward", heads=2, head_dim=8)
    assert task.tolerance is None
    assert 0.01 < errors(task.prepare())["output"] < 2


def test_higher_orders_are_closer() -> None:
    error = {
        k: errors(attention(k, 64, heads=2, head_dim=8).prepare())["output"] for k in ("taylor1", "taylor2", "taylor4")
    }
    assert error["taylor4"] < error["taylor2"] < error["taylor1"]


def test_a_seed_decides_the_inputs() -> None:
    first, again, other = (attention("linear", 8, seed=s).prepare().inputs[0] for s in (5, 5, 6))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_rows_are_spread_and_hold_both_ends() -> None:
    assert sample_rows(1).tolist() == [0]
    assert sample_rows(3).tolist() == [0, 1, 2]
    rows = sample_rows(16384)
    assert len(rows) == 256 and rows[0] == 0 and rows[-1] == 16383


def test_unsupported_is_said_before_preparing_where_it_can_be() -> None:
    with pytest.raises(Unsupported, match="no backward on a CPU"):
        attention("flex", 64, mode="forward+backward")
    with pytest.raises(Unsupported):
        attention("sdpa_cudnn", 64).prepare().call()  # type: ignore[misc]


def test_backend_is_a_fact() -> None:
    assert attention("sdpa", 16).prepare().facts == {"backend": "flash"}


def test_flops_worked_by_hand() -> None:
    # 8 heads, n = 1024, d = 64: 4·n²·d·h = 2,147,483,648.
    assert core_flops("naive", 1, 8, 1024, 64) == 2147483648
    assert core_flops("naive", 1, 8, 1024, 64, backward=True) == 3 * 2147483648
    assert core_flops("sdpa", 1, 8, 1024, 64, backward=True) == 3.5 * 2147483648
    # 4·n·d²·h = 134,217,728.
    assert core_flops("linear", 1, 8, 1024, 64) == 134217728
    assert core_flops("linear", 1, 8, 1024, 64, backward=True) == 3 * 134217728
    # Chunks of 64 tokens: 4·64²·64 for the chunk itself and 4·64·64² for the state, 16 chunks, 8 heads.
    assert core_flops("linear", 1, 8, 1024, 64, causal=True) == 8 * 16 * (4 * 64**3 + 4 * 64**3)
    # m = 256: 4·n·m·d for the projections and as much for the core.
    assert core_flops("performer", 1, 8, 1024, 64, features=256) == 8 * 8 * 1024 * 256 * 64
    # Causal SDPA leaves n(n-1)/2 of n² scores out.
    assert attention("sdpa", 1024, causal=True).flops_causal == 2147483648 * 1025 / 2048


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("n", [64, 300])
@pytest.mark.parametrize("kernel", ["naive", "sdpa_math", "linear", "performer", "taylor2"])
def test_flop_formula_agrees_with_the_dispatch_counter(kernel: Kernel, n: int, causal: bool) -> None:
    for mode in MODES:
        task = attention(kernel, n, causal=causal, mode=typing.cast(typing.Any, mode), heads=2, head_dim=64)
        prepared = task.prepare()
        with FlopCounterMode(display=False) as counter:
            prepared.call()
        assert counter.get_total_flops() == pytest.approx(task.flops, rel=0.01)


def test_naive_peak_worked_by_hand() -> None:
    # Scores and weights, 8·1024² float32 each; with gradients three such, and scaled q, output and dv (2 MiB each).
    assert core_peak_bytes("naive", 1, 8, 1024, 64) == 2 * 8 * 1024**2 * 4
    expected = 3 * 8 * 1024**2 * 4 + 3 * 2**21 + 8
    assert core_peak_bytes("naive", 1, 8, 1024, 64, backward=True) == expected


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n", [100, 1024])
def test_naive_peak_is_exact(n: int, mode: typing.Any, causal: bool) -> None:
    task = attention("naive", n, causal=causal, mode=mode)
    assert task.peak_exact
    assert peak_of(task.prepare().call) == task.peak_bytes


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")  # The formulas' blocks are those of one thread.
@pytest.mark.parametrize("kernel", ["sdpa", "sdpa_math", "linear", "performer", "taylor1", "taylor2"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_peak_estimates_hold(kernel: Kernel, dtype: typing.Any) -> None:
    for causal in (False, True):
        for mode in MODES:
            task: Task = attention(
                kernel, 300 if kernel == "taylor2" else 1024, dtype, causal, typing.cast(typing.Any, mode), heads=4
            )
            measured = peak_of(task.prepare().call)
            assert not task.peak_exact
            # Half precision kernels of torch itself differ between processors.
            assert 0.9 * measured < task.peak_bytes < (1.5 if dtype == "float32" else 2.5) * measured


def test_taylor_of_order_four_announces_its_size() -> None:
    # 814,385 float32 features of 4096 tokens and 8 heads, for q and for k: 213 GB at the least.
    assert attention("taylor4", 4096).peak_bytes > 2 * 814385 * 4096 * 8 * 4


def test_blocks_cover_every_token_once() -> None:
    for groups, n, chunk, numbers in (
        (3, 10, 4, 64),
        (2, 1, 64, 10),
        (5, 8, 4, 10**6),
        (1, 200, 64, 4096),
        (7, 64, 64, 2048),
    ):
        seen = torch.zeros(groups, n, dtype=torch.long)
        for block in cut(groups, n, 16, chunk, numbers):
            seen[block.first : block.last, block.start : block.stop] += 1
            assert block.chunks * block.length == block.stop - block.start
        assert bool((seen == 1).all())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kernel", ["naive", "linear", "performer", "taylor2"])
def test_forward_can_be_traced_as_flop_counters_do(kernel: Kernel, causal: bool) -> None:
    prepared = attention(kernel, 130, causal=causal, heads=2, head_dim=8).prepare()
    assert prepared.forward is not None
    traced = torch.jit.trace(prepared.forward, prepared.inputs, check_trace=False)
    torch.testing.assert_close(traced(*prepared.inputs), prepared.call())
