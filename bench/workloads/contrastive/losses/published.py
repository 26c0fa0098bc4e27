"""The same losses by published packages, behind one shape: ``(a, b, temperature)`` to a scalar.

``a`` and ``b`` are ``(batch, dim)``, of length 1 each. :data:`PUBLISHED_FORM` says which of our forms each one's value
equals: all average over their anchors and none sums. A package is imported when its loss is called; a missing one
raises ``Unsupported``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module, metadata
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Literal, cast

import torch
from torch import Tensor

from ...protocol import Unsupported
from .arms import Form

PublishedName = Literal["info_nce", "open_clip", "lightly", "pml_ntxent", "gradcache"]
"""The names of the published losses, for the parameters of workloads."""

PACKAGES: dict[str, str] = {
    "info_nce": "info-nce-pytorch",
    "open_clip": "open_clip_torch",
    "lightly": "lightly",
    "pml_ntxent": "pytorch-metric-learning",
    "gradcache": "gradcache",
}
"""The distribution that each published loss comes from, as PyPI names it."""


ALONE = frozenset({"open_clip"})
"""Losses whose module needs PyTorch alone, while the package around it would load torchvision, timm and more."""


def published_version(name: str) -> str | None:
    """The installed version of the package behind a published loss, ``None`` where it is not installed."""
    try:
        return metadata.version(PACKAGES[name])
    except metadata.PackageNotFoundError:
        return None


def _import_alone(module: str) -> Any:
    """A module of a package by its file, without the package's ``__init__``."""
    package, _, name = module.partition(".")
    outer = find_spec(package)
    if outer is None or outer.origin is None:
        raise ModuleNotFoundError(f"no package {package}")
    spec = spec_from_file_location(f"{package}_{name}", Path(outer.origin).with_name(f"{name}.py"))
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"no module {module}")
    found = module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def _load(name: str, module: str) -> Any:
    if published_version(name) is None:
        raise Unsupported(f"{PACKAGES[name]} is not installed")
    try:
        return _import_alone(module) if name in ALONE else import_module(module)
    except Exception as error:  # Its own dependencies may be missing or too new, and fail in many ways.
        raise Unsupported(f"{PACKAGES[name]} cannot be imported: {type(error).__name__}: {error}") from error


def _info_nce(a: Tensor, b: Tensor, temperature: float) -> Tensor:
    """``info_nce.InfoNCE``: the mean cross entropy of one direction; called for both, and averaged.

    It normalises its inputs, as lightly's and pytorch-metric-learning's do.
    """
    loss = _load("info_nce", "info_nce").InfoNCE(temperature=temperature)
    return cast(Tensor, (loss(a, b) + loss(b, a)) / 2)


def _open_clip(a: Tensor, b: Tensor, temperature: float) -> Tensor:
    """``open_clip.ClipLoss``: the mean cross entropy of both directions, averaged; takes the inverse temperature."""
    loss = _load("open_clip", "open_clip.loss").ClipLoss()
    return cast(Tensor, loss(a, b, logit_scale=1 / temperature))


def _lightly(a: Tensor, b: Tensor, temperature: float) -> Tensor:
    """``lightly.loss.NTXentLoss``: the mean cross entropy over all 2·batch anchors."""
    return cast(Tensor, _load("lightly", "lightly.loss.ntx_ent_loss").NTXentLoss(temperature=temperature)(a, b))


def _pml_ntxent(a: Tensor, b: Tensor, temperature: float) -> Tensor:
    """``pytorch_metric_learning.losses.NTXentLoss``: the mean over all ordered positive pairs, found by label.

    It lays out every positive pair against every negative: O(batch³) memory.
    """
    loss = _load("pml_ntxent", "pytorch_metric_learning.losses").NTXentLoss(temperature=temperature)
    return cast(Tensor, loss(torch.cat((a, b)), torch.arange(len(a), device=a.device).repeat(2)))


def _gradcache(a: Tensor, b: Tensor, temperature: float) -> Tensor:
    """``gradcache.loss.SimpleContrastiveLoss``: the mean cross entropy of one direction; called for both, and averaged.

    It has no temperature, so one side's embeddings are divided by it.
    """
    loss = _load("gradcache", "gradcache.loss").SimpleContrastiveLoss()
    return cast(Tensor, (loss(a / temperature, b) + loss(b / temperature, a)) / 2)


PUBLISHED: dict[str, Callable[[Tensor, Tensor, float], Tensor]] = {
    "info_nce": _info_nce,
    "open_clip": _open_clip,
    "lightly": _lightly,
    "pml_ntxent": _pml_ntxent,
    "gradcache": _gradcache,
}
"""The published losses by name; each raises ``Unsupported`` where its package is missing."""

PUBLISHED_FORM: dict[str, Form] = {
    "info_nce": "two_tower",
    "open_clip": "two_tower",
    "lightly": "two_view",
    "pml_ntxent": "two_view",
    "gradcache": "two_tower",
}
"""The form whose InfoNCE each one's value equals."""
