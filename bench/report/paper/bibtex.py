"""What a bundle cites: the software, and every source that a suite, a claim, a law or a hypothesis names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bench import __version__
from bench.report.paper.citations import Entry, address, pieces, read, same, several, shortened
from bench.report.paper.source import Source
from bench.report.paper.words import flow, tex

#: Key of the software's own entry.
SOFTWARE = "crossover"
#: Letters of a word that no line of a bibliography could hold unbroken.
_LONG = 40


class Library:
    """The sources of all runs of a bundle, each once."""

    def __init__(self, sources: Iterable[Source]) -> None:
        runs = list(sources)
        listed = [
            part for source in runs for text in source.view.suite.get("sources") or () for part in several(str(text))
        ]
        named = [
            part
            for source in runs
            for kind in ("claims", "laws", "hypotheses")
            for declared in source.view.declared(kind)
            for part in pieces(str(declared.get("source") or ""))
        ]
        texts = list(dict.fromkeys([*listed, *named]))
        # Those that say most first, so that one named in passing is compared with all that it may stand for; where
        # several tell a title, the suite's own list does it best.
        found = {text: read(text) for text in texts}
        order = sorted(texts, key=lambda text: (not found[text].title, text not in listed, -len(found[text].parts)))
        self.entries: list[Entry] = []
        place: dict[str, int] = {}
        for text in order:
            known = self._known(found[text])
            if known is None:
                self.entries.append(found[text])
                known = found[text]
            else:
                self._complete(known, found[text])
            place[known.text] = min(place.get(known.text, len(texts)), texts.index(text))
        self.entries = list(_keyed(sorted(self.entries, key=lambda entry: place[entry.text])))

    def cite(self, text: str) -> str:
        """``\\cite`` of what ``text`` names; empty where it names no source."""
        return self._cite(pieces(text))

    def all_of(self, texts: Iterable[object]) -> str:
        """``\\cite`` of sources that are named one a line, each whole."""
        return self._cite(part for text in texts for part in several(str(text)))

    def _cite(self, texts: Iterable[str]) -> str:
        keys = [entry.key for text in texts for entry in [self._known(read(text))] if entry]
        return rf"\cite{{{','.join(dict.fromkeys(keys))}}}" if keys else ""

    def _known(self, entry: Entry) -> Entry | None:
        """The same source, named before: by what identifies it, or as the only one that its words can mean."""
        certain = [one for one in self.entries if one.text == entry.text] or [
            one for one in self.entries if same(one, entry)
        ]
        if certain:
            return certain[0]
        possible = [one for one in self.entries if shortened(one, entry)]
        return possible[0] if len(possible) == 1 else None

    def _complete(self, known: Entry, other: Entry) -> None:
        """Give a source the numbers that another mention of it has."""
        names = ("arxiv", "doi", "url", "article")
        more = {name: getattr(other, name) for name in names if not getattr(known, name)}
        self.entries[self.entries.index(known)] = replace(known, **more)


def _keyed(entries: Iterable[Entry]) -> Iterable[Entry]:
    taken = {SOFTWARE}
    for entry in entries:
        key, number = entry.key, 1
        while key in taken:
            key, number = f"{entry.key}{_suffix(number)}", number + 1
        taken.add(key)
        yield replace(entry, key=key)


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
        fields = [
            ("author", _bibtex(entry.authors)),
            ("title", f"{{{_bibtex(entry.title)}}}"),
            ("year", entry.year[:4]),
        ]
        if entry.arxiv:
            fields += [("eprint", entry.arxiv), ("archiveprefix", "arXiv")]
        fields += [("doi", entry.doi), ("url", address(entry)), ("note", _bibtex(entry.note))]
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
        title = rf"\emph{{{flow(entry.title)}}}." if entry.title else ""
        parts = [f"{authors}." if authors else "", title]
        parts += [f"{flow(entry.note)}." if entry.note else "", f"{entry.year}." if entry.year else ""]
        where = address(entry)
        parts += [f"arXiv:{tex(entry.arxiv)}." if entry.arxiv else rf"\url{{{where}}}" if where else ""]
        lines.append(rf"\bibitem{{{entry.key}}} {' '.join(part for part in parts if part)}")
    return "\n".join([*lines, r"\end{thebibliography}", ""])


def _block(key: str, fields: Iterable[tuple[str, str]]) -> str:
    body = "".join(f"  {name} = {{{value}}},\n" for name, value in fields if value and value != "{}")
    return f"@misc{{{key},\n{body}}}\n"


def _bibtex(text: str) -> str:
    """Escaped, and without a brace that BibTeX would count."""
    escaped = flow(text) if any(len(word) > _LONG for word in text.split()) else tex(text)
    return escaped.replace(r"\{", r"\textbraceleft{}").replace(r"\}", r"\textbraceright{}")


def _suffix(number: int) -> str:
    """``b`` for the second, ``c`` for the third; numbers where letters run out."""
    return chr(ord("a") + number) if number < 26 else str(number)
