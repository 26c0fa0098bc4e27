"""One stored run for all tests of a module."""

from __future__ import annotations

import pytest

import bench
from tests.api.stored import make_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> bench.Run:
    return bench.open_run(make_run(tmp_path_factory.mktemp("runs")))
