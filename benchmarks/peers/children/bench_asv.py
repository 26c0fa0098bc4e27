"""One side by asv_runner, as asv runs it: ``bench_asv.py PRODUCTS ROUNDS REPEATS SAMPLE_S``.

asv imports the benchmarks once in a fork server and runs each round in a fork of it; so does this. Prints the samples
of all rounds, in seconds per call, and the last round's calls per sample as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from asv_runner.benchmarks.time import TimeBenchmark
from work import make


class Suite:
    """What asv would find in a benchmark file."""

    def time_products(self) -> None:
        """Replaced by the work once forked."""


def round_of(products: int, repeats: int, sample_s: float) -> dict[str, Any]:
    """One round: warm-up, choice of the number of calls, samples."""
    suite = Suite()
    suite.time_products = make(products)  # type: ignore[method-assign]
    # Attributes by which a benchmark file sets what asv shall do; none of asv's own limits may cut the samples short.
    suite.repeat, suite.sample_time = (1, repeats, 600.0), sample_s  # type: ignore[attr-defined]
    benchmark = TimeBenchmark("time_products", suite.time_products, [suite])
    found: dict[str, Any] = benchmark.run()
    return found


def forked(products: int, repeats: int, sample_s: float) -> dict[str, Any]:
    """A round in a process of its own, and what it sends back."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        with os.fdopen(writing, "w") as file:
            json.dump(round_of(products, repeats, sample_s), file)
            file.flush()
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        text = file.read()
    _, status = os.wait()
    if status != 0 or not text:
        raise SystemExit(f"a round of asv_runner ended with status {status}")
    answer: dict[str, Any] = json.loads(text)
    return answer


if __name__ == "__main__":
    rounds = [forked(int(sys.argv[1]), int(sys.argv[3]), float(sys.argv[4])) for _ in range(int(sys.argv[2]))]
    samples = [sample for one in rounds for sample in one["samples"]]
    print(json.dumps({"samples": samples, "number": rounds[-1]["number"]}))
