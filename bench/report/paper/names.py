"""Names of macros: letters only, the same for the same number in every run, and no two alike.

A name is ``bench`` and the words of what it stands for, each with a capital first letter: the suite, every axis with
its value, the metric. Digits are spelt one by one (``512`` is ``FiveOneTwo``). Where that loses something (other
signs, more than 80 letters), letters made from the words themselves follow, so that the name still depends on nothing
else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

_DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
_SIGNS = {"+": "Plus", ".": "Point", **{str(digit): word for digit, word in enumerate(_DIGITS)}}
#: What is told apart by its letters alone.
_PLAIN = re.compile(r"-?[A-Za-z0-9]+(?:[ _+./-]+[A-Za-z0-9]+)*")
_MOST, _CUT = 80, 40

Words = tuple[str, ...]


def name(words: Sequence[str]) -> str:
    """The name of one number, without the backslash."""
    parts = [_letters(word) for word in words]
    plain = all(not word or _PLAIN.fullmatch(word) for word in words) and all(len(part) <= _MOST for part in parts)
    body = "".join(part if len(part) <= _MOST else part[:_CUT] for part in parts)
    return f"bench{body}" if plain else f"bench{body}X{mark(words)}"


def names(keys: Iterable[Words]) -> dict[Words, str]:
    """Names of many numbers; those that would share one get a mark each, whatever their order."""
    wanted = {key: name(key) for key in keys}
    shared: dict[str, int] = {}
    for chosen in wanted.values():
        shared[chosen] = shared.get(chosen, 0) + 1
    return {key: chosen if shared[chosen] == 1 else f"{chosen}X{mark(key, 10)}" for key, chosen in wanted.items()}


def mark(words: Sequence[str], count: int = 6) -> str:
    """Small letters that stand for exactly these words."""
    digest = hashlib.sha256("\0".join(words).encode()).digest()
    return "".join(chr(ord("a") + byte % 26) for byte in digest[:count])


def _letters(word: str) -> str:
    result, start = [], True
    for place, char in enumerate(word):
        if char in _SIGNS:
            result.append(_SIGNS[char])
            start = True
        elif char.isascii() and char.isalpha():
            result.append(char.upper() if start else char)
            start = False
        else:
            # The minus of a number, not the hyphen of two words.
            if char == "-" and word[place + 1 : place + 2].isdigit():
                result.append("Minus")
            start = True
    return "".join(result)
