"""Counting leaves nothing behind, counts what runs inside, and says where."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules import module as torch_module
from torch.utils._python_dispatch import _get_current_dispatch_mode

import bench
from bench.meters.flops import FlopCount, count_call, count_flops, trace_flops


def torch_state() -> list[Any]:
    from torch.utils.flop_counter import flop_registry

    patched = [
        torch.matmul,
        Tensor.__matmul__,
        F.linear,
        F.scaled_dot_product_attention,
        torch.einsum,
        nn.Linear.forward,
    ]
    hooks = [dict(torch_module._global_forward_hooks), dict(torch_module._global_forward_pre_hooks)]
    return [*map(id, patched), hooks, _get_current_dispatch_mode(), dict(flop_registry), torch.is_grad_enabled()]


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    before = torch_state()
    yield
    assert torch_state() == before


class Fails(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        self.inner(x)
        raise KeyError("inside")


def test_public_name() -> None:
    assert bench.count_flops is count_flops
    assert bench.FlopCount is FlopCount


@pytest.mark.parametrize("fake", [False, True])
@pytest.mark.parametrize("backward", [False, True])
def test_an_exception_leaves_nothing_behind(fake: bool, backward: bool) -> None:
    module, x = nn.Linear(4, 5), torch.ones(3, 4)
    before = count_flops(module, x, backward=backward)
    failing = Fails()
    with pytest.raises(KeyError, match="inside"):
        count_flops(failing, x, fake=fake, backward=backward)
    with pytest.raises(KeyError, match="inside"):
        trace_flops(failing, (x,))
    assert not failing.inner._forward_hooks and not failing.inner._forward_pre_hooks
    assert count_flops(module, x, backward=backward) == before
    assert torch_state()[-3] is None


def test_nested_counts_see_the_same() -> None:
    inner: list[FlopCount] = []

    def outer(x: Tensor) -> Tensor:
        inner.append(count_flops(nn.Linear(4, 5), x))
        return x @ x.t()

    with torch.inference_mode():
        count = count_flops(outer, torch.ones(3, 4))
    assert inner[0].total == 120
    assert count.total == 120 + 72


def test_threads_do_not_mix() -> None:
    totals: dict[int, set[int]] = {}
    barrier = threading.Barrier(3)

    def work(width: int) -> None:
        module = nn.Sequential(nn.Linear(width, 2 * width), nn.Linear(2 * width, 1))
        barrier.wait()
        totals[width] = {count_flops(module, torch.ones(2, width), backward=True).total for _ in range(20)}

    threads = [threading.Thread(target=work, args=(width,)) for width in (2, 4, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Forward 8w² + 8w, backward 8w² for the first weight, 16w for both sides of the second.
    assert totals == {w: {16 * w * w + 24 * w} for w in (2, 4, 8)}


@pytest.mark.parametrize("fake", [False, True])
def test_gradients_stay_as_they_are(fake: bool) -> None:
    layer, x = nn.Linear(4, 5), torch.ones(3, 4, requires_grad=True)
    layer(x).sum().backward()
    captured = torch.ones(4, 4, requires_grad=True)
    held = [layer.weight.grad, layer.bias.grad, x.grad]
    copies = [t.clone() for t in held if t is not None]
    count_flops(lambda t: layer(t @ captured), x, backward=True, fake=fake)
    count_flops(layer, x, backward=True, fake=fake)
    assert all(a is b for a, b in zip(held, [layer.weight.grad, layer.bias.grad, x.grad], strict=True))
    assert all(torch.equal(a, b) for a, b in zip(copies, [t for t in held if t is not None], strict=True))
    assert captured.grad is None


def test_backward_stops_at_the_inputs() -> None:
    source = torch.ones(3, 4, requires_grad=True)
    x = source @ torch.ones(4, 4)
    assert count_flops(lambda t: t @ torch.ones(4, 5), x, backward=True).backward == 120
    x.sum().backward()
    assert source.grad is not None


def test_backward_works_from_within_inference_mode_and_needs_a_gradient() -> None:
    with torch.no_grad():
        assert count_flops(nn.Linear(4, 5), torch.ones(3, 4), backward=True).total == 240
    with pytest.raises(ValueError, match="requires a gradient"):
        count_flops(torch.mm, torch.ones(3, 4), torch.ones(4, 5), backward=True)


def test_count_call_splits_forward_and_backward() -> None:
    a, b = torch.ones(3, 4, requires_grad=True), torch.ones(4, 5, requires_grad=True)

    def step() -> None:
        torch.autograd.grad((a @ b).sum(), (a, b))

    count = count_call(step)
    assert (count.forward, count.backward, count.total) == (120, 240, 360)
    assert a.grad is None


def test_fake_changes_neither_buffers_nor_attributes() -> None:
    class Remembers(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.BatchNorm1d(4)
            self.register_buffer("seen", torch.zeros(4))
            self.last: Tensor | None = None

        def forward(self, x: Tensor) -> Tensor:
            self.last = self.norm(x @ torch.ones(4, 4))
            self.seen = self.seen + 1
            return self.last

    module = Remembers()
    assert count_flops(module, torch.ones(3, 4), fake=True).total == 96
    assert module.last is None
    assert torch.equal(module.seen, torch.zeros(4))
    assert int(module.norm.num_batches_tracked or 0) == 0
    assert torch.equal(module.norm.running_mean, torch.zeros(4))


def test_fake_costs_neither_memory_nor_values() -> None:
    big = torch.ones(1).expand(10**6, 10**6)
    assert count_flops(torch.mm, big, big, fake=True).total == 2 * 10**18
    with pytest.raises(RuntimeError, match="fake"):
        count_flops(lambda x: x @ x if (x.sum() * 2).item() > 0 else x, torch.ones(2, 2), fake=True)


def test_compiled_functions_count_as_their_eager_code() -> None:
    compiled = torch.compile(lambda x: (x @ x).relu(), backend="eager")
    compiled(torch.ones(4, 4))
    assert count_flops(compiled, torch.ones(4, 4)).total == 128


def test_the_branch_that_runs_is_counted() -> None:
    def choose(x: Tensor) -> Tensor:
        return torch.cond(x.sum() > 0, lambda t: t @ t, lambda t: t @ t @ t, (x,))

    assert count_flops(choose, torch.ones(4, 4)).total == 128
    assert count_flops(choose, -torch.ones(4, 4)).total == 256


def test_nested_tensors_count_their_own_lengths() -> None:
    jagged = torch.nested.nested_tensor([torch.ones(3, 16), torch.ones(5, 16)], layout=torch.jagged)
    assert count_flops(nn.Linear(16, 8), jagged).total == 2 * 8 * 16 * 8
