"""FLOP formulas of fused attention operators: the ones on which public counters return 0 or a wrong layout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.meters.flops.formulas import Arguments, Formula
from bench.meters.flops.products import Cost, attention, causal_pairs, matmul

# custom_mask_type of the memory-efficient operators: 0 none, 1 from the top left, 2 from the bottom right corner.
_BOTTOM_RIGHT = 2


def _add(costs: Iterator[Cost]) -> Cost:
    parts = list(costs)
    full = sum(part.full for part in parts)
    if all(part.causal is None for part in parts):
        return Cost(full)
    return Cost(full, sum(part.full if part.causal is None else part.causal for part in parts))


def _sdpa(backward: bool = False) -> Formula:
    """Operators on (batch, heads, n, d), as ``scaled_dot_product_attention`` calls them."""

    def formula(a: Arguments, out: Any) -> Cost:
        q, k, v = a["query"].shape, a["key"].shape, a["value"].shape
        pairs = causal_pairs(q[2], k[2]) if a["is_causal"] else None
        return attention(q[0], q[1], q[2], k[2], q[3], v[3], pairs, backward)

    return formula


def _lengths(offsets: Any, longest: int) -> list[int]:
    """Lengths of packed sequences; on fake tensors, whose values are unknown, all are taken as the longest."""
    from torch._subclasses.fake_tensor import FakeTensor

    if isinstance(offsets, FakeTensor) or offsets.device.type == "meta":
        return [int(longest)] * (offsets.shape[0] - 1)
    return [int(length) for length in offsets.diff().tolist()]


def _packed(queries: str, keys: str, longest_q: str, longest_k: str, backward: bool = False) -> Formula:
    """Operators on (batch, n, heads, d), or on sequences packed one after the other with their offsets."""

    def formula(a: Arguments, out: Any) -> Cost:
        q, k, v = a["query"].shape, a["key"].shape, a["value"].shape
        mask = a["custom_mask_type"] if "custom_mask_type" in a else _BOTTOM_RIGHT * a["is_causal"]
        if a[queries] is None:
            lengths = [(q[0], q[1], k[1])]
        else:
            offsets = a[keys] if a[keys] is not None else a[queries]
            both = zip(_lengths(a[queries], a[longest_q]), _lengths(offsets, a[longest_k]), strict=True)
            lengths = [(1, n, m) for n, m in both]

        def one(batch: int, n: int, m: int) -> Cost:
            pairs = causal_pairs(n, m, mask == _BOTTOM_RIGHT) if mask else None
            return attention(batch, q[-2], n, m, q[-1], v[-1], pairs, backward)

        return _add(one(*size) for size in lengths)

    return formula


def _sequences(x: Any) -> list[tuple[int, int]]:
    """(batch, n) of a (batch, n, features) tensor; (1, n_i) for each sequence of a nested one."""
    if x.is_nested:
        return [(1, int(row[0])) for row in x._nested_tensor_size().tolist()]
    return [(int(x.shape[0]), int(x.shape[1]))]


def _self_attention(batch: int, n: int, width: int) -> int:
    return matmul(n, width, 4 * width, batch) + attention(batch, 1, n, n, width, width).full


def _encoder_layer(a: Arguments, out: Any) -> Cost:
    """Four projections, attention and two feed-forward products: 24nD² + 4n²D where the feed-forward width is 4D."""
    width, inner = a["embed_dim"], a["ffn_weight_1"].shape[0]
    return Cost(sum(_self_attention(b, n, width) + 2 * matmul(n, width, inner, b) for b, n in _sequences(a["src"])))


def _multi_head(a: Arguments, out: Any) -> Cost:
    """Projections of queries, keys and values, attention, output projection; key lengths may differ from n."""
    width = a["embed_dim"]
    total = 0
    for (batch, n), (_, m) in zip(_sequences(a["query"]), _sequences(a["key"]), strict=True):
        total += 2 * matmul(n, width, width, batch) + 2 * matmul(m, width, width, batch)
        total += attention(batch, 1, n, m, width, width).full
    return Cost(total)


_KERNELS = (
    "flash_attention",
    "flash_attention_for_cpu",
    "efficient_attention",
    "cudnn_attention",
    "fused_attention_overrideable",
)
_FLASH = ("cum_seq_q", "cum_seq_k", "max_q", "max_k")
_EFFICIENT = ("cu_seqlens_q", "cu_seqlens_k", "max_seqlen_q", "max_seqlen_k")

ATTENTION_FORMULAS: dict[str, Formula] = {
    **{f"aten::_scaled_dot_product_{kernel}": _sdpa() for kernel in _KERNELS},
    **{f"aten::_scaled_dot_product_{kernel}_backward": _sdpa(backward=True) for kernel in _KERNELS},
    "aten::_scaled_dot_product_attention_math_for_mps": _sdpa(),
    "aten::_flash_attention_forward": _packed(*_FLASH),
    "aten::_flash_attention_forward_no_dropout_inplace": _packed(*_FLASH),
    "aten::_flash_attention_backward": _packed(*_FLASH, backward=True),
    "aten::_efficient_attention_forward": _packed(*_EFFICIENT),
    "aten::_efficient_attention_backward": _packed(*_EFFICIENT, backward=True),
    "aten::_transformer_encoder_layer_fwd": _encoder_layer,
    "aten::_native_multi_head_attention": _multi_head,
    "aten::_triton_multi_head_attention": _multi_head,
}


def flex_attention(args: tuple[Any, ...], backward: bool) -> Cost:
    """Return the FLOPs of the FlexAttention operator, in full; ``causal`` is what its block mask leaves.

    Args:
        args: The operator's own: query, key, value (batch, heads, n, d), score_mod or (backward) output, and so on. The
            block mask is the only tuple that starts with two lengths.
        backward: Whether it is the backward operator. Five products, as for the other fused kernels.
    """
    q, k, v = (x.shape for x in args[:3])
    full = attention(q[0], q[1], q[2], k[2], q[3], v[3], backward=backward).full
    share = _kept_blocks(args)
    return Cost(full, None if share is None else round(full * share))


def _kept_blocks(args: tuple[Any, ...]) -> float | None:
    from torch._subclasses.fake_tensor import FakeTensor

    for mask in args:
        if isinstance(mask, tuple) and len(mask) > 5 and isinstance(mask[0], int):
            partial, indices, whole = mask[2], mask[3], mask[4]
            if isinstance(partial, FakeTensor) or partial.device.type == "meta":
                return None
            kept = int(partial.sum()) + (0 if whole is None else int(whole.sum()))
            blocks = partial.numel() * indices.shape[-1]
            return None if kept == blocks else kept / blocks
    return None
