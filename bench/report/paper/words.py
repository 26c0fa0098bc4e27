"""Text for pdflatex: escaped, broken where a line needs it, and measured; what it cannot set is spelt out.

pdflatex with its default encodings sets ASCII, Latin letters with one accent, small Greek letters and the signs that
reports use. Any other character, such as an emoji or a Chinese one, is printed as its code point in brackets:
``[U+1F600]``. It is never dropped; a bundle's README lists each with its Unicode name.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from functools import lru_cache

from bench.report.escape import latex

_SUPERSCRIPTS = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
_PARTS = re.compile(rf"[{_SUPERSCRIPTS}]+|\s+|.", re.S)
_CODE = re.compile(r"\[U\+([0-9A-F]{4,6})\]")
#: A word longer than this may break anywhere, at each _STEP letters.
_LONG, _STEP = 18, 6
#: Widths of Computer Modern Roman at 10 pt, in thousandths of the size.
_WIDTHS = {
    **dict.fromkeys("0123456789abdghknopquvxy+=<>~#$/", 0.53),
    **dict.fromkeys("fIijlt.,;:!'|", 0.31),
    **dict.fromkeys("cersz()[]- ", 0.42),
    **dict.fromkeys("mMWw@%&", 0.86),
    **dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ", 0.74),
}
_OTHER_WIDTH = 0.75
#: \\footnotesize in a 10 pt document; its letters are a little wider than scaled ones.
_SIZE = 8.0 * 1.065


@lru_cache(maxsize=100_000)
def spell(text: str) -> str:
    """``text`` on one line, its characters beyond pdflatex's reach written as ``[U+1F600]``."""
    line = unicodedata.normalize("NFC", str(text))
    # A letter that pdflatex lacks may be made of ones it has: a ligature, a full-width letter.
    return "".join(_reachable(char) for char in " ".join(line.split()))


@lru_cache(maxsize=100_000)
def tex(text: str) -> str:
    """LaTeX source that prints ``text`` literally, on one line, anywhere: in cells, captions, headings.

    Two hyphens stay two hyphens, and a bracket or an asterisk that follows a line break is no argument of it.
    """
    result: list[str] = []
    for part in _PARTS.findall(spell(text)):
        if part.isspace():
            result.append(" ")
        elif part in "[]*":
            result.append(f"{{{part}}}")
        elif part == "-" and result and result[-1] in ("-", "{}-"):
            result.append("{}-")
        else:
            result.append(latex(part))
    return "".join(result)


def flow(text: str) -> str:
    """Like :func:`tex`, with places at which a line may break: after signs, and inside words that are very long."""
    words = []
    for word in spell(text).split(" "):
        if len(word) <= _LONG:
            words.append(tex(word))
            continue
        pieces = re.findall(r"[^/=_,;:.+-]+[/=_,;:.+-]*|[/=_,;:.+-]+", word)
        short = [part for piece in pieces for part in _chopped(piece)]
        words.append(r"\allowbreak{}".join(tex(part) for part in short))
    # A sign of per cent stays with its number.
    return re.sub(r"(?<=\d) (?=\\%)", "~", " ".join(words))


def code(text: str) -> str:
    """Typewriter text that may break at any long word."""
    return rf"\texttt{{{flow(text)}}}"


def bookmark(text: str) -> str:
    """``text`` for a heading: as it prints, and in plain letters for the outline of the PDF."""
    plain = re.sub(r"[^A-Za-z0-9 .,:;()=+/-]", "-", spell(text))
    return rf"\texorpdfstring{{{flow(text)}}}{{{plain}}}"


def sentence(text: str) -> str:
    """``text`` with a capital first letter and a full stop."""
    line = text.strip()
    line = line[:1].upper() + line[1:] if line[:2].isascii() else line
    return line if not line or line[-1] in ".!?" else f"{line}."


def stacked(text: str, letters: int) -> str:
    """A column's head over as many lines as it needs, each of about ``letters`` letters."""
    lines = lines_of(text, letters)
    body = r"\\".join(tex(line) for line in lines)
    return body if len(lines) == 1 else rf"\shortstack{{{body}}}"


def lines_of(text: str, letters: int) -> list[str]:
    """``text`` cut into at most four lines, about even ones; what is longer ends in an ellipsis."""
    lines = _wrapped(text, letters) or [""]
    # As even as the same number of lines allows, so that no line has a lone digit.
    for narrower in range(letters - 1, 3, -1):
        other = _wrapped(text, narrower)
        if len(other) > len(lines) or max(map(len, re.split(r"[ _/+-]", spell(text)))) > narrower:
            break
        lines = other
    return lines if len(lines) <= 4 else [*lines[:3], f"{lines[3][: letters - 1]}…"]


def _wrapped(text: str, letters: int) -> list[str]:
    """Lines of whole words; a word that is longer than a line breaks after a sign, else anywhere."""
    words = [re.sub(r"([_/+-])(?=.)", "\\1\v", word) if len(word) > letters else word for word in spell(text).split()]
    lines = textwrap.wrap(" ".join(words), letters, break_on_hyphens=False, replace_whitespace=False)
    return [line.replace("\v", "") for line in lines]


def width(text: str) -> float:
    """About how wide ``text`` is at \\footnotesize, in points."""
    return _SIZE * sum(_WIDTHS.get(char, _OTHER_WIDTH) for char in spell(text))


def replaced(sources: str) -> dict[str, str]:
    """The characters that were written as code points somewhere in ``sources``: ``U+1F600`` to its name."""
    plain = sources.replace("{[}", "[").replace("{]}", "]").replace(r"\allowbreak{}", "")
    found = sorted({match[1] for match in _CODE.finditer(plain)}, key=lambda digits: int(digits, 16))
    return {f"U+{digits}": unicodedata.name(chr(int(digits, 16)), "no name") for digits in found}


def _reachable(char: str) -> str:
    if char == " ":
        return char
    # The escaping turns a control character into a space; here nothing vanishes.
    if unicodedata.category(char) == "Cc":
        return f"[U+{ord(char):04X}]"
    if latex(char).startswith("[U+"):
        simple = unicodedata.normalize("NFKC", char)
        return simple if simple != char and simple.isascii() and simple.isprintable() else f"[U+{ord(char):04X}]"
    return char


def _chopped(piece: str) -> list[str]:
    if len(piece) <= _LONG:
        return [piece]
    return [piece[start : start + _STEP] for start in range(0, len(piece), _STEP)]
