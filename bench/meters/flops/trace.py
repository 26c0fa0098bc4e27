"""A second source: fvcore's jit trace with handles for what it lacks, in the same convention."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from torch import Tensor, nn

from bench.meters.flops.handles import HANDLES
from bench.meters.flops.operators import is_free
from bench.meters.flops.outputs import tensors_in
from bench.meters.flops.result import CONVENTION, OUTSIDE, FlopCount


class _Traced(nn.Module):
    """Wraps any function, as fvcore takes modules and torch's tracer takes tuples of tensors as output."""

    def __init__(self, forward: Callable[..., Any]) -> None:
        super().__init__()
        self.traced = forward

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the tensors in what the function returns."""
        return tuple(tensors_in(self.traced(*inputs)))


def trace_flops(forward: Callable[..., Any], inputs: Sequence[Tensor]) -> FlopCount:
    """Count the FLOPs of ``forward(*inputs)`` by fvcore: it runs once under ``torch.jit``'s tracer, forward only.

    fvcore counts a multiply-add once and adds elementwise work of norms and resizing; here every operator is counted by
    our own handle, a multiply-add is 2 FLOPs, and norms and resizing are left out, so that the number is comparable
    with :func:`~bench.meters.flops.count_flops`. What a traced graph cannot see inside is in ``uncounted``: any
    ``torch.autograd.Function``, scripted functions, custom operators.

    Args:
        forward: A module or a function of tensors.
        inputs: Its arguments, all tensors.

    Raises:
        ModuleNotFoundError: If fvcore is not installed.
        RuntimeError: From the tracer, if it cannot follow the function: a compiled one, FlexAttention.
    """
    traced = _Traced(forward)
    with _own_hooks_only(traced), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        flops = _fvcore().FlopCountAnalysis(traced, tuple(inputs)).clear_op_handles().set_op_handle(**HANDLES)
        flops.unsupported_ops_warnings(False).uncalled_modules_warnings(False).tracer_warnings("none")
        total = int(flops.total())
        operators = {f"aten::{name}": int(count) for name, count in flops.by_operator().most_common() if count}
        modules = _named(forward, {name: int(count) for name, count in flops.by_module().items()})
        unsupported: Counter[str] = flops.unsupported_ops()
    uncounted = {name: calls for name, calls in unsupported.items() if not _is_free(name)}
    return FlopCount(
        total=total,
        forward=total,
        by_operator=operators,
        by_module=modules,
        by_module_own=_own(modules, total),
        uncounted=uncounted,
        excluded={name: calls for name, calls in unsupported.items() if name not in uncounted},
        convention=CONVENTION,
        source="fvcore",
    )


def _fvcore() -> Any:
    try:
        return import_module("fvcore.nn")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("trace_flops needs fvcore: pip install fvcore", name=error.name) from error


def _is_free(name: str) -> bool:
    # prim::PythonOp and prim::CallFunction hide a function of their own.
    return not name.startswith("prim::") and is_free(name)


def _named(forward: Callable[..., Any], modules: dict[str, int]) -> dict[str, int]:
    """Name modules as the dispatch counter does, from the root's class name."""
    if not isinstance(forward, nn.Module):
        return {}
    root = type(forward).__name__
    return {root + name.removeprefix("traced"): count for name, count in modules.items() if name}


def _own(modules: dict[str, int], total: int) -> dict[str, int]:
    own = dict(modules)
    for name, count in modules.items():
        parent = name.rpartition(".")[0]
        while parent and parent not in modules:
            parent = parent.rpartition(".")[0]
        if parent:
            own[parent] -= count
    outside = total - sum(own.values())
    return own | ({OUTSIDE: outside} if outside else {})


@contextmanager
def _own_hooks_only(root: nn.Module) -> Iterator[None]:
    """fvcore leaves its hooks on the modules when the traced function raises; put back what was there."""
    names = ("_forward_hooks", "_forward_pre_hooks")
    held = [(getattr(m, name), dict(getattr(m, name))) for m in root.modules() for name in names]
    try:
        yield
    finally:
        for hooks, before in held:
            hooks.clear()
            hooks.update(before)
