"""Running on shapes alone: torch's fake tensors, with everything a module holds put back afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn
from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException, FakeTensorMode


@contextmanager
def fake_run(module: nn.Module | None) -> Iterator[None]:
    """Run operators on fake tensors inside the context; real inputs and parameters are read for their shapes only.

    Args:
        module: What runs. Parameters, buffers and attributes that its code replaces meanwhile are put back.

    Raises:
        RuntimeError: If the code asks for a value (``.item()``, a data-dependent branch or shape).
    """
    modules = list(module.modules()) if module is not None else []
    held = [(m, dict(m.__dict__), dict(m._parameters), dict(m._buffers)) for m in modules]
    for owner in modules:
        # Fake tensors of one element carry their real one along, and would count batches in it.
        single = {name: b.clone() for name, b in owner._buffers.items() if b is not None and b.numel() == 1}
        owner._buffers.update(single)
    try:
        with FakeTensorMode(allow_non_fake_inputs=True):
            yield
    except (DataDependentOutputException, DynamicOutputShapeException) as error:
        raise RuntimeError(f"cannot be counted on fake tensors, it needs values: {error}; use fake=False") from error
    finally:
        for owner, attributes, parameters, buffers in held:
            owner.__dict__.clear()
            owner.__dict__.update(attributes)
            owner._parameters.clear()
            owner._parameters.update(parameters)
            owner._buffers.clear()
            owner._buffers.update(buffers)
