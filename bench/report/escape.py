"""Escaping for the two outputs Jinja2 does not escape by itself, LaTeX and Markdown; and names of files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

#: The ten characters LaTeX reads as commands, and what prints them in text mode.
LATEX_SPECIALS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
#: Characters a report uses that pdflatex's default encodings lack or print as something else.
_LATEX_SYMBOLS = {
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "{''}",
    "`": "{`}",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "±": r"$\pm$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "≈": r"$\approx$",
    "→": r"$\rightarrow$",
    "µ": r"$\mu$",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "−": "$-$",
    "\u00a0": "~",
}
_SUPERSCRIPTS = {ord(s): d for s, d in zip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789", strict=True)}
_LATEX_MAP = {**LATEX_SPECIALS, **_LATEX_SYMBOLS}
_SUPERSCRIPT_RUN = re.compile("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_MARKDOWN_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#|~$&])")


def latex(text: object) -> str:
    """``text`` so that pdflatex prints it literally, on one line.

    The ten specials and the symbols reports use are mapped; accented Latin letters pass (UTF-8 is LaTeX's default
    input encoding); anything else outside ASCII, such as emoji, becomes its Unicode code point ``[U+1F600]``, since
    pdflatex would stop there.
    """
    line = " ".join(_printable(str(text)).split())
    return "".join(
        f"$^{{{part.translate(_SUPERSCRIPTS)}}}$" if _SUPERSCRIPT_RUN.fullmatch(part) else _latex_plain(part)
        for part in re.split(f"({_SUPERSCRIPT_RUN.pattern})", line)
    )


def markdown(text: object) -> str:
    """``text`` so that GitHub shows it literally, on one line and inside a table cell (pipes escaped)."""
    return _MARKDOWN_ACTIVE.sub(r"\\\1", " ".join(_printable(str(text)).split()))


def slug(text: str) -> str:
    """``text`` as part of a file name: lower-case ASCII letters, digits and hyphens, at most 48 of them."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:48].rstrip("-")


def distinct(names: Iterable[str]) -> list[str]:
    """The names, each followed by a number where an earlier one is the same: two tables must not be one file."""
    seen: set[str] = set()
    result: list[str] = []
    for wanted in names:
        name, number = wanted, 2
        while name in seen:
            name, number = f"{wanted}-{number}", number + 1
        seen.add(name)
        result.append(name)
    return result


def _latex_plain(text: str) -> str:
    return "".join(
        _LATEX_MAP.get(char) or _greek(char) or (char if _latex_knows(char) else f"[U+{ord(char):04X}]")
        for char in text
    )


def _greek(char: str) -> str:
    """The command of a small Greek letter, such as the xi and tau of formulas; empty for all else."""
    name = unicodedata.name(char, "").removeprefix("GREEK SMALL LETTER ").lower()
    known = "alpha beta gamma delta epsilon zeta eta theta iota kappa lamda mu nu xi pi rho sigma tau phi chi psi omega"
    return rf"$\{name.replace('lamda', 'lambda')}$" if "α" <= char <= "ω" and name in known.split() else ""


def _latex_knows(char: str) -> bool:
    if ord(char) < 127:
        return True
    # Latin letters made of an ASCII letter and one accent: covered by the default UTF-8 tables.
    return "À" <= char <= "ÿ" and unicodedata.category(char) in ("Lu", "Ll") and char not in "ÐÞðþ"


def _printable(text: str) -> str:
    return "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text)
