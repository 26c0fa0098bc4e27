"""What a bundle cites: the software, and every source that a suite, a claim, a law or a hypothesis names.

A suite names its sources in words: ``Dao 2023, FlashAttention-2, arXiv 2307.08691``. Authors, year, title and arXiv
number are read from them; what cannot be told apart stays as one note, whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bench import __version__
from bench.report.paper.source import Source
from bench.report.paper.words import flow, spell, tex

#: Key of the software's own entry.
SOFTWARE = "crossover"
_ARXIV = re.compile(
    r"(?:arxiv[:\s]*|arxiv\.org/(?:abs|pdf)/)(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?", re.I
)
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?=+@-]*[A-Za-z0-9/]")
_BLOG = re.compile(r"(?:Scientific Spaces,?(?: article)?|\bSu \d{4},) (\d{4,5})\b")
_WHO = r"(?:(?:van|von|de|den|der|di|la) )*[A-ZÀ-Þ][\w'’-]+"
_HEAD = re.compile(rf"({_WHO}(?:(?:, {_WHO})*,? and {_WHO}| et al\.?)?),? \(?(\d{{4}})[a-z]?\)?")


@dataclass(frozen=True)
class Entry:
    """One source.

    Attributes:
        key: What ``\\cite`` takes.
        text: As the suite has it.
        authors: Separated by ``and``, as BibTeX has them; empty where they cannot be told.
        year: Four digits, or empty.
        title: Or the whole text where it has no parts.
        arxiv: Its number there, or empty.
        url: Where it can be read, or empty.
        note: What else the text says.
    """

    key: str
    text: str
    authors: str = ""
    year: str = ""
    title: str = ""
    arxiv: str = ""
    url: str = ""
    note: str = ""


class Library:
    """The sources of all runs of a bundle, each once."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self.entries: list[Entry] = []
        runs = list(sources)
        for source in runs:
            for text in source.view.suite.get("sources") or ():
                self._take(str(text))
        for source in runs:
            for kind in ("claims", "laws", "hypotheses"):
                for declared in source.view.declared(kind):
                    for text in pieces(str(declared.get("source") or "")):
                        self._take(text)

    def cite(self, text: str) -> str:
        """``\\cite`` of what ``text`` names; empty where it names no source."""
        keys = [entry.key for piece in pieces(text) for entry in [self._known(read(piece))] if entry]
        return rf"\cite{{{','.join(dict.fromkeys(keys))}}}" if keys else ""

    def all_of(self, texts: Iterable[object]) -> str:
        """``\\cite`` of sources that are named one a line, each whole."""
        keys = [entry.key for text in texts for entry in [self._known(read(str(text)))] if entry]
        return rf"\cite{{{','.join(dict.fromkeys(keys))}}}" if keys else ""

    def _take(self, text: str) -> None:
        entry = read(text)
        if self._known(entry):
            return
        taken = {SOFTWARE, *(one.key for one in self.entries)}
        key, number = entry.key, 1
        while key in taken:
            key, number = f"{entry.key}{_suffix(number)}", number + 1
        self.entries.append(replace(entry, key=key))

    def _known(self, entry: Entry) -> Entry | None:
        """The same source, named before: by its number, its address, its words, or its first author and year."""
        for one in self.entries:
            if entry.arxiv or one.arxiv:
                if entry.arxiv == one.arxiv:
                    return one
                # A source named in passing has no number: its author and year stand for it.
                if entry.arxiv and one.arxiv:
                    continue
            if (entry.url and entry.url == one.url) or entry.text == one.text:
                return one
            if entry.year and _first(entry) == _first(one) and entry.year == one.year and not (entry.url and one.url):
                return one
        return None


def pieces(text: str) -> list[str]:
    """The sources that one line names: parts between semicolons that have a year, an arXiv number or an address."""
    parts = [re.sub(r"^(?:and|against|see|cf\.) ", "", part.strip()) for part in text.split(";")]
    return [part for part in parts if part and (_HEAD.search(part) or _ARXIV.search(part) or _URL.search(part))]


def read(text: str) -> Entry:
    """A source from its words."""
    line = " ".join(text.split())
    arxiv, url, blog = _ARXIV.search(line), _URL.search(line), _BLOG.search(line)
    number = arxiv[1] if arxiv else ""
    address = f"https://arxiv.org/abs/{number}" if number else url[0] if url else ""
    if blog and not address:
        address = f"https://spaces.ac.cn/archives/{blog[1]}"
    head = _HEAD.search(line)
    if head is None:
        return Entry(_key(line, ""), line, title=line, arxiv=number, url=address)
    authors = re.sub(r" et al\.?$", " and others", head[1])
    authors = re.sub(r",? and ", " and ", authors).replace(", ", " and ")
    rest = _ARXIV.sub("", _URL.sub("", line[head.end() :]))
    parts = [
        part.strip(" ,.") for part in re.split(r", (?=arXiv|https?:|Scientific Spaces|[A-Z]\w* \d{4}$)|,\s*$", rest)
    ]
    title, *notes = [part for part in parts if part] or [""]
    if blog and (not title or title.startswith((blog[1], "Scientific Spaces"))):
        title, notes = f"Scientific Spaces, article {blog[1]}", []
    title = title or (f"arXiv:{number}" if number else line)
    return Entry(_key(head[1], head[2]), line, authors, head[2], title, number, address, ", ".join(notes))


def bib(library: Library) -> str:
    """The text of ``refs.bib``: the software first, then the sources in the order in which suites name them."""
    blocks = [
        _block(
            SOFTWARE,
            [
                ("author", "{The Crossover contributors}"),
                ("title", "{Crossover: where one PyTorch method overtakes another}"),
                ("note", f"Version {__version__}, Apache-2.0"),
                ("version", __version__),
            ],
        )
    ]
    for entry in library.entries:
        fields = [("author", _bibtex(entry.authors)), ("title", f"{{{_bibtex(entry.title)}}}"), ("year", entry.year)]
        if entry.arxiv:
            fields += [("eprint", entry.arxiv), ("archiveprefix", "arXiv")]
        fields += [("url", entry.url), ("note", _bibtex(entry.note))]
        blocks.append(_block(entry.key, fields))
    head = (
        "% Made by bench paper. Entries are read from the sources that the suites name; complete them where needed.\n"
    )
    return head + "\n" + "\n".join(blocks)


def references(library: Library) -> str:
    """The same as a ``thebibliography``, so that main.tex needs no BibTeX."""
    lines = [
        r"\begin{thebibliography}{99}",
        rf"\bibitem{{{SOFTWARE}}} The Crossover contributors. \emph{{Crossover: where one PyTorch method overtakes "
        rf"another}}. Version {tex(__version__)}.",
    ]
    for entry in library.entries:
        authors = tex(entry.authors.replace(" and others", " et al.").rstrip("."))
        title = "" if entry.title == f"arXiv:{entry.arxiv}" else rf"\emph{{{flow(entry.title)}}}."
        parts = [f"{authors}." if authors else "", title]
        parts += [f"{flow(entry.note)}." if entry.note else "", f"{entry.year}." if entry.year else ""]
        parts += [f"arXiv:{tex(entry.arxiv)}." if entry.arxiv else rf"\url{{{entry.url}}}" if entry.url else ""]
        lines.append(rf"\bibitem{{{entry.key}}} {' '.join(part for part in parts if part)}")
    return "\n".join([*lines, r"\end{thebibliography}", ""])


def _block(key: str, fields: Iterable[tuple[str, str]]) -> str:
    body = "".join(f"  {name} = {{{value}}},\n" for name, value in fields if value and value != "{}")
    return f"@misc{{{key},\n{body}}}\n"


def _bibtex(text: str) -> str:
    """Escaped, and without a brace that BibTeX would count."""
    return flow(text).replace(r"\{", r"\textbraceleft{}").replace(r"\}", r"\textbraceright{}")


def _first(entry: Entry) -> str:
    return entry.authors.partition(" and ")[0].lower()


def _key(who: str, year: str) -> str:
    letters = re.sub(r"[^a-z]", "", spell(who).partition(" et al")[0].partition(",")[0].partition(" and ")[0].lower())
    return f"{letters[:24] or 'source'}{year}"


def _suffix(number: int) -> str:
    """``b`` for the second, ``c`` for the third; numbers where letters run out."""
    return chr(ord("a") + number) if number < 26 else str(number)
