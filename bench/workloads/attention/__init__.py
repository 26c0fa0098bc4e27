"""Attention kernels on ``(batch, heads, n, head_dim)`` tensors, their costs by formula and their references.

Each kernel is a plain function, such as :func:`linear_attention`; :func:`attend` calls any of them by name, and
:func:`attention` is the workload.
"""

from __future__ import annotations

from .catalog import attend, core_flops, core_peak_bytes
from .features import orthogonal_projection
from .flex import flex_attention_compiled
from .linear import feature_attention, linear_attention
from .performer import performer_attention
from .series import limit_attention, taylor_attention
from .softmax import naive_attention, sdpa_attention, sdpa_backend
from .workload import attention

__all__ = [
    "attend",
    "attention",
    "core_flops",
    "core_peak_bytes",
    "feature_attention",
    "flex_attention_compiled",
    "limit_attention",
    "linear_attention",
    "naive_attention",
    "orthogonal_projection",
    "performer_attention",
    "sdpa_attention",
    "sdpa_backend",
    "taylor_attention",
]
