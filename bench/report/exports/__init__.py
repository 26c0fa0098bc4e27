"""A run in the formats of other tools: each module turns a stored run into the text of one file.

Importing this package loads none of them, so that a command can name the formats in its help.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.results.run import Run

#: Format to the module that writes it.
FORMATS = {
    "pytest-benchmark": "pytest_benchmark",
    "bencher": "bencher",
    "github-action-benchmark": "github_action",
    "openmetrics": "openmetrics",
}


@dataclass(frozen=True)
class Export:
    """A run in another tool's format.

    Attributes:
        text: The whole file, with a newline at its end.
        exported: Measurements in it.
        left_out: Measurements that are not in it, by reason: a status, a value that is not finite, or no place for the
            metric in the format.
    """

    text: str
    exported: int
    left_out: Mapping[str, int]


def export(run: Run, form: str) -> Export:
    """Write a run in one of :data:`FORMATS`. Raises ``KeyError`` for any other name."""
    module = import_module(f"{__name__}.{FORMATS[form]}")
    chosen = module.chosen(run)
    return Export(module.text(run), len(chosen.rows), chosen.left_out)
