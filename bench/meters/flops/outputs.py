"""Tensors inside whatever a function returns, and the leaves that they were computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from torch import Tensor


def tensors_in(value: Any) -> list[Tensor]:
    """Return the tensors in ``value``, depth first: in sequences, mappings and dataclasses, each tensor once."""
    found: dict[int, Tensor] = {}
    _collect(value, found)
    return list(found.values())


def _collect(value: Any, found: dict[int, Tensor]) -> None:
    if isinstance(value, Tensor):
        found.setdefault(id(value), value)
    elif isinstance(value, Mapping):
        _collect(list(value.values()), found)
    elif isinstance(value, (tuple, list)):
        for item in value:
            _collect(item, found)
    elif is_dataclass(value) and not isinstance(value, type):
        _collect([getattr(value, f.name) for f in fields(value)], found)


def graph_leaves(outputs: list[Tensor]) -> list[Tensor]:
    """Return the leaf tensors whose ``.grad`` a backward pass from ``outputs`` would change."""
    leaves = {id(t): t for t in outputs if t.is_leaf}
    pending: list[Any] = [t.grad_fn for t in outputs if t.grad_fn is not None]
    seen = set(pending)
    while pending:
        node = pending.pop()
        variable = getattr(node, "variable", None)
        if isinstance(variable, Tensor):
            leaves[id(variable)] = variable
        following = {following for following, _ in node.next_functions if following is not None} - seen
        seen |= following
        pending += following
    return list(leaves.values())
