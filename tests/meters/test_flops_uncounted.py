"""Zero FLOPs with a product inside are never silent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from bench.meters.flops import UncountedWarning, count_call, count_flops, trace_flops


@pytest.fixture(scope="module")
def library() -> Iterator[Any]:
    name = "crossover_tests"
    with torch.library._scoped_library(name, "FRAGMENT") as lib:
        lib.define("product(Tensor a, Tensor b) -> Tensor")
        lib.define("scale(Tensor a) -> Tensor", tags=(torch.Tag.pointwise,))
        lib.impl("product", lambda a, b: a @ b, "CPU")
        lib.impl("scale", lambda a: a * 2, "CPU")
        yield getattr(torch.ops, name)


def test_a_custom_operator_is_listed_and_warned_of(library: Any) -> None:
    with pytest.warns(UncountedWarning, match="crossover_tests::product"):
        count = count_flops(lambda a, b: library.product(a, b) @ b, torch.ones(3, 3), torch.ones(3, 3))
    assert count.total == 54
    assert count.uncounted == {"crossover_tests::product": 1}
    assert not count.complete
    assert "LOWER BOUND, no formula for: crossover_tests::product (1)" in count.table()
    with pytest.warns(UncountedWarning):
        assert count_call(lambda: library.product(torch.ones(3, 3), torch.ones(3, 3))).total == 0


def test_a_pointwise_custom_operator_is_excluded(library: Any) -> None:
    count = count_flops(library.scale, torch.ones(3))
    assert (count.total, count.uncounted, count.excluded) == (0, {}, {"crossover_tests::scale": 1})


def test_a_formula_registered_with_torch_is_used(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from torch.utils.flop_counter import flop_registry

    monkeypatch.setitem(flop_registry, library.product, lambda a, b, out_val=None: 2 * a.numel() * b.shape[1])
    count = count_flops(library.product, torch.ones(3, 4), torch.ones(4, 5))
    assert (count.total, count.by_operator) == (120, {"crossover_tests::product": 120})


@pytest.mark.parametrize(
    ("function", "inputs", "name"),
    [
        (torch.fft.fft, [torch.ones(4)], "aten::_fft_r2c"),
        (torch.linalg.inv, [torch.eye(3)], "aten::linalg_inv_ex"),
        (torch.cdist, [torch.ones(3, 2), torch.ones(4, 2)], "aten::_cdist_forward"),
        (nn.Bilinear(3, 4, 5), [torch.ones(2, 3), torch.ones(2, 4)], "aten::_trilinear"),
    ],
)
def test_work_without_a_formula_is_listed(function: Any, inputs: list[Tensor], name: str) -> None:
    with pytest.warns(UncountedWarning):
        assert count_flops(function, *inputs).uncounted == {name: 1}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:torch.quantize_per")
def test_a_quantised_product_is_listed() -> None:
    try:
        model = torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(4, 4)), {nn.Linear})
    except (AttributeError, RuntimeError) as error:
        pytest.skip(f"no dynamic quantisation here: {error}")
    with pytest.warns(UncountedWarning):
        assert count_flops(model, torch.ones(2, 4)).uncounted == {"quantized::linear_dynamic": 1}


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x @ x

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        return grads[0]


def test_the_trace_lists_what_it_cannot_see(library: Any) -> None:
    x = torch.ones(3, 3, requires_grad=True)
    count = trace_flops(lambda a: library.product(Square.apply(a), a) @ a, (x,))
    assert count.total == 54
    assert set(count.uncounted) == {"prim::PythonOp.Square", "crossover_tests::product"}
