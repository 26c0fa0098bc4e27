"""A pytest plug-in that collects suites: ``pytest suites/attention.toml`` times each case with pytest-benchmark.

It is loaded in every pytest session where this package is installed; so importing it imports nothing but pytest, and
until a suite is collected it does nothing. What this way of running gives up against ``bench run`` is in
docs/PYTEST.md.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.plugin.options import add_options, check_options, matches


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ``--suite-…`` options and the setting ``suite_files``."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse options that no suite could take, in a line."""
    check_options(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a TOML file that has a ``[suite]`` table, if it was named on the command line or in ``suite_files``."""
    if file_path.suffix != ".toml":
        return None
    if not parent.session.isinitpath(file_path) and not matches(parent.config, file_path):
        return None
    from bench.plugin.collect import SuiteFile, is_suite

    return SuiteFile.from_parent(parent, path=file_path) if is_suite(file_path) else None
