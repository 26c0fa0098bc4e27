"""Which operators a computation ran, and in which precision: what autocast did, rather than what it is said to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class _Record(TorchDispatchMode):  # type: ignore[misc, no-untyped-call, unused-ignore]
    """Notes each operator with the dtype of its floating-point result; views are left out."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call, unused-ignore]
        self.seen: dict[str, None] = {}

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # True makes torch import its compiler, a second in every process, to hide the method below from it.
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        returns = func._schema.returns
        view = bool(returns) and returns[0].alias_info is not None and not returns[0].alias_info.is_write
        first = result[0] if isinstance(result, (tuple, list)) and result else result
        if not view and isinstance(first, torch.Tensor) and first.is_floating_point():
            name = func._schema.name.removeprefix("aten::")
            self.seen[f"{name} {str(first.dtype).removeprefix('torch.')}"] = None
        return result


def recorded_operators(call: Callable[[], object]) -> str:
    """Operators that ``call`` ran, each with the dtype of its result: ``"mm bfloat16, _log_softmax float32"``.

    In the order of their first use, each pair once. Autocast's casts show as ``_to_copy``.
    """
    record = _Record()
    with record, torch.no_grad():
        call()
    return ", ".join(record.seen)
