"""Softmax attention: written out, and through torch's fused operator."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from ..protocol import Unsupported

SdpaBackend = Literal["math", "flash", "efficient", "cudnn"]

_BACKENDS = {
    "math": SDPBackend.MATH,
    "flash": SDPBackend.FLASH_ATTENTION,
    "efficient": SDPBackend.EFFICIENT_ATTENTION,
    "cudnn": SDPBackend.CUDNN_ATTENTION,
}


def naive_attention(q: Tensor, k: Tensor, v: Tensor, causal: bool = False) -> Tensor:
    """``softmax(q kᵀ / sqrt(d)) v`` with the whole score matrix in memory.

    Args:
        q: Queries ``(batch, heads, n, d)``.
        k: Keys, the same shape.
        v: Values, the same shape.
        causal: Mask out the keys after each query.

    Returns:
        ``(batch, heads, n, d)``.
    """
    n = q.shape[-2]
    # The scale goes to q, n·d numbers, and not to the n² scores. Masking in place is safe: nothing saves the scores.
    if not causal:
        return torch.softmax((q * q.shape[-1] ** -0.5) @ k.mT, dim=-1) @ v
    scores = (q * q.shape[-1] ** -0.5) @ k.mT
    scores.masked_fill_(torch.ones(n, n, dtype=torch.bool, device=q.device).triu_(1), float("-inf"))
    # No name may hold the scores during the second product: the peak formula counts on it.
    weights = torch.softmax(scores, dim=-1)
    del scores
    return weights @ v


def sdpa_attention(q: Tensor, k: Tensor, v: Tensor, causal: bool = False, backend: SdpaBackend | None = None) -> Tensor:
    """``torch.nn.functional.scaled_dot_product_attention``, by the backend torch chooses or by a given one.

    Args:
        q: Queries ``(batch, heads, n, d)``.
        k: Keys, the same shape.
        v: Values, the same shape.
        causal: Mask out the keys after each query.
        backend: Allow this backend only. torch's own choice (``None``) falls silently to math for some inputs.

    Returns:
        ``(batch, heads, n, d)``.

    Raises:
        Unsupported: If the device or torch cannot run that backend on these inputs.
    """
    if backend is None:
        return F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    if q.device.type == "cpu" and backend in ("efficient", "cudnn"):
        raise Unsupported(f"SDPA has no {backend} backend on a CPU")
    with sdpa_kernel(_BACKENDS[backend]):
        try:
            return F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        except RuntimeError as error:
            if "No available kernel" in str(error) or "No viable backend" in str(error):
                raise Unsupported(f"SDPA's {backend} backend does not take these inputs on {q.device.type}") from error
            raise


def sdpa_backend(q: Tensor, k: Tensor, v: Tensor, causal: bool = False) -> str:
    """The name of the backend that torch's own choice takes for these inputs: ``math``, ``flash``, ``efficient``, …"""
    chosen = torch._fused_sdp_choice(q, k, v, None, 0.0, causal)
    return next((name for name, backend in _BACKENDS.items() if backend.value == chosen), f"backend {chosen}")
