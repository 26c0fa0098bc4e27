"""The work as a benchmark of pytest-benchmark; the environment says how many products."""

from __future__ import annotations

import os
from typing import Any

from work import make


def test_products(benchmark: Any) -> None:
    benchmark(make(int(os.environ["PEERS_PRODUCTS"])))
