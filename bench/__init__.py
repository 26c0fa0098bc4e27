"""Crossover: where does one method overtake another, on this hardware, at this precision, and how sure are we?

Importing this package imports neither torch nor pandas; the names below load what they need on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.api.opened import Run as Run
    from bench.api.opened import open_run as open_run
    from bench.api.several import Runs as Runs
    from bench.api.several import open_runs as open_runs
    from bench.meters.flops import FlopCount as FlopCount
    from bench.meters.flops import count_flops as count_flops

__version__ = "0.1.0"

_LAZY = {
    "FlopCount": "bench.meters.flops",
    "Run": "bench.api.opened",
    "Runs": "bench.api.several",
    "count_flops": "bench.meters.flops",
    "open_run": "bench.api.opened",
    "open_runs": "bench.api.several",
}

__all__ = ["FlopCount", "Run", "Runs", "__version__", "count_flops", "open_run", "open_runs"]


def __getattr__(name: str) -> Any:
    """Import a public name from its room the first time it is used."""
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'bench' has no attribute {name!r}")


def __dir__() -> list[str]:
    """All public names, so that a notebook completes those that were not used yet."""
    return sorted({*globals(), *__all__})
