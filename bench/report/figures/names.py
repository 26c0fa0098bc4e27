"""Short forms of names that stand in one figure: names that differ stay different. No matplotlib here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count, takewhile


def short_forms(texts: Iterable[str], most: int = 26) -> dict[str, str]:
    """Each text on one line, cut in the middle to ``most`` characters where it is longer.

    Names of cases end in what tells them from others as often as they begin with it. Two that would read the same are
    cut on both sides of where they differ instead, and get a number where even that does not tell them apart.

    Args:
        texts: All names of a figure.
        most: The most characters of a short form, 8 at least.
    """
    lines = {text: " ".join(text.split()) for text in texts}
    short = {line: _cut(line, most) for line in lines.values()}
    for twins in _twins(short):
        short |= _around(twins, most)
    for twins in _twins(short):
        for twin in twins[1:]:
            taken = set(short.values())
            ends = (f" ({number})" for number in count(2))
            short[twin] = next(form for end in ends if (form := _cut(twin, most - len(end)) + end) not in taken)
    return {text: short[line] for text, line in lines.items()}


def _cut(line: str, most: int) -> str:
    """The beginning and the end of a line around an ellipsis; the end is of whole words, where they are not too long.

    Of ``bfloat16`` the last letters would read as another word.
    """
    if len(line) <= most:
        return line
    start = len(line) - (most - 1) // 2
    begins = [place + 1 for place, letter in enumerate(line) if letter == " "]
    # The nearest word before, if what it leaves for the beginning is a third at least; else the next one.
    before = [begin for begin in begins if len(line) - 2 * most // 3 <= begin <= start]
    start = max(before, default=min((begin for begin in begins if begin >= start), default=start))
    return f"{line[: most - 1 - (len(line) - start)].rstrip()}…{line[start:]}"


def _twins(short: Mapping[str, str]) -> list[list[str]]:
    """Lines that read the same once they are cut."""
    groups: dict[str, list[str]] = {}
    for line, form in short.items():
        groups.setdefault(form, []).append(line)
    return [lines for lines in groups.values() if len(lines) > 1]


def _around(lines: Sequence[str], most: int) -> dict[str, str]:
    """Lines with the words in which they differ, and as much of their common beginning and end as there is room for."""
    first, last = _core(lines, most - 2)
    found = {}
    for line in lines:
        core = _cut(line[first : len(line) - last], most - 2)
        room = most - 2 - len(core)
        tail = min(room // 2, last)
        head = min(room - tail, first)
        begin = line[:head].rstrip() + "…" if first else ""
        end = line[len(line) - tail :] if tail else ""
        if end and line[len(line) - tail - 1] != " ":
            end = end.partition(" ")[2] or end
        found[line] = f"{begin}{core}{'…' if last else ''}{end.lstrip()}"
    return found


def _core(lines: Sequence[str], room: int) -> tuple[int, int]:
    """How much all lines have in common before and behind what tells them apart.

    That is told as a whole part of the name where there is room for it (``n = 1024`` and not only 1024), else as whole
    words, else by the characters.
    """
    before = _common(lines)
    behind = min(_common([line[::-1] for line in lines]), min(map(len, lines)) - before)
    one, longest = lines[0], max(map(len, lines))
    for mark in (", ", " "):
        start = one.rfind(mark, 0, before)
        end = one.find(mark, len(one) - behind)
        first, last = start + len(mark) if start >= 0 else 0, len(one) - end if end >= 0 else 0
        if longest - first - last <= room:
            return first, last
    return before, behind


def _common(lines: Sequence[str]) -> int:
    """How many characters all lines begin with."""
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*lines, strict=False)))
