"""Parts of the training: data, views, optimisers, accumulation and evaluation, by hand-worked numbers."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.workloads.contrastive.losses import ARMS, contrastive_loss
from bench.workloads.contrastive.training.data import augment, load_data, stratified
from bench.workloads.contrastive.training.evaluation import knn_accuracy, score_state
from bench.workloads.contrastive.training.loop import Watch, draw_views
from bench.workloads.contrastive.training.network import make_model
from bench.workloads.contrastive.training.optimisers import Lars, peak_lr, schedule
from bench.workloads.contrastive.training.setting import Setting
from bench.workloads.contrastive.training.stepping import Trainer

SETTING = Setting(
    loss="ce", dtype="float64", batch=32, chunk=0, temperature=0.1, views=1.0, optimizer="sgd", eps=1e-8,
    lr_rule="sqrt", lr=0.0, lr_factor=1.0, epochs=2, target=0.5, device="cpu", seed=0,
)  # fmt: skip


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_digits_are_split_alike_each_time() -> None:
    pytest.importorskip("sklearn")
    first, second = load_data(), load_data()
    assert torch.equal(first.train, second.train) and torch.equal(first.test, second.test)
    assert first.train.shape == first.bank.shape == (1024, 1, 12, 12)
    assert first.test.shape == (4 * 773, 1, 12, 12)
    shares = first.bank_labels.bincount() / 1024 - first.test_labels.bincount() / (4 * 773)
    assert shares.abs().max() < 2 / 773
    assert first.train.min() == 0 and first.train.max() == 1


@settings(deadline=None)
@example(sizes=[1, 1, 1, 5], share=0.625)
@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=6), share=st.floats(0, 1))
def test_split_is_stratified(sizes: list[int], share: float) -> None:
    labels = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    count = round(share * len(labels))
    chosen, others = stratified(labels, count)
    assert len(chosen) == count
    assert sorted([*chosen.tolist(), *others.tolist()]) == list(range(len(labels)))
    for label, size in enumerate(sizes):
        away = abs(int((labels[chosen] == label).sum()) - size * count / len(labels))
        assert away <= 1 + len(sizes) * size / len(labels)


def test_views_follow_from_the_generator_and_stay_in_range() -> None:
    images = torch.rand(64, 1, 12, 12, generator=generator())
    first, same, other = (augment(images, generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, same) and not torch.equal(first, other)
    assert first.shape == images.shape and first.dtype == torch.float32
    assert first.min() >= 0 and first.max() <= 1


def test_a_view_keeps_the_image_in_the_middle() -> None:
    """A dot of 2×2 is moved by at most 0.15 of the side, and never lost over 200 views but by hiding it."""
    image = torch.zeros(200, 1, 12, 12)
    image[:, :, 5:7, 5:7] = 1
    mean = augment(image, generator()).mean(0)[0]
    assert mean.flatten().argmax() in (5 * 12 + 5, 5 * 12 + 6, 6 * 12 + 5, 6 * 12 + 6)
    assert mean[0].max() < 0.05 and mean[5:7, 5:7].min() > 0.2


def test_draws_do_not_depend_on_the_case() -> None:
    """Weights and views are equal for each loss, batch, dtype and optimiser; in float64 they are those of float32."""
    pytest.importorskip("sklearn")
    data = load_data()
    one = Trainer(SETTING)
    others: dict[str, Any] = {"loss": "flat", "dtype": "bfloat16", "batch": 512, "chunk": 8, "optimizer": "lars"}
    other = Trainer(replace(SETTING, **others))
    for mine, theirs in zip(one.weights, other.weights, strict=True):
        assert torch.equal(mine, theirs.double())
    for mine, theirs in zip(draw_views(one, data), draw_views(other, data), strict=True):
        assert torch.equal(mine, theirs.double())


def test_lars_by_hand() -> None:
    """w = (3, 4), g = (0, 2): ‖w‖ = 5, ‖g‖ = 2; ratio 0.1·5 / (2 + 0.5·5) = 1/9; g + 0.5 w = (1.5, 4)."""
    weight = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    optimizer = Lars([weight], lr=0.9, momentum=0.5, decay=0.5, trust=0.1)
    weight.grad = torch.tensor([0.0, 2.0], dtype=torch.float64)
    optimizer.step()
    assert weight.tolist() == pytest.approx([3 - 0.15, 4 - 0.4])
    # Half of the velocity (0.15, 0.4) goes on; the new part is 0.9 · ratio · (g + w/2).
    before = weight.detach().clone()
    length = float(before.norm())
    ratio = 0.1 * length / (2 + 0.5 * length)
    velocity = [0.075 + 0.9 * ratio * 0.5 * float(before[0]), 0.2 + 0.9 * ratio * (2 + 0.5 * float(before[1]))]
    optimizer.step()
    assert weight.tolist() == pytest.approx([float(w) - v for w, v in zip(before, velocity, strict=True)])


def test_lars_without_a_norm_is_sgd() -> None:
    weights = [torch.zeros(2, requires_grad=True), torch.ones(2, requires_grad=True)]
    optimizer = Lars(weights, lr=0.5, decay=0.0)
    weights[0].grad = torch.tensor([1.0, -1.0])
    optimizer.step()
    assert weights[0].tolist() == [-0.5, 0.5] and weights[1].tolist() == [1, 1]
    with pytest.raises(ValueError, match="closure"):
        optimizer.step(lambda: 0.0)


def test_lars_step_does_not_depend_on_the_gradients_scale() -> None:
    steps = []
    for scale in (1.0, 1e-20):
        weight = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
        weight.grad = torch.tensor([1.0, 2.0], dtype=torch.float64) * scale
        Lars([weight], lr=1.0, decay=0.0).step()
        steps.append(weight.tolist())
    assert steps[0] == pytest.approx(steps[1], rel=1e-12)


def test_learning_rates() -> None:
    assert [peak_lr("linear", 0.2, batch) for batch in (8, 256, 512)] == pytest.approx([0.00625, 0.2, 0.4])
    assert [peak_lr("sqrt", 0.2, batch) for batch in (16, 256, 1024)] == pytest.approx([0.05, 0.2, 0.4])
    assert replace(SETTING, batch=64, lr=0.2, lr_factor=3.0).peak_lr == pytest.approx(0.3)


def test_only_the_rate_of_sgd_follows_the_temperature() -> None:
    low = replace(SETTING, batch=64, lr=0.2, temperature=0.02)
    assert low.peak_lr == pytest.approx(0.02)
    assert replace(low, optimizer="adam").peak_lr == replace(low, optimizer="lars").peak_lr == pytest.approx(0.1)


def test_weaker_views_are_nearer_to_the_image() -> None:
    images = torch.rand(20, 1, 12, 12, generator=generator())
    away = [float((augment(images, generator(1), strength) - images).norm()) for strength in (0.0, 0.25, 1.0)]
    assert away[0] < 1e-5 < away[1] < away[2]
    assert [schedule(share) for share in (0, 0.1, 0.2, 0.6, 1)] == pytest.approx([0, 0.5, 1, 0.5, 0])


@pytest.mark.parametrize("dtype", ["float64", "float16_scaled"])
def test_chunks_are_the_mean_of_their_gradients(dtype: Any) -> None:
    """The batch's gradient, from four chunks of 8, against each chunk's by itself."""
    first, second = (torch.rand(32, 1, 12, 12, generator=generator(seed)) for seed in (1, 2))
    trainer = Trainer(replace(SETTING, dtype=dtype, chunk=8))
    twin = Trainer(replace(SETTING, dtype="float64"))
    first, second = first.to(trainer.model_dtype), second.to(trainer.model_dtype)
    trainer.set_lr(0.0)
    value = trainer.step(first, second)
    values, gradients = [], []
    for rows in range(0, 32, 8):
        a, b = (twin.model(view[rows : rows + 8].double()) for view in (first, second))
        loss = contrastive_loss(ARMS["ce"], a, b, 0.1, "two_view")
        gradients.append(torch.autograd.grad(loss, twin.weights))
        values.append(float(loss.detach()))
    exact = dtype == "float64"
    assert value == pytest.approx(sum(values) / 4, rel=1e-12 if exact else 1e-3)
    if exact:
        for weight, *parts in zip(trainer.weights, *gradients, strict=True):
            torch.testing.assert_close(weight.grad, torch.stack(parts).mean(0), rtol=1e-10, atol=1e-13)
        norm = math.sqrt(
            sum(float(weight.grad.square().sum()) for weight in trainer.weights if weight.grad is not None)
        )
        assert trainer.gradient_norm() == pytest.approx(norm)


def test_scaled_gradients_are_unscaled_before_they_are_used() -> None:
    views = [torch.rand(32, 1, 12, 12, generator=generator(seed)) for seed in (1, 2)]
    norms = []
    for dtype in ("float32", "float16_scaled"):
        trainer = Trainer(replace(SETTING, dtype=dtype))  # type: ignore[arg-type]
        trainer.set_lr(0.0)
        for _ in range(3):  # the first scale, 65536, overflows in float16; the scaler halves it
            trainer.step(views[0], views[1])
        norms.append(trainer.gradient_norm())
    assert norms[1] == pytest.approx(norms[0], rel=0.02)


@pytest.mark.parametrize(
    ("loss", "dtype", "zeros"), [("ce", "bfloat16", 1), ("ce", "float32", 0), ("flat", "bfloat16", 0)]
)
def test_pulls_of_zero_are_counted(loss: str, dtype: str, zeros: int) -> None:
    """ξ = exp(-8) = 3e-4 for the first anchor, below what bfloat16 has beside 1; and 1 for the second."""
    scores = torch.tensor([[8.0, 0.0], [0.0, 0.0]], dtype=getattr(torch, dtype), requires_grad=True)
    positive = torch.tensor([0, 1])
    ARMS[loss].rows(scores, positive).mean().backward()  # type: ignore[no-untyped-call]
    watch = Watch()
    watch.chunk(scores, positive)
    assert (watch.anchors, watch.zeros) == (2, zeros)


def test_neighbours_by_hand() -> None:
    """Five of the bank point at the query, two of one class and two of another: the nearer pair wins."""
    angles = torch.tensor([0.1, 0.2, 0.3, 0.4, 0.5, 3.0])
    bank = torch.stack([angles.cos(), angles.sin()], dim=1) * torch.tensor([[1.0], [9.0], [2.0], [1.0], [5.0], [1.0]])
    query = torch.tensor([[2.0, 0.0]])
    labels = torch.tensor([1, 2, 2, 1, 0, 0])
    assert knn_accuracy(bank, labels, query, torch.tensor([1])) == 1.0  # 1.05 + 1.02 against 1.04 + 1.03
    assert knn_accuracy(bank, torch.tensor([2, 1, 1, 0, 1, 0]), query, torch.tensor([1])) == 1.0


def test_state_of_the_scores() -> None:
    """Equal images: all cosines are 1, so ξ is the number of negatives, here of 4 images at a time."""
    model = make_model(generator(), torch.float64, "cpu")
    images = torch.rand(1, 1, 12, 12, generator=generator()).expand(16, -1, -1, -1)
    state = score_state(model, images, images, 4, 0.1)
    assert state == pytest.approx({"final_loss": math.log(7), "xi": 6.0, "one_minus_p": 6 / 7, "ess": 1.0})
