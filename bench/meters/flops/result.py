"""What a count is: the number, its parts, and what was left out of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

CONVENTION = (
    "1 multiply-add = 2 FLOPs; matrix products and convolutions only (no elementwise, softmax, norm or reduction "
    "work); causal attention counted in full; the backward pass as its operators execute it"
)
OUTSIDE = "(outside any module)"


class UncountedWarning(UserWarning):
    """Operators that may hold matrix products ran without a formula, so the total is a lower bound."""


@dataclass(frozen=True)
class FlopCount:
    """FLOPs of one call, and everything a reader needs to trust the number or not.

    Attributes:
        total: FLOPs of the call: ``forward + backward``.
        forward: FLOPs executed outside the autograd engine.
        backward: FLOPs executed by the autograd engine, recomputed activations among them.
        by_operator: FLOPs of each counted operator, such as ``{"aten::addmm": 4096}``.
        by_module: FLOPs executed inside each module *and its submodules*, by qualified name from the root's class name
            (``"BertModel.encoder.layer.0"``). Empty for plain functions that call no module.
        by_module_own: The same without submodules: with the ``(outside any module)`` entry these add up to ``total``.
        calls: How often each counted operator ran.
        uncounted: ``{operator: calls}`` that ran without a formula and may hold matrix products. Not empty means that
            ``total`` is a lower bound.
        excluded: ``{operator: calls}`` that ran and count as 0 by the convention.
        causal_total: ``total`` with the query-key pairs left out that causal operators (or a FlexAttention block mask)
            may skip; ``None`` when no operator said it was causal. A mask given as a tensor counts in full.
        convention: The convention in words.
        source: ``"dispatch"`` or ``"fvcore"``.
    """

    total: int
    forward: int
    backward: int = 0
    by_operator: Mapping[str, int] = field(default_factory=dict)
    by_module: Mapping[str, int] = field(default_factory=dict)
    by_module_own: Mapping[str, int] = field(default_factory=dict)
    calls: Mapping[str, int] = field(default_factory=dict)
    uncounted: Mapping[str, int] = field(default_factory=dict)
    excluded: Mapping[str, int] = field(default_factory=dict)
    causal_total: int | None = None
    convention: str = CONVENTION
    source: str = "dispatch"

    @property
    def complete(self) -> bool:
        """Whether every operator that may hold matrix products had a formula."""
        return not self.uncounted

    def table(self, depth: int | None = None) -> str:
        """Return the count as text: total, operators, modules, and what was not counted.

        Args:
            depth: Deepest level of modules shown (the root is level 1); ``None`` shows all. Modules without FLOPs are
                left out.
        """
        lines = [f"{self.total:,} FLOPs (forward {self.forward:,}, backward {self.backward:,})"]
        if self.causal_total is not None:
            lines.append(f"{self.causal_total:,} FLOPs without the pairs that a causal kernel may skip")
        if self.uncounted:
            lines.append("LOWER BOUND, no formula for: " + _calls(self.uncounted))
        lines += _section("operator", self.by_operator.items(), self.total)
        modules = [(n, f) for n, f in self.by_module.items() if f and (depth is None or n.count(".") < depth)]
        outside = self.by_module_own.get(OUTSIDE, 0)
        if modules:
            lines += _section("module", [*modules, *([(OUTSIDE, outside)] if outside else [])], self.total)
        lines.append("")
        if self.excluded:
            lines.append("counted as 0: " + _calls(self.excluded))
        lines.append(f"convention: {self.convention}")
        return "\n".join(lines)


def _calls(operators: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({calls})" for name, calls in sorted(operators.items()))


def _section(title: str, rows: Iterable[tuple[str, int]], total: int) -> list[str]:
    rows = list(rows)
    if not rows:
        return []
    name_width = max(len(title), *(len(name) for name, _ in rows))
    flops_width = max(len("FLOPs"), *(len(f"{flops:,}") for _, flops in rows))
    lines = ["", f"{title:<{name_width}}  {'FLOPs':>{flops_width}}   share"]
    lines += [f"{n:<{name_width}}  {f:>{flops_width},}  {f / total if total else 0:6.1%}" for n, f in rows]
    return lines
