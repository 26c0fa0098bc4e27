"""How a linear attention cuts its tensors into blocks that stay in a core's cache."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

CPU_BLOCK_BYTES = 2**20
"""Bytes per temporary on a CPU: small enough that the three or four live ones fit a core's cache of 2 MiB."""


class Scratch:
    """Temporaries that take the same memory again and again, so that it stays in the cache."""

    def __init__(self, like: Tensor) -> None:
        self._like = like
        self._memory: dict[str, Tensor] = {}

    def get(self, name: str, *shape: int) -> Tensor:
        """An uninitialised tensor of that shape, in the memory that the name had before."""
        kept = self._memory.get(name)
        if kept is not None and kept.shape == shape:
            return kept
        numbers = math.prod(shape)
        if kept is None or kept.numel() < numbers:
            kept = self._memory[name] = self._like.new_empty(shape)
        return kept.view(-1)[:numbers].view(shape)


@dataclass(frozen=True)
class Block:
    """Some tokens of some heads, as ``chunks`` chunks of ``length`` tokens for each head.

    A block holds either part of one head or the whole of several, so its rows lie together in memory.
    """

    first: int
    last: int
    start: int
    stop: int
    length: int

    @property
    def heads(self) -> int:
        """How many heads the block holds."""
        return self.last - self.first

    @property
    def chunks(self) -> int:
        """Chunks per head."""
        return (self.stop - self.start) // self.length

    def of(self, tensor: Tensor) -> Tensor:
        """The block's rows of a ``(groups, n, width)`` tensor, as ``(heads * chunks, length, width)``."""
        rows = tensor[self.first : self.last, self.start : self.stop]
        return rows.reshape(self.heads * self.chunks, self.length, tensor.shape[-1])


def block_numbers(like: Tensor) -> int:
    """Numbers a temporary may hold: what fits the cache on a CPU, everything at once elsewhere."""
    if like.device.type != "cpu":
        return 2**62
    return CPU_BLOCK_BYTES // like.element_size() * torch.get_num_threads()


def cut(groups: int, n: int, width: int, chunk: int, numbers: int) -> list[Block]:
    """Cuts ``groups`` heads of ``n`` tokens into blocks, in order of head and token.

    Args:
        groups: Independent heads.
        n: Tokens.
        width: Numbers per token of the widest temporary.
        chunk: Tokens per chunk; a head's last chunk may be shorter and is a block of its own.
        numbers: Numbers a temporary may hold.
    """
    chunk = max(1, min(chunk, n))
    tokens = max(chunk, numbers // width // chunk * chunk)
    if n % chunk == 0 and n <= tokens:
        step = max(1, tokens // n)
        return [Block(g, min(g + step, groups), 0, n, chunk) for g in range(0, groups, step)]
    return [block for g in range(groups) for block in _cut_head(g, n, tokens, chunk)]


def _cut_head(head: int, n: int, tokens: int, chunk: int) -> Iterator[Block]:
    whole = n - n % chunk
    for start in range(0, whole, tokens):
        yield Block(head, head + 1, start, min(start + tokens, whole), chunk)
    if whole < n:
        yield Block(head, head + 1, whole, n, n - whole)
