"""``--fail-on``: conditions under which a comparison counts as failed, such as ``slower>5%``.

Standard library only: options are read before anything heavy is loaded.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.analysis.compare import Comparison

#: What a condition may name, and what it means.
CONDITIONS = {
    "slower": "a time is slower",
    "more": "bytes, FLOPs or an error are more",
    "unclear": "a row is unclear",
    "failed": "a case fails that did not",
    "removed": "a case is gone",
    "refused": "cases were not compared, since they are not the same",
}
#: Those that take a least change.
_SIZED = ("slower", "more")
_FORM = re.compile(r"\s*([^\s<>=]*)\s*(?:>\s*(\S.*?)\s*)?")


@dataclass(frozen=True)
class Condition:
    """One ``--fail-on``.

    Attributes:
        text: As given.
        name: One of :data:`CONDITIONS`.
        above: Least relative change that counts, 0.05 for 5 %; only of ``slower`` and ``more``.
    """

    text: str
    name: str
    above: float = 0.0

    def met(self, comparison: Comparison) -> list[str]:
        """What meets the condition, the worst first: ids of cases, with the change where there is one."""
        rows = comparison.rows
        if self.name in _SIZED:
            timed = rows["metric"] == "time"
            chosen = rows[(rows["verdict"] == "slower") & (timed if self.name == "slower" else ~timed)]
            chosen = chosen[chosen["ratio"] > 1 + self.above].sort_values("ratio", ascending=False, kind="stable")
            found = zip(chosen["case"].tolist(), chosen["metric"].tolist(), chosen["ratio"].tolist(), strict=True)
            return [f"{case}: {metric} {100 * (ratio - 1):+.3g} %" for case, metric, ratio in found]
        if self.name == "unclear":
            chosen = rows[rows["verdict"] == "unclear"]
            pairs = zip(chosen["case"].tolist(), chosen["metric"].tolist(), strict=True)
            return [f"{case}: {metric}" for case, metric in pairs]
        if self.name == "refused":
            return [str(case) or "every case" for case in comparison.refused["case"].tolist()]
        changes = comparison.changes
        return [str(case) for case in changes[changes["change"] == self.name]["case"].tolist()]


def condition(text: str) -> Condition:
    """Read a condition.

    Raises:
        ValueError: Saying what was given and what is expected.
    """
    form = _FORM.fullmatch(text)
    name = form[1] if form else text
    if form is None or name not in CONDITIONS:
        close = difflib.get_close_matches(name, CONDITIONS, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        known = ", ".join(f"{one}>5%" if one in _SIZED else one for one in CONDITIONS)
        raise ValueError(f"got {text!r}, expected one of {known}{hint}")
    if form[2] is None:
        return Condition(text, name)
    if name not in _SIZED:
        raise ValueError(f"got {text!r}, expected {name!r} alone; only {' and '.join(_SIZED)} take a size")
    try:
        return Condition(text, name, share(form[2]))
    except ValueError:
        raise ValueError(f"got {text!r}, expected a percentage after '>', such as {name}>5%") from None


def share(text: str) -> float:
    """Read a share: ``5%`` and ``0.05`` are the same; at least 0, and a number without ``%`` below 1.

    Raises:
        ValueError: For anything else; ``5`` could mean either.
    """
    number = text.strip()
    percent = number.endswith("%")
    try:
        value = float(number.removesuffix("%").strip()) / (100 if percent else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value < (float("inf") if percent else 1):
        raise ValueError(f"got {text!r}, expected a percentage such as 5%, or a share such as 0.05")
    return value
