"""How well feature maps stand in for ``exp(q·k)``: random features (Performer), Taylor series and exponential limit.

:func:`approximation` is the workload. The other modules are its parts: the kernels by name, the inputs, what theory
says of the error, and the numbers that compare a kernel with the exact one.
"""

from __future__ import annotations

from .kernels import KERNELS, FeatureKernel
from .workload import approximation

__all__ = ["KERNELS", "FeatureKernel", "approximation"]
