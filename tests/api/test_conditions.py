"""Conditions of a pivot that cannot be met: one line that says what is wrong."""

from __future__ import annotations

import re
from typing import Any

import pytest

import bench


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("n>1", 'where: got "n>1"; expected a table of axis to what it must be'),
        ({"n": "64"}, 'where: n: got "64"; expected a number without quotes, one of 64, 128, 256'),
        ({"n": ["64"]}, "expected a number without quotes, one of 64, 128, 256"),
        ({"kernel": "sdp"}, "did you mean 'sdpa'?"),
    ],
)
def test_each_has_one_clear_line(run: bench.Run, where: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        run.pivot("n", "kernel", where=where)
    assert "\n" not in str(caught.value)
    assert message.endswith("?") or "did you mean" not in str(caught.value)
