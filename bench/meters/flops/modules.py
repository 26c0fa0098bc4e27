"""Which module an operator ran for, in the forward and in the backward pass."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

_NO_TASK = -1


class _Entry(NamedTuple):
    name: str
    task: int  # the backward pass that this forward ran in (recomputed activations), or _NO_TASK


class ModuleTracker:
    """Knows the path of modules of the operator that runs now.

    Forward: a stack kept by torch's *global* module hooks. Hooks on the modules themselves would switch off the fused
    path of ``nn.TransformerEncoderLayer``, so that another operator would be counted than runs.

    Backward: autograd numbers its nodes in the order of creation. The tracker notes the number at each change of the
    stack, so the node that runs now tells in which module its forward ran. No tensor needs a hook, and modules whose
    inputs need no gradient are told apart too.
    """

    def __init__(self) -> None:
        """Track nothing yet; :meth:`active` begins."""
        self.visited: dict[str, None] = {}
        self._names: dict[nn.Module, str] = {}
        self._roots: dict[str, int] = {}
        self._local = threading.local()
        self._owner = threading.get_ident()
        self._numbers: list[int] = []
        self._paths: list[tuple[str, ...]] = []

    @contextmanager
    def active(self) -> Iterator[ModuleTracker]:
        """Track for the time of the context; the global hooks are gone afterwards, also after an exception."""
        self._mark()
        before = register_module_forward_pre_hook(self._push)
        try:
            # always_call: a module that raises inside a caller's try is left behind like one that returns.
            after = register_module_forward_hook(self._pop, always_call=True)
            try:
                yield self
            finally:
                after.remove()
        finally:
            before.remove()

    def path(self) -> tuple[str, ...]:
        """Return the names of the modules that the current operator runs for, outermost first, each once."""
        task = torch._C._current_graph_task_id()
        stack = self._stack()
        if task == _NO_TASK or (stack and stack[-1].task == task):
            return tuple(dict.fromkeys(entry.name for entry in stack))
        node: Any = torch._C._current_autograd_node()
        if node is None:
            return ()
        return self._paths[max(bisect_right(self._numbers, node._sequence_nr()) - 1, 0)]

    def _stack(self) -> list[_Entry]:
        if not hasattr(self._local, "stack"):
            self._local.stack = []
        stack: list[_Entry] = self._local.stack
        return stack

    def _mark(self) -> None:
        # Numbers of other threads' nodes belong to another sequence.
        if threading.get_ident() == self._owner:
            self._numbers.append(torch._C._autograd._get_sequence_nr())
            self._paths.append(tuple(dict.fromkeys(entry.name for entry in self._stack())))

    def _push(self, module: nn.Module, inputs: Any) -> None:
        name = self._name(module)
        if threading.get_ident() == self._owner or torch._C._current_graph_task_id() != _NO_TASK:
            self.visited[name] = None
        self._stack().append(_Entry(name, torch._C._current_graph_task_id()))
        self._mark()

    def _pop(self, module: nn.Module, inputs: Any, output: Any) -> None:
        stack = self._stack()
        name = self._names.get(module)
        # An exception in a pre-hook of the module itself may have kept this module from being pushed.
        if stack and stack[-1].name == name:
            stack.pop()
            self._mark()

    def _name(self, module: nn.Module) -> str:
        if module not in self._names:
            kind = type(module).__name__
            number = self._roots[kind] = self._roots.get(kind, 0) + 1
            root = kind if number == 1 else f"{kind}#{number}"
            for name, child in module.named_modules():
                self._names.setdefault(child, f"{root}.{name}" if name else root)
        return self._names[module]
