"""Runs of a case against itself, made of numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.analysis.aa_pairs import Pairs
from bench.suite.copies import COPIES

Numbers = npt.NDArray[np.float64]


def pairs_from(differences: object, spent: float = 0.1, within: float = 0.01, servers: int = 0) -> Pairs:
    """Pairs with given differences; every process spends and costs the same. Without ``servers`` each has its own."""
    second = np.asarray(differences, dtype=float)
    logs = np.column_stack([np.zeros(len(second)), second])
    seconds = np.full(logs.shape, spent)
    return pairs_of_logs(logs, seconds, within, servers)


def pairs_of_logs(logs: Numbers, spent_s: Numbers | None = None, within: float = 0.01, servers: int = 0) -> Pairs:
    """Pairs of given values, from so many pairs of servers in turn; without a number each from its own."""
    spent_s = np.ones(logs.shape) if spent_s is None else spent_s
    numbers = np.arange(len(logs))
    return Pairs("case", logs, spent_s, spent_s, numbers % servers if servers else numbers, within)


def frames(
    cases: int,
    count: int,
    noise: Callable[[np.random.Generator, int], Numbers],
    *,
    drift: float = 0.0,
    inject: float = 0.0,
    cost: float = 0.1,
    seed: int = 0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Replicates and samples of several cases, ``noise`` of each process and a common random walk."""
    random = np.random.default_rng(seed)
    replicates, samples = [], []
    for case in range(cases):
        walk = np.cumsum(random.normal(0, drift, count)) if drift else np.zeros(count)
        for place, copy in enumerate(COPIES):
            logs = walk + noise(random, count) + place * np.log1p(inject)
            name = f"s/k={case}/copy={copy}"
            for number, value in enumerate(1e-3 * np.exp(logs)):
                replicates.append(
                    {"case": name, "group": f"s/k={case}", "subject": copy, "k": case, "copy": copy}
                    | {"replicate": number, "value": value, "cost_s": cost}
                )
                for sample, wobble in enumerate(random.normal(0, 0.01, 3)):
                    seconds = value * np.exp(wobble)
                    samples.append({"case": name, "replicate": number, "sample": sample, "seconds": seconds})
    return pd.DataFrame(replicates), pd.DataFrame(samples)


def normal(sd: float) -> Callable[[np.random.Generator, int], Numbers]:
    """Normal noise of each process."""
    return lambda random, count: random.normal(0, sd, count)
