"""Short forms of names that stand in one figure: names that differ stay different. No matplotlib here."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from itertools import count, takewhile

_COMMA = ", "
_LETTERS = string.ascii_letters + string.digits
_LEAST = 8


def short_forms(texts: Iterable[str], most: int = 26) -> dict[str, str]:
    """Each text on one line, cut in the middle to ``most`` characters where it is longer.

    Names of cases end in what tells them from others as often as they begin with it. Two that would read the same are
    cut on both sides of where they differ instead; where even that does not tell them apart, each part between commas
    is cut by itself, and what still reads the same gets a number.

    Args:
        texts: All names of a figure.
        most: The most characters of a short form, :data:`_LEAST` at least.
    """
    lines = {text: " ".join(text.split()) for text in texts}
    short = {line: _cut(line, most) for line in lines.values()}
    for twins in _twins(short):
        short |= _around(twins, most)
    if _twins(short):
        # All of them, so that the names of a figure are cut in one way.
        short |= _by_parts([line for line in short if len(line) > most], most)
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
            # Never the rest of a word or a number: of 64 the 4 would read as another value.
            end = end.partition(" ")[2] or (end.lstrip(_LETTERS) if line[len(line) - tail - 1] in _LETTERS else end)
        found[line] = f"{begin}{core}{'…' if last else ''}{end.lstrip()}"
    return found


def _by_parts(lines: Sequence[str], most: int) -> dict[str, str]:
    """Lines whose parts between commas are cut one by one, the longest first; none where there is no room for that."""
    found = {}
    for number in {line.count(_COMMA) for line in lines} - {0}:
        alike = [line for line in lines if line.count(_COMMA) == number]
        columns = list(zip(*(line.split(_COMMA) for line in alike), strict=True))
        widths = [max(map(len, column)) for column in columns]
        while sum(widths) + len(_COMMA) * number > most and max(widths) > _LEAST:
            widths[widths.index(max(widths))] -= 1
        if sum(widths) + len(_COMMA) * number <= most:
            short = [short_forms(column, width) for column, width in zip(columns, widths, strict=True)]
            for line, parts in zip(alike, zip(*columns, strict=True), strict=True):
                found[line] = _COMMA.join(forms[part] for forms, part in zip(short, parts, strict=True))
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
