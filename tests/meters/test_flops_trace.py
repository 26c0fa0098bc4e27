"""fvcore's trace as a second source: the same convention, written apart, the same numbers."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from bench.meters.flops import count_flops, trace_flops
from bench.meters.flops.einsum import einsum

pytest.importorskip("fvcore")


@pytest.mark.parametrize(
    ("function", "shapes", "expected"),
    [
        (torch.mm, [(3, 4), (4, 5)], 120),
        (torch.matmul, [(3, 4), (7, 4, 5)], 7 * 120),
        (torch.matmul, [(3, 4), (4,)], 24),
        (torch.matmul, [(4,), (4,)], 8),
        (torch.addmm, [(5,), (3, 4), (4, 5)], 120),
        (torch.baddbmm, [(7, 3, 5), (7, 3, 4), (7, 4, 5)], 7 * 120),
        (torch.addbmm, [(3, 5), (7, 3, 4), (7, 4, 5)], 7 * 120),
        (torch.addr, [(3, 4), (3,), (4,)], 24),
        (torch.inner, [(3, 4), (5, 4)], 120),
        (lambda a, b: torch.tensordot(a, b, 2), [(3, 4, 5), (4, 5, 6)], 2 * 3 * 20 * 6),
        (lambda x, w: F.linear(x, w), [(2, 6, 4), (5, 4)], 480),
        (lambda x, w: F.conv2d(x, w, groups=4), [(2, 8, 8, 8), (12, 2, 3, 3)], 2 * 2 * 36 * 12 * 2 * 9),
        (lambda x, w: F.conv_transpose2d(x, w, stride=2), [(1, 4, 5, 5), (4, 6, 2, 2)], 2 * 25 * 4 * 6 * 4),
        (lambda a, b, c: torch.einsum("bnd,bnm,bdm->bn", a, b, c), [(2, 5, 3), (2, 5, 4), (2, 3, 4)], None),
    ],
)
def test_by_hand(function: Callable[..., Any], shapes: list[tuple[int, ...]], expected: int | None) -> None:
    inputs = tuple(torch.ones(*shape) for shape in shapes)
    traced = trace_flops(function, inputs)
    assert traced.total == count_flops(function, *inputs).total
    assert expected is None or traced.total == expected
    assert (traced.backward, traced.complete, traced.source) == (0, True, "fvcore")


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_recurrent_layers(kind: Any) -> None:
    layer, x = kind(8, 16, num_layers=2, bidirectional=True), torch.ones(5, 3, 8)
    assert trace_flops(layer, (x,)).total == count_flops(layer, x).total > 0


def test_norms_and_resizing_do_not_count() -> None:
    model = nn.Sequential(
        nn.Conv2d(4, 4, 3),
        nn.BatchNorm2d(4),
        nn.GroupNorm(2, 4),
        nn.Upsample(8, mode="bilinear"),
        nn.AdaptiveAvgPool2d(1),
    )
    count = trace_flops(model, (torch.ones(1, 4, 6, 6),))
    assert count.total == 2 * 16 * 4 * 4 * 9
    assert set(count.excluded) >= {"aten::batch_norm", "aten::group_norm"}


def test_modules_add_up_and_bear_the_dispatch_names() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Sequential(nn.Linear(8, 2)))
    traced, counted = trace_flops(model, (torch.ones(3, 4),)), count_flops(model, torch.ones(3, 4))
    assert traced.by_module == counted.by_module
    assert traced.by_module_own == counted.by_module_own


def test_it_is_silent(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings():
        warnings.simplefilter("error")
        trace_flops(nn.Sequential(nn.Linear(4, 4), nn.GELU()), (torch.ones(3, 4),))
    assert [record for record in caplog.records if "fvcore" in record.name] == []
    assert capsys.readouterr() == ("", "")


letters = st.lists(st.sampled_from("abcde"), min_size=1, max_size=4, unique=True)


@given(st.lists(letters, min_size=2, max_size=4), st.randoms())
@settings(max_examples=60, deadline=None)
def test_einsum_counts_what_torch_executes(terms: list[list[str]], random: Any) -> None:
    sizes = {letter: 2 + index for index, letter in enumerate("abcde")}
    output = [letter for letter in "abcde" if any(letter in t for t in terms) and random.random() < 0.5]
    equation = ",".join("".join(t) for t in terms) + "->" + "".join(output)
    operands = [torch.ones([sizes[letter] for letter in t]) for t in terms]
    with torch.backends.opt_einsum.flags(enabled=False):
        executed = count_flops(lambda *x: torch.einsum(equation, *x), *operands)
        # As opt_einsum hands it over: which two of the remaining operands meet, the result going to the end.
        path = [place for left in range(len(terms), 1, -1) for place in sorted(random.sample(range(left), 2))]
        ordered = count_flops(lambda *x: torch.ops.aten.einsum(equation, x, path=path), *operands)
    shapes = [list(x.shape) for x in operands]
    assert einsum(equation, shapes) == executed.total
    assert einsum(equation, shapes, path) == ordered.total


def test_einsum_by_hand() -> None:
    assert einsum("bid,bjd->bij", [(2, 3, 4), (2, 5, 4)]) == 2 * 2 * 3 * 5 * 4
    assert einsum("bid,bjd", [(2, 3, 4), (2, 5, 4)]) == 2 * 2 * 3 * 5 * 4  # implicit output: i, j
    assert einsum("...ij,...jk->...ik", [(7, 2, 3, 4), (7, 2, 4, 5)]) == 14 * 120
    assert einsum("...ij,jk", [(7, 2, 3, 4), (4, 5)]) == 14 * 120
    assert einsum("i,j->ij", [(3,), (4,)]) == 0


def test_outputs_of_any_shape() -> None:
    def forward(x: Tensor) -> dict[str, Any]:
        return {"a": x @ x, "b": (x, None, 3)}

    assert trace_flops(forward, (torch.ones(3, 3),)).total == 54
