"""Crossover: where does one method overtake another, on this hardware, at this precision, and how sure are we?

Importing this package imports no torch; the names below load what they need on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.meters.flops import FlopCount as FlopCount
    from bench.meters.flops import count_flops as count_flops
    from bench.results.run import Run as Run
    from bench.results.run import open_run as open_run

__version__ = "0.1.0"

_LAZY = {
    "count_flops": "bench.meters.flops",
    "FlopCount": "bench.meters.flops",
    "open_run": "bench.results.run",
    "Run": "bench.results.run",
}

__all__ = ["FlopCount", "Run", "__version__", "count_flops", "open_run"]


def __getattr__(name: str) -> Any:
    """Import a public name from its room the first time it is used."""
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'bench' has no attribute {name!r}")
