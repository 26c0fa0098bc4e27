"""How many calls make a sample: found out once a case, and alike for cases that take about as long."""

from __future__ import annotations

from collections.abc import Iterable

from bench.runner.timed import Timed

#: Cases whose calls take up to this many times as long as each other's get samples of as many calls.
_ALIKE = 2.0


def settle_calls(one: Timed, calls: int, group: Iterable[Timed]) -> int:
    """The number of calls in every sample of a case.

    The first call of a sample is slower than the next, since another process ran before it: by 2 % of 2 ms, for an
    encoder layer. Samples of one call and of two then differ by half of that, for the same code. So cases whose calls
    take about as long share one number, that of the case closest in time.

    Args:
        one: The case; its ``per_call_s`` is known.
        calls: As many as its first process found to last long enough.
        group: All cases of its group; those whose ``calls`` are settled count. Settle the largest numbers first.
    """
    near = [
        (max(other.per_call_s, one.per_call_s) / min(other.per_call_s, one.per_call_s), other.calls)
        for other in group
        if other.calls is not None and other.per_call_s > 0 and one.per_call_s > 0
    ]
    apart, shared = min(near, default=(_ALIKE, calls))
    return shared if apart < _ALIKE else calls
