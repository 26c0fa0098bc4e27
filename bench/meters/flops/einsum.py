"""FLOPs of an einsum as torch executes it: operands are contracted two at a time, each pair as one batched product."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod


def einsum(equation: str, shapes: Sequence[Sequence[int]], path: Sequence[int] | None = None) -> int:
    """Return the FLOPs of ``torch.einsum(equation, …)`` for operands of the given shapes.

    A pair with no index to sum over is an elementwise product, and an index that only one operand has is summed before:
    neither counts.

    Args:
        equation: With or without ``->``; an ellipsis is allowed, repeated indices in one operand too.
        shapes: One shape per operand.
        path: Positions of the pair contracted in each step, flat, as torch passes them, results going to the end of the
            list; ``None`` contracts from left to right.
    """
    terms, output = _parse(equation, shapes)
    sizes: dict[str, int] = {}
    for term, shape in zip(terms, shapes, strict=True):
        for index, size in zip(term, shape, strict=True):
            sizes[index] = max(sizes.get(index, 1), size)
    # Where an operand has size 1 along an index, torch broadcasts it: for that operand the index is not there.
    operands = [
        {index for index, size in zip(term, shape, strict=True) if size != 1}
        for term, shape in zip(terms, shapes, strict=True)
    ]
    steps = iter(path or ())
    total = 0
    while len(operands) > 1:
        pair = sorted((next(steps), next(steps))) if path else [0, 1]
        right, left = operands.pop(pair[1]), operands.pop(pair[0])
        needed = set(output).union(*operands)
        summed = (left & right) - needed
        result = (left | right) & needed
        if summed:
            total += 2 * prod(sizes[index] for index in result | summed)
        operands.insert(len(operands) if path else 0, result)
    return total


def _parse(equation: str, shapes: Sequence[Sequence[int]]) -> tuple[list[list[str]], list[str]]:
    """Return the indices of each operand and of the output, an ellipsis spelled out as "0", "1" … from the right."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = [_spell(term, len(shape)) for term, shape in zip(left.split(","), shapes, strict=True)]
    longest = max(sum(index.isdigit() for index in term) for term in terms)
    if arrow:
        return terms, _spell(right, len(right.replace("...", "")) + longest)
    once = sorted(index for index in set(left) if index.isalpha() and left.count(index) == 1)
    return terms, [*map(str, reversed(range(longest))), *once]


def _spell(term: str, length: int) -> list[str]:
    before, dots, after = term.partition("...")
    hidden = length - len(before) - len(after) if dots else 0
    return [*before, *map(str, reversed(range(hidden))), *after]
