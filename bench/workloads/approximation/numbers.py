"""The numbers that compare a kernel, its matrix and its attention with the exact ones."""

from __future__ import annotations

import math

import torch
from torch import Tensor

LOOSE = 1e-3
"""The second tolerance of a rank: singular values below this share of the largest count as 0."""

ROUNDING = 8.0
"""A value counts as negative from this many units of rounding of ``|φ(q)| |φ(k)|`` below 0 on."""

_CHUNK = 4096


Features = tuple[Tensor, Tensor] | None
"""Those of the queries and of the keys, ``(…, m)``; ``None`` for the exact kernel."""


def kernel_numbers(values: Tensor, x: Tensor, features: Features, slack: Tensor) -> dict[str, float]:
    """Errors and faults of kernel values.

    Relative errors are of ``exp(x)``: their median, the largest, the median with its sign, and 1 + their mean
    (``kernel_mean``). Shares are of values that are not finite, 0 and negative, and of features that are not finite.

    Args:
        values: As the dtype has them, of any shape.
        x: The scores in float64, the same shape.
        features: Those of the queries and of the keys.
        slack: How far below 0 rounding can take a value, see :func:`rounding_slack`; the same shape.
    """
    found = values.double()
    relative = found / x.exp() - 1
    # What is not finite is off by any measure; a NaN would hide in a median.
    errors = relative.abs().nan_to_num(nan=math.inf, posinf=math.inf).flatten()
    numbers = {
        "kernel_error": float(errors.median()),
        "kernel_error_max": float(errors.max()),
        "kernel_signed": float(relative.flatten().nan_to_num(nan=math.inf, posinf=math.inf).median()),
        "kernel_mean": float((relative + 1).mean()),
        "overflow_kernel": share(~values.isfinite()),
        "zero": share(values == 0),
    }
    if features is not None:
        numbers["negative"] = share(found < -slack)
        numbers["overflow_features"] = share(torch.cat([~one.isfinite().flatten() for one in features]))
    return numbers


def rounding_slack(features: Features, like: Tensor, pairs: bool) -> Tensor:
    """How far below 0 rounding can take the values of a kernel that is not negative, ``like`` the values in shape.

    A polynomial of even order touches 0, and there rounding decides the sign.
    """
    if features is None:
        return torch.zeros_like(like, dtype=torch.float64)
    lengths = [one.norm(dim=-1, dtype=torch.float64) for one in features]
    products = lengths[0] * lengths[1] if pairs else lengths[0][:, None] * lengths[1]
    found: Tensor = ROUNDING * torch.finfo(features[0].dtype).eps * products
    return found


def float64_matrix(features: tuple[Tensor, Tensor]) -> Tensor:
    """``φ(q) φ(k)ᵀ`` in float64 from features of any dtype, without a float64 copy of all of them."""
    fq, fk = features
    total = torch.zeros(len(fq), len(fk), dtype=torch.float64, device=fq.device)
    for start in range(0, fq.shape[-1], _CHUNK):
        part = slice(start, start + _CHUNK)
        total.addmm_(fq[:, part].double(), fk[:, part].double().mT)
    return total


def rank_numbers(matrix: Tensor, features: int) -> dict[str, float]:
    """Numerical ranks of a square kernel matrix in float64, and the strict one as shares of what bounds it.

    Attention divides each row by its sum, which changes no rank as long as no sum is 0. ``rank`` counts the singular
    values above ``n · 2^-52`` of the largest, as NumPy's ``matrix_rank`` does; ``rank_loose`` those above 1e-3 of it.
    All are NaN if the matrix is not finite.

    Args:
        matrix: ``(n, n)``.
        features: Width of the feature map; 0 for the exact kernel.
    """
    n = len(matrix)
    if bool(matrix.isfinite().all()):
        found = torch.linalg.svdvals(matrix)
        strict, loose = (
            float((found > tolerance * found[0]).sum()) for tolerance in (n * torch.finfo(matrix.dtype).eps, LOOSE)
        )
    else:
        strict = loose = math.nan
    numbers = {"rank": strict, "rank_loose": loose, "rank_of_n": strict / n}
    return numbers | ({"rank_of_features": strict / features} if features else {})


def output_numbers(found: Tensor, right: Tensor) -> dict[str, float]:
    """Distance of an attention's output from softmax attention's in float64, both ``(rows, d)``.

    Relative L2 error, cosine and share of values that are not finite; with any of these the error is infinite and the
    cosine NaN.
    """
    finite = found.isfinite()
    numbers = {"output_error": math.inf, "output_cosine": math.nan, "output_overflow": share(~finite)}
    if bool(finite.all()):
        wide = found.double()
        lengths = float(wide.norm()) * float(right.norm())
        numbers["output_error"] = float((wide - right).norm() / right.norm())
        numbers["output_cosine"] = float((wide * right).sum()) / lengths if lengths else 0.0
    return numbers


def share(flags: Tensor) -> float:
    """The share of flags that are set."""
    return float(flags.double().mean())
