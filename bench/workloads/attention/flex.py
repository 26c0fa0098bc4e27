"""Softmax attention through torch's FlexAttention, compiled.

FlexAttention is imported when it is first called: it brings the compiler with it, some 800 modules and two seconds.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor

from ..protocol import Unsupported

if TYPE_CHECKING:
    from torch.nn.attention.flex_attention import BlockMask


def _not_after(batch: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
    return query >= key


@lru_cache(maxsize=1)
def _compiled() -> Any:
    from torch.nn.attention.flex_attention import flex_attention

    return torch.compile(flex_attention, dynamic=False)


@lru_cache(maxsize=8)
def _causal_mask(n: int, device: str) -> BlockMask:
    from torch.nn.attention.flex_attention import create_block_mask

    return create_block_mask(_not_after, None, None, n, n, device=device)


def flex_attention_compiled(q: Tensor, k: Tensor, v: Tensor, causal: bool = False) -> Tensor:
    """FlexAttention under ``torch.compile``; the first call of a shape compiles, which takes tens of seconds.

    Args:
        q: Queries ``(batch, heads, n, d)``.
        k: Keys, the same shape.
        v: Values, the same shape.
        causal: Skip the blocks of keys after each query.

    Returns:
        ``(batch, heads, n, d)``.

    Raises:
        Unsupported: On a CPU when a gradient is needed, or without a working compiler.
    """
    if q.device.type == "cpu" and torch.is_grad_enabled() and any(t.requires_grad for t in (q, k, v)):
        raise Unsupported("FlexAttention has no backward on a CPU")
    mask = _causal_mask(q.shape[-2], str(q.device)) if causal else None
    try:
        return cast(Tensor, _compiled()(q, k, v, block_mask=mask))
    except Exception as error:
        if type(error).__name__ in ("InvalidCxxCompiler", "NotImplementedError") or "compiler" in str(error).lower():
            raise Unsupported(f"FlexAttention does not compile here: {str(error).splitlines()[0]}") from error
        raise
