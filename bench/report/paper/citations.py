"""A source read from the words in which a suite names it, and which of two such words mean the same source.

``Dao 2023, FlashAttention-2, arXiv 2307.08691``: authors, year, title and number are read; what stands where a venue
stands, or after a number, is a note. Two are the same where they share a number or an address, or where one, of the
same authors and year, says nothing that the other does not. Everything else is kept apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

_ARXIV = re.compile(
    r"(?:https?://)?(?:arxiv[:\s]*|arxiv\.org/(?:abs|pdf)/)(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?", re.I
)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi[:\s]+)(10\.\d{4,9}/[^\s;,]*[^\s;,.)])", re.I)
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?=+@%#&-]*[A-Za-z0-9/]")
_BLOG = re.compile(r"(?:Scientific Spaces,?(?: article)?|(?<=\bSu \d{4},)) (\d{4,5})\b")
_WHO = r"(?:(?:van|von|de|den|der|di|la) )*[A-ZÀ-Þ][\w'’-]+"
_HEAD = re.compile(
    rf"(?<!\w)({_WHO}(?:(?:, {_WHO})*,? (?:and|&) {_WHO}| et al\.?)?),? \(?((?:1[89]|20)\d\d)(?!\d)([a-z]?)\)?"
)
#: What a publication calls where it appeared, rather than itself.
_VENUE = re.compile(
    r"(?:In:? (?=Proc|Advances|[A-Z]{3})|(?:Proc|Proceedings|Journal|Transactions|Advances in|Scientific Spaces)\b)"
    r"|[A-Z]\w* (?:1[89]|20)\d\d$"
    r"|(?:[A-Z][\w.]*,? (?:of |on |and )?)+\d+(?:\(\d+\))?(?::|, ?(?:pp?\. ?)?)\d+(?:[-–]+\d+)?$"
)
#: Letters that are no plain one with an accent.
_LETTERS = {"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d"}


@dataclass(frozen=True)
class Entry:
    """One source.

    Attributes:
        key: What ``\\cite`` takes.
        text: As the suite has it.
        authors: Separated by ``and``, as BibTeX has them; empty where they cannot be told.
        year: Four digits, and a letter where the text has one; or empty.
        title: Empty where the text has none, unless it has no other parts either.
        arxiv: Its number there, or empty.
        doi: Or empty.
        url: Where it can be read, or empty.
        note: What else the text says.
        article: Number of an article of Scientific Spaces, or empty.
    """

    key: str
    text: str
    authors: str = ""
    year: str = ""
    title: str = ""
    arxiv: str = ""
    doi: str = ""
    url: str = ""
    note: str = ""
    article: str = ""

    @property
    def parts(self) -> frozenset[str]:
        """What it says beside authors and year, for comparing: title, subtitle, venue, remarks."""
        found = re.split(r"[,:.?!] ", f"{self.title}, {self.note}".casefold())
        return frozenset(part.strip(" ,.:?!") for part in found) - {""}


def pieces(text: str) -> list[str]:
    """The sources that one line names: parts between semicolons that have a year, a number or an address."""
    parts = [part for half in text.split(";") for part in _listed(half)]
    trimmed = [re.sub(r"^(?:and|against|see|cf\.) ", "", part.strip()) for part in parts]
    return [part for part in trimmed if any(form.search(part) for form in (_HEAD, _ARXIV, _DOI, _URL))]


def _listed(text: str) -> list[str]:
    """The parts of ``Doe 2020, First, and Roe 2021``; an ``and`` before which there is no year joins authors."""
    parts, start = [], 0
    for joint in re.finditer(rf",? (?:and|&) (?={_HEAD.pattern})", text):
        if _HEAD.search(text, start, joint.start()):
            parts.append(text[start : joint.start()])
            start = joint.end()
    return [*parts, text[start:]]


def several(text: str) -> list[str]:
    """The sources of a line that is to be one: more than one only where each part begins with authors and a year."""
    parts = [part.strip() for part in text.split(";")]
    return parts if all(_HEAD.match(part) for part in parts) else [text]


def read(text: str) -> Entry:
    """A source from its words."""
    line = " ".join(text.split())
    head = _HEAD.search(line)
    hidden = line
    for form in (_ARXIV, _DOI, _BLOG, _URL):
        hidden = form.sub(lambda found: "\0" * len(found[0]), hidden)
    numbers: Mapping[str, re.Match[str] | None] = {
        "arxiv": _ARXIV.search(line), "doi": _DOI.search(line), "article": _BLOG.search(line), "url": _URL.search(line)
    }  # fmt: skip
    arxiv, doi, article, url = (found[1 if name != "url" else 0] if found else "" for name, found in numbers.items())
    if arxiv or doi or article:
        url = "" if re.match(r"https?://(?:arxiv\.org|(?:dx\.)?doi\.org)/", url) else url
    title, note = _titled(hidden[head.end() :] if head else hidden, bool(head))
    if article:
        note = ", ".join(part for part in (f"Scientific Spaces, article {article}", note) if part)
    if head is None:
        return Entry(
            _key(title or re.sub(r"https?://(?:www\.)?", "", line), ""),
            line,
            "",
            "",
            title,
            arxiv,
            doi,
            url,
            note,
            article,
        )
    authors = re.sub(r" et al\.?$", " and others", head[1])
    authors = re.sub(r",? (?:and|&) ", " and ", authors).replace(", ", " and ")
    year = head[2] + head[3]
    return Entry(_key(head[1], year), line, authors, year, title, arxiv, doi, url, note, article)


def address(entry: Entry) -> str:
    """Where a source can be read: the address it has, or the one that its number stands for; empty for neither."""
    found = {
        "https://arxiv.org/abs/": entry.arxiv,
        "https://doi.org/": entry.doi,
        "https://spaces.ac.cn/archives/": entry.article,
    }
    return entry.url or next((f"{start}{number}" for start, number in found.items() if number), "")


def same(one: Entry, other: Entry) -> bool | None:
    """Whether two texts mean one source, by what identifies it; ``None`` where only their words can tell."""
    if one.text == other.text:
        return True
    pairs = [(getattr(one, name), getattr(other, name)) for name in ("arxiv", "doi", "article")]
    both = [pair for pair in pairs if all(pair)]
    if both:
        return all(first == second for first, second in both)
    if one.url and other.url:
        # A project's page may stand for several of its papers.
        apart = one.authors and other.authors and (one.authors, one.year) != (other.authors, other.year)
        return one.url == other.url and not apart
    return None


def shortened(one: Entry, other: Entry) -> bool:
    """Whether one of two, of the same authors and year, says nothing that the other does not."""
    if same(one, other) is not None or not one.year or (one.authors, one.year) != (other.authors, other.year):
        return False
    numbers = [{name for name in ("arxiv", "doi", "article", "url") if getattr(entry, name)} for entry in (one, other)]
    return (one.parts <= other.parts and numbers[0] <= numbers[1]) or (
        other.parts <= one.parts and numbers[1] <= numbers[0]
    )


def plain_letters(text: str) -> str:
    """Small letters of the English alphabet: ``muller`` for ``Müller``."""
    spelt = "".join(_LETTERS.get(letter, letter) for letter in text.lower())
    return re.sub(r"[^a-z]", "", unicodedata.normalize("NFKD", spelt))


def _titled(rest: str, named: bool) -> tuple[str, str]:
    """Title and note of what follows authors and year; what stands behind a number or an address is no title.

    Args:
        rest: Numbers and addresses in it are NULs.
        named: Whether authors and year come before it, so that a venue can be told from a title.
    """
    before, _, after = rest.partition("\0")
    before = before.strip(" ,.:(")
    title, notes = before, []
    places = [
        found.start() for found in re.finditer(r"(?:(?<=[,.?!] )|^)\S", before) if _VENUE.match(before, found.start())
    ]
    if places and named:
        title, notes = before[: places[0]].strip(" ,."), [before[places[0] :]]
    notes += [part.strip(" ,.:()") for part in after.split("\0")]
    return title, ", ".join(part for part in notes if part)


def _key(who: str, year: str) -> str:
    first = re.split(r" et al|,| and | & ", who)[0]
    return f"{plain_letters(first)[:24] or 'source'}{year}"
