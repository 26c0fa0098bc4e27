"""Counting a module, a function or a call."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

from bench.meters.flops.dispatch import counting
from bench.meters.flops.fake import fake_run
from bench.meters.flops.outputs import graph_leaves, tensors_in
from bench.meters.flops.result import FlopCount, UncountedWarning


def count_flops(
    function: Callable[..., Any], /, *inputs: Any, backward: bool = False, fake: bool = False, **kwargs: Any
) -> FlopCount:
    """Count the FLOPs of ``function(*inputs, **kwargs)`` by running it once under torch's dispatcher.

    1 multiply-add = 2 FLOPs, matrix products and convolutions only, causal attention in full (``causal_total`` leaves
    out what may be skipped). The operators that really run are counted: the ambient grad mode decides, as it does for
    the call itself, so a ``nn.TransformerEncoderLayer`` in eval mode under ``torch.no_grad()`` is counted on its fused
    path.

    Args:
        function: A module or any function of tensors; what it returns may be nested in tuples, dicts and dataclasses.
        *inputs: Its positional arguments.
        backward: Also count the backward pass from the sum of all floating-point outputs that need a gradient. Gradient
            mode is switched on for it. No ``.grad`` is changed. A product for the gradient of an input runs, and
            counts, only if that input requires one.
        fake: Run on fake tensors: the same operators on shapes alone, without compute or memory, so that a case that
            doesn't fit can be counted. Inputs may be real or fake. Neither parameters nor buffers change.
        **kwargs: Its keyword arguments.

    Returns:
        The count. ``uncounted`` lists operators without a formula; a warning says so too.

    Raises:
        ValueError: If ``backward`` is asked for and no output requires a gradient.
        RuntimeError: If ``fake`` is asked for and the function looks at the values of its tensors.
    """
    module = function if isinstance(function, nn.Module) else None
    parameters = list(module.parameters()) if module is not None else []
    with fake_run(module) if fake else nullcontext():
        if not backward:
            with counting() as mode:
                function(*inputs, **kwargs)
        else:
            # Leaves of their own: backward stops here, and neither history nor .grad of the inputs is touched.
            inputs, kwargs = tree_map_only(Tensor, _as_leaf, (inputs, kwargs))
            grad_mode = torch.inference_mode(False), torch.enable_grad()
            with _kept_gradients(parameters) as keep, grad_mode[0], grad_mode[1], counting() as mode:
                outputs = [t for t in tensors_in(function(*inputs, **kwargs)) if t.requires_grad]
                if not outputs:
                    raise ValueError("backward=True, but no output of the function requires a gradient")
                keep(graph_leaves(outputs))
                torch.autograd.backward(outputs, [torch.ones_like(t) for t in outputs])
    return _checked(mode.result())


def count_call(call: Callable[[], object]) -> FlopCount:
    """Count the FLOPs of one call without arguments, which may do a backward pass inside.

    The call runs once, for real, with all its effects: gradients are accumulated, random numbers drawn. What the
    autograd engine runs is in ``backward``, the rest in ``forward``.
    """
    with counting() as mode:
        call()
    return _checked(mode.result())


def _as_leaf(tensor: Tensor) -> Tensor:
    return tensor.detach().requires_grad_() if tensor.requires_grad else tensor


@contextmanager
def _kept_gradients(tensors: Sequence[Tensor]) -> Iterator[Callable[[Sequence[Tensor]], None]]:
    """Set gradients aside and put the same objects back afterwards; the value given adds more tensors to keep."""
    kept: dict[int, tuple[Tensor, Tensor | None]] = {}

    def keep(more: Sequence[Tensor]) -> None:
        for tensor in more:
            if id(tensor) not in kept:
                kept[id(tensor)] = (tensor, tensor.grad)
                tensor.grad = None

    try:
        keep(tensors)
        yield keep
    finally:
        for tensor, gradient in kept.values():
            tensor.grad = gradient


def _checked(count: FlopCount) -> FlopCount:
    if count.uncounted:
        warnings.warn(
            f"no FLOP formula for {', '.join(sorted(count.uncounted))}: the total is a lower bound; register one with "
            "torch.utils.flop_counter.register_flop_formula",
            UncountedWarning,
            stacklevel=3,
        )
    return count
