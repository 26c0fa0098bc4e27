"""What rounding does to a contrastive loss and to its gradients, against float64.

:func:`precision` is the workload. The other modules are its parts: the precisions and stages, the inputs, one pass in a
precision, the exact gradients by closed form, and the numbers that compare the two.
"""

from __future__ import annotations

from .workload import precision

__all__ = ["precision"]
