"""A slowdown made of real work, with a clock of the test's own."""

from __future__ import annotations

import pytest

from bench.meters.filler import Batch, slowed


class Steady:
    """A device on which a call and a piece of work take what the test says; pieces after calls may take longer."""

    name = "cpu"

    def __init__(self, call: object, call_s: float, unit_s: float, after: float = 1.0) -> None:
        self.call, self.call_s, self.unit_s, self.after = call, call_s, unit_s, after

    def elapsed(self, call: object, calls: int) -> float:
        if isinstance(call, Batch):
            return call.calls * self.call_s + call.units * self.unit_s * self.after
        return calls * (self.call_s if call is self.call else self.unit_s)


@pytest.mark.parametrize(
    ("share", "calls", "after", "units"),
    [
        (0.03, 100, 1.0, 3),
        (0.05, 100, 1.0, 5),
        (0.032, 50, 1.0, 2),  # 1.6 pieces: a whole number of them is off by half a piece at most
        (0.001, 1, 1.0, 1),  # never less than one piece
        (0.30, 100, 3.0, 10),  # pieces take three times as long after the calls: a third of them will do
    ],
)
def test_the_work_added_is_the_share_asked_for(share: float, calls: int, after: float, units: int) -> None:
    done = []

    def call() -> None:
        done.append(1)

    batch = slowed(call, calls, Steady(call, 1e-3, 1e-3, after), share)  # type: ignore[arg-type]
    assert batch.units == units
    batch()
    assert len(done) == calls


def test_the_further_work_multiplies_matrices() -> None:
    batch = slowed(int, 1, Steady(int, 1.0, 0.5), 1.0)  # type: ignore[arg-type]
    product = batch.unit()
    assert batch.units == 2
    assert float(product.sum()) == 32.0**3  # type: ignore[attr-defined]


def test_a_number_of_pieces_found_out_before_is_kept() -> None:
    class Silent(Steady):
        def elapsed(self, call: object, calls: int) -> float:
            assert call is not self.call and not isinstance(call, Batch), "timed again"
            return 1.0

    assert slowed(int, 5, Silent(int, 1.0, 1.0), 0.03, units=7).units == 7  # type: ignore[arg-type]
