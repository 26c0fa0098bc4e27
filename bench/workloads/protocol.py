"""The tiny protocol between a workload and whatever measures it.

A *workload* is a plain function with annotated keyword parameters that returns a :class:`Task`::

    def attention(kernel: Literal["naive", "sdpa"], n: int, dtype: str = "float32", device: str = "cpu",
                  seed: int = 0) -> Task: ...

Calling the workload must be cheap (no tensor is allocated): it answers what the case costs by formula. Calling
``task.prepare()`` allocates the inputs and returns the thing that is measured. A parameter named ``device``
receives the device the run chose and one named ``seed`` the run's seed, unless the suite sets them itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


class Unsupported(Exception):
    """Raised by a workload, or by ``prepare``, for a combination this machine cannot run; its text is the reason."""


@dataclass(frozen=True)
class Outcome:
    """A number that a workload finds out by itself, such as an accuracy or a share of lost gradients.

    Attributes:
        values: One value for each independent draw of inputs within this process, in order. The value of the process is
            their mean. Infinite and NaN values are allowed and stay visible.
        unit: Unit of the values: ``1`` for shares and ratios, ``s``, ``B`` or a noun such as ``steps``.
        log: Whether averages and intervals are taken on logarithms (where all values are positive): for quantities that
            range over orders of magnitude.
    """

    values: tuple[float, ...]
    unit: str = "1"
    log: bool = False

    def __post_init__(self) -> None:
        """Refuse an outcome without a value: it has no mean."""
        if not self.values:
            raise ValueError("an outcome needs at least one value")


@dataclass(frozen=True)
class Prepared:
    """A workload with its inputs allocated.

    Attributes:
        call: What is timed: one call without arguments. Its return value is dropped inside the timed region.
        answer: Computes the named tensors to check (``output``, ``dq`` …), by the same code path as ``call``.
        reference: The same names in float64, from the same (already rounded) inputs.
        forward: The forward pass alone, for counters that trace a function of tensors (fvcore).
        inputs: The tensors ``forward`` takes.
        facts: What was found out while preparing, such as ``{"backend": "flash"}``; stored with the row.
        outcome: Computes the workload's own numbers by name, untimed and in processes of its own: it may train for
            minutes. With ``measure.seeds`` above 1 it is asked in that many fresh processes, whose ``seed`` parameters
            are the run's seed, the run's seed + 1, and so on.
    """

    call: Callable[[], object]
    answer: Callable[[], Mapping[str, Tensor]] | None = None
    reference: Callable[[], Mapping[str, Tensor]] | None = None
    forward: Callable[..., Any] | None = None
    inputs: tuple[Tensor, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    outcome: Callable[[], Mapping[str, Outcome]] | None = None


@dataclass(frozen=True)
class Task:
    """One case: what it costs by formula, and how to make it.

    Attributes:
        prepare: Allocates inputs and returns the :class:`Prepared` case.
        tolerance: Largest relative L2 error against the reference at which the answer counts as right; a worse one is
            never timed. ``None`` marks an approximation: its error is a metric, not a gate.
        flops: Floating-point operations of one ``call`` by the workload's own formula: 1 multiply-add = 2, matrix
            products only (no elementwise, softmax or normaliser work), everything the algorithm executes counted.
        flops_causal: The same with work above the diagonal left out, where the kernel can skip it; else ``None``.
        traffic_bytes: Least memory traffic of one ``call`` in bytes: each input read and each output written once.
        peak_bytes: Peak bytes of tensors that one ``call`` allocates above its inputs, by formula; an estimate
            unless ``peak_exact``.
        peak_exact: Whether ``peak_bytes`` is the exact hand-worked number.
        input_bytes: Bytes of the inputs ``prepare`` allocates.
        convention: Words for the formula's conventions, shown beside the number.
    """

    prepare: Callable[[], Prepared]
    tolerance: float | None = None
    flops: float | None = None
    flops_causal: float | None = None
    traffic_bytes: float | None = None
    peak_bytes: float | None = None
    peak_exact: bool = False
    input_bytes: float | None = None
    convention: str = ""
