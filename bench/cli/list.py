"""List the suites that ship with this installation, with their presets.

Anyone's own suite runs by its path: bench run path/to/mine.toml
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from bench.cli.codes import OK
from bench.cli.table import text_table


def configure(parser: ArgumentParser) -> None:
    """Add this command's options: none."""


def main(arguments: Namespace) -> int:
    """Print name, presets and title of each suite."""
    from bench.suite import list_suites

    rows = [(info.name, ", ".join(info.presets) or "–", info.title) for info in list_suites()]
    print(text_table(("suite", "presets", "title"), rows))
    return OK
