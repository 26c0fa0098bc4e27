"""The example of docs/FLOPS.md prints what the document says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "FLOPS.md"


def without_free(table: str) -> list[str]:
    """The lines but the list of free operators: how many views and copies run differs between versions of torch."""
    return [line for line in table.splitlines() if not line.startswith("counted as 0: ")]


def test_the_example_prints_its_output() -> None:
    found = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    code, printed = found.groups()
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(code, {})
    assert without_free(output.getvalue()) == without_free(printed)
