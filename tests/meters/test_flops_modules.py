"""Where the FLOPs are: by module, in recomputed activations, inside autograd functions, for outputs of any shape."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from bench.meters.flops import OUTSIDE, count_flops


class Fails(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        self.inner(x)
        raise KeyError("inside")


def test_an_exception_that_the_code_catches_does_not_shift_modules() -> None:
    class Retries(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.failing = Fails()
            self.good = nn.Linear(4, 6)

        def forward(self, x: Tensor) -> Tensor:
            with contextlib.suppress(KeyError):
                self.failing(x)
            return self.good(x)

    count = count_flops(Retries(), torch.ones(3, 4))
    assert count.by_module_own == {
        "Retries": 0, "Retries.failing": 0, "Retries.failing.inner": 96, "Retries.good": 144,
    }  # fmt: skip


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x @ x

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return grads[0] @ x.t() + x.t() @ grads[0]


def test_inside_autograd_functions() -> None:
    count = count_flops(Square.apply, torch.ones(4, 4, requires_grad=True), backward=True)
    assert (count.forward, count.backward) == (128, 256)


@pytest.mark.parametrize("reentrant", [True, False])
def test_recomputed_activations_count_in_backward_and_in_their_module(reentrant: bool) -> None:
    first, last = nn.Linear(4, 8), nn.Linear(8, 2)
    block = nn.Sequential(first, nn.ReLU(), last)
    x = torch.ones(3, 4, requires_grad=True)
    count = count_flops(lambda t: checkpoint(block, t, use_reentrant=reentrant), x, backward=True)
    assert count.forward == 192 + 96
    assert count.by_module_own["Sequential.0"] == 192 * 4
    assert count.by_module["Sequential"] == count.total


class Tower(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([nn.Sequential(nn.Linear(4, 4), nn.GELU()) for _ in range(2)])
        self.shared = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x: Tensor, *, scale: float = 1.0) -> dict[str, Any]:
        for block in self.blocks:
            x = self.shared(block(x))
        return {"x": x, "logits": (self.head(x @ x.new_ones(4, 4)) * scale, None)}


def test_modules_add_up() -> None:
    count = count_flops(Tower(), torch.ones(3, 4, requires_grad=True), scale=2.0, backward=True)
    assert sum(count.by_module_own.values()) == count.total == count.by_module["Tower"]
    linear = 2 * 3 * 4 * 4
    assert count.by_module_own["Tower.blocks.0.0"] == 3 * linear
    assert count.by_module["Tower.blocks.0"] == 3 * linear
    assert count.by_module_own["Tower.shared"] == 2 * 3 * linear
    assert count.by_module_own["Tower.head"] == 3 * linear // 2
    assert count.by_module_own["Tower"] == 2 * linear  # the product of its own, with one gradient
    assert count.by_module_own["Tower.blocks.1.1"] == 0


def test_functions_count_modules_that_they_call() -> None:
    first, second = nn.Linear(4, 4), nn.Linear(4, 4)
    count = count_flops(lambda x: second(first(x)) @ torch.ones(4, 1), torch.ones(3, 4))
    assert count.by_module_own == {"Linear": 96, "Linear#2": 96, OUTSIDE: 24}


def test_modules_without_parameters() -> None:
    class Product(nn.Module):
        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return a @ b

    count = count_flops(Product(), torch.ones(3, 4), torch.ones(4, 5))
    assert count.by_module == {"Product": 120}
    assert count_flops(nn.ReLU(), torch.ones(3)).total == 0


@dataclass
class Output:
    loss: Tensor
    more: list[Any]


def test_outputs_of_any_shape() -> None:
    weight = torch.ones(4, 5, requires_grad=True)

    def forward(x: Tensor) -> Output:
        return Output(x @ weight, [{"again": (x @ weight,)}, 3, None, torch.ones(2, dtype=torch.long)])

    count = count_flops(forward, torch.ones(3, 4), backward=True)
    assert (count.forward, count.backward) == (240, 240)
