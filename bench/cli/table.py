"""A table as plain text, which survives pipes, logs and screen readers."""

from __future__ import annotations

from collections.abc import Sequence


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Lay out a table with two spaces between columns.

    Args:
        head: Column titles.
        rows: Cells as text, one per title.
        right: Numbers of the columns that are aligned on their right end.

    Returns:
        Lines without trailing blanks, the titles first.
    """
    table = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(head))]
    lines = []
    for line in table:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
