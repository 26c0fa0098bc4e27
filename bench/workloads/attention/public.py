"""Optional kernels of other packages, behind one shape; each raises ``Unsupported`` where its package cannot run."""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

import torch
from torch import Tensor

from ..protocol import Unsupported
from .features import elu_plus_one


def _load(module: str, package: str) -> Any:
    try:
        return import_module(module)
    except Exception as error:  # Packages with GPU kernels fail at import in many ways where there is no GPU.
        raise Unsupported(f"{package} cannot be imported: {type(error).__name__}: {error}") from error


def _need_cuda(q: Tensor, package: str) -> None:
    if q.device.type != "cuda":
        raise Unsupported(f"{package} runs on CUDA only, not on {q.device.type}")


def fla_attention(q: Tensor, k: Tensor, v: Tensor, causal: bool = False) -> Tensor:
    """Causal elu+1 linear attention by flash-linear-attention's chunked Triton kernel, ``(batch, heads, n, d)``.

    Raises:
        Unsupported: Without the package or CUDA, or for a bidirectional call, which the package doesn't have.
    """
    if not causal:
        raise Unsupported("flash-linear-attention has causal kernels only")
    _need_cuda(q, "flash-linear-attention")
    kernel = _load("fla.ops.linear_attn", "flash-linear-attention").chunk_linear_attn
    fq, fk = (elu_plus_one(x).transpose(1, 2) for x in (q, k))
    out = kernel(fq, fk, v.transpose(1, 2), scale=1.0, normalize=True)
    return cast(Tensor, out[0]).transpose(1, 2)


def flash_attn_attention(q: Tensor, k: Tensor, v: Tensor, causal: bool = False) -> Tensor:
    """Softmax attention by the flash-attn package, ``(batch, heads, n, d)``.

    Raises:
        Unsupported: Without the package or CUDA, or for a dtype other than float16 and bfloat16.
    """
    _need_cuda(q, "flash-attn")
    if q.dtype not in (torch.float16, torch.bfloat16):
        raise Unsupported("flash-attn takes float16 and bfloat16 only")
    kernel = _load("flash_attn", "flash-attn").flash_attn_func
    return cast(Tensor, kernel(*(x.transpose(1, 2) for x in (q, k, v)), causal=causal)).transpose(1, 2)


def performer_pytorch_attention(q: Tensor, k: Tensor, v: Tensor, projection: Tensor, causal: bool = False) -> Tensor:
    """FAVOR+ attention by performer-pytorch's ``FastAttention`` with our projection ``(m, d)``.

    Raises:
        Unsupported: Without the package.
    """
    package = _load("performer_pytorch.performer_pytorch", "performer-pytorch")
    module = package.FastAttention(q.shape[-1], nb_features=len(projection), causal=causal).to(q.device)
    module.projection_matrix = projection.to(q.device)
    return cast(Tensor, module(q, k, v))
