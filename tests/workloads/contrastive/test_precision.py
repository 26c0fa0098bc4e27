"""The precision workload: what it finds at each stage, in each precision, and what it refuses."""

from __future__ import annotations

import math
from statistics import fmean
from typing import Any, get_args

import pytest
import torch

from bench.meters.error import compare
from bench.meters.flops import count_call
from bench.meters.memory import tensor_peak
from bench.suite.expand import expand
from bench.suite.load import load_suite
from bench.suite.signature import workload_signature
from bench.workloads.contrastive.losses import ARMS, PUBLISHED, PUBLISHED_FORM, published_version
from bench.workloads.contrastive.precision import precision
from bench.workloads.contrastive.precision.numerics import NUMERICS, Precision, Stage
from bench.workloads.protocol import Outcome, Unsupported
from tests.conftest import ROOT


def outcomes(loss: Any, dtype: Any, batch: int = 8, temperature: float = 0.1, **others: Any) -> dict[str, Outcome]:
    prepared = precision(loss, dtype, batch, temperature, **({"alignment": 0.9} | others)).prepare()
    assert prepared.outcome is not None
    return dict(prepared.outcome())


def numbers(*arguments: Any, **others: Any) -> dict[str, float]:
    """The mean of each outcome over the draws."""
    return {name: fmean(outcome.values) for name, outcome in outcomes(*arguments, **others).items()}


def operators(loss: Any, dtype: Any, stage: Any = "all") -> list[str]:
    return precision(loss, dtype, 4, 0.1, 0.9, stage).prepare().facts["operators"].split(", ")


def test_every_precision_is_named() -> None:
    assert set(get_args(Precision)) == set(NUMERICS)


def test_parameters_are_read_without_importing() -> None:
    found = workload_signature("bench.workloads.contrastive.precision:precision", ROOT).parameters
    assert set(found["loss"].choices or ()) == set(ARMS) | set(PUBLISHED)
    assert set(found["dtype"].choices or ()) == set(NUMERICS)
    assert set(found["stage"].choices or ()) == set(get_args(Stage))


@pytest.mark.parametrize("preset", [pytest.param(None, marks=pytest.mark.slow), "quick", "cost"])
def test_every_case_of_the_suite_is_possible(preset: str | None) -> None:
    cases = expand(load_suite("contrastive-precision", preset=preset)).cases
    assert 100 < len(cases) < 2000
    for case in cases:
        assert precision(**case.params).peak_bytes  # type: ignore[arg-type]


def test_the_suites_scale_is_the_unit_roundoff() -> None:
    (law, *_) = load_suite("contrastive-precision").laws
    assert law.scale == {name: torch.finfo(getattr(torch, name)).eps / 2 for name in ("float32", "bfloat16", "float16")}


@pytest.mark.parametrize("form", ["two_view", "two_tower"])
@pytest.mark.parametrize("loss", sorted(ARMS))
def test_float64_is_exact(loss: str, form: str) -> None:
    found = numbers(loss, "float64", temperature=0.2, form=form)
    names = {"loss_rel_error", "embedding_error", "negative_error", "positive_error", "row_sum"} & set(found)
    assert max(found[name] for name in names) < 1e-12
    assert found["cosine"] == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("stage", get_args(Stage))
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_stages_have_errors_of_the_precisions_size(dtype: str, stage: str) -> None:
    """At a temperature of 0.2 and ξ = 0.2 nothing cancels: some units of roundoff, times the size of the scores."""
    found = numbers("softplus", dtype, temperature=0.2, stage=stage)
    unit = torch.finfo(getattr(torch, dtype)).eps / 2
    for name in ("positive_error", "negative_error", "embedding_error"):
        assert 0.05 * unit < found[name] < 30 * unit


def test_the_float64_stages_do_not_cancel() -> None:
    """Only where cross entropy itself runs in bfloat16 is the positive lost, at ξ = 1e-3."""
    zeros = {
        stage: numbers("ce", "bfloat16", alignment=0.99, stage=stage)["positive_zeros"] for stage in get_args(Stage)
    }
    assert zeros == {"loss": 1, "similarity": 0, "inputs": 0, "all": 1}


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_cross_entropy_follows_the_law_and_the_others_do_not(dtype: str) -> None:
    unit = torch.finfo(getattr(torch, dtype)).eps / 2
    found = {loss: numbers(loss, dtype, 32, 0.1, draws=3) for loss in ("ce", "softplus", "flat")}
    ce = found["ce"]
    assert 0.1 < ce["positive_error"] * ce["xi"] / unit < 3
    assert found["softplus"]["positive_error"] < 5 * unit
    assert found["flat"]["positive_error"] < unit
    assert ce["row_sum"] > 5 * found["softplus"]["row_sum"]
    assert max(one["negative_error"] for one in found.values()) < 10 * unit


def test_a_lost_positive_still_leaves_the_negatives() -> None:
    """ξ = 1e-6 in bfloat16: no positive pulls, the negatives push on, and the rows sum to all they hold."""
    found = numbers("ce", "bfloat16", temperature=0.05)
    assert found["positive_zeros"] == 1 and found["row_sum"] == 1 and found["positive_error"] == 1
    assert found["negative_error"] < 0.05
    assert found["loss_rel_error"] == 1
    assert found["cosine_infonce"] < 0.9


def test_objectives_are_told_apart() -> None:
    for loss, own in (("softplus", "cosine_infonce"), ("flat_scaled", "cosine_infonce"), ("flat", "cosine_flatnce"),
                      ("infonce_weighted", "cosine_flatnce")):  # fmt: skip
        found = numbers(loss, "float32", temperature=0.05, alignment=0.6)
        assert found[own] > 1 - 1e-6
        assert min(found["cosine_infonce"], found["cosine_flatnce"]) < 0.98


def test_a_loss_scale_brings_underflowed_gradients_back() -> None:
    """ξ = 1e-8 and 256 anchors: the gradients are below float16's 6e-8, yet not 65536 times."""
    plain = numbers("softplus", "float16", 128, 0.04, alignment=0.95, stage="all")
    scaled = numbers("softplus", "float16_scaled", 128, 0.04, alignment=0.95, stage="all")
    assert plain["positive_zeros"] == 1 and scaled["positive_zeros"] == 0
    assert scaled["embedding_error"] < 0.1 < plain["embedding_error"]
    assert "loss_scale" not in plain


def test_a_float16_loss_cannot_take_the_first_scale() -> None:
    found = outcomes("softplus", "float16_scaled", stage="all")
    assert set(found["skipped_step"].values) == {1.0}
    assert set(found["loss_scale"].values) == {32768.0}
    # Under autocast cross entropy is float32, and takes it.
    found = outcomes("ce", "autocast_float16_scaled", stage="all")
    assert set(found["skipped_step"].values) == {0.0}
    assert set(found["loss_scale"].values) == {65536.0}


def test_autocast_on_a_cpu_lifts_cross_entropy_alone() -> None:
    assert {"mm bfloat16", "_log_softmax float32"} <= set(operators("ce", "autocast_bfloat16"))
    for loss in ("lse", "softplus", "flat", "flat_published"):
        assert {"mm bfloat16", "logsumexp bfloat16"} <= set(operators(loss, "autocast_bfloat16"))
    assert "_log_softmax bfloat16" in operators("ce", "bfloat16")
    assert operators("ce", "float32", "loss")[0] == "_log_softmax float32"
    lifted, lost = (numbers("ce", dtype, stage="all", temperature=0.07) for dtype in ("autocast_bfloat16", "bfloat16"))
    assert lifted["positive_zeros"] == 0 and lost["positive_zeros"] == 1


def test_siglip_has_neither_rows_that_balance_nor_the_laws_positive() -> None:
    found = set(outcomes("siglip", "float32"))
    assert not {"positive_error", "positive_zeros", "row_sum"} & found
    assert {"negative_error", "xi", "ess", "cosine_infonce"} <= found


def test_overflow_stays_visible() -> None:
    """exp(0.9 / 0.05) is beyond float16."""
    found = outcomes("naive", "float16", temperature=0.05)
    assert all(math.isnan(value) for value in found["positive_error"].values)
    assert not any(math.isfinite(value) for value in found["loss_rel_error"].values)


def test_draws_are_independent_and_capped() -> None:
    values = outcomes("ce", "float32")["xi"].values
    assert len(values) == 5 == len(set(values))
    assert values == outcomes("ce", "float32")["xi"].values != outcomes("ce", "float32", seed=1)["xi"].values
    assert len(outcomes("ce", "float32", 256, draws=20, dim=4)["xi"].values) == 8
    assert outcomes("ce", "float32")["xi"].log and not outcomes("ce", "float32")["cosine"].log


@pytest.mark.parametrize(("loss", "dtype", "stage"), [("ce", "float32", "all"), ("flat", "bfloat16", "loss"),
                         ("siglip", "autocast_bfloat16", "all"), ("softplus", "float16", "similarity")])  # fmt: skip
def test_answer_agrees_with_the_outcome(loss: Any, dtype: Any, stage: Any) -> None:
    prepared = precision(loss, dtype, 8, 0.2, 0.9, stage, draws=1).prepare()
    assert prepared.answer is not None and prepared.reference is not None and prepared.outcome is not None
    errors, found = compare(prepared.answer(), prepared.reference()), prepared.outcome()
    assert set(errors) == {"loss", "positive", "negatives", "embeddings"}
    for tensor, name in (
        ("loss", "loss_rel_error"),
        ("negatives", "negative_error"),
        ("embeddings", "embedding_error"),
    ):
        assert errors[tensor]["rel_l2"] == pytest.approx(found[name].values[0], rel=1e-6)
    assert errors["embeddings"]["cosine"] == pytest.approx(found["cosine"].values[0], rel=1e-9)


@pytest.mark.parametrize("loss", sorted(PUBLISHED))
def test_published_losses(loss: Any) -> None:
    if published_version(loss) is None:
        pytest.skip(f"{loss} is not installed")
    found = numbers(loss, "float32", stage="all", form=PUBLISHED_FORM[loss])
    assert found["embedding_error"] < 1e-3 and found["xi"] > 0
    assert not {"positive_error", "negative_error", "row_sum", "cosine_infonce"} & set(found)


def test_costs_agree_with_the_counters() -> None:
    for form, side in (("two_view", 64), ("two_tower", 32)):
        task = precision("softplus", "float32", 32, 0.1, 0.9, "all", form, dim=16)  # type: ignore[arg-type]
        assert task.flops == 3 * 2 * side * side * 16 == count_call(task.prepare().call).total
    assert precision("ce", "float32", 32, 0.1, 0.9).flops == 0


@pytest.mark.parametrize("loss", ["ce", "softplus", "siglip"])
@pytest.mark.parametrize(("dtype", "stage"), [("float32", "loss"), ("bfloat16", "all"), ("float16", "similarity")])
def test_the_memory_formula_is_an_upper_bound(loss: Any, dtype: Any, stage: Any) -> None:
    task = precision(loss, dtype, 128, 0.1, 0.9, stage, dim=16, draws=1)
    prepared = task.prepare()
    assert prepared.outcome is not None and task.peak_bytes is not None
    peak = max(tensor_peak(prepared.call) or 0, tensor_peak(prepared.outcome) or 0)
    assert 0.5 * task.peak_bytes < peak < 1.05 * task.peak_bytes


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"dtype": "autocast_bfloat16"}, "autocast_bfloat16 cannot be confined to the stage loss; it can to: all"),
        ({"dtype": "float16_scaled", "stage": "inputs"}, "it can to: loss, all"),
        ({"loss": "open_clip"}, "hides its scores"),
        ({"loss": "open_clip", "stage": "all"}, "computes the form two_tower, not two_view"),
        ({"batch": 1}, "at least 2"),
        ({"temperature": 0.0}, "above 0"),
        ({"alignment": 1.5}, "from -1 to 1"),
        ({"draws": 0}, "at least 1"),
    ],
)
def test_what_does_not_go_together_is_refused(changed: dict[str, Any], text: str) -> None:
    case: dict[str, Any] = {"loss": "ce", "dtype": "float32", "batch": 8, "temperature": 0.1, "alignment": 0.9}
    with pytest.raises(ValueError, match=text):
        precision(**(case | changed))


def test_what_the_device_cannot_do_is_said() -> None:
    with pytest.raises(Unsupported, match=r"TF32 needs a CUDA device of compute capability 8\.0 or later"):
        precision("ce", "tf32", 8, 0.1, 0.9, "all")
    with pytest.raises(Unsupported, match="MPS lacks"):
        precision("ce", "float32", 8, 0.1, 0.9, device="mps")


@pytest.mark.gpu
def test_tf32_rounds_products_on_a_gpu() -> None:
    tf32, plain = (numbers("flat", dtype, stage="similarity", device="cuda") for dtype in ("tf32", "float32"))
    assert tf32["embedding_error"] > 50 * plain["embedding_error"]
    assert numbers("ce", "bfloat16", stage="all", device="cuda")["embedding_error"] < 2
