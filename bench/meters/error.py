"""Numerical error: how far an answer is from its float64 reference, as numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

#: Elements compared at a time, so that the float64 copies take 32 MiB and not four times the tensor.
CHUNK = 1 << 20


def compare(answer: Mapping[str, Tensor], reference: Mapping[str, Tensor]) -> dict[str, dict[str, float]]:
    """Compare each tensor with its reference, in float64.

    Per tensor, with a the answer and r the reference, both flattened:

    - ``max_abs``: largest abs(a - r);
    - ``rel_l2``: norm(a - r) / norm(r); where r is all zeros, 0 if a is too, else infinite;
    - ``cosine``: a·r / (norm(a) norm(r)); 1 where both are zero, 0 where only one is;
    - ``zeros``: share of elements of a that are exactly 0, of either sign;
    - ``nonfinite``: share of elements of a that are infinite or NaN.

    An element counts as right, with difference 0, where both are the same infinity or both are NaN; such elements are
    left out of the norms. Any other element that is not finite in one of the two makes ``max_abs`` and ``rel_l2``
    infinite and ``cosine`` NaN: there is no distance to infinity. An empty tensor has no error and cosine 1.

    Args:
        answer: Named tensors, of any floating dtype and device.
        reference: The same names and shapes, float64 as a rule.

    Returns:
        ``{tensor: {"max_abs", "rel_l2", "cosine", "zeros", "nonfinite"}}`` in the order of ``reference``.

    Raises:
        ValueError: When names or shapes differ; all of them are named.
    """
    problems = [f"no tensor {name!r} in the answer" for name in reference if name not in answer]
    problems += [f"tensor {name!r} has no reference" for name in answer if name not in reference]
    problems += [
        f"tensor {name!r} has shape {tuple(answer[name].shape)}, its reference {tuple(reference[name].shape)}"
        for name in reference
        if name in answer and answer[name].shape != reference[name].shape
    ]
    if problems:
        raise ValueError("; ".join(problems))
    return {name: _errors(answer[name], reference[name]) for name in reference}


def is_wrong(errors: Mapping[str, float], tolerance: float) -> bool:
    """Whether a tensor's relative L2 error is above the tolerance, or not finite."""
    return not (math.isfinite(errors["rel_l2"]) and errors["rel_l2"] <= tolerance)


def _errors(answer: Tensor, reference: Tensor) -> dict[str, float]:
    """Sum chunk by chunk; each chunk's float64 copies die before the next is made."""
    import torch

    count = reference.numel()
    if count == 0:
        return {"max_abs": 0.0, "rel_l2": 0.0, "cosine": 1.0, "zeros": 0.0, "nonfinite": 0.0}
    largest, scale_a, scale_r = 0.0, _largest(answer), _largest(reference)
    difference2 = answer2 = reference2 = product = 0.0
    zeros = nonfinite = wild = 0
    for a, r in _chunks(answer, reference):
        finite = torch.isfinite(a) & torch.isfinite(r)
        same = (a == r) | (torch.isnan(a) & torch.isnan(r))
        wild += int((~finite & ~same).sum())
        nonfinite += int((~torch.isfinite(a)).sum())
        zeros += int((a == 0).sum())
        a, r = torch.where(finite, a, 0.0), torch.where(finite, r, 0.0)
        difference = a - r
        largest = max(largest, float(difference.abs().max()))
        # Scaled, so that squares of very small or very large numbers neither vanish nor overflow.
        unit = scale_r or scale_a or 1.0
        difference2 += float((difference / unit).square().sum())
        answer2 += float((a / (scale_a or 1.0)).square().sum())
        reference2 += float((r / unit).square().sum())
        product += float(((a / (scale_a or 1.0)) * (r / unit)).sum())
    result = {"zeros": zeros / count, "nonfinite": nonfinite / count}
    if wild:
        return {"max_abs": math.inf, "rel_l2": math.inf, "cosine": math.nan, **result}
    if reference2 == 0 or answer2 == 0:
        same_zero = reference2 == answer2
        relative = 0.0 if same_zero else (math.inf if reference2 == 0 else 1.0)
        return {"max_abs": largest, "rel_l2": relative, "cosine": 1.0 if same_zero else 0.0, **result}
    cosine = max(-1.0, min(1.0, product / math.sqrt(answer2 * reference2)))
    return {"max_abs": largest, "rel_l2": math.sqrt(difference2 / reference2), "cosine": cosine, **result}


def _chunks(answer: Tensor, reference: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    import torch

    # ``reshape`` copies only what is not contiguous, in its own dtype.
    flat_a, flat_r = answer.detach().reshape(-1), reference.detach().reshape(-1)
    for start in range(0, flat_r.numel(), CHUNK):
        a, r = flat_a[start : start + CHUNK], flat_r[start : start + CHUNK]
        yield a.to("cpu", torch.float64), r.to("cpu", torch.float64)


def _largest(tensor: Tensor) -> float:
    """Largest finite magnitude of a tensor."""
    largest = 0.0
    for a, _ in _chunks(tensor, tensor):
        kept = a[a.isfinite()]
        if kept.numel():
            largest = max(largest, float(kept.abs().max()))
    return largest
