"""Counting FLOPs, right where ten public counters are not: fused attention, the fused encoder layer, backward passes.

Three ways: :func:`count_flops` for a module or function with its inputs, :func:`count_call` for a prepared call, both
by torch's dispatcher; :func:`trace_flops` by fvcore's jit trace, an independent second source. ``docs/FLOPS.md`` tells
the conventions. Importing this package imports torch, but neither fvcore nor torch's compiler.
"""

from __future__ import annotations

from bench.meters.flops.count import count_call, count_flops
from bench.meters.flops.result import CONVENTION, OUTSIDE, FlopCount, UncountedWarning
from bench.meters.flops.trace import trace_flops

__all__ = ["CONVENTION", "OUTSIDE", "FlopCount", "UncountedWarning", "count_call", "count_flops", "trace_flops"]
