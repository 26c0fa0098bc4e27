"""The workload: right answers for every part, kernel, dtype and mode, and clear refusals."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import torch

from bench.meters.error import compare
from bench.meters.flops import count_call, trace_flops
from bench.suite.signature import workload_signature
from bench.workloads.attention.workload import Kernel
from bench.workloads.encoder import Part, encoder
from bench.workloads.encoder.exact import checked_rows
from bench.workloads.protocol import Prepared, Unsupported
from tests.conftest import ROOT

PARTS = get_args(Part)
SMALL: dict[str, Any] = {"hidden": 64, "heads": 4, "layers": 3, "features": 32}
WEIGHTS = {"d_query", "d_key", "d_value", "d_output"}
INNER = {"d_feed_forward_up", "d_feed_forward_down"}


def worst(prepared: Prepared) -> float:
    assert prepared.answer is not None and prepared.reference is not None
    return max(errors["rel_l2"] for errors in compare(prepared.answer(), prepared.reference()).values())


@pytest.mark.parametrize("kernel", ["naive", "sdpa", "sdpa_flash", "linear"])
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float64"])
@pytest.mark.parametrize("mode", ["forward", "forward+backward"])
@pytest.mark.parametrize("causal", [False, True])
def test_agrees_with_float64(kernel: Any, part: Any, dtype: Any, mode: Any, causal: bool) -> None:
    task = encoder(kernel, 70, part, dtype=dtype, mode=mode, causal=causal, **SMALL)
    assert task.tolerance is not None
    assert worst(task.prepare()) < task.tolerance


@pytest.mark.parametrize("kernel", ["linear", "sdpa"])
@pytest.mark.parametrize("part", ["core", "layer", "model"])
@pytest.mark.parametrize("causal", [False, True])
def test_agrees_on_a_choice_of_rows(kernel: Any, part: Any, causal: bool) -> None:
    """Longer than the rows that are checked, two sequences at once."""
    prepared = encoder(kernel, 333, part, causal=causal, mode="forward+backward", batch=2, **SMALL).prepare()
    assert prepared.answer is not None
    assert prepared.answer()["output"].shape[-2:] == (128, 64)
    assert worst(prepared) < 1e-5


@pytest.mark.parametrize("kernel", ["performer", "taylor1", "taylor2", "limit2"])
@pytest.mark.parametrize("mode", ["forward", "forward+backward"])
def test_approximations_are_not_gated(kernel: Any, mode: Any) -> None:
    """Held against softmax, a layer is off by more than rounding and still resembles it."""
    small = SMALL | {"hidden": 32}
    task = encoder(kernel, 40, "layer", mode=mode, **small)
    assert task.tolerance is None
    prepared = task.prepare()
    assert prepared.answer is not None and prepared.reference is not None
    error = compare(prepared.answer(), prepared.reference())["output"]
    assert 1e-4 < error["rel_l2"] < 1.0
    assert error["cosine"] > 0.7
    exact = encoder(kernel, 40, "ffn", **small)
    assert exact.tolerance is not None and worst(exact.prepare()) < exact.tolerance


def test_names_of_what_is_checked() -> None:
    def names(part: Any) -> set[str]:
        prepared = encoder("sdpa", 8, part, mode="forward+backward", **SMALL).prepare()
        assert prepared.answer is not None
        return set(prepared.answer())

    assert names("core") == {"output", "dq", "dk", "dv"}
    assert names("projections") == {"output", "dx"} | WEIGHTS
    assert names("ffn") == {"output", "dx"} | INNER
    assert names("layer") == names("model") == {"output", "dx"} | WEIGHTS | INNER


def test_a_wrong_weight_is_noticed() -> None:
    """The reference shares the weights with the case; a kernel that did something else would not agree."""
    prepared = encoder("linear", 64, "core", **SMALL).prepare()
    other = encoder("sdpa", 64, "core", **SMALL).prepare()
    assert prepared.answer is not None and other.reference is not None
    assert compare(prepared.answer(), other.reference())["output"]["rel_l2"] > 0.1


def test_model_is_checked_at_its_first_and_last_layer() -> None:
    prepared = encoder("sdpa", 20, "model", **SMALL).prepare()
    assert prepared.answer is not None
    stacked = prepared.answer()["output"]
    assert stacked.shape == (2, 1, 20, 64)
    call = prepared.call()
    assert isinstance(call, tuple)
    torch.testing.assert_close(stacked[1], call[0])


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("mode", ["forward", "forward+backward"])
def test_formula_is_what_is_counted(part: Any, mode: Any) -> None:
    """The gradient of the input is in it: the first layer's linear layers cost as much as any other's."""
    task = encoder("naive", 48, part, mode=mode, **SMALL)
    assert task.flops == count_call(task.prepare().call).total


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kernel", ["naive", "sdpa"])
def test_formula_is_what_is_traced(kernel: Any, part: Any) -> None:
    task = encoder(kernel, 48, part, **SMALL)
    prepared = task.prepare()
    assert prepared.forward is not None
    assert trace_flops(prepared.forward, prepared.inputs).total == task.flops


@pytest.mark.parametrize("seed", [0, 3])
def test_checked_rows(seed: int) -> None:
    assert checked_rows(128, seed).tolist() == list(range(128))
    assert checked_rows(1, seed).tolist() == [0]
    for n, count in ((129, 128), (8192, 128), (16384, 64), (1 << 20, 32)):
        rows = checked_rows(n, seed).tolist()
        assert len(set(rows)) == count and rows == sorted(rows)
        assert (rows[0], rows[-1]) == (0, n - 1)


def test_heads_are_derived() -> None:
    prepared = encoder("sdpa", 4, "core", hidden=192).prepare()
    assert prepared.facts["backend"] in ("flash", "math")
    assert encoder("linear", 4, "core", hidden=192).flops == encoder("linear", 4, "core", hidden=192, heads=3).flops


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"hidden": 100}, "hidden = 100 is not a multiple of 64"),
        ({"hidden": 100, "heads": 3}, "hidden = 100 cannot be split into heads = 3"),
        ({"hidden": 0}, "must be positive"),
        ({"heads": -1}, "must be positive"),
        ({"n": 0}, "n = 0 must be at least 1"),
        ({"layers": 0}, "layers = 0 must be at least 1"),
    ],
)
def test_impossible_sizes_say_why(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        encoder("sdpa", **({"n": 4} | arguments))


def test_flex_has_no_backward_on_a_cpu() -> None:
    with pytest.raises(Unsupported, match="no backward"):
        encoder("flex", 4, mode="forward+backward")
    assert encoder("flex", 4, "ffn", mode="forward+backward").flops


def test_listing_a_case_allocates_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a tensor was made")

    for name in ("randn", "empty", "zeros", "ones", "tensor", "arange"):
        monkeypatch.setattr(torch, name, refuse)
    task = encoder("linear", 1 << 20, "model", hidden=8192, layers=96)
    assert task.flops is not None and task.flops > 1e17


def test_same_seed_same_numbers() -> None:
    def output(seed: int) -> torch.Tensor:
        prepared = encoder("performer", 16, seed=seed, **SMALL).prepare()
        assert prepared.answer is not None
        return prepared.answer()["output"]

    assert torch.equal(output(1), output(1))
    assert not torch.equal(output(1), output(2))


def test_suites_can_read_its_parameters() -> None:
    parameters = workload_signature("bench.workloads.encoder:encoder", ROOT).parameters
    assert parameters["kernel"].choices == get_args(Kernel)
    assert parameters["part"].choices == PARTS
    assert parameters["mode"].choices == ("forward", "forward+backward")
    assert set(parameters) >= {"n", "hidden", "heads", "ffn_ratio", "layers", "dtype", "causal", "features", "seed"}
