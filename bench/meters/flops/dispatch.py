"""The counter: a dispatch mode that sees every operator as it is called, in forward and backward."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from bench.meters.flops.attention import ATTENTION_FORMULAS, flex_attention
from bench.meters.flops.formulas import FORMULAS
from bench.meters.flops.modules import ModuleTracker
from bench.meters.flops.operators import is_free, is_silent
from bench.meters.flops.products import Cost
from bench.meters.flops.result import OUTSIDE, FlopCount

_ALL_FORMULAS = {**FORMULAS, **ATTENTION_FORMULAS}


class _CountingMode(TorchDispatchMode):  # type: ignore[misc, no-untyped-call, unused-ignore]
    """Counts each operator once, at the level at which its kernel is chosen.

    Operators that torch builds from others (``aten::linear`` in inference mode) are taken apart first; tensor
    subclasses are left to unwrap themselves, so that the operators on their inner tensors are counted.
    """

    supports_higher_order_operators = True

    def __init__(self, tracker: ModuleTracker) -> None:
        super().__init__()  # type: ignore[no-untyped-call, unused-ignore]
        self._tracker = tracker
        self._handler: Any = None
        self.forward = 0
        self.backward = 0
        self.saved = 0
        self.causal = False
        self.by_operator: Counter[str] = Counter()
        self.by_module: Counter[str] = Counter()
        self.own: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.uncounted: Counter[str] = Counter()
        self.excluded: Counter[str] = Counter()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # True makes torch import its compiler (a second per measuring process) to hide the method below from it.
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if self._handler is None and "torch._dynamo" in sys.modules:
            self._handler = torch._dynamo.disable(self._handle)  # type: ignore[no-untyped-call, unused-ignore]
        return (self._handler or self._handle)(func, types, args, kwargs or {})

    def _handle(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if isinstance(func, torch._ops.HigherOrderOperator):
            return self._higher_order(func, args, kwargs)
        if any(hasattr(kind, "__tensor_flatten__") for kind in types):
            return NotImplemented
        name = func._schema.name
        if not is_silent(name) and not _any_nested(args):
            with self:
                out = func.decompose(*args, **kwargs)
            if out is not NotImplemented:
                return out
        out = func(*args, **kwargs)
        if not is_silent(name):
            self._record(name, _cost(func, name, args, kwargs, out), func.tags)
        return out

    def _higher_order(self, func: Any, args: Any, kwargs: Any) -> Any:
        name = f"higher_order::{func.name()}"
        if name in ("higher_order::flex_attention", "higher_order::flex_attention_backward"):
            out = func(*args, **kwargs)
            self._record(name, flex_attention((*args, *kwargs.values()), name.endswith("_backward")), ())
            return out
        if name == "higher_order::cond" and isinstance(args[0], (bool, torch.Tensor)) and not _is_fake(args[0]):
            # The branch that executes, as the operator itself would choose it; what it calls comes back here.
            with self:
                return args[1 if args[0] else 2](*args[3])
        out = func(*args, **kwargs)
        self._record(name, None, ())
        return out

    def _record(self, name: str, cost: Cost | None, tags: Any) -> None:
        if cost is None:
            (self.excluded if is_free(name, tags) else self.uncounted)[name] += 1
            return
        path = self._tracker.path()
        self.calls[name] += 1
        self.by_operator[name] += cost.full
        self.own[path[-1] if path else OUTSIDE] += cost.full
        for module in path:
            self.by_module[module] += cost.full
        if torch._C._current_graph_task_id() == -1:
            self.forward += cost.full
        else:
            self.backward += cost.full
        if cost.causal is not None:
            self.causal = True
            self.saved += cost.full - cost.causal

    def result(self) -> FlopCount:
        """Return what has been counted so far."""
        total = self.forward + self.backward
        modules = {name: self.by_module[name] for name in self._tracker.visited | dict.fromkeys(self.by_module)}
        return FlopCount(
            total=total,
            forward=self.forward,
            backward=self.backward,
            by_operator=dict(self.by_operator.most_common()),
            by_module=modules,
            by_module_own={name: self.own[name] for name in modules | {n: 0 for n in self.own}},
            calls=dict(self.calls),
            uncounted=dict(self.uncounted),
            excluded=dict(self.excluded),
            causal_total=total - self.saved if self.causal else None,
        )


def _cost(func: Any, name: str, args: Any, kwargs: Any, out: Any) -> Cost | None:
    """Return the cost by our formula, else by one that the user registered with torch, else ``None``."""
    formula = _ALL_FORMULAS.get(name) or _ALL_FORMULAS.get(name.removesuffix("_"))
    if formula is None:
        registered = _registered().get(func._overloadpacket)
        return None if registered is None else Cost(int(registered(*args, **kwargs, out_val=out)))
    bound = {a.name: a.default_value for a in func._schema.arguments if a.has_default_value()}
    bound.update(zip((a.name for a in func._schema.arguments), args, strict=False))
    bound.update(kwargs)
    try:
        return formula(bound, out)
    except (KeyError, IndexError, TypeError, RuntimeError, ValueError):
        # Shapes that a formula doesn't know (a nested tensor, another torch's schema): listed, not guessed.
        return None


def _registered() -> dict[Any, Any]:
    from torch.utils.flop_counter import flop_registry

    return flop_registry


def _is_fake(value: object) -> bool:
    from torch._subclasses.fake_tensor import FakeTensor

    return isinstance(value, FakeTensor)


def _any_nested(args: Any) -> bool:
    return any(isinstance(x, torch.Tensor) and x.is_nested for x in args)


def _eager() -> AbstractContextManager[Any]:
    """Run compiled functions uncompiled, where there are any: no counter sees into generated kernels."""
    compiled = "torch._dynamo" in sys.modules or "torch.nn.attention.flex_attention" in sys.modules
    if compiled and hasattr(torch.compiler, "set_stance"):
        stance: AbstractContextManager[Any] = torch.compiler.set_stance("force_eager")
        return stance
    return nullcontext()


@contextmanager
def counting() -> Iterator[_CountingMode]:
    """Count the operators that run inside the context in this thread and in the backward passes it starts.

    Nothing of it stays behind: no hook, no mode, no changed registry, also after an exception. Contexts may nest; each
    counts everything inside it.
    """
    tracker = ModuleTracker()
    with tracker.active(), _eager(), _CountingMode(tracker) as mode:
        yield mode
