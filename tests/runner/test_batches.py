"""How many calls make a sample."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bench.runner.batches import settle_calls
from bench.runner.timed import Timed


def case(per_call_s: float, calls: int | None = None) -> Timed:
    return Timed(cast(Any, None), per_call_s=per_call_s, calls=calls)


@pytest.mark.parametrize(
    ("others", "calls"),
    [
        ([], 1),
        ([(2.1e-3, 2)], 2),  # the same code, read a little faster in its first process
        ([(3.9e-3, 4)], 4),  # up to twice as long
        ([(4.1e-3, 4)], 1),
        ([(0.9e-3, 4)], 1),
        ([(1.9e-3, 2), (3.0e-3, 3)], 2),  # the closest in time
        ([(2.0e-3, None)], 1),  # not settled yet: it will follow this one
        ([(0.0, 7)], 1),  # too fast for the clock
    ],
)
def test_calls_are_those_of_the_closest_case(others: list[tuple[float, int | None]], calls: int) -> None:
    assert settle_calls(case(2e-3), 1, [case(*other) for other in others]) == calls
