"""A slowdown made of real work, with a clock of the test's own."""

from __future__ import annotations

import pytest

from bench.meters.filler import slowed


class Steady:
    """A device on which a call takes what the test says; whatever is not the call is the further work."""

    name = "cpu"

    def __init__(self, call: object, call_s: float, unit_s: float) -> None:
        self.call, self.call_s, self.unit_s = call, call_s, unit_s

    def elapsed(self, call: object, calls: int) -> float:
        return calls * (self.call_s if call is self.call else self.unit_s)


@pytest.mark.parametrize(
    ("share", "calls", "units", "reached"),
    [
        (0.03, 100, 3, 0.03),
        (0.05, 100, 5, 0.05),
        (0.03, 50, 2, 0.04),  # 1.5 pieces: a whole number of them is off by half a piece
        (0.001, 1, 1, 1.0),  # never less than one piece, and the share says so
    ],
)
def test_the_work_added_is_the_share_asked_for(share: float, calls: int, units: int, reached: float) -> None:
    done = []

    def call() -> None:
        done.append(1)

    batch = slowed(call, calls, Steady(call, 1e-3, 1e-3), share)  # type: ignore[arg-type]
    assert (batch.units, batch.share) == (units, pytest.approx(reached))
    batch()
    assert len(done) == calls


def test_the_further_work_multiplies_matrices() -> None:
    batch = slowed(int, 1, Steady(int, 1.0, 0.5), 1.0)  # type: ignore[arg-type]
    product = batch.unit()
    assert batch.units == 2
    assert float(product.sum()) == 32.0**3  # type: ignore[attr-defined]
