"""``--fail-on``: what is read, and when it holds."""

from __future__ import annotations

import pytest

from bench.report.compare_gate import Condition, condition, share
from tests.report import comparisons


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("slower>5%", ("slower", 0.05)),
        (" slower > 5 % ", ("slower", 0.05)),
        ("slower>0.05", ("slower", 0.05)),
        ("slower", ("slower", 0.0)),
        ("more>10%", ("more", 0.1)),
        ("more>150%", ("more", 1.5)),
        ("unclear", ("unclear", 0.0)),
        ("failed", ("failed", 0.0)),
        ("removed", ("removed", 0.0)),
        ("refused", ("refused", 0.0)),
    ],
)
def test_conditions_are_read(text: str, read: tuple[str, float]) -> None:
    found = condition(text)
    assert (found.name, found.above) == (read[0], pytest.approx(read[1]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("slowr>5%", "did you mean 'slower'"),
        ("", "expected one of slower>5%, more>5%, unclear, failed, removed, refused"),
        ("slower<5%", "expected one of"),
        ("slower>=5%", "expected a percentage after '>', such as slower>5%"),
        ("slower>", "expected one of"),
        ("slower>five", "expected a percentage after"),
        ("slower>5", "expected a percentage after"),
        ("slower>-5%", "expected a percentage after"),
        ("slower>nan%", "expected a percentage after"),
        ("failed>5%", "expected 'failed' alone"),
        ("faster", "expected one of"),
    ],
)
def test_what_is_no_condition_says_so(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="got ") as caught:
        condition(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"), [("2%", 0.02), ("0.02", 0.02), ("0%", 0.0), ("150 %", 1.5), ("1e-3", 0.001)]
)
def test_shares_are_read(text: str, value: float) -> None:
    assert share(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["2", "1", "-1%", "", "%", "inf", "inf%", "nan", "two%", "2%%"])
def test_what_is_no_share_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a percentage such as 5%, or a share such as 0\.05"):
        share(text)


def met(text: str) -> list[str]:
    return condition(text).met(comparisons.mixed().comparison)


def test_slower_looks_at_verdict_and_size_of_times() -> None:
    """Slower are 1.123 and 1.0512; the unclear 1.03 is never one of them."""
    assert [line.partition(": time ")[2] for line in met("slower")] == ["+12.3 %", "+5.12 %"]
    assert [line.partition(": time ")[2] for line in met("slower>5.2%")] == ["+12.3 %"]
    assert met("slower>13%") == []


def test_more_looks_at_all_but_times() -> None:
    assert met("more>99%") == ["attention/kernel=linear/n=1024/dtype=float32: peak_tensor_bytes +100 %"]
    assert met("more>100%") == []


def test_the_other_conditions() -> None:
    assert len(met("unclear")) == 2
    assert met("failed") == ["attention/kernel=naive/n=8192"]
    assert met("removed") == ["attention/kernel=old/n=64"]
    assert met("refused") == ["every case"]


def test_nothing_compared_meets_no_condition_of_rows() -> None:
    told = comparisons.empty().comparison
    assert [Condition(name, name).met(told) for name in ("slower", "more", "unclear")] == [[], [], []]
