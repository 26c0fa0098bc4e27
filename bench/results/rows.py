"""The row: one metric of one case, with its interval, status and everything that qualifies it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

#: Every status a row can have. All but ``ok`` carry a reason and a null value.
STATUSES = (
    "ok",
    "skipped",
    "unsupported",
    "wrong_result",
    "oom_host",
    "oom_device",
    "timeout",
    "crashed",
    "error",
)

#: Statuses that mean something went wrong, as against something that was left out knowingly.
FAILURES = ("wrong_result", "oom_host", "oom_device", "timeout", "crashed", "error")

#: The metric that stands for its family in a row that has no value.
FAMILY_METRIC = {
    "time": "time",
    "memory": "peak_tensor_bytes",
    "flops": "flops_formula",
    "error": "error_output_rel_l2",
    "outcome": "outcome",
}

#: Unit of each family's values.
FAMILY_UNIT = {"time": "s", "memory": "B", "flops": "FLOP", "error": "1", "outcome": "1"}


@dataclass(frozen=True)
class Row:
    """One measurement row of ``measurements.jsonl``.

    ``low`` and ``high`` bound ``value`` at confidence ``level``; they equal ``value`` for a deterministic metric and
    are ``None`` where no interval can be given. ``extra`` holds what belongs to one metric only (conventions, counts).
    """

    case: str
    group: str
    subject: str
    axes: dict[str, Any]
    metric: str
    unit: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    status: str = "ok"
    reason: str | None = None
    replicates: int | None = None
    samples: int | None = None
    noisy: bool = False
    notes: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a row that would mislead: an unknown status, or a value beside a failure."""
        if self.status not in STATUSES:
            raise ValueError(f"unknown status {self.status!r}, expected one of {', '.join(STATUSES)}")
        if self.status != "ok" and self.value is not None:
            raise ValueError(f"a row with status {self.status!r} has no value, got {self.value!r}")

    def to_json(self) -> dict[str, Any]:
        """The row as stored: JSON knows no NaN or infinity, so those become text beside a null."""
        data = {"kind": "measurement", **asdict(self)}
        data["notes"] = list(self.notes)
        for key in ("value", "low", "high"):
            number = data[key]
            if number is not None and not math.isfinite(number):
                data["extra"] = {**data["extra"], f"{key}_text": str(number)}
                data[key] = None
        return data
