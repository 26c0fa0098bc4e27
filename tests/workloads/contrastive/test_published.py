"""The published losses against ours, where their packages are installed."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from bench.workloads.contrastive.losses import (
    ARMS,
    PUBLISHED,
    PUBLISHED_FORM,
    PublishedName,
    contrastive_loss,
    published_version,
)
from bench.workloads.protocol import Unsupported


def views(batch: int = 7, dim: int = 5) -> tuple[Tensor, Tensor]:
    torch.manual_seed(3)
    a = torch.randn(batch, dim, dtype=torch.float64)
    b = a + 0.4 * torch.randn(batch, dim, dtype=torch.float64)
    return F.normalize(a, dim=1).requires_grad_(), F.normalize(b, dim=1).requires_grad_()


def published_or_skip(name: str, a: Tensor, b: Tensor, temperature: float) -> Tensor:
    try:
        return PUBLISHED[name](a, b, temperature)
    except Unsupported as error:
        pytest.skip(str(error))


def tangent(gradient: Tensor, at: Tensor) -> Tensor:
    """The gradient along the sphere: packages that normalise their inputs drop the part along the embedding."""
    return gradient - (gradient * at).sum(dim=1, keepdim=True) * at


def test_every_name_has_a_loss_and_a_form() -> None:
    assert set(get_args(PublishedName)) == set(PUBLISHED) == set(PUBLISHED_FORM)


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_value_and_gradient_equal_ours(name: str, temperature: float) -> None:
    a, b = views()
    theirs = published_or_skip(name, a, b, temperature)
    ours = contrastive_loss(ARMS["ce"], a, b, temperature, PUBLISHED_FORM[name])
    torch.testing.assert_close(theirs, ours, rtol=1e-12, atol=0)
    for x, got, wanted in zip(
        (a, b), torch.autograd.grad(theirs, (a, b)), torch.autograd.grad(ours, (a, b)), strict=True
    ):
        torch.testing.assert_close(tangent(got, x), tangent(wanted, x), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", PUBLISHED)
def test_missing_package_says_so(name: str) -> None:
    version = published_version(name)
    if version is not None:
        assert version[0].isdigit()
        return
    with pytest.raises(Unsupported, match=r"[\w-]+ is not installed$"):
        PUBLISHED[name](*views(), 0.1)


def test_version_of_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        published_version("no_such_loss")
